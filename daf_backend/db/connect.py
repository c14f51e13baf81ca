"""Opening connections as a login, and telling why one could not be opened or was lost.

Every connection of the application comes from here: SCRAM always (on a ``trust`` line a wrong password would
do), autocommit (one statement is one transaction), prepared at first use, and nothing taken from the
machine's own PostgreSQL configuration files.
"""

import base64
import hmac
import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import psycopg_pool
from psycopg import pq

CONNECT_TIMEOUT = 3  # seconds; libpq knows no less than 2
_PROCESS_KEY = secrets.token_bytes(32)

# A failed connect carries no SQLSTATE in libpq, only text: the server's (lc_messages = C) or libpq's own.
_REFUSED = re.compile(
    r"password authentication failed for user"  # or unknown, expired, without a password
    r"|is not permitted to log in"
    r"|role \"[^\"]*\" does not exist"  # dropped between its authentication and its first breath
    r"|permission denied for database"  # this login is nobody here: no retry will help, another login will
    r"|incorrect server signature"  # our ServerKey is not the role's: the password was changed
)


# What a service may log in with now: asked at every connect, because it may have changed.
Passwords = Callable[[], Sequence[str]]


class PoolTimeout(psycopg_pool.PoolTimeout):
    """No connection in time, or too many already waiting: 503, come back later."""


class BadCredential(Exception):
    """PostgreSQL refuses this login with this password or these keys: 401."""


class ServerAway(Exception):
    """PostgreSQL cannot be reached, is starting or stopping, is full, or went away half-way: 503."""


@dataclass(frozen=True)
class Credential:
    """The SCRAM keys of a login, as good as its password for connecting. Neither repr nor str shows them."""

    client_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.client_key) != 32 or len(self.server_key) != 32:
            raise ValueError("SCRAM-SHA-256 keys are 32 bytes each")

    def fingerprint(self) -> bytes:
        """Tells credentials apart within this process; says nothing outside it."""
        return hmac.digest(_PROCESS_KEY, self.client_key + self.server_key, "sha256")


def parameters(role: str, *, options: str = "") -> dict[str, Any]:
    """What every connection of ours asks of libpq and psycopg, beyond the place and the secret."""
    return {
        "user": role,
        "options": options,
        "require_auth": "scram-sha-256",
        # libpq falls back on ~/.pgpass when the password is empty; there must be nothing to fall back on.
        "passfile": f"{os.devnull}/none",
        "gssencmode": "disable",  # or each connect looks for a Kerberos ticket first
        "client_encoding": "UTF8",
        "application_name": "daf",
        "connect_timeout": CONNECT_TIMEOUT,
        "tcp_user_timeout": 15_000,  # a server that vanished must not hold a thread for a quarter of an hour
        "autocommit": True,
        "prepare_threshold": 0,
    }


def connect(
    conninfo: str,
    login: str,
    *,
    password: str | None = None,
    credential: Credential | None = None,
    options: str = "",
) -> psycopg.Connection:
    """A new connection as that login, proved by its password or by its SCRAM keys.

    Raises:
        BadCredential: PostgreSQL refused them.
        ServerAway: it could not be asked.
    """
    settings = parameters(login, options=options) | _secret(password, credential)
    try:
        return psycopg.connect(conninfo, **settings)
    except psycopg.OperationalError as exc:
        raise connect_error(exc) from exc


def connect_service(conninfo: str, role: str, passwords: Sequence[str]) -> psycopg.Connection:
    """A new connection as a service, whose password may be changing: what one is refused another may open.

    Raises:
        BadCredential: PostgreSQL refused all of them.
        ServerAway: it could not be asked.
    """
    for word in passwords[:-1]:
        with suppress(BadCredential):
            return connect(conninfo, role, password=word)
    return connect(conninfo, role, password=passwords[-1])


def connect_error(exc: psycopg.Error) -> Exception:
    """What a failed connect means. Only PostgreSQL's own refusal is the caller's fault."""
    text = str(exc)
    return BadCredential("login refused") if _REFUSED.search(text) else ServerAway(text)


def lost(conn: psycopg.Connection, exc: psycopg.Error) -> bool:
    """Whether a statement failed because its connection did: terminated, or the server is gone.

    57P0x is the server ending the session (shutdown, crash, pg_terminate_backend); 57014, a cancelled
    statement, is not.
    """
    return conn.broken or (exc.sqlstate or "").startswith(("57P0", "08"))


def encrypt_password(login: str, password: str) -> str:
    """The SCRAM verifier that libpq makes of a password; the caller has checked that C can hold it."""
    # libpq wants a connection object but, told the algorithm, asks no server: one that never connected will
    # do.
    unconnected = pq.PGconn.connect_start(b"not a conninfo string")
    return unconnected.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode("ascii")


def _secret(password: str | None, credential: Credential | None) -> dict[str, str]:
    if credential is not None:
        return {
            "scram_client_key": base64.b64encode(credential.client_key).decode("ascii"),
            "scram_server_key": base64.b64encode(credential.server_key).decode("ascii"),
        }
    if not password or "\0" in password or not _encodable(password):
        raise BadCredential("no password looks like that")  # and libpq would send something else
    return {"password": password}


def _encodable(text: str) -> bool:
    """JSON can spell half a surrogate pair; UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
