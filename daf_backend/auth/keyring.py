"""The secrets of the deployment: made once, kept 0600 in DAF_HOME/keys or given as DAF_SECRET_*.

Signing keys and key-encryption keys (KEK) are different rings, and each side has its own, so that what one key can do
when it leaks stays small. A ring is ``{kid: key}``; the first entry is the one in use, the rest still verify.
"""

import base64
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from ..settings import SIDES, Settings, Side

Ring = dict[str, bytes]
SERVICES = ("api_login", "ecom_publico", "ecom_cliente", "puente")


@dataclass(frozen=True)
class Keyring:
    """Every secret of the API. Its repr shows none of them."""

    sign: dict[Side, Ring] = field(repr=False)
    kek: dict[Side, Ring] = field(repr=False)
    context: Ring = field(repr=False)
    services: dict[str, str] = field(repr=False)

    @classmethod
    def load(cls, settings: Settings, create: bool = False) -> "Keyring":
        """Read the rings and the services' passwords; ``create`` makes the missing ones (deploy does).

        Raises:
            FileNotFoundError: a secret is neither given nor made yet.
        """

        def secret(name: str) -> str:
            return _secret(settings, name, create)

        return cls(
            sign={side: _ring(secret(f"firma_{side}")) for side in SIDES},
            kek={side: _ring(secret(f"kek_{side}")) for side in SIDES},
            context=_ring(secret("contexto")),
            services={role: secret(role) for role in SERVICES},
        )


def _secret(settings: Settings, name: str, create: bool) -> str:
    given: SecretStr = getattr(settings, f"secret_{name}")
    if given.get_secret_value():
        return given.get_secret_value()
    path = settings.home / "keys" / name
    if not path.exists() and create:
        _write_once(path, secrets.token_urlsafe(32) if name in SERVICES else f"k1:{_fresh_key()}")
    return path.read_text("ascii").strip()


def _write_once(path: Path, text: str) -> None:
    """Create a private file; of two processes that try at once, the first one's content stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _fresh_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _ring(text: str) -> Ring:
    """Parse ``kid:base64[,kid:base64]``; keys are 32 bytes."""
    ring = {}
    for entry in text.split(","):
        kid, _, encoded = entry.strip().partition(":")
        ring[kid] = base64.b64decode(encoded, validate=True)
        if len(ring[kid]) != 32 or not kid.isalnum():
            raise ValueError("a ring entry is kid:base64 of 32 bytes")
    return ring
