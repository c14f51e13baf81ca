"""Slowing down guesses: failures are counted in the database, before any connection is tried, for all workers alike."""

from flask import request

from ..db.call import call_service
from ..errors import Problem
from ..settings import Side


def address() -> str:
    """The caller's address, as far as the configured proxies let us believe it."""
    return request.remote_addr or "?"


def check(side: Side, who: str) -> str | None:
    """The staff login that a typed name means, or None.

    Raises:
        Problem: 429 while this name at this address, or this address, must wait.
    """
    state = call_service(side, "api_login", "login_preparar", usuario=who, direccion=address())
    if state["espera"] > 0:
        raise Problem(
            429, "demasiados_intentos", "Demasiados intentos. Espere un momento.", retry_after=state["espera"]
        )
    login: str | None = state["login"]
    return login


def failed(side: Side, who: str) -> None:
    """Count one failure of this name at this address."""
    call_service(side, "api_login", "login_fallar", usuario=who, direccion=address())
