"""From nothing to a company that can sell: one call, once, for whoever holds the token that the deploy told."""

from typing import Any

from flask import current_app, request

from ..auth import throttle
from ..auth.scram import verifier
from ..db.call import call_service
from ..errors import DATABASE_FAILURES, Problem, from_database
from ..http.fields import Clave, Codigo, Correo, Entero, Fecha, Libre, Mapa, Objeto, Texto
from ..http.resource import Noun
from ..http.schema import Schema

blp = Noun("arranque", __name__, description="Arranque de la empresa", idempotent=False)

HEADER = "X-Bootstrap-Token"
DOOR = "+arranque"  # no login: wrong tokens of one address are counted under it
SHORTEST = 10  # the first password of a system that nobody watches yet


class EmpresaNueva(Schema):
    """The company."""

    ruc = Codigo(13, required=True)
    razon_social = Texto(300, required=True)
    nombre = Texto(300, metadata={"description": "Nombre comercial; sin él, la razón social"})
    direccion = Texto(300)


class EstablecimientoNuevo(Schema):
    """Its first branch, which gets a stock location and an emission point."""

    codigo = Codigo(3)
    nombre = Texto(120)
    direccion = Texto(300)


class Administrador(Schema):
    """Who administers it. Without a login, one is made of the e-mail."""

    login = Codigo(41)
    email = Correo(required=True)
    password = Clave(required=True)
    nombres = Texto(80, required=True)
    p_apellido = Texto(60, required=True)
    s_apellido = Texto(60)
    fecha_nacimiento = Fecha()
    genero = Texto(20)


class Arranque(Schema):
    """Everything a company begins with. The token may come in the header instead."""

    token = Texto(200)
    empresa = Objeto(EmpresaNueva, required=True)
    establecimiento = Objeto(EstablecimientoNuevo)
    admin = Objeto(Administrador, required=True)
    ajustes = Mapa(Libre(allow_none=True))


class Arrancado(Schema):
    """What was made."""

    company_id = Entero(required=True)
    user_id = Entero(required=True)
    login = Texto(41, required=True)
    establecimiento = Texto(3, required=True)
    punto_emision = Texto(3, required=True)


@blp.post("/bootstrap", takes=Arranque, answers=Arrancado, status=201, public=True)
def arranque_hacer(datos: dict[str, Any]) -> Any:
    """Crea la empresa, su primer establecimiento, su administrador y sus ajustes; una sola vez."""
    token = datos.pop("token", "") or request.headers.get(HEADER, "").strip()[:200]
    _admit(token)
    secret = _proof(datos["admin"])
    answer = call_service("pos", "api_login", "arranque_hacer", token=token, verificador=secret, **datos)
    current_app.extensions["daf_arranque"]()
    return answer


def _admit(token: str) -> None:
    """Refuse another token before any work is done for it, and slow down who goes on trying."""
    try:
        call_service("pos", "api_login", "arranque_exigir", token=token)
    except DATABASE_FAILURES as exc:
        problem = from_database(exc)
        if problem.status == 403:
            throttle.check("pos", DOOR)
        raise problem from exc


def _proof(admin: dict[str, Any]) -> str:
    """The verifier of the administrator's password, taken out of what is sent on.

    Raises:
        Problem: 422 for a password that is guessed first.
    """
    password: str = admin.pop("password")
    easy = {admin.get("login", ""), admin["email"].partition("@")[0]} - {""}
    if (
        len(password) < SHORTEST
        or len(set(password)) < 5
        or any(word.lower() in password.lower() for word in easy)
    ):
        raise Problem(
            422,
            "clave_debil",
            f"La contraseña lleva al menos {SHORTEST} caracteres variados, sin el usuario ni el correo.",
        )
    return verifier("arranque", password)
