"""Users: a person who is a database login. Deactivating one ends their login, sessions and open connections at once."""

import json
from typing import Any

from ..auth.scram import verifier
from ..db.call import call, runtime
from ..db.statement import Opaque
from ..errors import DATABASE_FAILURES
from ..http.fields import (
    Booleano,
    Clave,
    Codigo,
    Correo,
    Entero,
    FechaHora,
    Lista,
    Objeto,
    Opcion,
    Porcentaje,
    Texto,
)  # fmt: skip
from ..http.page import PageQuery
from ..http.resource import Noun, Schema
from ..settings import SIDES
from .ficha import Persona, respuesta, respuestas

blp = Noun("usuario", __name__, description="Usuarios")

ESTADOS = ("PEN", "ACT", "INA")


class UsuarioConsulta(PageQuery):
    """Which users a list has."""

    usr_estado = Opcion(*ESTADOS, metadata={"description": "PEN espera, ACT puede ingresar, INA no"})


class Lugar(Schema):
    """A branch somebody works in, and the point they issue from."""

    codigo = Codigo(3, required=True)
    punto_emision = Codigo(3)
    principal = Booleano()


class UsuarioFila(Schema):
    """A user. Who still waits is told neither a login nor a role."""

    id = Entero(required=True, allow_none=True, metadata={"description": "null: un ingreso sin ficha"})
    login = Texto(41)
    name = Texto(160, metadata={"description": "El nombre que se muestra"})
    email = Texto(120, allow_none=True)
    estado = Booleano(required=True, metadata={"description": "Si puede ingresar ahora"})
    usr_estado = Opcion(*ESTADOS)
    id_role = Entero(allow_none=True)
    role = Texto(20, allow_none=True)
    roles = Lista(Texto(20))
    comision = Porcentaje()
    fecha_alta = FechaHora(allow_none=True)
    persona = Objeto(Persona, allow_none=True)
    establecimientos = Lista(Objeto(Lugar))


class UsuarioCambio(Schema):
    """What changes in a user; the rest stays. ``id_role`` and ``roles`` take numbers or names."""

    name = Texto(160)
    email = Correo()
    password = Clave(min=8)
    estado = Booleano()
    id_role = Texto(20)
    roles = Lista(Texto(20), max=20)
    establecimientos = Lista(Objeto(Lugar), max=200)
    comision = Porcentaje()


@blp.get("/usuario", query=UsuarioConsulta, answers=respuestas(UsuarioFila))
def usuario_listar(query: dict[str, Any]) -> bytes:
    """Lista los usuarios, también los que esperan y los desactivados."""
    return call("usuario_listar", **query)


@blp.get("/usuario/<usuario>", answers=respuesta(UsuarioFila))
def usuario_obtener(usuario: str) -> bytes:
    """Un usuario, por su número o por su nombre de ingreso."""
    return call("usuario_obtener", usuario=usuario)


@blp.patch("/usuario/<usuario>", takes=UsuarioCambio, answers=respuesta(UsuarioFila))
def usuario_actualizar(usuario: str, datos: dict[str, Any]) -> bytes:
    """Cambia lo que se envía de un usuario: nombre, clave, estado, roles, establecimientos."""
    if "password" in datos:
        datos["verificador"] = proof(datos.pop("password"))
    return _settled(call("usuario_actualizar", usuario=usuario, **datos))


@blp.delete("/usuario/<usuario>", answers=respuesta(UsuarioFila))
def usuario_off(usuario: str) -> bytes:
    """Desactiva a una persona: sin ingreso, sin sesiones y sin conexiones."""
    return _settled(call("usuario_off", login=usuario))


def proof(password: str) -> Opaque:
    """The SCRAM verifier of a password: all of it that PostgreSQL, its log and the replay of a request ever see."""
    return Opaque(verifier("usuario", password))


def _settled(answer: bytes) -> bytes:
    """After the commit: look again in both databases, where a connection may have been opened meanwhile.

    What was committed holds whatever becomes of this: the check of every session finds the same within a second.
    """
    state, login = runtime(), json.loads(answer)["data"]["login"]
    for side in SIDES:
        state.book.forget(side, login)
        try:
            state.ask(side, "api_login", "usuario_terminar", login=login)
        except DATABASE_FAILURES:
            continue
    return answer
