"""Logging in. PostgreSQL is the only verifier of a person's password; ours is forgotten as soon as it was used."""

import base64
from typing import Any

from flask import request

from ..db.call import call_service, runtime
from ..db.pool import BadCredential, ServerAway, connect
from ..db.statement import ask
from ..errors import Problem
from ..settings import Side
from . import scram, throttle
from .token import issue

REFUSED = "Usuario o contraseña incorrectos."


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
    if login is None:
        throttle.failed(side, who)
        _same_cost(side)
        raise refused()
    try:
        opened = _open_session(side, login, password)
    except BadCredential as exc:
        throttle.failed(side, who)
        raise refused() from exc
    credential = scram.derive(password, base64.b64decode(opened["sal"]), opened["iteraciones"])
    role = opened["roles"][0]
    token = issue(
        runtime().keyring, side, "staff", subject=login, sid=opened["sid"], expires=opened["vence"],
        role=role, secret=bytes.fromhex(opened["secreto"]), credential=credential,
    )  # fmt: skip
    return {
        "message": "Bienvenido.", "token": token, "access_token": token,
        "role": role, "roles": opened["roles"], "usuario": opened["usuario"],
    }  # fmt: skip


def shopper_session(account: int | str) -> dict[str, Any]:
    """A session for a shopper whose password was just verified: ``{token, access_token}``."""
    state = runtime()
    opened = call_service(
        "ecom", "api_login", "sesion_abrir_comprador",
        sujeto=account, horas=state.settings.ecom_access_hours, **_origin(),
    )  # fmt: skip
    token = issue(
        state.keyring, "ecom", "shopper", subject=str(account), sid=opened["sid"],
        expires=opened["vence"], role="cliente",
    )  # fmt: skip
    return {"token": token, "access_token": token}


def change_password(side: Side, login: str, current: str, new: str) -> dict[str, Any]:
    """Change a person's own password, proved by the current one. Ends all their sessions.

    Raises:
        Problem: 403 if the current password is wrong (401 would read as "log in again").
    """
    throttle.check(side, login)
    try:
        conn = connect(getattr(runtime().servers, side), login, password=current)
    except BadCredential as exc:
        throttle.failed(side, login)
        raise Problem(403, "clave_actual", "La contraseña actual no es correcta.") from exc
    with conn:
        answer: dict[str, Any] = ask(conn, "usuario_clave", verificador=scram.verifier(login, new))
    return answer


def _open_session(side: Side, login: str, password: str) -> dict[str, Any]:
    """Connect with the typed password and open a session row as that person."""
    state = runtime()
    hours = state.settings.pos_access_hours if side == "pos" else state.settings.ecom_access_hours
    with connect(getattr(state.servers, side), login, password=password) as conn:
        opened: dict[str, Any] = ask(conn, "sesion_abrir", horas=hours, **_origin())
    return opened


def _same_cost(side: Side) -> None:
    """Let an unknown name cost what a wrong password costs: PostgreSQL answers both alike, so ask it."""
    try:
        connect(getattr(runtime().servers, side), "daf_nadie", password="x").close()
    except (BadCredential, ServerAway):
        return


def _origin() -> dict[str, str]:
    return {"direccion": throttle.address(), "agente": request.user_agent.string[:200]}
