"""Slowing down guesses: an attempt is counted in the database before it is made, for all workers alike.

The rules, and how much one address can make PostgreSQL try, are in ``sql/comun/ingreso.sql``.
"""

import hmac

from ..db.call import call_service, runtime
from ..errors import Problem
from ..settings import Side
from .origin import network, origin


def check(side: Side, who: str) -> str | None:
    """Count an attempt of this name at this address; the staff login that the name means, or None.

    Raises:
        Problem: 429 while the name at this address, or the address, must wait.
    """
    state = call_service(side, "api_login", "ingreso_contar", usuario=who, **_counted(side, who))
    if state["espera"] > 0:
        raise Problem(
            429, "demasiados_intentos", "Demasiados intentos. Espere un momento.", retry_after=state["espera"]
        )
    login: str | None = state["login"]
    return login


def passed(side: Side, who: str) -> None:
    """The attempt succeeded: give it back, and let the name start anew here."""
    call_service(side, "api_login", "ingreso_devolver", **_counted(side, who))


def failed(side: Side, who: str) -> None:
    """The attempt was made and refused: it stays counted, and the trail hears of it if the name is somebody's."""
    call_service(side, "api_login", "ingreso_fallido", usuario=who, **origin())


def _counted(side: Side, who: str) -> dict[str, str]:
    """What counts as the same name and the same place. Keyed, so that what somebody typed can not be read from it."""
    key = next(iter(runtime().keyring.kek[side].values()))
    name = who.strip().lower().encode("utf-8", "surrogatepass")
    return {"huella": hmac.digest(key, b"ingreso|" + name, "sha256").hex()[:32], "red": network()}
