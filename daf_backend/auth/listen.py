"""A worker's ears: NOTIFY daf_sesion makes revocations immediate instead of "within a session check".

Who else wants to hear a side's channel brings an ear: the connection is the same.
"""

import threading
from collections.abc import Mapping
from functools import partial

from ..db.notices import Ear, listen
from ..settings import SIDES, Side
from .book import SessionBook
from .keyring import LiveKeyring

CHANNEL = "daf_sesion"


def start(
    book: SessionBook, conninfos: dict[Side, str], keys: LiveKeyring, others: Mapping[Side, Mapping[str, Ear]]
) -> None:
    """Listen on both sides, each in a daemon thread that reconnects for ever."""
    for side in SIDES:
        ears = {CHANNEL: partial(_heard, book, side), **others.get(side, {})}
        arguments = (conninfos[side], "api_login", partial(_passwords, keys), ears)
        threading.Thread(target=listen, args=arguments, name=f"daf-listen-{side}", daemon=True).start()


def _passwords(keys: LiveKeyring) -> list[str]:
    return keys.now().passwords("api_login")


def _heard(book: SessionBook, side: Side, subject: str) -> None:
    """Somebody's sessions changed; or, with no name, anybody's may have while nobody listened."""
    book.forget(side, subject or None)
