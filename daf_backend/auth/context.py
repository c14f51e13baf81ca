"""Signing the shopper's context that ``sql/ecom/contexto.sql`` verifies."""

import hashlib
import hmac
import time

from .keyring import Ring

LIFETIME = 30  # seconds; the database refuses more than 60
LETTERS = {"shopper": "s", "guest": "c"}


def sign(ring: Ring, kind: str, subject: str, backend_pid: int) -> str:
    """``kid.kind.id.expiry.pid.mac``: good for seconds and for one backend, so it cannot be kept or replayed."""
    kid, key = next(iter(ring.items()))
    message = f"{kid}.{LETTERS[kind]}.{subject}.{int(time.time()) + LIFETIME}.{backend_pid}"
    return f"{message}.{hmac.new(key, message.encode(), hashlib.sha256).hexdigest()}"
