"""The one statement that Python sends for a request, and how values travel in it.

    SELECT set_config('daf.sid', $1, true), ..., api.factura_aprobar(p_fac_codigo => $n)::text

The target list runs left to right, so identity is set before the function; the single statement is the transaction
(explicit BEGIN and COMMIT cost a third more). The function's JSON text goes out untouched.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from marshmallow import missing

from ..errors import Problem

NAME = re.compile(r"[a-z][a-z0-9_]{1,60}")
# What a statement may trip over when a deploy replaced the functions while it ran.
STALE = frozenset({"XX000", "42883", "42P01", "42703", "3F000", "0A000"})

# The lock that each call of the bridge to the shop shares, and a backup holds alone for a moment (backup/cut.py).
TURN = "daf puente corte"


class Identity(NamedTuple):
    """What travels with a call: labels for the audit, the shopper's signed context, how long to wait for a lock."""

    sid: str = ""
    request_id: str = ""
    url: str = ""
    contexto: str = ""
    lock_timeout: str = "2s"


SETTINGS = ("daf.sid", "daf.request_id", "daf.url", "daf.contexto", "lock_timeout")
NOBODY = Identity()


class Opaque(str):
    """A parameter that differs when the same request is sent again (a new file's random name)."""


class IdempotencyKey(NamedTuple):
    """The route and key of a write, and the fingerprint of what it was sent."""

    route: str
    key: str
    fingerprint: str


def ask(conn: psycopg.Connection, name: str, /, **params: Any) -> Any:
    """Run ``api.<name>`` over a connection, outside any request; the parsed answer."""
    return parse(send(conn, name, sendable(params), NOBODY))


def parse(text: bytes) -> Any:
    """The answer's JSON; numbers with a fraction are Decimal."""
    return json.loads(text, parse_float=Decimal)


def send(
    conn: psycopg.Connection,
    name: str,
    values: Mapping[str, Any],
    identity: Identity,
    *,
    readonly: bool = False,
    key: IdempotencyKey | None = None,
    turn: bool = False,
) -> bytes:
    """Send the statement and take the text of its last column.

    Raises:
        psycopg.Error: what PostgreSQL refused.
        Problem: 503 if a deploy replaced the functions under the statement.
    """
    idem = (*key, key.route, key.key) if key else ()
    try:
        result = conn.execute(
            text(name, tuple(values), readonly, key is not None, turn),
            (*identity, *idem, *values.values()),
            prepare=True,
        ).pgresult
    except psycopg.Error as exc:
        if exc.sqlstate in STALE and _deployed_meanwhile(conn):
            raise Problem(
                503, "despliegue_en_curso", "El sistema se está actualizando.", retry_after=1
            ) from exc
        raise
    answer = result.get_value(0, result.nfields - 1) if result else None
    return b"null" if answer is None else bytes(answer)


@lru_cache(maxsize=1024)
def text(
    name: str,
    params: tuple[str, ...],
    readonly: bool = False,
    idempotent: bool = False,
    turn: bool = False,
) -> bytes:
    """The text of the statement; the only SQL that Python writes for a request."""
    if not all(NAME.fullmatch(word) for word in (name, *params)):
        raise ValueError(f"not a function or parameter name: {name} {params}")
    targets = [f"set_config('{setting}', %s, true)" for setting in SETTINGS]
    if readonly:  # STABLE alone does not stop a call to a VOLATILE function
        targets.append("set_config('transaction_read_only', 'on', true)")
    if turn:
        targets.append(f"pg_advisory_xact_lock_shared(hashtext('{TURN}'))")
    act = f"api.{name}({', '.join(f'p_{param} => %s' for param in params)})::text"
    if idempotent:
        act = f"coalesce(api.idem_inicio(%s, %s, %s), api.idem_fin(%s, %s, {act}))"
    return f"SELECT {', '.join(targets)}, {act}".encode()


def sendable(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are there, as text for PostgreSQL to read as each parameter's own type."""
    return {name: _literal(value) for name, value in params.items() if value is not missing}


def _literal(value: Any) -> Any:
    if value is None or isinstance(value, str | bytes):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return json.dumps(value, default=str, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return "{" + ",".join(_element(_literal(item)) for item in value) + "}"
    return str(value)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _deployed_meanwhile(conn: psycopg.Connection) -> bool:
    """Whether functions were replaced in the last seconds, which explains a stale plan."""
    try:
        row = conn.execute(text("despliegue_reciente", ()), NOBODY).fetchone()
    except psycopg.Error:
        return True
    return row is not None and row[-1] == "true"
