"""`tidy` promises that calls of api functions leave nothing in the session. Here the functions keep it."""

import re

import psycopg
import pytest

UNTIDY = re.compile(
    r"set_config\s*\([^;]*?,\s*(?:is_local\s*=>\s*)?(?:false|f|0)\b"  # a setting for the session
    r"|(?:;|\bBEGIN|\bTHEN|\bELSE|\bLOOP|'|\$)\s*(?:RE)?SET\s+"
    r"(?!LOCAL\b|CONSTRAINTS\b|TRANSACTION\b)[\w.]+\s*(?:=|TO\b|;)"
    r"|\bpg_(?:try_)?advisory_lock(?:_shared)?\s*\("  # a lock that outlives the transaction
    r"|\bLISTEN\s+\w+|\bWITH\s+HOLD\b|\bTEMP(?:ORARY)?\s+(?:TABLE|VIEW|SEQUENCE)\b|\bPREPARE\s+\w+\s*(?:\(|AS\b)",
    re.I,
)
BODIES = """
    SELECT p.oid::regprocedure::text, p.prosrc
    FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('api', 'privado')
"""


def untidy(body: str) -> bool:
    """Whether a function could leave something behind."""
    return UNTIDY.search(re.sub(r"--[^\n]*", "", body)) is not None


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_no_function_leaves_anything_in_the_session(side: str, request: pytest.FixtureRequest) -> None:
    conn: psycopg.Connection = request.getfixturevalue(side)
    functions = conn.execute(BODIES).fetchall()
    assert len(functions) > 20
    assert [name for name, body in functions if untidy(body)] == []


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN PERFORM set_config('daf.x', p, false); END",
        "BEGIN PERFORM set_config('daf.x', f(a, b), is_local => false); END",
        "BEGIN SET daf.x = 'y'; END",
        "BEGIN x := 1; SET ROLE TO admin; END",
        "BEGIN EXECUTE 'SET work_mem TO ''1GB'''; END",
        "BEGIN PERFORM pg_advisory_lock(1); END",
        "SELECT pg_try_advisory_lock(1)",
        "BEGIN LISTEN canal; END",
        "BEGIN CREATE TEMP TABLE x (y int) ON COMMIT DROP; END",
    ],
)
def test_what_would_leave_something_is_noticed(body: str) -> None:
    assert untidy(body)


@pytest.mark.parametrize(
    "body",
    [
        "BEGIN PERFORM set_config('daf.x', p, true); END",
        "BEGIN UPDATE datos.cliente SET cli_nombre = p; UPDATE datos.x\nSET y = 1; END",
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 1",
        "BEGIN SET LOCAL lock_timeout = '1s'; PERFORM pg_advisory_xact_lock(1); END",
        "BEGIN SET CONSTRAINTS ALL DEFERRED; END",
        "-- SET daf.x = 'y';\nSELECT 1",
    ],
)
def test_what_ends_with_the_transaction_is_not(body: str) -> None:
    assert not untidy(body)
