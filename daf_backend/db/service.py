"""Pools of the service logins (``api_login`` and the like): psycopg's own pool, a few connections each.

Made so that a request never meets a dead connection left over from a restart, and gets its answer (503)
within two seconds while the server is away; the pool comes back by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg_pool

from .connect import BadCredential, Passwords, PoolTimeout, ServerAway, connect_error, parameters
from .lend import lend
from .reset import alive

WAIT = 2.0
MAX_WAITING = 256
# psycopg_pool backs off for longer and longer within this time, then gives up until somebody asks again.
# Short, so that after an outage the next request finds a server and not a nap of minutes.
RECONNECT = 1.0


class ServicePool(psycopg_pool.ConnectionPool[psycopg.Connection]):
    """psycopg's pool with our checks at hand-out and at return, and our errors."""

    def getconn(self, timeout: float | None = None) -> psycopg.Connection:
        """A connection whose server has not hung up. Several may have died together; none is handed out."""
        try:
            conn = super().getconn(timeout)
            while not alive(conn):
                conn.close()
                self.putconn(conn)
                conn = super().getconn(timeout)
        except (psycopg_pool.PoolTimeout, psycopg_pool.TooManyRequests) as exc:
            raise PoolTimeout(str(exc)) from exc
        except psycopg_pool.PoolClosed as exc:
            raise ServerAway(str(exc)) from exc
        return conn

    @contextmanager
    def connection(self, timeout: float | None = None, *, tidy: bool = False) -> Iterator[psycopg.Connection]:
        """Lend a connection; ``tidy`` as in ``lend``.

        Raises:
            PoolTimeout: none in time; the server may be away.
            ServerAway: the server went away meanwhile.
        """
        conn = self.getconn(timeout)

        def give_back(fit: bool) -> None:
            if not fit:
                conn.close()  # which tells the pool to replace it
            self.putconn(conn)

        with lend(conn, tidy, give_back):
            yield conn


class ServiceConnection(psycopg.Connection):
    """A connection that tries every password its service may have at this moment."""

    @classmethod
    def connect(  # type: ignore[override]
        cls, conninfo: str, *, passwords: Passwords, **kwargs: Any
    ) -> "ServiceConnection":
        """Connect; only a refusal makes it try the next password."""
        *first, last = passwords()
        for word in first:
            try:
                return super().connect(conninfo, password=word, **kwargs)
            except psycopg.OperationalError as exc:
                if not isinstance(connect_error(exc), BadCredential):
                    raise
        return super().connect(conninfo, password=last, **kwargs)


def service_pool(
    conninfo: str, role: str, password: str | Passwords, max_size: int, *, options: str = ""
) -> ServicePool:
    """A small pool of one service login. It opens at once and does not wait for the server."""
    passwords = (lambda: [password]) if isinstance(password, str) else password
    return ServicePool(
        conninfo,
        connection_class=ServiceConnection,
        kwargs=parameters(role, options=options) | {"passwords": passwords},
        min_size=1,
        max_size=max_size,
        max_waiting=MAX_WAITING,
        timeout=WAIT,
        reconnect_timeout=RECONNECT,
        max_idle=120.0,
        max_lifetime=1800.0,
        num_workers=1,
        name=f"daf-{role}",
        open=True,
    )
