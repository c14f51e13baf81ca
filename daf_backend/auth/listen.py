"""A worker's ear: NOTIFY daf_sesion makes revocations immediate instead of "within a session check".

One connection per worker and database, outside every pool. Its messages are hints; losing it only empties the cache.
"""

import threading
import time

import psycopg

from ..settings import SIDES, Side
from .book import SessionBook
from .keyring import Keyring

PAUSE = 1.0


def start(book: SessionBook, conninfos: dict[Side, str], keyring: Keyring) -> None:
    """Listen on both sides, each in a daemon thread that reconnects for ever."""
    password = keyring.services["api_login"]
    for side in SIDES:
        arguments = (book, side, conninfos[side], password)
        threading.Thread(target=_listen, args=arguments, name=f"daf-listen-{side}", daemon=True).start()


def _listen(book: SessionBook, side: Side, conninfo: str, password: str) -> None:
    while True:
        try:
            with psycopg.connect(
                conninfo, user="api_login", password=password, autocommit=True,
                require_auth="scram-sha-256", application_name="daf listen", connect_timeout=5,
            ) as conn:  # fmt: skip
                conn.execute("LISTEN daf_sesion")
                book.forget(side)  # what was said while nobody listened
                for message in conn.notifies():
                    book.forget(side, message.payload)
        except psycopg.Error:
            pass
        book.forget(side)
        time.sleep(PAUSE)
