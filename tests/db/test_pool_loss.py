"""Connections that die: unseen while nobody uses them, 503 when somebody does, never a 500."""

import threading
import time
from contextlib import suppress

import psycopg
import pytest

from daf_backend.db.pool import HOT, Credential, RolePool, ServerAway

from .conftest import Arena, PoolMaker

Login = tuple[str, Credential]


def ask(pool: RolePool, login: Login) -> int:
    """One statement; the backend that answered."""
    with pool.connection(*login) as conn:
        row = conn.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        return int(row[0])


def test_a_connection_terminated_while_idle_is_replaced_unseen(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool()
    login = arena.login()
    first = ask(pool, login)
    arena.terminate(login[0])
    time.sleep(HOT)  # what was used a moment ago is taken as it is
    assert ask(pool, login) != first
    assert pool.stats()["size"] == 1


@pytest.mark.parametrize("tidy", [True, False])
def test_a_connection_terminated_in_use_is_a_server_that_went_away(
    arena: Arena, make_pool: PoolMaker, tidy: bool
) -> None:
    pool = make_pool()
    login = arena.login()
    with pytest.raises(ServerAway), pool.connection(*login, tidy=tidy) as conn:
        conn.execute("SELECT 1")
        arena.terminate(login[0])
        conn.execute("SELECT 1")
    assert pool.stats()["size"] == 0
    ask(pool, login)


def test_a_backend_terminated_within_a_statement_is_a_server_that_went_away(
    arena: Arena, make_pool: PoolMaker
) -> None:
    pool = make_pool()
    login = arena.login()
    killer = threading.Timer(0.2, lambda: arena.terminate(login[0]))
    killer.start()
    with pytest.raises(ServerAway), pool.connection(*login) as conn:
        conn.execute("SELECT pg_sleep(5)")
    killer.join()


def test_a_cancelled_statement_is_not_a_lost_connection(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(options="-c statement_timeout=50")
    login = arena.login()
    first = ask(pool, login)
    with pytest.raises(psycopg.errors.QueryCanceled), pool.connection(*login) as conn:
        conn.execute("SELECT pg_sleep(5)")
    assert ask(pool, login) == first


def test_a_borrower_that_closes_the_connection_harms_nobody(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=1)
    login = arena.login()
    with pool.connection(*login) as conn:
        conn.close()
    ask(pool, login)


def test_an_interrupted_borrower_gives_its_place_back(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=1)
    login = arena.login()
    with pytest.raises(KeyboardInterrupt), pool.connection(*login) as conn:
        conn.execute("SELECT 1")
        raise KeyboardInterrupt
    assert pool.stats()["size"] == 0
    ask(pool, login)


def test_a_server_that_is_away_is_said_at_once(make_pool: PoolMaker, arena: Arena) -> None:
    pool = RolePool("host=127.0.0.1 port=1 dbname=x", cap=1)
    login = arena.login()
    for _ in range(3):
        with pytest.raises(ServerAway):
            ask(pool, login)
    assert (pool.stats()["size"], pool.stats()["timeouts"]) == (0, 0)


def test_many_threads_while_connections_are_killed(arena: Arena, make_pool: PoolMaker) -> None:
    """Every request ends as an answer or a ServerAway, and afterwards the pool is whole."""
    pool = make_pool(cap=3, wait=10)
    logins = [arena.login() for _ in range(6)]
    outcomes: list[str] = []

    def work(n: int) -> None:
        for turn in range(40):
            try:
                ask(pool, logins[(n + turn) % len(logins)])
                outcomes.append("ok")
            except Exception as exc:
                outcomes.append(type(exc).__name__)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with suppress(psycopg.Error):
            arena.terminate(logins[len(outcomes) % len(logins)][0])
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {"ok", "ServerAway"} and outcomes.count("ok") > 160
    stats = pool.stats()
    assert stats["waiting"] == 0 and stats["size"] == stats["idle"] <= 3
    for login in logins:
        ask(pool, login)
