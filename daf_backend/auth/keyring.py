"""The secrets of the deployment: made once, kept 0600 in DAF_HOME/keys or given as DAF_SECRET_*.

Signing keys and key-encryption keys (KEK) are different rings, and each side has its own, so that what one key can do
when it leaks stays small. A ring is ``{kid: key}``; the first entry is the one in use, the rest still verify.

Keys change while everything runs (``rotation.py``). So a process does not keep what it read at its start: it looks at
the files again twice a second, and a new key says from which second on it is used. Every process knows it by then,
and so no token is ever refused for having been signed with a key too new.
"""

import base64
import logging
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from ..settings import SIDES, Settings, Side

Ring = dict[str, bytes]
SERVICES = ("api_login", "ecom_publico", "ecom_cliente", "puente")
RINGS = (*(f"firma_{side}" for side in SIDES), *(f"kek_{side}" for side in SIDES), "pasarela", "contexto")
PULSE = 0.5  # seconds between two looks at the files

log = logging.getLogger("daf.keys")


class Entry(NamedTuple):
    """One key of a ring as it is written down: ``kid:base64[@unix second it is used from]``."""

    kid: str
    key: bytes
    since: int = 0

    def __str__(self) -> str:
        return f"{self.kid}:{base64.b64encode(self.key).decode('ascii')}" + (
            f"@{self.since}" if self.since else ""
        )

    def __repr__(self) -> str:
        return f"Entry({self.kid})"


@dataclass(frozen=True)
class Keyring:
    """Every secret of the API. Its repr shows none of them."""

    sign: dict[Side, Ring] = field(repr=False)
    kek: dict[Side, Ring] = field(repr=False)
    context: Ring = field(repr=False)
    gateway: Ring = field(repr=False)  # what the embedded payment provider signs its messages with
    services: dict[str, str] = field(repr=False)
    spare: dict[str, str] = field(
        repr=False, default_factory=dict
    )  # a service's other password, while it changes
    changes_at: float = float("inf")  # when another key becomes the one in use

    @classmethod
    def load(cls, settings: Settings, create: bool = False) -> "Keyring":
        """Read the rings and the services' passwords; ``create`` makes the missing ones (deploy does).

        Raises:
            FileNotFoundError: a secret is neither given nor made yet.
        """
        now = time.time()
        entries = {name: parse(secret(settings, name, create)) for name in RINGS}
        rings = {name: _in_use_first(ring, now) for name, ring in entries.items()}
        words = {role: _passwords(settings, role, create) for role in SERVICES}
        return cls(
            sign={side: rings[f"firma_{side}"] for side in SIDES},
            kek={side: rings[f"kek_{side}"] for side in SIDES},
            context=rings["contexto"],
            gateway=rings["pasarela"],
            services={role: word[0] for role, word in words.items()},
            spare={role: word[1] for role, word in words.items() if len(word) > 1},
            changes_at=min(
                (each.since for ring in entries.values() for each in ring if each.since > now),
                default=float("inf"),
            ),
        )

    def passwords(self, role: str) -> list[str]:
        """What a service may log in with: one password, two while it changes."""
        return [self.services[role], *filter(None, [self.spare.get(role)])]


class LiveKeyring:
    """The keyring of a process, as the files say now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stamp = _stamp(settings)
        self._complained: object = None
        self._keyring = Keyring.load(settings)
        self._looked = time.monotonic()

    def now(self) -> Keyring:
        """The keyring; what it costs is a comparison, and twice a second a look at the files' times."""
        if time.monotonic() - self._looked >= PULSE or time.time() >= self._keyring.changes_at:
            self._look()
        return self._keyring

    def _look(self) -> None:
        self._looked = time.monotonic()
        stamp = _stamp(self._settings)
        if stamp == self._stamp and time.time() < self._keyring.changes_at:
            return
        try:
            self._keyring = Keyring.load(self._settings)
        except (OSError, ValueError) as exc:  # a file somebody is writing by hand: what we know still holds
            if stamp != self._complained:
                log.warning("keys not read again", extra={"why": type(exc).__name__})
            self._complained = stamp
        else:
            self._stamp = stamp


def path_of(settings: Settings, name: str) -> Path:
    """Where a secret is kept when the environment does not give it."""
    return settings.home / "keys" / name


def given(settings: Settings, name: str) -> str:
    """A secret that the environment gives; empty where the files hold it."""
    value: SecretStr = getattr(settings, f"secret_{name}")
    return value.get_secret_value()


def secret(settings: Settings, name: str, create: bool = False) -> str:
    """The text of a secret, from the environment or its file.

    Raises:
        FileNotFoundError: it is neither given nor made yet.
    """
    if text := given(settings, name):
        return text
    path = path_of(settings, name)
    if not path.exists() and create:
        _write_once(
            path, secrets.token_urlsafe(32) if name in SERVICES else str(fresh("k1", int(time.time())))
        )
    return path.read_text("ascii").strip()


def parse(text: str) -> list[Entry]:
    """The keys of a ring, newest first; keys are 32 bytes.

    Raises:
        ValueError: it is not ``kid:base64[@second][,...]``.
    """
    ring = []
    for part in text.split(","):
        kid, _, rest = part.strip().partition(":")
        encoded, _, since = rest.partition("@")
        entry = Entry(kid, base64.b64decode(encoded, validate=True), int(since or 0))
        if len(entry.key) != 32 or not kid.isalnum():
            raise ValueError("a ring entry is kid:base64 of 32 bytes")
        ring.append(entry)
    return ring


def fresh(kid: str, since: int) -> Entry:
    """A new key."""
    return Entry(kid, secrets.token_bytes(32), since)


def in_use(ring: list[Entry], now: float) -> Entry:
    """The newest key whose time has come."""
    return next((entry for entry in ring if entry.since <= now), ring[-1])


def _passwords(settings: Settings, role: str, create: bool) -> list[str]:
    """A service's password; its file holds two while it changes. A given one may well have a comma in it."""
    text = secret(settings, role, create)
    return [text] if given(settings, role) else text.split(",")


def _in_use_first(ring: list[Entry], now: float) -> Ring:
    first = in_use(ring, now)
    return {entry.kid: entry.key for entry in (first, *ring)}


def _stamp(settings: Settings) -> tuple[tuple[int, int], ...]:
    """What changes when a file of the keys does."""
    found = []
    for name in (*RINGS, *SERVICES):
        try:
            state = path_of(settings, name).stat()
        except FileNotFoundError:
            continue
        found.append((state.st_mtime_ns, state.st_ino))
    return tuple(found)


def _write_once(path: Path, text: str) -> None:
    """Create a private file; of two processes that try at once, the first one's content stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = write_draft(path, text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def write_draft(path: Path, text: str) -> Path:
    """The content of a private file, on disk beside it under another name."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    return draft
