"""People by name: what a user is besides a login."""

from typing import Any

from ..db.call import call
from ..http.fields import Entero
from ..http.page import PageQuery
from ..http.resource import Noun
from .ficha import Persona, PersonaNueva, respuesta, respuestas

blp = Noun("persona", __name__, description="Personas")


class PersonaCambio(PersonaNueva):
    """What changes in a person, who is named in the body; the rest stays."""

    id = Entero(required=True, min=1)


@blp.get("/persona", query=PageQuery, answers=respuestas(Persona))
def persona_listar(query: dict[str, Any]) -> bytes:
    """Lista las personas por apellido."""
    return call("persona_listar", **query)


@blp.get("/persona/<int:persona>", answers=respuesta(Persona))
def persona_obtener(persona: int) -> bytes:
    """Una persona."""
    return call("persona_obtener", id=persona)


@blp.post("/persona", takes=PersonaNueva, answers=respuesta(Persona), status=201)
def persona_crear(datos: dict[str, Any]) -> bytes:
    """Registra una persona."""
    return call("persona_crear", **datos)


@blp.put("/persona", takes=PersonaCambio(partial=tuple(PersonaNueva().fields)), answers=respuesta(Persona))
def persona_actualizar(datos: dict[str, Any]) -> bytes:
    """Cambia los datos que se envían de una persona."""
    return call("persona_actualizar", **datos)
