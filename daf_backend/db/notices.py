"""Hearing what the databases say with NOTIFY, on a connection of its own outside every pool.

A message is a hint and may be lost: whoever hears one looks at the rows. An ear that hears ``""`` is told that
messages may have been lost, which is so when the connection is lost and when it is made anew.
"""

import time
from collections.abc import Callable, Mapping

import psycopg
from psycopg import sql

from .connect import BadCredential, Passwords, ServerAway, connect_service

PAUSE = 1.0

Ear = Callable[[str], None]


def listen(conninfo: str, role: str, passwords: Passwords, ears: Mapping[str, Ear]) -> None:
    """Give each channel's messages to its ear, for ever. Run it in a daemon thread."""
    while True:
        try:
            with connect_service(conninfo, role, passwords()) as conn:
                for channel in ears:
                    conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                _unsure(ears)
                for message in conn.notifies():
                    ears[message.channel](message.payload)
        except (psycopg.Error, ServerAway, BadCredential):
            _unsure(ears)
            time.sleep(PAUSE)


def _unsure(ears: Mapping[str, Ear]) -> None:
    for heard in ears.values():
        heard("")
