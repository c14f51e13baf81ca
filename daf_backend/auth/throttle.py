"""Slowing down guesses: an attempt is counted in the database before it is made, for all workers alike.

The rules, and how much one address can make PostgreSQL try, are in ``sql/comun/ingreso.sql``.
"""

import hmac

from flask import g

from ..db.call import call_service, runtime
from ..errors import Problem
from ..settings import Side
from . import token
from .guard import bearer
from .origin import network, origin


def check(side: Side, who: str) -> str | None:
    """Count an attempt of this name at this address; the staff login that the name means, or None.

    Raises:
        Problem: 429 while the name at this address, or the address, must wait.
    """
    state = call_service(
        side, "api_login", "ingreso_contar",
        usuario=who, huella=_fingerprint(side, who), red=network(), **_shown(side),
    )  # fmt: skip
    if state["espera"] > 0:
        raise Problem(
            429, "demasiados_intentos", "Demasiados intentos. Espere un momento.", retry_after=state["espera"]
        )
    g.attempt = state["claves"]
    login: str | None = state["login"]
    return login


def passed(side: Side) -> None:
    """The attempt of this request succeeded: give it back, and let its name start anew."""
    call_service(side, "api_login", "ingreso_devolver", claves=g.pop("attempt"))


def returned(side: Side) -> None:
    """The attempt of this request taught nobody anything: give it back, and nothing of what went before."""
    call_service(side, "api_login", "ingreso_devolver", claves=g.pop("attempt"), logrado=False)


def failed(side: Side, who: str) -> None:
    """The attempt was made and refused: it stays counted, and the trail hears of it if the name is somebody's."""
    call_service(side, "api_login", "ingreso_fallido", usuario=who, **origin())


def _fingerprint(side: Side, who: str) -> str:
    """What a name is counted under. Keyed, so that what somebody typed can not be read from it."""
    key = next(iter(runtime().keyring.kek[side].values()))
    name = who.strip().lower().encode("utf-8", "surrogatepass")
    return hmac.digest(key, b"ingreso|" + name, "sha256").hex()[:32]


def _shown(side: Side) -> dict[str, str]:
    """Whose session the client kept a token of, however old; clients send what they have, even to log in again."""
    text = bearer()
    if text is None:
        return {}
    try:
        claims = token.verify(runtime().keyring, side, text, ended=True)
    except token.BadToken:
        return {}
    return {"sujeto": claims["sub"], "sid": claims["sid"]}
