"""Many calls of one person as one transaction: what an import needs and no request may have.

The login connects with its own password, so grants, row-level rules and `session_user` are theirs. Each call
sends the statement that a request would.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from ..errors import Problem, from_database
from .connect import BadCredential, ServerAway, connect
from .statement import Identity, parse, send, sendable

LOCK_TIMEOUT = "10s"  # an import can wait longer for a lock than a person can


class Batch:
    """The open transaction of one login."""

    def __init__(self, conn: psycopg.Connection, label: str) -> None:
        self._conn = conn
        self._identity = Identity(request_id=label, lock_timeout=LOCK_TIMEOUT)
        self.cancelled = False

    def call(self, name: str, /, **params: Any) -> Any:
        """Run ``api.<name>`` inside the transaction; its answer, parsed, numbers with a fraction as Decimal.

        Raises:
            Problem: PostgreSQL refused; the transaction is then lost.
        """
        try:
            return parse(send(self._conn, name, sendable(params), self._identity))
        except psycopg.Error as exc:
            raise from_database(exc) from exc

    def rollback(self) -> None:
        """Keep nothing: the transaction ends rolled back, without an error."""
        self.cancelled = True


@contextmanager
def open_batch(conninfo: str, login: str, password: str, *, label: str = "batch") -> Iterator[Batch]:
    """One connection and one explicit transaction of that login, committed at the end of the block.

    ``label`` is the request id that the audit will show.

    Raises:
        Problem: the credentials were refused, the server is away, or the commit failed.
    """
    with _connect(conninfo, login, password) as conn:
        try:
            with conn.transaction():
                batch = Batch(conn, label)
                yield batch
                if batch.cancelled:
                    raise psycopg.Rollback()
        except psycopg.Error as exc:  # a deferred rule speaks at the commit
            raise from_database(exc) from exc


@contextmanager
def open_admin_batch(conninfo: str, *, label: str = "batch") -> Iterator[Batch]:
    """The same with the superuser's own conninfo: for the first administrator, whom nobody else can make."""
    with psycopg.connect(conninfo, autocommit=True) as conn, conn.transaction():
        yield Batch(conn, label)


def _connect(conninfo: str, login: str, password: str) -> psycopg.Connection:
    try:
        return connect(conninfo, login, password=password)
    except (BadCredential, ServerAway) as exc:
        problem: Problem = from_database(exc)
        raise problem from exc
