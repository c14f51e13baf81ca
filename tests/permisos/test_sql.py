"""The same matrix without Python in the middle: each login tries every function and column on its own connection.

A refusal must come before anything runs: arguments are NULLs of the declared types, and the code is 42501.
"""

import psycopg
import pytest

from daf_backend.auth import context
from daf_backend.auth.keyring import Keyring
from daf_backend.db.runtime import SERVICES
from daf_backend.permisos.snapshot import Snapshot

from ..conftest import PASSWORD
from . import manifest
from .manifest import STAFF

ROWS = manifest.rows()
LOGINS = [(side, who) for side in ("pos", "ecom") for who in (*STAFF, *SERVICES[side])]

FUNCTIONS = """
    SELECT n.nspname || '.' || p.proname,
        format('SELECT %I.%I(%s)', n.nspname, p.proname,
            (SELECT string_agg('NULL::' || t::regtype::text, ', ') FROM unnest(p.proargtypes) AS t))
    FROM pg_proc AS p JOIN pg_namespace AS n ON p.pronamespace = n.oid
    WHERE n.nspname IN ('api', 'privado')"""
COLUMNS = """
    SELECT 'datos.' || c.relname, a.attname, format('SELECT %I FROM datos.%I LIMIT 0', a.attname, c.relname)
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'datos'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"""


@pytest.fixture
def connected(servers, settings, callers):
    """A connection of a role's login or of a service."""
    opened = []

    def connect(side, who):
        service = who in SERVICES[side]
        password = Keyring.load(settings).services[who] if service else PASSWORD
        login = who if service else callers.login(who)
        conn = psycopg.connect(getattr(servers, side), user=login, password=password, autocommit=True)
        opened.append(conn)
        return conn

    yield connect
    for conn in opened:
        conn.close()


def granted(reviewed: Snapshot, side: str, item: str, privilege: str, who: str) -> bool:
    """Whether the reviewed catalog gives a role a privilege, itself or as one of the staff."""
    holders = {role.rstrip("*") for role in reviewed[side].get(item, {}).get(privilege, "").split()}
    return bool(holders & ({who, "personal"} if who in STAFF else {who}))


def refused(conn, statement) -> bool:
    """Whether PostgreSQL denies a statement; any other failure is not a denial."""
    try:
        conn.execute(statement)
    except psycopg.errors.InsufficientPrivilege as exc:
        return "permission denied for" in (exc.diag.message_primary or "")
    except psycopg.Error:
        return False
    return False


@pytest.mark.parametrize(("side", "who"), LOGINS, ids=[f"{side} {who}" for side, who in LOGINS])
def test_a_login_runs_the_functions_it_was_given_and_no_other(connected, reviewed, request, tally, side, who):
    conn, wrong = connected(side, who), []
    for item, statement in request.getfixturevalue(side).execute(FUNCTIONS).fetchall():
        tally["celdas SQL de funciones"] += 1
        if granted(reviewed, side, item, "EXECUTE", who):
            may = conn.execute(
                "SELECT has_function_privilege(p.oid, 'EXECUTE') FROM pg_proc AS p"
                " WHERE p.oid = to_regproc(%s)::oid", (item,),
            ).fetchone()  # fmt: skip
            if may != (True,):
                wrong.append(f"{item}: must be allowed")
        elif not refused(conn, statement):
            wrong.append(f"{item}: must be denied")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("side", "who"), LOGINS, ids=[f"{side} {who}" for side, who in LOGINS])
def test_a_login_reads_the_columns_it_was_given_and_no_other(connected, reviewed, request, tally, side, who):
    conn, wrong = connected(side, who), []
    for table, column, statement in request.getfixturevalue(side).execute(COLUMNS).fetchall():
        tally["celdas SQL de columnas"] += 1
        may = granted(reviewed, side, table, "SELECT", who) or granted(
            reviewed, side, table, f"SELECT ({column})", who
        )
        if refused(conn, statement) == may:
            wrong.append(f"{table}.{column}: must be {'allowed' if may else 'denied'}")
    assert not wrong, "\n".join(wrong)


STAFF_ROWS = [
    (kind, role)
    for kind, row in ROWS.items()
    if row["lado"] == "pos"
    for role in STAFF
    if role not in row["todas"].split()
]


@pytest.mark.parametrize(("kind", "role"), STAFF_ROWS, ids=[" ".join(pair) for pair in STAFF_ROWS])
def test_rows_of_another_branch_are_not_there_for_raw_sql_either(
    connected, reviewed, rows, tally, kind, role
):
    row, trio, conn = ROWS[kind], rows.make(kind), connected("pos", role)
    table, column = row["tabla"], row["columna"]
    own, other = (str(whose[row["parametro"]]) for whose in (trio.own, trio.other))
    seen = f"SELECT {column}::text FROM {table} WHERE {column}::text = ANY (%s)"
    tally["celdas SQL con filas de otro"] += 1
    if granted(reviewed, "pos", table, "SELECT", role) or granted(
        reviewed, "pos", table, f"SELECT ({column})", role
    ):
        mine = [] if role in row.get("ninguna", "").split() else [(own,)]
        assert conn.execute(seen, ([own, other],)).fetchall() == mine
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(seen, ([own, other],))


@pytest.mark.parametrize("kind", [kind for kind, row in ROWS.items() if row["lado"] == "ecom"])
def test_rows_of_another_shopper_are_not_there_for_raw_sql_either(
    connected, settings, servers, rows, tally, kind
):
    row, trio, conn = ROWS[kind], rows.make(kind, "ecom"), connected("ecom", "ecom_cliente")
    table, column = row["tabla"], row["columna"]
    own, other = (str(whose[row["parametro"]]) for whose in (trio.own, trio.other))
    seen = f"SELECT {column}::text FROM {table} WHERE {column}::text = ANY (%s)"
    with psycopg.connect(servers.admin_conninfo("ecom")) as superuser:
        owner = superuser.execute(
            f"SELECT usr_id::text FROM {table} WHERE {column}::text = %s", (own,)
        ).fetchone()
    tally["celdas SQL con filas de otro"] += 1
    assert conn.execute(seen, ([own, other],)).fetchall() == []  # the shared login alone is nobody
    signed = context.sign(Keyring.load(settings).context, "shopper", owner[0], conn.info.backend_pid)
    with conn.transaction():
        conn.execute("SELECT set_config('daf.contexto', %s, true)", (signed,))
        assert conn.execute(seen, ([own, other],)).fetchall() == [(own,)]
