"""Logins whose password costs one SCRAM iteration: the server takes any count, and tests make hundreds."""

import base64
import hashlib

from daf_backend.auth.scram import derive
from daf_backend.db.connect import Credential

SALT = b"sal de las pruebas"


def keys_of(password: str) -> Credential:
    """The keys of a cheap login."""
    return derive(password, SALT, 1)


def cheap_verifier(password: str) -> str:
    """What PostgreSQL stores for it."""
    keys = keys_of(password)
    salt, stored, server = (
        base64.b64encode(part).decode("ascii")
        for part in (SALT, hashlib.sha256(keys.client_key).digest(), keys.server_key)
    )
    return f"SCRAM-SHA-256$1:{salt}${stored}:{server}"
