"""What a superuser changes afterwards is found, and the first window and row are named."""

import pytest

from daf_backend.settings import SIDES

from .conftest import IDS, TABLES

PLACES = [(side, table) for side in SIDES for table in TABLES[side]]
EDITS = {
    "auditoria": ["usuario = 'otro'", "cuando = cuando + interval '1 second'", "clave = clave || ' '", "sid = 'x'",
                  "despues = '{}'", "operacion = 'OTRA'", "sujeto = ''"],
    "kardex": ["krd_cantidad = krd_cantidad + 0.001", "krd_razon = 'x'", "usr_id = 'otro'", "krd_revierte = 1",
               "krd_valor_saldo = 0", "krd_fechahora = krd_fechahora - interval '1 day'", "sid = ''"],
    "asiento": ["glosa = 'Otra'", "eta_codigo = '009'", "doc_codigo = 'X'", "request_id = 'x'"],
    "asiento_linea": ["monto = monto + 0.01", "cta_id = cta_id + 1", "linea = linea + 100"],
}  # fmt: skip


def first(report):
    """The first thing that is wrong."""
    assert report.wrong, "nothing was found"
    return report.wrong[0]


@pytest.mark.parametrize(("side", "table"), PLACES)
def test_editar_una_columna_nombra_la_ventana_y_la_fila(trail, side, table):
    row = trail.some_row(side, table)
    window = trail.window(side, table, row)
    for edit in EDITS[table]:
        with trail.tampering(side) as sql:
            sql(f"UPDATE datos.{table} SET {edit} WHERE {IDS[table]} = %s", row)
            found = first(trail.verify(side))
            assert (found.table, found.number, found.row) == (table, window, row), edit
            assert found.problem == "fila_cambiada"


@pytest.mark.parametrize(("side", "table"), PLACES)
def test_borrar_una_fila_nombra_la_ventana_y_la_de_antes(trail, side, table):
    row = trail.some_row(side, table)
    window = trail.window(side, table, row)
    ((before,),) = trail.query(
        side,
        f"SELECT {IDS[table]} FROM datos.{table} WHERE (xid, {IDS[table]}) <"
        f" (SELECT xid, {IDS[table]} FROM datos.{table} WHERE {IDS[table]} = %s LIMIT 1)"
        f" ORDER BY xid DESC, {IDS[table]} DESC LIMIT 1", row,
    )  # fmt: skip
    with trail.tampering(side) as sql:
        sql(f"DELETE FROM datos.{table} WHERE {IDS[table]} = %s", row)
        found = first(trail.verify(side))
    assert (found.table, found.number, found.problem) == (table, window, "fila_falta")
    assert found.row in (None, before)  # nothing: it was the first of its window


def test_una_fila_inventada_en_una_ventana_cerrada_se_nombra(trail):
    row = trail.some_row("pos", "auditoria")
    for forged in (10**12, -5):
        with trail.tampering("pos") as sql:
            sql(
                "INSERT INTO datos.auditoria (aud_id, xid, tabla, clave, operacion) OVERRIDING SYSTEM VALUE"
                " SELECT %s, xid, 'factura', 'FAC1', 'INSERT' FROM datos.auditoria WHERE aud_id = %s",
                forged, row,
            )  # fmt: skip
            found = first(trail.verify("pos"))
        # a negative id belongs to what came before there were seals, and that window is closed as well
        window = trail.window("pos", "auditoria", row) if forged > 0 else 3
        assert (found.number, found.row, found.problem) == (window, forged, "fila_de_mas")


def test_una_fila_de_una_transaccion_por_venir_se_nombra(trail):
    with trail.tampering("pos") as sql:
        sql(
            "INSERT INTO datos.auditoria (xid, tabla, clave, operacion) VALUES ('99999999999', 'a', 'b', 'INSERT')"
        )
        assert first(trail.verify("pos")).problem == "del_futuro"


@pytest.mark.parametrize(("side", "table"), PLACES)
def test_cortar_la_cola_nombra_la_primera_ventana_que_falta(trail, side, table):
    row = trail.some_row(side, table)
    window = trail.window(side, table, row, ">=")
    with trail.tampering(side) as sql:
        sql(f"DELETE FROM datos.{table} WHERE {IDS[table]} >= %s", row)
        assert first(trail.verify(side))[1:4] == (table, window, "fila_falta")


def test_vaciar_una_tabla_se_nota(trail):
    with trail.tampering("pos") as sql:
        sql("TRUNCATE datos.kardex")
        assert first(trail.verify("pos"))[1:4] == ("kardex", 4, "fila_falta")


def test_cambiar_de_transaccion_dos_filas_se_nota(trail):
    with trail.tampering("pos") as sql:
        low, high = (row for (row,) in sql("SELECT xid FROM datos.kardex ORDER BY krd_codigo LIMIT 2"))
        sql(
            "UPDATE datos.kardex SET xid = CASE xid WHEN %s THEN %s::xid8 ELSE %s::xid8 END WHERE xid IN (%s, %s)",
            low, high, low, low, high,
        )  # fmt: skip
        assert first(trail.verify("pos"))[1:4] == ("kardex", 4, "fila_cambiada")


SEAL_EDITS = (
    "clase = 'RETIRO'", "version = 2", "epoca = epoca + 1", "epoca = 7", "sistema = 'x'", "id_desde = 0",
    "xid_desde = '1'", "fila_desde = 0",
    "xid_hasta = '999999999'", "fila_hasta = 0", "id_maximo = 7", "retira = 5", "raiz = sha256('x')",
    "anterior = sha256('x')", "sellado_en = now()", "sello = sha256('x')", "lado = 'otro'",
    "hojas = overlay(hojas PLACING '\\x00' FROM 1)", "filas = filas + 1, hojas = hojas || '\\x0000000000000000'",
)  # fmt: skip


@pytest.mark.parametrize("edit", SEAL_EDITS)
def test_editar_un_sello_lo_nombra(trail, edit):
    for number in (5,) if "overlay" in edit else (1, 2, 3, 5):  # what opens epochs as well, which has no rows
        with trail.tampering("pos") as sql:
            sql(f"UPDATE datos.sello SET {edit} WHERE tabla = 'kardex' AND numero = %s", number)
            found = first(trail.verify("pos"))
        assert (found.table, found.number) == ("kardex", number)
        assert found.problem in ("sello_editado", "sello_cambiado")


def test_un_sello_borrado_se_nombra_donde_este(trail):
    ((last,),) = trail.query("pos", "SELECT max(numero) FROM datos.sello WHERE tabla = 'kardex'")
    for number in (1, 2, 3, 4, 5, last):
        for which in ("=", ">="):  # 3 closes the epoch of what came before: not as old as it looks
            with trail.tampering("pos") as sql:
                sql(f"DELETE FROM datos.sello WHERE tabla = 'kardex' AND numero {which} %s", number)
                found = first(trail.verify("pos"))
                assert found[1:3] == ("kardex", number) and found.problem in ("sello_falta", "sin_sellos")


def test_vaciar_los_sellos_se_nota(trail):
    with trail.tampering("pos") as sql:
        sql("TRUNCATE datos.sello")
        found = {(each.table, each.problem) for each in trail.verify("pos").wrong}
    assert {(table, "sin_sellos") for table in TABLES["pos"]} <= found


def test_un_sello_de_mas_se_nombra(trail):
    ((last,),) = trail.query("pos", "SELECT max(numero) FROM datos.sello WHERE tabla = 'kardex'")
    with trail.tampering("pos") as sql:
        sql(
            "INSERT INTO datos.sello SELECT lado, tabla, numero + 1, clase, version, epoca, sistema, id_desde,"
            " xid_desde, fila_desde, xid_hasta, fila_hasta, id_maximo, retira, filas, raiz, hojas, anterior, now(),"
            " sello FROM datos.sello WHERE tabla = 'kardex' AND numero = %s", last,
        )  # fmt: skip
        assert first(trail.verify("pos"))[1:3] == ("kardex", last + 1)


def test_quitar_la_funcion_que_dice_una_fila_no_la_hace_olvidar(trail):
    with trail.tampering("pos") as sql:
        sql("DROP FUNCTION privado.sello_kardex_v1")
        assert first(trail.verify("pos"))[1:4:2] == ("kardex", "sin_texto")


REWRITE = """
    DO $$
    DECLARE
        v_sello datos.sello;
        v_previo bytea;
    BEGIN
        FOR v_sello IN SELECT s.* FROM datos.sello AS s WHERE s.tabla = 'kardex' ORDER BY s.numero LOOP
            SELECT coalesce(sha256(string_agg(l.hoja, '' ORDER BY l.orden)), sha256('')),
                coalesce(string_agg(substr(l.hoja, 1, 8), '' ORDER BY l.orden), '')
            INTO v_sello.raiz, v_sello.hojas
            FROM privado.sello_leer(
                v_sello.tabla, v_sello.version, v_sello.xid_desde, v_sello.fila_desde, v_sello.xid_hasta,
                v_sello.fila_hasta, v_sello.id_desde, privado.sello_id_hasta(v_sello.tabla, v_sello.epoca)
            ) AS l;
            v_sello.anterior := coalesce(v_previo, sha256(''));
            v_sello.sello := sha256(convert_to(privado.sello_cabeza(v_sello), 'UTF8'));
            UPDATE datos.sello AS s SET raiz = v_sello.raiz, hojas = v_sello.hojas, anterior = v_sello.anterior,
                sello = v_sello.sello WHERE s.tabla = v_sello.tabla AND s.numero = v_sello.numero;
            v_previo := v_sello.sello;
        END LOOP;
    END
    $$
"""


def test_quien_rehace_la_cadena_entera_no_puede_con_las_copias_de_fuera(trail, tmp_path):
    row = trail.some_row("pos", "kardex")
    window = trail.window("pos", "kardex", row)
    with trail.tampering("pos") as sql:
        sql("UPDATE datos.kardex SET krd_razon = 'Otra' WHERE krd_codigo = %s", row)
        sql(REWRITE)
        found = first(trail.verify("pos"))
        assert found[1:4] == ("kardex", window, "sello_cambiado") and found.detail == "según el archivo"
        without = trail.verify("pos", folder=tmp_path)  # the file deleted as well
        assert first(without)[1:4] == ("kardex", window, "sello_cambiado")
        assert [each.problem for each in without.warnings] == ["sin_copia"]
    with trail.tampering("pos") as sql:  # rewriting a chain that was not touched changes nothing
        sql(REWRITE)
        assert trail.verify("pos").findings == []
