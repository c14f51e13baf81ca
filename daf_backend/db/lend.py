"""Lending a connection: after each borrower, whatever befell them, whether it may be lent again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from .connect import ServerAway, lost
from .reset import clean, idle


@contextmanager
def lend(
    conn: psycopg.Connection, tidy: bool, give_back: Callable[[bool], object]
) -> Iterator[psycopg.Connection]:
    """Lend it, and give it back with whether it is fit for the next one.

    ``tidy`` is the borrower's word that its statements leave nothing behind in the session, as a call of an ``api``
    function does: then giving it back costs no round trip. Otherwise, and after any error, it is reset.

    Raises:
        ServerAway: the server went away meanwhile.
    """
    fit = False
    try:
        yield conn
        fit = idle(conn) if tidy else clean(conn)
    except psycopg.Error as exc:
        if lost(conn, exc):
            raise ServerAway(str(exc)) from exc
        fit = clean(conn)
        raise
    except Exception:
        fit = clean(conn)
        raise
    finally:  # anything else that interrupts the borrower leaves the connection unfit
        give_back(fit)
