"""The service logins' pools: through a crash of the server and back, without a hang and without help."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from daf_backend.db.embedded import Cluster
from daf_backend.db.pool import PoolTimeout, ServerAway, service_pool
from daf_backend.db.service import ServicePool

from .conftest import Arena

PASSWORD = "servicio"


@pytest.fixture
def pool(arena: Arena) -> Iterator[ServicePool]:
    login, _ = arena.login(PASSWORD)
    with service_pool(arena.conninfo, login, PASSWORD, 3) as pool:
        yield pool


def ask(pool: ServicePool) -> tuple[str, int]:
    """One statement: who and where."""
    with pool.connection() as conn:
        row = conn.execute("SELECT session_user::text, pg_backend_pid()").fetchone()
        assert row is not None
        return row


def test_it_is_the_service_and_stays_connected(pool: ServicePool) -> None:
    assert ask(pool)[0].startswith("arena_")
    assert len({ask(pool) for _ in range(5)}) <= 2


def test_connections_terminated_while_idle_are_replaced_unseen(arena: Arena, pool: ServicePool) -> None:
    with pool.connection(), pool.connection():
        login, _ = ask(pool)
    for _ in range(3):
        arena.terminate(login)
        ask(pool)


def test_a_connection_terminated_in_use_is_a_server_that_went_away(arena: Arena, pool: ServicePool) -> None:
    login, _ = ask(pool)
    with pytest.raises(ServerAway), pool.connection() as conn:
        arena.terminate(login)
        conn.execute("SELECT 1")
    ask(pool)


def test_nothing_set_by_one_request_is_seen_by_the_next(pool: ServicePool) -> None:
    for _ in range(3):
        with pool.connection() as conn:
            row = conn.execute("SELECT nullif(current_setting('daf.contexto', true), '')").fetchone()
            assert row == (None,)
            conn.execute("SET daf.contexto = 'ajeno'")


def test_all_taken_is_said_in_time(arena: Arena) -> None:
    login, _ = arena.login(PASSWORD)
    with service_pool(arena.conninfo, login, PASSWORD, 1) as pool, pool.connection():
        with pytest.raises(PoolTimeout), pool.connection(timeout=0.1):
            pass
    with pytest.raises(ServerAway), pool.connection():
        pass


@pytest.fixture
def mortal() -> Iterator[Cluster]:
    """A server of its own, since the test kills it."""
    with TemporaryDirectory(prefix="daf-mortal-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)
        bindir = os.environ.get("DAF_PG_BINDIR")
        with Cluster(Path(home), Path(bindir) if bindir else None) as cluster:
            with psycopg.connect(cluster.servers.admin_conninfo("pos", "postgres"), autocommit=True) as admin:
                admin.execute(f"CREATE ROLE servicio LOGIN PASSWORD '{PASSWORD}'")
            yield cluster


def test_it_survives_a_crash_of_the_server(mortal: Cluster) -> None:
    with service_pool(mortal.conninfo("postgres"), "servicio", PASSWORD, 2) as pool:
        ask(pool)
        assert mortal.pid is not None
        os.kill(mortal.pid, signal.SIGKILL)
        time.sleep(0.2)
        for _ in range(2):
            started = time.monotonic()
            with pytest.raises((PoolTimeout, ServerAway)):
                ask(pool)
            assert time.monotonic() - started < 2.5
        mortal.ensure()
        started = time.monotonic()
        ask(pool)
        assert time.monotonic() - started < 1.5
