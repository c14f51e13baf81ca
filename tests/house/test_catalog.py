"""The rules of sql/README.md, asked of the real catalog of both databases."""

import re

import psycopg
import pytest

from daf_backend.auth.keyring import Keyring
from daf_backend.db.deploy import SQL_ROOT, deploy_side

SIDES = ["pos", "ecom"]
STAFF = (
    "admin adm_bodega bodega adm_ventas ventas adm_fact adm_compras compras cajero contador auditor".split()
)
SERVICES = ["api_login", "ecom_publico", "ecom_cliente", "puente"]


@pytest.fixture(params=SIDES)
def side(request):
    return request.param


@pytest.fixture
def catalog(side, request):
    conn = request.getfixturevalue(side)
    return lambda query, *values: [row[0] for row in conn.execute(query, values).fetchall()]


FUNCTIONS = (
    "pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname IN ('api', 'privado')"
)
TABLES = "pg_class AS c WHERE c.relnamespace = 'datos'::regnamespace AND c.relkind IN ('r', 'p')"


def crown_jewels() -> set[str]:
    text = (SQL_ROOT / "comun" / "9_duenos.sql").read_text()
    block = re.search(r"v_crown_jewels CONSTANT text\[\] := ARRAY\[(.*?)\]", text, re.S)
    return set(re.findall(r"'(\w+)'", block.group(1)))


def test_every_table_has_row_level_security(catalog):
    assert catalog(f"SELECT c.relname FROM {TABLES} AND NOT c.relrowsecurity") == []


def test_tables_belong_to_the_data_owner(catalog, side):
    assert set(catalog(f"SELECT pg_get_userbyid(c.relowner) FROM {TABLES}")) == {f"{side}_datos"}


def test_functions_belong_to_the_owner_of_their_layer(catalog, side):
    found = catalog(
        f"SELECT p.proname FROM {FUNCTIONS} AND pg_get_userbyid(p.proowner) <> %s || '_' || "
        "CASE n.nspname WHEN 'api' THEN 'api' ELSE 'datos' END", side
    )  # fmt: skip
    assert set(found) <= crown_jewels()
    superusers = set(catalog(f"SELECT p.proname FROM {FUNCTIONS} AND p.proowner = 10"))
    assert superusers == crown_jewels() & set(catalog(f"SELECT p.proname FROM {FUNCTIONS}"))


def test_every_superuser_function_named_exists_on_a_side(pos, ecom):
    names = f"SELECT p.proname FROM {FUNCTIONS}"
    assert crown_jewels() <= {name for conn in (pos, ecom) for (name,) in conn.execute(names)}


def test_owners_are_members_of_nothing_and_have_no_members(catalog, side):
    owners = [f"{side}_datos", f"{side}_api"]
    assert catalog(
        "SELECT 1 FROM pg_auth_members AS m WHERE m.roleid = ANY (%s::regrole[]) OR m.member = ANY (%s::regrole[])",
        owners, owners,
    ) == []  # fmt: skip


def test_no_role_of_ours_is_powerful(catalog):
    assert catalog(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)"
        " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)",
        [*STAFF, *SERVICES, "personal", "pos_datos", "pos_api", "ecom_datos", "ecom_api"],
    ) == []  # fmt: skip


def test_public_may_execute_nothing(catalog):
    assert (
        catalog(
            f"SELECT p.proname FROM {FUNCTIONS} AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, "
            "acldefault('f', p.proowner))) AS a WHERE a.grantee = 0)"
        )
        == []
    )


def test_public_has_nothing_on_the_database_or_its_schemas(catalog):
    assert (
        catalog(
            "SELECT a.privilege_type FROM pg_database, aclexplode(datacl) AS a"
            " WHERE datname = current_database() AND a.grantee = 0"
        )
        == []
    )
    assert (
        catalog(
            "SELECT nspname FROM pg_namespace, aclexplode(nspacl) AS a"
            " WHERE a.grantee = 0 AND nspname NOT LIKE 'pg\\_%%' AND nspname <> 'information_schema'"
        )
        == []
    )


@pytest.mark.parametrize("login", [*STAFF, *SERVICES])
def test_nobody_writes_a_table(catalog, login):
    """Not staff, not services: writing is what api functions are for."""
    assert catalog(
        f"SELECT c.relname FROM {TABLES} AND (has_table_privilege(%s, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        " OR has_any_column_privilege(%s, c.oid, 'INSERT, UPDATE'))",
        login, login,
    ) == []  # fmt: skip


def test_definer_functions_pin_their_search_path(catalog):
    found = catalog(
        f"SELECT p.proname FROM {FUNCTIONS} AND p.prosecdef"
        " AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)"
    )
    assert found == []


def test_api_functions_answer_json_without_overloads(catalog):
    api = "pg_proc AS p WHERE p.pronamespace = 'api'::regnamespace"
    odd = catalog(f"SELECT p.proname FROM {api} AND p.prorettype <> 'json'::regtype")
    assert set(odd) == {"idem_inicio", "idem_fin"}  # these carry the answer of another function as text
    assert (
        catalog(f"SELECT p.proname FROM {FUNCTIONS} GROUP BY p.proname, n.nspname HAVING count(*) > 1") == []
    )


def test_api_functions_are_granted_to_somebody_and_named_noun_verb(catalog):
    api = "pg_proc AS p WHERE p.pronamespace = 'api'::regnamespace"
    assert (
        catalog(
            f"SELECT p.proname FROM {api} AND NOT EXISTS"
            " (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee <> p.proowner)"
        )
        == []
    )
    assert [
        name
        for name in catalog(f"SELECT p.proname FROM {api}")
        if "_" not in name and name != "restricciones"
    ] == []
    badly = catalog(
        "SELECT p.proname || '.' || a FROM pg_proc AS p, unnest(p.proargnames) AS a"
        " WHERE p.pronamespace = 'api'::regnamespace AND a !~ '^p_'"
    )
    assert badly == []


def test_what_people_read_runs_as_they(catalog):
    """A SECURITY DEFINER read by staff would need a reason: the profile is about the caller alone."""
    definers = catalog(
        "SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'api'::regnamespace"
        " AND p.prosecdef AND p.provolatile = 's' AND p.proname ~ '_(listar|obtener|buscar|elegir)$'"
        " AND EXISTS (SELECT FROM unnest(%s::regrole[]) AS r WHERE has_function_privilege(r, p.oid, 'EXECUTE'))",
        ["personal", *STAFF],
    )
    assert set(definers) <= {"perfil_obtener"}


def test_every_constraint_that_people_can_break_says_so_in_spanish(catalog):
    """A CHECK's name is its rule and its comment the sentence people read."""
    assert (
        catalog(
            "SELECT c.conrelid::regclass || '.' || c.conname FROM pg_constraint AS c"
            " WHERE c.connamespace = 'datos'::regnamespace AND c.contype IN ('c', 'x')"
            " AND c.conname ~ '_check\\d*$'"
        )
        == []
    )


def test_deploying_again_leaves_the_structure_alone_and_removes_grants_made_by_hand(servers, settings, side):
    conninfo = servers.admin_conninfo(side)
    structure = """
        SELECT string_agg(x, E'\\n' ORDER BY x) FROM (
            SELECT format('%s.%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)) AS x
            FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relnamespace = 'datos'::regnamespace
            UNION ALL
            SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'datos'::regnamespace
            UNION ALL
            SELECT format('%s %s %s', grantee, table_name, privilege_type)
            FROM information_schema.role_table_grants WHERE table_schema = 'datos'
        ) AS s"""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        before = conn.execute(structure).fetchone()
        conn.execute("GRANT SELECT, INSERT ON datos.sesion TO ventas")
        deploy_side(conninfo, side, Keyring.load(settings), echo=lambda line: None)
        assert conn.execute(structure).fetchone() == before


def test_a_table_that_depends_on_code_stops_the_deploy(servers, settings, side):
    conninfo = servers.admin_conninfo(side)
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("ALTER TABLE datos.ajuste ADD COLUMN trampa text DEFAULT privado.ajuste('moneda')")
        try:
            with pytest.raises(psycopg.errors.RaiseException, match="trampa"):
                deploy_side(conninfo, side, Keyring.load(settings), echo=lambda line: None)
        finally:
            conn.execute("ALTER TABLE datos.ajuste DROP COLUMN trampa")
