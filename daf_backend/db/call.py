"""One request, one statement: how Python asks the database for anything.

``call("factura_aprobar", fac_codigo=...)`` borrows a connection of the caller's own login and sends exactly

    SELECT set_config('daf.sid', $1, true), ..., api.factura_aprobar(p_fac_codigo => $n)::text

The target list runs left to right, so identity is set before the function; the single statement is the transaction
(explicit BEGIN and COMMIT cost a third more). The function's JSON text goes out untouched.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import psycopg
from flask import current_app, g, has_request_context, request
from marshmallow import missing

from ..auth import context
from ..auth.session import ANONYMOUS, Session
from ..errors import Problem
from ..settings import Side
from .pool import ServerAway
from .runtime import Runtime

NAME = re.compile(r"[a-z][a-z0-9_]{1,60}")
READS = frozenset({"GET", "HEAD"})
IDENTITY = ("daf.sid", "daf.request_id", "daf.url", "daf.contexto", "lock_timeout")
# What a statement may trip over when a deploy replaced the functions while it ran.
STALE = frozenset({"XX000", "42883", "42P01", "42703", "3F000", "0A000"})


class Opaque(str):
    """A parameter that differs when the same request is sent again (a new file's random name)."""


def call(name: str, /, **params: Any) -> bytes:
    """Run ``api.<name>`` as the caller of this request; the JSON text it answers.

    Parameters travel by name (``fac_codigo`` is ``p_fac_codigo``); lists travel as SQL arrays, mappings as JSON, and
    a value of ``marshmallow.missing`` is not sent, so the function's default holds.

    Raises:
        psycopg.Error: what PostgreSQL refused; ``errors.py`` turns it into a problem.
        PoolTimeout, BadCredential, ServerAway: see ``db/pool.py``.
    """
    session: Session = g.get("session", ANONYMOUS)
    values = _sendable(params)
    key = _idempotency_key(name, values, session)
    with _connection(session) as conn:
        readonly = request.method in READS
        return _run(conn, name, values, _identity(conn, session), readonly=readonly, key=key)


def call_json(name: str, /, **params: Any) -> Any:
    """``call``, parsed; numbers with a fraction are Decimal."""
    return json.loads(call(name, **params), parse_float=Decimal)


def call_service(side: Side, service: str, name: str, /, **params: Any) -> Any:
    """Run ``api.<name>`` as one of the service logins, parsed. Not for anything a person or a shopper does."""
    with runtime().service(side, service) as conn:
        text = _run(conn, name, _sendable(params), _identity(conn, ANONYMOUS), readonly=False)
    return json.loads(text, parse_float=Decimal)


def runtime() -> Runtime:
    """The pools and keys of this process."""
    state: Runtime = current_app.extensions["daf"]
    return state


@contextmanager
def _connection(session: Session) -> Iterator[psycopg.Connection]:
    """A connection of the caller: their own login, or the shop's shared one for shoppers and visitors."""
    if session.kind == "staff" and session.credential is not None:
        with runtime().roles[session.side].connection(session.login, session.credential) as conn:
            yield conn
    else:
        with runtime().service(session.side, session.login) as conn:
            yield conn


def _identity(conn: psycopg.Connection, session: Session) -> tuple[str, ...]:
    """The values of IDENTITY: labels for the audit, the shopper's signed context, and how long to wait for a lock."""
    state = runtime()
    signed = ""
    if session.subject and session.login == "ecom_cliente":
        signed = context.sign(state.keyring.context, session.kind, session.subject, conn.info.backend_pid)
    inside = has_request_context()
    url = state.settings.public_url or (request.host_url.rstrip("/") if inside else "")
    request_id = str(g.get("request_id", "")) if inside else ""
    return (session.sid, request_id, url, signed, f"{state.settings.lock_timeout_ms}ms")


def _run(
    conn: psycopg.Connection,
    name: str,
    values: Mapping[str, Any],
    identity: tuple[str, ...],
    *,
    readonly: bool,
    key: tuple[str, str, str] | None = None,
) -> bytes:
    """Send the one statement and take the text of its last column."""
    statement = _statement(name, tuple(values), readonly, key is not None)
    idem = (*key, key[0], key[1]) if key else ()
    try:
        result = conn.execute(statement, (*identity, *idem, *values.values()), prepare=True).pgresult
    except psycopg.OperationalError as exc:
        if exc.sqlstate is None:  # the connection is gone: the outcome is unknown, so never a plain 500
            raise ServerAway(str(exc)) from exc
        raise
    except psycopg.Error as exc:
        if exc.sqlstate in STALE and _deployed_meanwhile(conn):
            raise Problem(503, "despliegue_en_curso", "El sistema se está actualizando.", retry_after=1) from exc
        raise
    text = result.get_value(0, result.nfields - 1) if result else None
    return b"null" if text is None else bytes(text)


@lru_cache(maxsize=1024)
def _statement(name: str, params: tuple[str, ...], readonly: bool, idempotent: bool) -> bytes:
    """The text of the statement; the only SQL that Python writes for a request."""
    if not all(NAME.fullmatch(word) for word in (name, *params)):
        raise ValueError(f"not a function or parameter name: {name} {params}")
    targets = [f"set_config('{setting}', %s, true)" for setting in IDENTITY]
    if readonly:  # STABLE alone does not stop a call to a VOLATILE function
        targets.append("set_config('transaction_read_only', 'on', true)")
    act = f"api.{name}({', '.join(f'p_{param} => %s' for param in params)})::text"
    if idempotent:
        act = f"coalesce(api.idem_inicio(%s, %s, %s), api.idem_fin(%s, %s, {act}))"
    return f"SELECT {', '.join(targets)}, {act}".encode()


def _sendable(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _literal(value) for name, value in params.items() if value is not missing}


def _literal(value: Any) -> Any:
    """Text for PostgreSQL to read as the parameter's own type, whatever Python's is."""
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


def _element(text: Any) -> str:
    if text is None:
        return "NULL"
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _idempotency_key(name: str, values: Mapping[str, Any], session: Session) -> tuple[str, str, str] | None:
    """(route, key, fingerprint) when this write carries an Idempotency-Key, once per request."""
    key = g.pop("idempotency_key", None)
    if key is None or not session.subject:
        return None
    route = f"{request.method} {request.url_rule.rule if request.url_rule else request.path}"
    stable = {param: value for param, value in values.items() if not isinstance(value, Opaque)}
    fingerprint = hashlib.sha256(json.dumps([name, stable], sort_keys=True, default=repr).encode()).hexdigest()
    return route, key, fingerprint


def _deployed_meanwhile(conn: psycopg.Connection) -> bool:
    """Whether functions were replaced in the last seconds, which explains a stale plan."""
    try:
        row = conn.execute("SELECT api.despliegue_reciente()::text").fetchone()
    except psycopg.Error:
        return True
    return row is not None and row[0] == "true"
