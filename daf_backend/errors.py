"""The one table from what went wrong to what the caller is told.

Every refusal leaves as ``application/problem+json`` with a status, the name of the rule and a Spanish
sentence. A rule broken in PostgreSQL arrives with its name as the constraint's name, whether a CHECK, a
foreign key or `privado.rechazar` said no. Text of the database never leaves: its place is the log, under the
same request id.
"""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import psycopg_pool
from flask import Flask, Response, current_app, g
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from .db.pool import BadCredential, PoolTimeout, ServerAway

COMMENTS_KEY = "daf_constraint_comment"  # app.extensions: constraint name -> Spanish sentence or None
MIMETYPE = "application/problem+json"

log = logging.getLogger("daf.errors")


def _request_id() -> str:
    return str(g.get("request_id", ""))  # set by http/logs.py before anything can fail


@dataclass(frozen=True, slots=True)
class Kind:
    """What a class of failures looks like from outside."""

    status: int
    rule: str
    detail: str
    retry_after: int | None = None


TITLES = {
    400: "Solicitud mal formada",
    401: "Credenciales inválidas",
    402: "Pago rechazado",
    403: "Sin permiso",
    404: "No existe",
    405: "Método no permitido",
    409: "El estado actual no lo permite",
    413: "Demasiado grande",
    415: "Tipo de contenido no soportado",
    422: "Regla de negocio",
    429: "Demasiadas solicitudes",
    500: "Error interno",
    503: "Intente de nuevo",
}

# What a status says when nobody said more.
STATUSES = {
    kind.status: kind
    for kind in (
        Kind(400, "solicitud_mal_formada", "La solicitud está mal formada."),
        Kind(401, "sin_sesion", "Inicie sesión para continuar."),
        Kind(402, "pago_rechazado", "El pago fue rechazado."),
        Kind(403, "sin_permiso", "No tiene permiso para hacer esto."),
        Kind(404, "no_existe", "No existe."),
        Kind(405, "metodo_no_permitido", "Esta ruta no acepta ese método."),
        Kind(409, "conflicto", "El estado actual no lo permite."),
        Kind(413, "demasiado_grande", "Lo enviado es demasiado grande."),
        Kind(415, "tipo_no_soportado", "Envíe JSON o un formulario."),
        Kind(422, "regla", "No se cumple una regla del negocio."),
        Kind(429, "demasiadas_solicitudes", "Demasiadas solicitudes; espere un momento.", 30),
        Kind(500, "error_interno", "Ocurrió un error interno."),
        Kind(503, "no_disponible", "El servicio no está disponible; intente de nuevo.", 2),
    )
}

_BUSY = Kind(503, "ocupado", "Otra operación usa estos datos; intente de nuevo.", 1)
_AWAY = STATUSES[503]

# SQLSTATE -> kind; a key of five, three or two characters, the longest that fits decides.
SQLSTATES = {
    "23505": Kind(409, "duplicado", "Ya existe un registro con esos datos."),
    "23503": Kind(409, "referencia", "Se refiere a algo que no existe o que está en uso."),
    "23001": Kind(409, "referencia", "Se refiere a algo que no existe o que está en uso."),
    "23P01": Kind(409, "superposicion", "Se superpone con un registro existente."),
    "23514": Kind(422, "regla", "No se cumple una regla del negocio."),
    "23502": Kind(422, "falta_dato", "Falta un dato obligatorio."),
    "22": Kind(400, "dato_mal_formado", "Un dato está mal formado o fuera de rango."),
    "42501": STATUSES[403],
    "40001": _BUSY,
    "40P01": _BUSY,
    "55P03": _BUSY,
    "57014": Kind(503, "tiempo_agotado", "La operación tardó demasiado; intente de nuevo.", 2),
    "53": _AWAY,
    "08": _AWAY,
    "57P": _AWAY,  # the server is shutting down, starting, or ended this connection
}

_OWN = {"NG401", "NG403", "NG404", "NG409", "NG422"}
_NAMED = {"23505", "23503", "23001", "23P01", "23514"}


class Problem(Exception):
    """A refusal. What is not given is what its status says by default."""

    def __init__(
        self,
        status: int,
        rule: str | None = None,
        detail: str | None = None,
        errors: list[str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        kind = STATUSES.get(status, STATUSES[500])
        super().__init__(rule or kind.rule)
        self.status, self.errors = status, errors
        self.rule = rule or kind.rule
        self.detail = detail or kind.detail
        self.retry_after = retry_after if retry_after is not None else kind.retry_after

    @classmethod
    def of(cls, kind: Kind, rule: str | None = None, detail: str | None = None) -> "Problem":
        """The refusal of a row of the table, with a better rule or sentence if there is one."""
        return cls(kind.status, rule or kind.rule, detail or kind.detail, retry_after=kind.retry_after)

    def body(self) -> dict[str, Any]:
        """The members of RFC 9457, and `message` and `errors`, which existing clients read."""
        members = {
            "type": f"/api/problemas/{self.rule}",
            "title": TITLES.get(self.status, TITLES[500]),
            "status": self.status,
            "detail": self.detail,
            "regla": self.rule,
            "request_id": _request_id(),
            "message": self.detail,
        }
        return {**members, "errors": self.errors} if self.errors else members

    def headers(self) -> Iterator[tuple[str, str]]:
        """The headers this refusal owes the caller."""
        if self.retry_after is not None:
            yield "Retry-After", str(self.retry_after)
        if self.status == 401:
            yield "WWW-Authenticate", 'Bearer realm="daf"'


def from_database(exc: Exception, comment: Callable[[str], str | None] = lambda name: None) -> Problem:
    """What a failure of PostgreSQL, of a pool or of a connection means to the caller."""
    if isinstance(exc, BadCredential):
        return Problem(401)
    if isinstance(exc, PoolTimeout | psycopg_pool.PoolTimeout | psycopg_pool.TooManyRequests):
        return Problem.of(_BUSY, "servidor_ocupado", "El servidor está ocupado; intente de nuevo.")
    if isinstance(exc, ServerAway | psycopg_pool.PoolClosed):
        return Problem.of(_AWAY)
    return _from_sqlstate(exc, comment) if isinstance(exc, psycopg.Error) else Problem(500)


def _from_sqlstate(exc: psycopg.Error, comment: Callable[[str], str | None]) -> Problem:
    state, name = exc.sqlstate, exc.diag.constraint_name
    if state is None:
        return _without_sqlstate(exc)
    if state in _OWN:
        return Problem(int(state[2:]), name, exc.diag.message_primary)
    kind = SQLSTATES.get(state) or SQLSTATES.get(state[:3]) or SQLSTATES.get(state[:2])
    if kind is None or (state == "23514" and not name):  # a nameless check is a bug, not a rule
        return Problem(500)
    if state in _NAMED and name:
        return Problem.of(kind, name, comment(name))
    return Problem.of(kind)


def _without_sqlstate(exc: psycopg.Error) -> Problem:
    """libpq and psycopg's own failures: a lost connection, a text PostgreSQL cannot store, or our bug."""
    if isinstance(exc, psycopg.OperationalError) or type(exc) is psycopg.DatabaseError:
        return Problem.of(_AWAY)
    return Problem.of(SQLSTATES["22"]) if isinstance(exc, psycopg.DataError) else Problem(500)


def respond(problem: Problem) -> Response:
    """The problem as a response."""
    g.regla = problem.rule
    text = json.dumps(problem.body(), ensure_ascii=False, separators=(",", ":"))
    return Response(text, problem.status, list(problem.headers()), mimetype=MIMETYPE)


def flatten(messages: Any, path: str = "") -> Iterator[str]:
    """marshmallow's tree of messages as "campo.0.dato: Sentence." lines."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            step = "" if key == "_schema" else str(key)
            yield from flatten(inner, ".".join(filter(None, (path, step))))
    elif isinstance(messages, list):
        for inner in messages:
            yield from flatten(inner, path)
    else:
        yield f"{path}: {messages}" if path else str(messages)


def init_errors(app: Flask, comment: Callable[[str], str | None] | None = None) -> None:
    """Install the handlers. `comment` finds the Spanish sentence of a constraint of the request's side."""
    app.extensions[COMMENTS_KEY] = comment or (lambda name: None)
    app.register_error_handler(Problem, respond)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
    for kind in (psycopg.Error, PoolTimeout, BadCredential, ServerAway):
        app.register_error_handler(kind, _database)


def _invalid(exc: ValidationError) -> Response:
    errors = list(flatten(exc.messages))
    return respond(Problem(400, "datos_invalidos", "Revise los datos. " + " ".join(errors[:3]), errors))


def _http(exc: HTTPException) -> Response:
    if exc.response is not None and exc.code is None:  # abort(Response): somebody already answered
        return exc.response  # type: ignore[return-value]
    status = exc.code if exc.code in STATUSES else 500 if (exc.code or 500) >= 500 else 400
    response = respond(Problem(status, "ruta_inexistente" if status == 404 else None))
    for name, value in exc.get_headers():
        if name in ("Allow", "Retry-After"):  # 405 says what it does accept
            response.headers[name] = value
    return response


def _database(exc: Exception) -> Response:
    problem = from_database(exc, current_app.extensions[COMMENTS_KEY])
    if problem.status >= 500:
        log.error("database", exc_info=exc, extra={"request_id": _request_id()})
    if problem.status == 403 and getattr(g.get("session"), "kind", "anonymous") == "anonymous":
        problem = Problem(401)  # who has not said who they are may still say it
    return respond(problem)


def _unexpected(exc: Exception) -> Response:
    log.error("unexpected", exc_info=exc, extra={"request_id": _request_id()})
    return respond(Problem(500))
