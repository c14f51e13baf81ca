"""Clave: a member of staff who forgot the password sets a new one with a mailed code."""

from typing import Any

from ..auth import scram, throttle
from ..db.call import call_service, runtime
from ..errors import Problem
from ..http.fields import Clave, Correo, Texto
from ..http.resource import Noun, Schema
from ..http.schema import Mensaje

blp = Noun("clave", __name__, description="Contraseña olvidada", idempotent=False)


class Olvido(Schema):
    """The e-mail of who forgot."""

    email = Correo(required=True)


class Restablecer(Olvido):
    """The mailed code and the new password."""

    code = Texto(10, required=True)
    password = Clave(required=True, min=8)


@blp.post("/auth/reset/code", takes=Olvido, answers=Mensaje, status=202, public=True)
def clave_pedir(datos: dict[str, Any]) -> dict[str, Any]:
    """Envía un código para cambiar la contraseña, si el correo es de alguien."""
    throttle.check("pos", _who(datos))  # never given back: nobody fills a mailbox
    answer: dict[str, Any] = call_service("pos", "api_login", "clave_pedir", email=datos["email"])
    return answer


@blp.post("/auth/reset/confirm", takes=Restablecer, answers=Mensaje, public=True)
def clave_restablecer(datos: dict[str, Any]) -> dict[str, Any]:
    """Pone una contraseña nueva con el código enviado y cierra todas las sesiones."""
    throttle.check("pos", _who(datos))
    if (login := _apply(datos)) is None:
        raise Problem(422, "codigo_vigente", "El código no es correcto o ya venció.")
    runtime().book.forget("pos", login)
    return {"message": "Contraseña cambiada. Ingrese con la nueva."}


def _who(datos: dict[str, Any]) -> str:
    """What is counted: codes asked for and tried, apart from logins with that e-mail."""
    return f"clave {datos['email']}"


def _apply(datos: dict[str, Any]) -> str | None:
    """The login whose password changed. The verifier is made before anybody knows whose it would be."""
    proof = scram.verifier("", datos["password"])
    answer = call_service(
        "pos", "api_login", "clave_restablecer",
        email=datos["email"], codigo=datos["code"], verificador=proof,
    )  # fmt: skip
    login: str | None = answer["sujeto"]
    return login
