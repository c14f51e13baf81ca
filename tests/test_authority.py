"""Take Python away, give the same person psql: they can do exactly the same things, and no more."""

import subprocess

import psycopg
import pytest

from daf_backend.auth import context
from daf_backend.auth.keyring import Keyring
from tests.conftest import PASSWORD

# role -> what the API must answer 403 to, and the act behind it as SQL
DENIED = {
    "bodega": [
        ("POST", "/factura", {"cli_codigo": "CLI0000001"}, "api.factura_crear('CLI0000001')"),
        ("POST", "/cliente", {"cli_ruc_ced": "1710034065", "cli_nombre": "X", "cli_mail": "x@y.ec"},
         "api.cliente_crear(p_cli_ruc_ced => '1710034065', p_cli_nombre => 'X')"),
        ("PUT", "/producto/PRD0000001/precio", {"prd_precio_venta": "1.00"},
         "api.producto_precio_actualizar('PRD0000001', 1.00)"),
    ],
    "ventas": [
        ("POST", "/kardex-producto", {"prd_codigo": "PRD0000001", "trn_cod": "AJU", "krd_cantidad": 1},
         "api.kardex_producto_crear(p_prd_codigo => 'PRD0000001', p_trn_cod => 'AJU', p_krd_prd_cantidad => 1)"),
        ("DELETE", "/usuario/demo_admin", {}, "api.usuario_off('demo_admin')"),
        ("PUT", "/producto/PRD0000001/precio", {"prd_precio_venta": "1.00"},
         "api.producto_precio_actualizar('PRD0000001', 1.00)"),
    ],
    "contador": [
        ("POST", "/factura", {"cli_codigo": "CLI0000001"}, "api.factura_crear('CLI0000001')"),
        ("POST", "/kardex-producto", {"prd_codigo": "PRD0000001", "trn_cod": "AJU", "krd_cantidad": 1},
         "api.kardex_producto_crear(p_prd_codigo => 'PRD0000001', p_trn_cod => 'AJU', p_krd_prd_cantidad => 1)"),
        ("DELETE", "/usuario/demo_admin", {}, "api.usuario_off('demo_admin')"),
    ],
}  # fmt: skip
CELLS = [(role, *cell) for role, cells in DENIED.items() for cell in cells]


@pytest.fixture
def as_person(servers):
    """A real connection of a login, as psql would open it."""
    opened = []

    def connect(login, side="pos"):
        conn = psycopg.connect(getattr(servers, side), user=login, password=PASSWORD, autocommit=True)
        opened.append(conn)
        return conn

    yield connect
    for conn in opened:
        conn.close()


@pytest.fixture
def psql(cluster):
    """The psql program, logged in as somebody: (exit status, what it said)."""

    def run(login, statement):
        done = subprocess.run(
            [cluster.bindir / "psql", cluster.conninfo("daf_pos"), "-U", login, "-c", statement],
            env={"PGPASSWORD": PASSWORD, "LC_ALL": "C"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.parametrize(("role", "method", "path", "body", "act"), CELLS)
def test_what_http_forbids_psql_forbids(client, auth, people, psql, role, method, path, body, act):
    answer = client.open(f"/api/pos{path}", method=method, json=body, headers=auth(role))
    assert answer.status_code == 403, answer.text
    status, said = psql(people.login(role), f"SELECT {act}")
    assert status != 0 and "permission denied for function" in said, said


def test_psql_is_the_person(people, psql):
    assert people.login("ventas") in psql(people.login("ventas"), "SELECT session_user")[1]


@pytest.mark.parametrize("side", ["pos", "ecom"])
@pytest.mark.parametrize("role", ["admin", "ventas", "auditor"])
def test_nobody_on_the_staff_writes_a_table_directly(request, people, as_person, side, role):
    tables = (
        request.getfixturevalue(side)
        .execute(
            "SELECT c.oid::regclass::text, quote_ident(a.attname) FROM pg_class AS c"
            " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = 1"
            " WHERE c.relnamespace = 'datos'::regnamespace AND c.relkind IN ('r', 'p')"
        )
        .fetchall()
    )
    assert len(tables) > 10
    conn = as_person(people.login(role), side)
    for table, column in tables:
        for attempt in (
            f"INSERT INTO {table} DEFAULT VALUES", f"DELETE FROM {table}", f"TRUNCATE {table}",
            f"UPDATE {table} SET {column} = DEFAULT",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(attempt)


@pytest.mark.parametrize("attempt", [
    "SET ROLE pos_datos", "SET ROLE pos_api", "SET ROLE postgres", "SET ROLE api_login", "SET ROLE puente",
    "SET SESSION AUTHORIZATION postgres", "SELECT * FROM datos.auditoria", "SELECT * FROM datos.sesion",
    "SELECT * FROM pg_authid", "CREATE TABLE public.mia (a int)", "CREATE TEMP TABLE mia (a int)",
    "CREATE FUNCTION api.mia() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SELECT privado.rol_ingreso('demo_ventas', false)",
    "SELECT privado.asentar('001', 'X', 'X', 'x', '{VENTAS}', '{}', '{1}')", "SELECT lo_create(0)",
    "CREATE ROLE mia", "ALTER ROLE pos_datos LOGIN", "SELECT api.sesion_vigente(gen_random_uuid())",
    "COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('PG_VERSION')",
])  # fmt: skip
def test_an_administrator_is_not_a_superuser(people, as_person, attempt):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_person(people.login("admin")).execute(attempt)


def test_staff_cannot_pretend_to_be_a_shopper(people, as_person, settings):
    conn = as_person(people.login("admin"), "ecom")
    signed = context.sign(Keyring.load(settings).context, "shopper", "1", conn.info.backend_pid)
    with conn.transaction():
        conn.execute("SELECT set_config('daf.contexto', %s, true)", (signed,))
        assert conn.execute("SELECT privado.comprador()").fetchone()[0] is None
