"""What a server must prove before we serve from it: that it checks passwords, and says so in words we know."""

import secrets
from typing import NamedTuple

import psycopg

from ..settings import Settings, Side


class UnsafeServer(Exception):
    """The server would let people in, or keep them out, for reasons we cannot tell. Refuse to start."""


class Facts(NamedTuple):
    """What pools are sized by."""

    max_connections: int


def inspect(conninfo: str, side: Side, password: str) -> Facts:
    """Prove that a wrong password is refused and learn the server's limits, as ``api_login``.

    Raises:
        UnsafeServer: it trusts, it speaks in another language, or our own password is not accepted.
    """
    _refuses_wrong_password(conninfo, side)
    try:
        with psycopg.connect(
            conninfo, user="api_login", password=password, require_auth="scram-sha-256", connect_timeout=5
        ) as conn:
            row = conn.execute("SELECT current_setting('max_connections')::int").fetchone()
    except psycopg.OperationalError as exc:
        raise UnsafeServer(f"{side}: api_login cannot connect; run `daf deploy` first") from exc
    return Facts(max_connections=row[0] if row else 100)


def _refuses_wrong_password(conninfo: str, side: Side) -> None:
    """On a `trust` line any password is accepted: a stolen login name would be enough."""
    try:
        # Deliberately without require_auth: the question is what the server itself does.
        psycopg.connect(
            conninfo,
            user="api_login",
            password=secrets.token_hex(16),
            connect_timeout=5,
            passfile="/dev/null",
        ).close()
    except psycopg.OperationalError as exc:
        if "password authentication failed" in str(exc):
            return
        raise UnsafeServer(
            f"{side}: a wrong password did not fail as expected (is lc_messages = C, is the server up?)"
        ) from exc
    raise UnsafeServer(
        f"{side}: the server lets logins in without checking their password; use scram-sha-256"
    )


def refuse_oversubscription(settings: Settings, facts: dict[Side, Facts], cap: int) -> None:
    """All workers' pools together must leave the server room for its administrators.

    Raises:
        UnsafeServer: the configured pools could exceed max_connections.
    """
    shared = settings.embedded or settings.pos_dsn.split("dbname")[0] == settings.ecom_dsn.split("dbname")[0]
    demand = settings.workers * cap * (2 if shared else 1)
    smallest = min(fact.max_connections for fact in facts.values())
    if demand > smallest - 10:
        raise UnsafeServer(
            f"{settings.workers} workers x pool of {cap} ask for {demand} connections of {smallest};"
            " lower DAF_POOL_MAX or DAF_WORKERS, or raise max_connections"
        )
