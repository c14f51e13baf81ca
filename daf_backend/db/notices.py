"""Hearing what the databases say with NOTIFY, on a connection of its own outside every pool.

A message is a hint and may be lost: whoever hears one looks at the rows. ``heard("")`` says that messages
may have been lost, which is so when the connection is lost and when it is made anew.
"""

import time
from collections.abc import Callable

import psycopg
from psycopg import sql

from .connect import BadCredential, Passwords, ServerAway, connect_service

PAUSE = 1.0


def listen(
    conninfo: str, role: str, passwords: Passwords, channel: str, heard: Callable[[str], None]
) -> None:
    """Call ``heard`` with every message of a channel, for ever. Run it in a daemon thread."""
    while True:
        try:
            with connect_service(conninfo, role, passwords()) as conn:
                conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                heard("")
                for message in conn.notifies():
                    heard(message.payload)
        except (psycopg.Error, ServerAway, BadCredential):
            heard("")
            time.sleep(PAUSE)
