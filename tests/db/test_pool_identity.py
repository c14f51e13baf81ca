"""Who gets which connection: the credential is part of the key, and what PostgreSQL refuses stays refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from daf_backend.db import pool as pool_module
from daf_backend.db.pool import BadCredential, Credential, RolePool, connect

from .conftest import Arena, PoolMaker
from .logins import keys_of


def whoami(pool: RolePool, login: str, keys: Credential) -> tuple[str, int]:
    """The login PostgreSQL sees and the backend that answers."""
    with pool.connection(login, keys) as conn:
        row = conn.execute("SELECT session_user::text, pg_backend_pid()").fetchone()
        assert row is not None
        return row


def test_every_login_is_itself_to_postgres(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool()
    logins = [arena.login() for _ in range(3)]
    for login, keys in logins * 2:
        assert whoami(pool, login, keys)[0] == login
    assert (pool.stats()["hits"], pool.stats()["misses"]) == (3, 3)


def test_a_hot_connection_does_not_serve_wrong_keys(arena: Arena, make_pool: PoolMaker) -> None:
    """The most dangerous bug such a pool can have: a forged token that rides somebody's open connection."""
    pool = make_pool()
    login, keys = arena.login()
    _, pid = whoami(pool, login, keys)
    with pytest.raises(BadCredential):
        whoami(pool, login, keys_of("adivinada"))
    assert whoami(pool, login, keys) == (login, pid), "and trying them must not cost the owner anything"
    assert pool.stats()["denied"] == 1


def test_half_a_key_is_no_key(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool()
    login, keys = arena.login()
    other = keys_of("otra")
    for forged in (
        Credential(keys.client_key, other.server_key),
        Credential(other.client_key, keys.server_key),
    ):
        with pytest.raises(BadCredential):
            whoami(pool, login, forged)
    assert pool.stats()["size"] == 0


def test_a_changed_password_needs_its_own_keys(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(per_login=1)
    login, before = arena.login("antes")
    _, pid = whoami(pool, login, before)
    after = arena.password(login, "despues")
    assert whoami(pool, login, after)[1] != pid
    with pytest.raises(BadCredential):  # per_login is 1: the old connection had to make way
        whoami(pool, login, before)


def test_evict_closes_what_is_idle_and_what_comes_back(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool()
    login, keys = arena.login()
    with pool.connection(login, keys):
        whoami(pool, login, keys)
        assert len(arena.backends(login)) == 2
        pool.evict(login)
        assert len(arena.backends(login)) == 1
    assert arena.backends(login) == []


def test_a_connect_in_flight_when_its_login_is_evicted_is_not_kept(
    arena: Arena, make_pool: PoolMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = make_pool()
    login, keys = arena.login()

    def evicted_meanwhile(*args: object, **kwargs: object) -> psycopg.Connection:
        conn = connect(*args, **kwargs)  # type: ignore[arg-type]
        pool.evict(login)
        return conn

    monkeypatch.setattr(pool_module, "connect", evicted_meanwhile)
    whoami(pool, login, keys)
    assert pool.stats()["size"] == 0
    assert arena.backends(login) == []


def test_a_role_without_login_is_refused_once_evicted(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool()
    login, keys = arena.login()
    whoami(pool, login, keys)
    arena.alter(login, sql.SQL("NOLOGIN"))
    assert whoami(pool, login, keys)[0] == login, "PostgreSQL ends no session; evict does"
    pool.evict(login)
    with pytest.raises(BadCredential):
        whoami(pool, login, keys)


def test_a_refused_credential_loses_what_it_opened_before(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool()
    login, keys = arena.login()
    with pool.connection(login, keys):
        whoami(pool, login, keys)  # a second connection, left idle
        arena.alter(login, sql.SQL("NOLOGIN"))
        with both_busy(pool, login, keys), pytest.raises(BadCredential):
            whoami(pool, login, keys)
    assert arena.backends(login) == []


@contextmanager
def both_busy(pool: RolePool, login: str, keys: Credential) -> Iterator[None]:
    """Hold the idle connection too, so that the next request has to connect."""
    with pool.connection(login, keys):
        yield
