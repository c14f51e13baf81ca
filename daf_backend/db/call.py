"""How a view asks the database: one request, one statement, as the caller. (A batch of acts: one for a few of them.)

``call("factura_aprobar", fac_codigo=...)`` borrows a connection of the caller's own login from the side's role pool
and sends the statement of ``statement.py`` over it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from flask import current_app, g, has_request_context, request

from ..auth import context
from ..auth.session import ANONYMOUS, Session
from ..http.route import current_route
from ..settings import Side
from .runtime import Runtime
from .statement import IdempotencyKey, Identity, Opaque, parse, send, sendable

READS = frozenset({"GET", "HEAD"})


def call(name: str, /, **params: Any) -> bytes:
    """Run ``api.<name>`` as the caller of this request; the JSON text it answers.

    Parameters travel by name (``fac_codigo`` is ``p_fac_codigo``); lists travel as SQL arrays, mappings as JSON, and
    a value of ``marshmallow.missing`` is not sent, so the function's default holds.

    Raises:
        psycopg.Error: what PostgreSQL refused; ``errors.py`` turns it into a problem.
        PoolTimeout, BadCredential, ServerAway: see ``db/pool.py``.
    """
    session: Session = g.get("session", ANONYMOUS)
    values = sendable(params)
    key = _idempotency_key(name, values, session)
    with _connection(session) as conn:
        return send(conn, name, values, _identity(conn, session), readonly=_only_reads(), key=key)


def call_patiently(name: str, seconds: int, /, **params: Any) -> bytes:
    """``call`` for a read that looks at everything: in a transaction of its own, so that its time limit is too."""
    session: Session = g.get("session", ANONYMOUS)
    with _connection(session) as conn, conn.transaction():
        conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{seconds}s",))
        return send(conn, name, sendable(params), _identity(conn, session), readonly=True)


def call_in_turns(name: str, rows: str, values: list[str], size: int) -> list[Any]:
    """``call`` for rows that are an act each: at most ``size`` a statement, so nobody waits for all of them.

    The answer of each statement, parsed. One that is refused ends it, and what came before stays; sent again, the rest
    is done. An Idempotency-Key is each statement's, with the fingerprint of the whole: other rows are refused at once.
    """
    session: Session = g.get("session", ANONYMOUS)
    key, answers = _idempotency_key(name, {rows: values}, session), []
    for turn, start in enumerate(range(0, len(values) or 1, size)):
        given = sendable({rows: values[start : start + size]})
        own = key and key._replace(route=f"{key.route} {turn}")
        with _connection(session) as conn:
            answers.append(parse(send(conn, name, given, _identity(conn, session), key=own)))
    return answers


def call_json(name: str, /, **params: Any) -> Any:
    """``call``, parsed; numbers with a fraction are Decimal."""
    return parse(call(name, **params))


def call_service(side: Side, service: str, name: str, /, **params: Any) -> Any:
    """Run ``api.<name>`` as one of the service logins, parsed. Not for anything a person or a shopper does."""
    with runtime().service(side, service) as conn:
        return parse(send(conn, name, sendable(params), _identity(conn, ANONYMOUS)))


def runtime() -> Runtime:
    """The pools and keys of this process."""
    state: Runtime = current_app.extensions["daf"]
    return state


@contextmanager
def _connection(session: Session) -> Iterator[psycopg.Connection]:
    """A connection of the caller: their own login, or the shop's shared one for shoppers and visitors.

    ``tidy``: a call leaves nothing behind in its session (a house test reads the SQL for what would).
    """
    if session.credential is not None:
        with runtime().roles[session.side].connection(session.login, session.credential, tidy=True) as conn:
            yield conn
    else:
        with runtime().service(session.side, session.login) as conn:
            yield conn


def _only_reads() -> bool:
    """Whether this request may change nothing: a GET, unless its route was declared to note what it answers."""
    route = current_route()
    return request.method in READS and not (route and route.remembers)


def _identity(conn: psycopg.Connection, session: Session) -> Identity:
    state = runtime()
    signed = ""
    if session.subject and session.login == "ecom_cliente":
        signed = context.sign(state.keyring.context, session.kind, session.subject, conn.info.backend_pid)
    inside = has_request_context()
    url = state.settings.public_url or (request.host_url.rstrip("/") if inside else "")
    request_id = str(g.get("request_id", "")) if inside else ""
    return Identity(session.sid, request_id, url, signed, f"{state.settings.lock_timeout_ms}ms")


def _idempotency_key(name: str, values: Mapping[str, Any], session: Session) -> IdempotencyKey | None:
    """What to remember this write by, once per request, if it carries an Idempotency-Key."""
    key = g.pop("idempotency_key", None)
    if key is None or not session.subject:
        return None
    route = f"{request.method} {request.url_rule.rule if request.url_rule else request.path}"
    stable = {param: value for param, value in values.items() if not isinstance(value, Opaque)}
    fingerprint = hashlib.sha256(
        json.dumps([name, stable], sort_keys=True, default=repr).encode()
    ).hexdigest()
    return IdempotencyKey(route, key, fingerprint)
