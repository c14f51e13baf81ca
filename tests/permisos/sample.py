"""The least that a route takes: a body that validation lets pass, so that PostgreSQL is asked.

Made from the schema the route declares, required fields only. What it says is nobody's: no row has these codes.
"""

import re
from typing import Any

from marshmallow import Schema, fields

from daf_backend.http import fields as ours
from daf_backend.http.exact import _Exact as Exact

NOWHERE = "NADA9"
NUMBER = 987654321
UUID = "00000000-0000-4000-8000-000000000000"


def body(schema: Schema | None) -> dict[str, Any]:
    """The required fields of a schema, filled in."""
    if schema is None:
        return {}
    return {
        field.data_key or name: value(field)
        for name, field in schema.load_fields.items()
        if field.required and schema.partial is not True and not isinstance(field, ours.Imagen)
    }


def value(field: fields.Field) -> Any:
    """Something a field accepts."""
    if isinstance(field, ours.Opcion):
        return sorted(field.choices)[0]
    if isinstance(field, ours.Lista):
        return [value(field.inner)]
    if isinstance(field, ours.Objeto):
        return body(field.schema)
    if isinstance(field, Exact | ours.Entero):
        return max(getattr(field, "min", None) or 1, 1)
    if isinstance(field, ours.Texto):
        return _text(field)
    plain = {
        ours.Booleano: True,
        ours.Fecha: "2024-01-31",
        ours.FechaHora: "2024-01-31T12:00:00Z",
        ours.Libre: {},
        ours.Mapa: {},
    }
    return next((made for kind, made in plain.items() if isinstance(field, kind)), NOWHERE)


def _text(field: ours.Texto) -> str:
    if isinstance(field, ours.Correo):
        return "nadie@prueba.ec"
    if isinstance(field, ours.Clave):
        return "Clave-de-prueba-9"
    return NOWHERE.ljust(field.min, "X")[: field.max]


def fill(path: str, given: dict[str, str], numbers: set[str], uuids: set[str]) -> str:
    """A path with its parameters: those given, else a code, number or UUID that nobody has."""

    def pick(found: re.Match[str]) -> str:
        name = found[1]
        missing = UUID if name in uuids else str(NUMBER) if name in numbers else NOWHERE
        return str(given.get(name, missing))

    return re.sub(r"\{(\w+)\}", pick, path)
