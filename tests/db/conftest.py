"""An empty database on the session's server, and logins that cost nothing to make."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from daf_backend.db.connect import Credential
from daf_backend.db.embedded import Cluster
from daf_backend.db.pool import RolePool

from .logins import cheap_verifier, keys_of

_serial = itertools.count(1)


@dataclass
class Arena:
    """A database to fight over, seen as the superuser."""

    conninfo: str
    admin: psycopg.Connection

    def login(self, password: str = "clave") -> tuple[str, Credential]:
        """A new login and its keys."""
        login = f"arena_{next(_serial)}"
        self.admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))
        return login, self.password(login, password)

    def password(self, login: str, password: str) -> Credential:
        """Give a login a password; its keys."""
        self.alter(login, sql.SQL("PASSWORD {}").format(cheap_verifier(password)))
        return keys_of(password)

    def alter(self, login: str, what: sql.Composable) -> None:
        """ALTER ROLE."""
        self.admin.execute(sql.SQL("ALTER ROLE {} ").format(sql.Identifier(login)) + what)

    def backends(self, login: str = "arena%") -> list[int]:
        """The process ids of the connections of a login; of all test logins if none is named."""
        rows = self.admin.execute("SELECT pid FROM pg_stat_activity WHERE usename LIKE %s", (login,))
        return [row[0] for row in rows]

    def terminate(self, login: str = "arena%") -> None:
        """End those connections and wait until they have gone."""
        self.admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename LIKE %s", (login,)
        )


@pytest.fixture(scope="session")
def arena(cluster: Cluster) -> Iterator[Arena]:
    """The database and its superuser connection."""
    secret: dict[str, Any] = {"user": "postgres", "password": cluster.superuser_password}
    with psycopg.connect(cluster.conninfo("postgres"), autocommit=True, **secret) as conn:
        conn.execute("CREATE DATABASE daf_arena")
    with psycopg.connect(cluster.conninfo("daf_arena"), autocommit=True, **secret) as conn:
        yield Arena(make_conninfo(cluster.conninfo("daf_arena"), sslmode="disable"), conn)


PoolMaker = Callable[..., RolePool]


@pytest.fixture
def make_pool(arena: Arena) -> Iterator[PoolMaker]:
    """Make pools of the arena, closed at the end of the test."""
    made: list[RolePool] = []

    def make(**settings: Any) -> RolePool:
        made.append(RolePool(arena.conninfo, **{"cap": 4, "wait": 2.0} | settings))
        return made[-1]

    yield make
    for pool in made:
        pool.close()
