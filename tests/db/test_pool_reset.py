"""What one request leaves in a session, the next one must not find, and must not pay for."""

from collections.abc import Iterator

import psycopg
import pytest

from daf_backend.db import lend as lend_module
from daf_backend.db.pool import Credential, RolePool

from .conftest import Arena, PoolMaker

LEFT_BEHIND = {
    "setting": ("SET daf.sid = 'ajeno'", "SELECT nullif(current_setting('daf.sid', true), '') IS NOT NULL"),
    "set_config": (
        "SELECT set_config('search_path', 'public', false)",
        "SELECT current_setting('search_path') <> 'pg_catalog'",
    ),
    "timeout": ("SET statement_timeout = 0", "SELECT current_setting('statement_timeout') <> '5s'"),
    "read only": (
        "SET default_transaction_read_only = on",
        "SELECT current_setting('transaction_read_only') = 'on'",
    ),
    "temporary table": ("CREATE TEMP TABLE resto (x int)", "SELECT to_regclass('pg_temp.resto') IS NOT NULL"),
    "advisory lock": (
        "SELECT pg_advisory_lock(42)",
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())",
    ),
    "listen": ("LISTEN canal", "SELECT EXISTS (SELECT FROM pg_listening_channels())"),
    "cursor": (
        "DECLARE resto CURSOR WITH HOLD FOR SELECT 1",
        "SELECT EXISTS (SELECT FROM pg_cursors WHERE name = 'resto')",
    ),
    "transaction": (
        "BEGIN; SET LOCAL daf.sid = 'ajeno'",
        "SELECT nullif(current_setting('daf.sid', true), '') IS NOT NULL",
    ),
    "role": ("SET ROLE pg_monitor", "SELECT current_user <> session_user"),
}


@pytest.fixture
def pool(make_pool: PoolMaker) -> RolePool:
    return make_pool(cap=1, options="-c search_path=pg_catalog -c statement_timeout=5s")


@pytest.fixture
def login(arena: Arena) -> Iterator[tuple[str, Credential]]:
    login, keys = arena.login()
    arena.admin.execute(f"GRANT pg_monitor TO {login}")
    yield login, keys


def pid(conn: psycopg.Connection) -> int:
    return conn.info.backend_pid


@pytest.mark.parametrize("leave", LEFT_BEHIND)
def test_nothing_set_by_one_request_is_seen_by_the_next(
    pool: RolePool, login: tuple[str, Credential], leave: str
) -> None:
    mess, seen = LEFT_BEHIND[leave]
    with pool.connection(*login) as conn:
        before = pid(conn)
        for statement in mess.split("; "):
            conn.execute(statement.encode())
    with pool.connection(*login) as conn:
        assert pid(conn) == before, "cleaned, not replaced"
        assert conn.execute(seen.encode()).fetchone() == (False,)


def test_a_request_that_fails_leaves_nothing_either(pool: RolePool, login: tuple[str, Credential]) -> None:
    for tidy in (False, True):
        with pytest.raises(psycopg.errors.DivisionByZero), pool.connection(*login, tidy=tidy) as conn:
            conn.execute("SET daf.sid = 'ajeno'")
            conn.execute("SELECT 1/0")
        with pytest.raises(KeyError), pool.connection(*login, tidy=tidy) as conn:
            conn.execute("SET daf.sid = 'ajeno'")
            raise KeyError
        with pool.connection(*login) as conn:
            assert conn.execute("SELECT nullif(current_setting('daf.sid', true), '')").fetchone() == (None,)
    assert pool.stats()["misses"] == 1


def test_prepared_statements_survive(pool: RolePool, login: tuple[str, Credential]) -> None:
    for _ in range(3):
        with pool.connection(*login) as conn:
            assert conn.execute("SELECT %s::int + 1", (1,), prepare=True).fetchone() == (2,)
            count = conn.execute("SELECT count(*) FROM pg_prepared_statements")
            assert count.fetchone() == (2,)


@pytest.mark.parametrize("mess", ["BEGIN", "SET autocommit", "pipeline"])
def test_tidy_is_believed_about_settings_and_not_about_the_rest(
    pool: RolePool, login: tuple[str, Credential], mess: str
) -> None:
    with pool.connection(*login, tidy=True) as conn:
        before = pid(conn)
        if mess == "BEGIN":
            conn.execute("BEGIN")
        elif mess == "SET autocommit":
            conn.autocommit = False
        else:
            conn.pgconn.enter_pipeline_mode()
    with pool.connection(*login) as conn:
        assert pid(conn) != before
        assert conn.autocommit


def test_tidy_costs_no_round_trip(
    pool: RolePool, login: tuple[str, Credential], monkeypatch: pytest.MonkeyPatch
) -> None:
    resets: list[psycopg.Connection] = []
    monkeypatch.setattr(lend_module, "clean", lambda conn: bool(resets.append(conn)) or True)
    for tidy in (True, False):
        with pool.connection(*login, tidy=tidy) as conn:
            conn.execute("SELECT 1")
    assert len(resets) == 1
