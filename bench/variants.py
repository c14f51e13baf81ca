"""The same API with another way of reaching PostgreSQL, to compare the role pool with; never used outside bench.

BENCH_POOL chooses: role (ours), shared (one psycopg pool logged in as one login), connect (a plain connect per
request), pool (a new psycopg pool per request, as the replaced API did).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from daf_backend import create_app
from daf_backend.db.connect import Credential, connect, parameters
from daf_backend.db.runtime import Runtime


class Connect:
    """A connection per request."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo

    @contextmanager
    def connection(self, login: str, credential: Credential, *, tidy: bool) -> Iterator[psycopg.Connection]:
        """Open, lend, close."""
        with connect(self.conninfo, login, credential=credential) as conn:
            yield conn


class NewPool(Connect):
    """A pool per request."""

    @contextmanager
    def connection(self, login: str, credential: Credential, *, tidy: bool) -> Iterator[psycopg.Connection]:
        """Make a pool, lend its connection, close it."""
        with ConnectionPool(self.conninfo, kwargs=_keys(login, credential), min_size=1, max_size=1) as pool:
            with pool.connection() as conn:
                yield conn


class Shared(Connect):
    """One pool, logged in as whoever came first."""

    pool: "ConnectionPool[Any] | None" = None

    @contextmanager
    def connection(self, login: str, credential: Credential, *, tidy: bool) -> Iterator[psycopg.Connection]:
        """Lend from the one pool."""
        if self.pool is None:
            self.pool = ConnectionPool(self.conninfo, kwargs=_keys(login, credential), min_size=4, max_size=4)
        with self.pool.connection() as conn:
            yield conn


def _keys(login: str, credential: Credential) -> dict[str, Any]:
    import base64

    return parameters(login) | {
        "scram_client_key": base64.b64encode(credential.client_key).decode(),
        "scram_server_key": base64.b64encode(credential.server_key).decode(),
    }


app = create_app()
kind = {"shared": Shared, "connect": Connect, "pool": NewPool}.get(os.environ.get("BENCH_POOL", "role"))
if kind:
    state: Runtime = app.extensions["daf"]
    state.roles = {"pos": kind(state.servers.pos), "ecom": kind(state.servers.ecom)}  # type: ignore[dict-item]
