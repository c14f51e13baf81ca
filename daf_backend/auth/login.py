"""Logging in. PostgreSQL is the only verifier of a person's password; ours is forgotten as soon as it was used."""

import base64
from typing import Any

from ..db.call import call_service, runtime
from ..db.pool import BadCredential, connect
from ..db.statement import ask
from ..errors import Problem
from ..settings import Side
from . import scram, throttle
from .grant import Grant, opening_limits, opening_place

REFUSED = "Usuario o contraseña incorrectos."
# Who PostgreSQL is asked about for a name that is nobody's, so that it costs what a wrong password costs. Nobody has
# this login; whoever made it would not be of the staff, and could open nothing.
NOBODY = "daf_nadie"


def refused() -> Problem:
    """The one answer to every failed login."""
    return Problem(401, "credenciales_invalidas", REFUSED)


def staff_login(side: Side, who: str, password: str) -> dict[str, Any]:
    """Log a member of staff in with their own database login.

    Raises:
        Problem: 401 with one message for every failure; 429 when guessing.
        ServerAway: the database could not be asked.
    """
    login = throttle.check(side, who)
    try:
        tokens, opened = _open_session(side, login or NOBODY, password)
    except BadCredential as exc:
        throttle.failed(side, who)
        raise refused() from exc
    throttle.passed(side)
    return {
        "message": "Bienvenido.", **tokens,
        "role": opened["roles"][0], "roles": opened["roles"], "usuario": opened["usuario"],
    }  # fmt: skip


def shopper_session(account: int | str) -> dict[str, Any]:
    """A session for a shopper whose password was just verified: its tokens."""
    grant = Grant.opening("ecom")
    opened = call_service(
        "ecom", "api_login", "sesion_abrir_comprador", sujeto=account, sid=grant.refresh.sid,
        **opening_limits("ecom"), **opening_place(), **grant.row(),
    )  # fmt: skip
    return grant.tokens(opened)


def change_password(side: Side, login: str, current: str, new: str) -> dict[str, Any]:
    """Change a person's own password, proved by the current one. Ends all their sessions; the answer holds the tokens
    of a new one, so that whoever changed it stays.

    Raises:
        Problem: 403 if the current password is wrong (401 would read as "log in again").
    """
    throttle.check(side, login)
    try:
        conn = connect(getattr(runtime().servers, side), login, password=current)
    except BadCredential as exc:
        throttle.failed(side, login)
        raise Problem(403, "clave_actual", "La contraseña actual no es correcta.") from exc
    throttle.passed(side)
    with conn:
        answer: dict[str, Any] = ask(conn, "usuario_clave", verificador=scram.verifier(login, new))
    tokens, _ = _open_session(side, login, new, alone=True)
    runtime().roles[side].evict(login)
    runtime().book.forget(side, login)
    return answer | tokens


def _open_session(
    side: Side, login: str, password: str, *, alone: bool = False
) -> tuple[dict[str, str], dict[str, Any]]:
    """Connect with the typed password and open a session row as that person: its tokens, and who they are.

    ``alone`` ends their other connections.
    """
    grant = Grant.opening(side)
    with connect(getattr(runtime().servers, side), login, password=password) as conn:
        if alone:
            ask(conn, "sesion_despejar")
        salt = ask(conn, "sesion_sal")
        credential = scram.derive(password, base64.b64decode(salt["sal"]), salt["iteraciones"])
        opened: dict[str, Any] = ask(
            conn, "sesion_abrir", sid=grant.refresh.sid,
            **opening_limits(side), **opening_place(), **grant.row(credential),
        )  # fmt: skip
    return grant.tokens(opened, credential), opened
