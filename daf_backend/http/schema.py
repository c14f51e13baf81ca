"""The base of every schema: what absent, ``null`` and ``""`` mean, decided once.

An absent key is not sent to SQL, so a partial update keeps what is stored. ``null`` or ``""`` for anything
but text is the same as absent. For text and codes both are ``""``: the value that empties the column.
Unknown keys are ignored.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, fields, pre_load
from marshmallow import Schema as MarshmallowSchema

from .fields import Imagen, Texto

_ABSENT = object()


class Schema(MarshmallowSchema):
    """A request body, a query string, or the description of an answer."""

    class Meta:
        unknown = EXCLUDE

    error_messages = {"type": "Se esperaba un objeto."}  # noqa: RUF012

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """A place for a subclass to fold aliases, before anything is judged."""
        return data

    @pre_load
    def _settle(self, data: Any, **_: Any) -> Any:
        """Reduce ``null`` and blanks to absent or ``""`` before any field sees them."""
        if not isinstance(data, Mapping):
            return data
        data, settled = self.prepare(dict(data)), {}
        for name, field in self.load_fields.items():
            key = field.data_key or name
            value = _settled(field, data.get(key, _ABSENT))
            if value is not _ABSENT:
                settled[key] = value
        return settled


class Mensaje(Schema):
    """A sentence for people; the answer of an act that has nothing else to say."""

    message = Texto(required=True)


def _settled(field: fields.Field[Any], value: Any) -> Any:
    if isinstance(field, Imagen):
        return value if field.sent(value) else _ABSENT
    clean = getattr(field, "_clean", str.strip)
    empty = value is None or (isinstance(value, str) and not clean(value))
    if not empty:
        return value
    if not getattr(field, "clears", False):
        return _ABSENT
    return "" if value is None else value
