"""Questions of one person outside any request, each its own statement and transaction.

For what reads for minutes: one long transaction would keep the tables from a deploy all the while.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg

from ..errors import from_database
from .connect import BadCredential, ServerAway, connect
from .statement import Identity, parse, send, sendable


class Ask(Protocol):
    """Runs ``api.<name>`` and answers what it says, parsed."""

    def __call__(self, name: str, /, **params: Any) -> Any: ...


@contextmanager
def questions(conninfo: str, login: str | None, password: str, *, label: str) -> Iterator[Ask]:
    """Ask as that login; without one as whom ``conninfo`` names. ``label`` is the request id the audit will show.

    Raises:
        Problem: the credentials or the question were refused, or the server is away.
    """
    try:
        conn = (
            connect(conninfo, login, password=password)
            if login
            else psycopg.connect(conninfo, autocommit=True)
        )
    except (BadCredential, ServerAway) as exc:
        raise from_database(exc) from exc
    with conn:
        yield over(conn, label)


def over(conn: psycopg.Connection, label: str) -> Ask:
    """Ask over a connection somebody else opened."""
    identity = Identity(request_id=label)

    def ask(name: str, /, **params: Any) -> Any:
        try:
            return parse(send(conn, name, sendable(params), identity))
        except psycopg.Error as exc:
            raise from_database(exc) from exc

    return ask
