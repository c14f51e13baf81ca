"""Sealing: what is closed is sealed once, in order, and nobody is accused for being slow."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from daf_backend.db.question import over
from daf_backend.sellos.verify import verify

from .conftest import KEEPER, TABLES

NOTE = "SELECT privado.evento('PRUEBA', %s)"
LAST = "SELECT max(aud_id) FROM datos.auditoria"
SEALED = (
    "SELECT count(*) FROM datos.sello AS s JOIN datos.auditoria AS a"
    " ON (a.xid, a.aud_id) >= (s.xid_desde, s.fila_desde) AND (a.xid, a.aud_id) < (s.xid_hasta, s.fila_hasta)"
    " AND a.aud_id >= s.id_desde WHERE s.tabla = 'auditoria' AND s.epoca = 2 AND a.clave = %s"
)


def sealed(trail, key):
    ((windows,),) = trail.query("pos", SEALED, key)
    return windows


def another(trail):
    return psycopg.connect(trail.servers.admin_conninfo("pos"))


def test_lo_que_confirma_tarde_se_sella_tarde_y_nadie_es_acusado(trail):
    with another(trail) as slow:
        slow.execute(NOTE, ("lenta",))  # an older id and an older transaction, still open
        trail.query("pos", NOTE, "despues")
        trail.seal()
        assert sealed(trail, "despues") == 0, "a window closed over a transaction that was still running"
        assert trail.verify("pos").findings == []
        slow.commit()
    trail.seal()
    assert (sealed(trail, "lenta"), sealed(trail, "despues")) == (1, 1)
    assert trail.verify("pos").findings == []


def test_un_id_menor_de_una_transaccion_posterior_no_es_una_fila_de_mas(trail):
    with another(trail) as early, another(trail) as late:
        early.execute("SELECT pg_current_xact_id()")
        late.execute(NOTE, ("tardía",))  # the smaller id in the later transaction
        early.execute(NOTE, ("temprana",))
        early.commit()
        trail.seal()
        assert (sealed(trail, "temprana"), sealed(trail, "tardía")) == (1, 0)
        late.commit()
    trail.seal()
    assert sealed(trail, "tardía") == 1
    assert trail.verify("pos").findings == []


def test_lo_deshecho_no_deja_nada_que_sellar(trail):
    with another(trail) as undone:
        undone.execute(NOTE, ("deshecha",))
        undone.rollback()
    trail.query("pos", NOTE, "siguiente")
    trail.seal()
    assert trail.verify("pos").findings == []


def test_sin_nada_nuevo_no_escribe_ni_gasta_una_transaccion(trail):
    def spent():
        ((before,),) = trail.query("pos", "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        assert trail.seal() == 0
        ((after,),) = trail.query("pos", "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        return after - before

    assert min(spent() for _ in range(5)) == 0  # the server tidies up by itself now and then


def test_dos_que_sellan_a_la_vez_no_se_estorban(trail):
    for _ in range(3):
        trail.write()
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: trail.sides.pos("sello_sellar")["filas"], range(12))) > 0
    assert trail.verify("pos").findings == []


def test_mientras_otro_sella_el_segundo_se_va(trail):
    trail.query("pos", NOTE, "en espera")
    with another(trail) as busy:
        busy.execute("SELECT pg_advisory_xact_lock(hashtext('daf sello'))")
        assert trail.sides.pos("sello_sellar") == {"ventanas": 0, "filas": 0, "quedan": False}
    assert trail.sides.pos("sello_sellar")["filas"] == 1


def test_una_transaccion_enorme_se_sella_en_varias_ventanas(trail):
    trail.query("pos", "SELECT privado.evento('PRUEBA', 'n' || n) FROM generate_series(1, 25) AS n")
    done = trail.sides.pos("sello_sellar", maximo=10, ventanas=2)
    assert done == {"ventanas": 2, "filas": 20, "quedan": True}
    assert trail.sides.pos("sello_sellar", maximo=10) == {"ventanas": 1, "filas": 5, "quedan": False}
    assert trail.verify("pos").findings == []


def test_las_lineas_de_un_asiento_no_se_parten(trail):
    for _ in range(3):
        trail.write()
    trail.sides.pos("sello_sellar", maximo=1, ventanas=100)
    ((split,),) = trail.query(
        "pos",
        "SELECT count(*) FROM datos.sello AS s WHERE s.tabla = 'asiento_linea' AND s.fila_desde > -1 AND EXISTS ("
        "SELECT FROM datos.asiento_linea AS l WHERE l.asi_id = s.fila_desde AND l.xid <> s.xid_desde)",
    )
    assert split == 0
    assert trail.verify("pos").findings == []


def test_ocho_que_escriben_con_transacciones_largas_y_ninguna_falsa_alarma(trail):
    """The whole of it, with the bench's seconds made tenths."""
    stop = threading.Event()

    def writer(number):
        with another(trail) as conn:
            while not stop.is_set():
                conn.execute(NOTE, (f"hilo {number}",))
                conn.execute("SELECT pg_sleep(0.01 * (1 + %s %% 4) * random())", (number,))
                conn.execute(NOTE, (f"hilo {number}",))
                conn.rollback() if number == 7 else conn.commit()

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(writer, number) for number in range(8)]
        try:
            for _ in range(15):
                trail.seal()
                assert trail.verify("pos").findings == []
        finally:
            stop.set()
        for each in writers:
            each.result()


def test_cada_fila_esta_en_una_ventana_y_en_una_sola(trail):
    for table in TABLES["pos"]:
        ((rows,),) = trail.query("pos", f"SELECT count(*) FROM datos.{table}")
        ((said,),) = trail.query("pos", "SELECT sum(filas) FROM datos.sello WHERE tabla = %s", table)
        assert rows == said > 0


CANON = (
    '[7, "2026-03-01T17:00:00.123456+00:00", "42", "ana", null, null, "r-1", "cliente", "a\\"b\\\\c\\n é", "UPDATE",'
    ' {"a": 1.50, "ñ": [1, null]}, {}]'
)
ROW = """
    SELECT l.texto, encode(l.hoja, 'hex') FROM datos.auditoria AS a
    CROSS JOIN LATERAL privado.sello_leer('auditoria', 1, a.xid, a.aud_id, a.xid, a.aud_id + 1, 0, 999) AS l
    WHERE a.aud_id = 7 AND a.xid = '42'
"""


@pytest.mark.parametrize("zone", ["UTC", "America/Guayaquil", "Asia/Kathmandu"])
def test_el_texto_de_una_fila_es_el_mismo_para_todos_y_en_toda_version(trail, zone):
    with trail.tampering("pos") as sql:
        sql("DELETE FROM datos.auditoria WHERE aud_id = 7")
        sql(
            "INSERT INTO datos.auditoria (aud_id, cuando, xid, usuario, request_id, tabla, clave, operacion, antes,"
            " despues) OVERRIDING SYSTEM VALUE VALUES (7, '2026-03-01 12:00:00.123456-05', '42', 'ana', 'r-1',"
            " 'cliente', %s, 'UPDATE', '{\"ñ\": [1,null], \"a\": 1.50}', '{}')",
            'a"b\\c\n é',
        )
        sql(f"SET LOCAL timezone = '{zone}'")
        sql("SET LOCAL datestyle = 'SQL, DMY'")
        sql("SET LOCAL extra_float_digits = -3")
        assert sql(ROW) == [(CANON, hashlib.sha256(CANON.encode()).hexdigest())]


def test_una_columna_nueva_no_rompe_lo_ya_sellado(trail):
    """The old windows keep their version; what is written from now on is sealed with the column."""
    with trail.tampering("pos") as sql:
        sql("ALTER TABLE datos.auditoria ADD COLUMN lugar text")
        sql(
            "CREATE FUNCTION privado.sello_auditoria_v2(p datos.auditoria) RETURNS text LANGUAGE sql STABLE AS"
            " $$ SELECT json_build_array(p.aud_id, p.cuando, p.xid, p.clave, p.lugar)::text $$"
        )
        assert trail.verify("pos").findings == []
        ((version,),) = sql("SELECT version FROM privado.sello_tablas() WHERE tabla = 'auditoria'")
        assert version == 2


def test_solo_quien_debe_puede_sellar_mirar_o_tocar(trail):
    may = {
        role: {
            name
            for (name,) in trail.query(
                "pos",
                "SELECT proname::text FROM pg_proc WHERE pronamespace = 'api'::regnamespace AND proname ~ '^sello_'"
                " AND has_function_privilege(%s, oid, 'EXECUTE')", role,
            )
        }
        for role in ("puente", "auditor", "admin", "personal", KEEPER)
    }  # fmt: skip
    assert may["puente"] == {"sello_sellar", "sello_siguientes", "sello_recibidos", "sello_recibir"}
    assert may["auditor"] == {
        "sello_comparar", "sello_estado", "sello_listar", "sello_ajeno_leer", "sello_cotejar", "sello_exportar",
    }  # fmt: skip
    assert not (may["admin"] | may["personal"] | may[KEEPER])
    for statement in (
        "DELETE FROM datos.sello",
        "UPDATE datos.sello_ajeno SET numero = 1",
        "TRUNCATE datos.sello",
    ):
        with pytest.raises(psycopg.Error, match="solo_agregar"), trail.conns["pos"].transaction():
            trail.query("pos", statement)


def test_el_doctor_avisa_de_lo_que_nadie_sella(trail):
    with trail.tampering("pos") as sql:
        assert sql("SELECT * FROM privado.aviso_sello_atrasado()") == []
        sql(
            "INSERT INTO datos.auditoria (cuando, tabla, clave, operacion)"
            " VALUES (now() - interval '11 min', 'a', 'b', 'c')"
        )
        assert sql("SELECT * FROM privado.aviso_sello_atrasado()") == [("auditoria",)]
        assert [each.problem for each in trail.verify("pos").findings] == ["sin_sellar"]


def test_retirar_filas_viejas_se_dice_y_solo_perdona_que_falten(trail):
    number, row, moment = trail.later_row("pos", "auditoria")  # so its window is retired in part
    with trail.tampering("pos") as sql:
        sql("DELETE FROM datos.auditoria WHERE cuando < %s", moment)
        assert [each.problem for each in trail.verify("pos").wrong]
    with trail.tampering("pos") as sql:
        ((window,),) = sql("SELECT privado.sello_retirar('auditoria', %s)", moment)
        assert window == number
        sql("DELETE FROM datos.auditoria WHERE cuando < %s", moment)
        report = trail.verify("pos")
        assert (report.wrong, [each.problem for each in report.warnings]) == ([], ["retiradas"])
        sql("UPDATE datos.auditoria SET clave = 'otra' WHERE aud_id = %s", row)
        assert [(each.number, each.row) for each in trail.verify("pos").wrong] == [(window, row)]


def test_desde_un_numero_o_una_fecha_mira_menos(trail):
    everything = trail.verify("pos").windows
    assert trail.verify("pos", since="5").windows == everything - 4 * len(TABLES["pos"])
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert verify(over(trail.conns["pos"], "test"), "pos", {}, tomorrow).windows == len(TABLES["pos"])
