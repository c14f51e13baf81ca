"""Changing the keys in DAF_HOME/keys under running servers, in files alone; the databases' part is the command's.

A new key goes in front of its ring with the second from which it is used, some seconds ahead: by then every process
has read it (``keyring.py``), so whatever one signs with it every other one verifies. The old keys stay behind it for
what they made, until they are retired. Nothing here says a key: what is told are names and ages.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..settings import Settings
from . import keyring
from .keyring import Entry

AHEAD = 5  # seconds between writing a key and using it; far more than keyring.PULSE
KID_DIGITS = 7  # the database takes names of eight characters


class KeysElsewhere(Exception):
    """The secret is not ours to change: the environment gives it."""


@dataclass(frozen=True)
class Kept:
    """What may be told of one key of a ring."""

    kid: str
    since: int  # 0: from before keys had dates
    replaced: int | None  # when a newer one took its place; None while it is, or is to be, in use
    in_use: bool


@contextmanager
def turn(settings: Settings) -> Iterator[None]:
    """One change of keys at a time."""
    folder = settings.home / "keys"
    with os.fdopen(os.open(folder / ".turno", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def describe(settings: Settings, name: str) -> list[Kept]:
    """The keys of a ring, newest first."""
    now = time.time()
    ring = keyring.parse(keyring.secret(settings, name))
    used = keyring.in_use(ring, now)
    return [
        Kept(entry.kid, entry.since, _replaced(ring, place, now), entry is used)
        for place, entry in enumerate(ring)
    ]


def prepare(settings: Settings, name: str, ahead: float = AHEAD) -> Entry:
    """The key to add to a ring; nothing is written yet, so that whoever must know it first can be told.

    Raises:
        KeysElsewhere: the environment gives this ring.
    """
    numbers = [int(entry.kid[1:]) for entry in _ours(settings, name) if entry.kid[1:].isdigit()]
    return keyring.fresh(f"k{max(numbers, default=0) + 1}"[: KID_DIGITS + 1], int(time.time() + ahead) + 1)


def add(settings: Settings, name: str, entry: Entry) -> None:
    """Put a key in front of its ring."""
    _write(settings, name, ",".join(map(str, (entry, *_ours(settings, name)))))


def retire(settings: Settings, name: str, life: float) -> list[str]:
    """Drop the keys that were replaced at least ``life`` seconds ago; their names."""
    now = time.time()
    ring = _ours(settings, name)
    spent = {
        entry.kid
        for place, entry in enumerate(ring)
        if (replaced := _replaced(ring, place, now)) is not None and replaced + life <= now
    }
    if spent:
        _write(settings, name, ",".join(str(entry) for entry in ring if entry.kid not in spent))
    return sorted(spent)


def keep_passwords(settings: Settings, role: str, *words: str) -> None:
    """Note what a service may log in with from now on, the likeliest first."""
    if keyring.given(settings, role):
        raise KeysElsewhere(role)
    _write(settings, role, ",".join(words))


def _ours(settings: Settings, name: str) -> list[Entry]:
    if keyring.given(settings, name):
        raise KeysElsewhere(name)
    return keyring.parse(keyring.secret(settings, name))


def _replaced(ring: list[Entry], place: int, now: float) -> int | None:
    """When the key before it in the ring, which is newer, came into use."""
    newer = [entry.since for entry in ring[:place] if entry.since <= now]
    return min(newer) if newer else None


def _write(settings: Settings, name: str, text: str) -> None:
    """Replace a file whole: who reads it sees the old one or the new one."""
    path = keyring.path_of(settings, name)
    draft = keyring.write_draft(path, text)
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
