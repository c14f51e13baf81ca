"""One rule forgets what only grows: what is old and serves nobody, in batches, and nothing else."""

import uuid

import psycopg
import pytest

from daf_backend.puente import worker

from ..conftest import Act, as_login
from ..house.test_auditoria import TECHNICAL

SIDES = ("pos", "ecom")
# Technical tables that do not grow without end, or that forget by themselves.
STAY = {
    "pos": "arranque login_intento puente_cambio usuario_espera",
    "ecom": """
        arranque carrito_detalle contexto_clave direccion login_intento puente_recibido simulada_cargo
        simulada_reembolso usuario_clave
    """,
}
ROWS = {
    "idempotencia": (
        "INSERT INTO datos.idempotencia (usuario, sujeto, ruta, clave, huella, creada_en)"
        " VALUES ('x', '', '', %(key)s, '', now() - %(age)s::interval)",
        "clave", "23 hours", "25 hours",
    ),
    "sesion": (
        "INSERT INTO datos.sesion (sid, clase, sujeto, secreto, digesto, creada_en, vence_en, termina_en)"
        " SELECT %(key)s::uuid, 'staff', 'x', sha256(''), sha256(''), t, t, t"
        " FROM (SELECT now() - %(age)s::interval) AS a (t)",
        "sid", "29 days", "31 days",
    ),
    "clave_codigo": (
        "INSERT INTO datos.clave_codigo (cla_email, cla_creado) VALUES (%(key)s, now() - %(age)s::interval)",
        "cla_email", "47 hours", "49 hours",
    ),
    "correo": (
        "INSERT INTO datos.correo (cor_plantilla, cor_para, cor_datos, cor_estado, cor_enviado, cor_creado)"
        " SELECT 'clave_cambiada', %(key)s || '@correo.ec', '{}', 'ENVIADO', t, t"
        " FROM (SELECT now() - %(age)s::interval) AS a (t)",
        "cor_para", "89 days", "91 days",
    ),
    "verificacion": (
        "INSERT INTO datos.verificacion"
        " (usr_email, cli_tipo_id, cli_ruc_ced, clave, ver_codigo, ver_creada, ver_vence)"
        " SELECT %(key)s, 'CEDULA', '1', '$argon2id$', sha256(''), t, t"
        " FROM (SELECT now() - %(age)s::interval) AS a (t)",
        "usr_email", "6 days", "8 days",
    ),
    "carrito": (
        "INSERT INTO datos.carrito (crr_token, crr_vence)"
        " VALUES (sha256(%(key)s::bytea), now() + interval '1 day' - %(age)s::interval)",
        "crr_token", "23 hours", "25 hours",
    ),
    "pago_evento": (
        "INSERT INTO datos.pago_evento (evt_proveedor, evt_id, evt_tipo, evt_resultado, evt_recibido)"
        " VALUES ('simulada', %(key)s, '', 'IGNORADO', now() - %(age)s::interval)",
        "evt_id", "179 days", "181 days",
    ),
}  # fmt: skip


def rules(conn):
    found = "SELECT tabla FROM privado.limpieza_reglas() WHERE to_regclass('datos.' || tabla) IS NOT NULL"
    return {table for (table,) in conn.execute(found)}


def put(conn, table, age):
    """A row of that age; its key as it is stored."""
    insert, column, *_ = ROWS[table]
    row = conn.execute(f"{insert} RETURNING {column}", {"key": str(uuid.uuid4()), "age": age}).fetchone()
    return row[0]


def there(conn, table, key):
    return conn.execute(f"SELECT count(*) FROM datos.{table} WHERE {ROWS[table][1]} = %s", (key,)).fetchone()[
        0
    ]


@pytest.fixture(params=SIDES)
def side(request):
    return request.param


@pytest.fixture
def conn(side, request):
    return request.getfixturevalue(side)


def test_cada_tabla_tecnica_se_limpia_o_dice_por_que_no(side, conn):
    assert rules(conn) == set(TECHNICAL[side].split()) - set(STAY[side].split()) <= set(ROWS)


def test_lo_viejo_se_olvida_y_lo_reciente_no(conn):
    young = {table: put(conn, table, ROWS[table][2]) for table in rules(conn)}
    old = {table: put(conn, table, ROWS[table][3]) for table in rules(conn)}
    with as_login(conn, "puente") as bridge:
        done = bridge("limpieza_hacer", limite=10_000)
    assert set(done) == rules(conn) and min(done.values()) >= 1
    assert [table for table, key in young.items() if not there(conn, table, key)] == []
    assert [table for table, key in old.items() if there(conn, table, key)] == []


def test_va_por_partes_y_el_barrido_termina(conn, monkeypatch):
    monkeypatch.setattr(worker, "BATCH", 3)
    Act(conn)("limpieza_hacer", limite=10_000_000)
    keys = [put(conn, "clave_codigo", "3 days") for _ in range(7)]
    assert Act(conn)("limpieza_hacer", limite=3)["clave_codigo"] == 3
    assert sum(there(conn, "clave_codigo", key) for key in keys) == 4
    assert worker._tidy(Act(conn)) == 4
    assert sum(there(conn, "clave_codigo", key) for key in keys) == 0


def test_lo_que_otro_usa_espera_y_no_detiene(side, servers):
    conninfo = servers.admin_conninfo(side)
    with psycopg.connect(conninfo, autocommit=True) as mine, psycopg.connect(conninfo) as other:
        keys = [put(mine, "idempotencia", "2 days") for _ in range(2)]
        other.execute("SELECT FROM datos.idempotencia WHERE clave = %s FOR UPDATE", (keys[0],))
        mine.execute("SET lock_timeout = '2s'")
        Act(mine)("limpieza_hacer", limite=10_000)
        assert [there(mine, "idempotencia", key) for key in keys] == [1, 0]
        other.rollback()
        Act(mine)("limpieza_hacer", limite=10_000)
        assert there(mine, "idempotencia", keys[0]) == 0


def test_de_los_avisos_queda_lo_que_alguien_tiene_que_mirar(ecom):
    keys = [put(ecom, "pago_evento", "400 days") for _ in range(4)]
    marks = [
        ("POR_RELEER", None, None), ("OBSERVADO", "pago_monto", None),
        ("OBSERVADO", "pago_monto", "1 day"), ("OBSERVADO", "pago_monto", "181 days"),
    ]  # fmt: skip
    for key, (result, rule, resolved) in zip(keys, marks, strict=True):
        ecom.execute(
            "UPDATE datos.pago_evento SET evt_resultado = %(result)s, evt_regla = %(rule)s,"
            " evt_resuelto = now() - %(resolved)s::interval,"
            " evt_resuelve = CASE WHEN %(resolved)s::text IS NOT NULL THEN 'x' END,"
            " evt_motivo = CASE WHEN %(resolved)s::text IS NOT NULL THEN 'x' END WHERE evt_id = %(key)s",
            {"key": key, "result": result, "rule": rule, "resolved": resolved},
        )
    Act(ecom)("limpieza_hacer", limite=10_000)
    assert [there(ecom, "pago_evento", key) for key in keys] == [1, 1, 1, 0]


def test_nadie_mas_que_el_puente_limpia(conn, people):
    with as_login(conn, people.login("admin")) as act, pytest.raises(psycopg.errors.InsufficientPrivilege):
        act("limpieza_hacer")
