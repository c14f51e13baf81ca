"""Clave: a shopper who forgot the password sets a new one with a mailed code."""

from ..auth import throttle
from ..db.call import call_service, runtime
from ..errors import Problem
from ..http.fields import Clave, Correo, Texto
from ..http.resource import Noun, Schema
from ..http.schema import Mensaje
from .cuenta_clave import hash_password

blp = Noun("clave", __name__, description="Contraseña olvidada", idempotent=False)


class Olvido(Schema):
    """The e-mail of who forgot."""

    email = Correo(required=True)


class Restablecer(Olvido):
    """The mailed code and the new password."""

    code = Texto(10, required=True)
    password = Clave(required=True, min=8)


@blp.post("/auth/reset/code", takes=Olvido, answers=Mensaje, status=202, public=True)
def clave_pedir(datos):
    """Envía un código para cambiar la contraseña, si el correo es de alguien."""
    throttle.check("ecom", _who(datos))  # never given back: nobody fills a mailbox
    return call_service("ecom", "api_login", "clave_pedir", email=datos["email"])


@blp.post("/auth/reset/confirm", takes=Restablecer, answers=Mensaje, public=True)
def clave_restablecer(datos):
    """Pone una contraseña nueva con el código enviado y cierra todas las sesiones."""
    throttle.check("ecom", _who(datos))
    if (account := _apply(datos)) is None:
        raise Problem(422, "codigo_vigente", "El código no es correcto o ya venció.")
    runtime().book.forget("ecom", account)
    return {"message": "Contraseña cambiada. Ingrese con la nueva."}


def _who(datos):
    """What is counted: codes asked for and tried, apart from logins with that e-mail."""
    return f"clave {datos['email']}"


def _apply(datos):
    """The account whose password changed. The hash is made before anybody knows whose it would be."""
    answer = call_service(
        "ecom", "api_login", "clave_restablecer",
        email=datos["email"], codigo=datos["code"], clave=hash_password(datos["password"]),
    )  # fmt: skip
    return answer["sujeto"]
