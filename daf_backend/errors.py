"""The one table from what went wrong to what the caller is told.

Every refusal leaves as ``application/problem+json`` with a status, the name of the rule and a Spanish
sentence. A rule broken in PostgreSQL arrives with its name as the constraint's name, whether a CHECK, a
foreign key or `privado.rechazar` said no. Text of the database never leaves: its place is the log, under the
same request id.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import psycopg_pool
from flask import g

from .db.pool import BadCredential, PoolTimeout, ServerAway

# Everything a database, its pools or the way to it may raise.
DATABASE_FAILURES = (psycopg.Error, PoolTimeout, BadCredential, ServerAway)


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
CROWDED = Kind(503, "servidor_ocupado", "El servidor está ocupado; intente de nuevo.", 1)
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

_OWN = {"NG401", "NG403", "NG404", "NG409", "NG422", "NG429"}
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
            "request_id": g.get("request_id", ""),  # set by http/logs.py before anything can fail
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
        return Problem.of(CROWDED)
    if isinstance(exc, ServerAway | psycopg_pool.PoolClosed):
        return Problem.of(_AWAY)
    return _from_sqlstate(exc, comment) if isinstance(exc, psycopg.Error) else Problem(500)


def _from_sqlstate(exc: psycopg.Error, comment: Callable[[str], str | None]) -> Problem:
    state, name = exc.sqlstate, exc.diag.constraint_name
    if state is None:
        return _without_sqlstate(exc)
    if state in _OWN:
        seconds = exc.diag.message_detail if state == "NG429" else None
        wait = int(seconds) if seconds and seconds.isdigit() else None
        return Problem(int(state[2:]), name, exc.diag.message_primary, retry_after=wait)
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


def describe(exc: Exception) -> dict[str, str | None]:
    """What the log may say of a database failure: its code and the server's words, never a row's values."""
    if isinstance(exc, psycopg.Error):
        return {"sqlstate": exc.sqlstate, "reason": exc.diag.message_primary or type(exc).__name__}
    return {"sqlstate": None, "reason": type(exc).__name__}
