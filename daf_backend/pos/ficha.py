"""Who somebody is, as people, users and sessions show it; and how acts on them answer."""

from functools import cache

from ..http.fields import Codigo, Entero, Fecha, FechaHora, Lista, Objeto, Texto
from ..http.page import PICK_LIST_MAX, envelope
from ..http.resource import Schema


class Quien(Schema):
    """What everybody has."""

    nombres = Texto(80, required=True)
    p_apellido = Texto(60, required=True)
    s_apellido = Texto(60)
    fecha_nacimiento = Fecha(required=True)
    genero = Texto(20, required=True)


class PersonaNueva(Quien):
    """What a person is written down with. Who writes is the caller, whatever ``id_user_create`` says."""

    identificacion = Codigo(20)
    telefono = Texto(16)
    direccion = Texto(255)


class Persona(PersonaNueva):
    """A person, and the users who wrote it down (none: they asked themselves, or a database administrator did)."""

    id = Entero(required=True)
    fecha_alta = FechaHora(required=True)
    id_user_create = Entero(required=True, allow_none=True)
    id_user_update = Entero(required=True, allow_none=True)


class Dicho(Schema):
    """What was done, the way clients of people and users read it."""

    status = Entero(required=True, metadata={"description": "El código HTTP"})
    message = Texto(required=True)


@cache
def respuesta(row: type[Schema], *, many: bool = False) -> type[Schema]:
    """One row, or all of them, with what was done."""
    data = Lista(Objeto(row), required=True) if many else Objeto(row, required=True)
    return type(f"Respuesta{row.__name__}", (Dicho,), {"data": data})


@cache
def respuestas(row: type[Schema]) -> type[Schema]:
    """The list envelope, said the same way."""
    data = Lista(Objeto(row), required=True, max=PICK_LIST_MAX)
    return type(f"Respuesta{row.__name__}Lista", (Dicho, envelope(row)), {"data": data})
