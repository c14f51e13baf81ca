"""The types of the wire: trimmed text, exact numbers, dates, pictures.

A field refuses what its column could not hold, with a Spanish sentence that never repeats what was typed.
Whether a value is *right* is for PostgreSQL to say (422); here it is only well formed (400). `Schema` decides
what an absent key, ``null`` and ``""`` mean.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import Schema as AnySchema
from marshmallow import ValidationError, fields
from werkzeug.datastructures import FileStorage

from .exact import Cantidad, Costo, Entero, Money, Porcentaje, Spanish, described, sentences

__all__ = [
    "Booleano", "Cantidad", "Clave", "Codigo", "Correo", "Costo", "Entero", "Fecha", "FechaHora", "Imagen",
    "Libre", "Lista", "Mapa", "Money", "Objeto", "Opcion", "Porcentaje", "Texto",
]  # fmt: skip

# Tab and line ends are text; every other control character, NUL (PostgreSQL cannot store it), lone
# surrogates (UTF-8 cannot carry them) and U+FFFD (what is left of a form's bytes that were not UTF-8) are not.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
# Blanks, and what is pasted along unseen: soft hyphen, zero-width and direction marks, byte order mark. Inside a text
# they may mean something (a family of emoji is joined by them); around it they never do.
_AROUND = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace()) + (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_TRUE = {"true", "1", "si", "sí", "on"}
_FALSE = {"false", "0", "no", "off"}


class Texto(Spanish, fields.String):
    """Text of at most ``max`` characters, trimmed. An integer counts as its digits: number inputs send it."""

    clears = True
    default_error_messages = sentences(
        invalid="Debe ser texto.",
        unprintable="Contiene caracteres que no se permiten.",
        long="Es demasiado largo.",
        short="Es demasiado corto.",
    )

    def __init__(self, max: int = 255, *, min: int = 0, **kwargs: Any) -> None:
        super().__init__(**described(kwargs, maxLength=max, minLength=min or None))
        self.max, self.min = max, min

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise self.make_error("invalid")
        text = self._clean(value)
        if _UNPRINTABLE.search(text):
            raise self.make_error("unprintable")
        if not text and self.required:
            raise self.make_error("required")
        if len(text) > self.max:
            raise self.make_error("long")
        if text and len(text) < self.min:
            raise self.make_error("short")
        return text

    def _clean(self, value: str) -> str:
        return value.strip(_AROUND)


class Codigo(Texto):
    """A code: text without blanks. ``""`` for an optional code means none."""

    default_error_messages = sentences(blanks="Un código no lleva espacios.")

    def __init__(self, max: int = 20, **kwargs: Any) -> None:
        super().__init__(max, **described(kwargs, pattern=r"^\S*$"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text.split()) > 1:
            raise self.make_error("blanks")
        return text


class Correo(Texto):
    """An e-mail address; the case of the local part is kept."""

    default_error_messages = sentences(email="No es un correo válido.")

    def __init__(self, max: int = 120, **kwargs: Any) -> None:
        super().__init__(max, **described(kwargs, description="Correo electrónico"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not _EMAIL.fullmatch(text):
            raise self.make_error("email")
        return text


class Clave(Texto):
    """A password: never trimmed, never answered. An empty one is none: forms send the field they left empty."""

    clears = False

    def __init__(self, max: int = 256, **kwargs: Any) -> None:
        super().__init__(max, **described({"load_only": True, **kwargs}, format="password"))

    def _clean(self, value: str) -> str:
        return value


class Opcion(Spanish, fields.String):
    """One of a closed list of words."""

    default_error_messages = sentences(invalid="No es una de las opciones.")

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        super().__init__(**described(kwargs, enum=list(choices)))
        self.choices = frozenset(choices)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value.strip() not in self.choices:
            raise self.make_error("invalid")
        return value.strip()


class Booleano(Spanish, fields.Field[bool]):
    """True or false; forms send them as words."""

    default_error_messages = sentences(invalid="Debe ser verdadero o falso.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**described(kwargs, type="boolean"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word not in _TRUE | _FALSE:
            raise self.make_error("invalid")
        return word in _TRUE


class Fecha(Spanish, fields.Field[date]):
    """A calendar day, ``2024-04-01``."""

    default_error_messages = sentences(invalid="Debe ser una fecha AAAA-MM-DD.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**described(kwargs, type="string", format="date"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        text = value.strip() if isinstance(value, str) else ""
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise self.make_error("invalid")
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.make_error("invalid") from None


class FechaHora(Spanish, fields.Field[datetime]):
    """An instant, ISO 8601 with its zone; without one nobody could say which instant it is."""

    default_error_messages = sentences(invalid="Debe ser un instante ISO 8601 con zona.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**described(kwargs, type="string", format="date-time"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
            if moment is None or moment.tzinfo is None:
                raise ValueError
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None


class Objeto(Spanish, fields.Nested):
    """An object described by another schema."""

    def __init__(self, schema: type[AnySchema] | AnySchema, **kwargs: Any) -> None:
        super().__init__(schema, **kwargs)


class Lista(Spanish, fields.List[Any]):
    """A list of at most ``max`` elements of one kind."""

    default_error_messages = sentences(invalid="Debe ser una lista.", long="Tiene demasiados elementos.")

    def __init__(self, kind: Any, *, max: int = 1000, **kwargs: Any) -> None:
        super().__init__(kind, **described(kwargs, maxItems=max))
        self.max = max

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list | tuple) and len(value) > self.max:
            raise self.make_error("long")
        return super()._deserialize(value, attr, data, **kwargs)


class Mapa(Spanish, fields.Dict):
    """An object whose keys are data and whose values are of one kind."""

    default_error_messages = sentences(
        invalid="Debe ser un objeto.", inside="Tiene un valor que no es válido."
    )

    def __init__(self, values: Any, **kwargs: Any) -> None:
        super().__init__(keys=Texto(60), values=values, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        try:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError:  # its messages are filed under the keys, which are what the caller typed
            raise self.make_error("inside") from None


class Libre(Spanish, fields.Raw):
    """Any JSON value; for answers whose inside is not ours to describe."""


class Imagen(Spanish, fields.Field[FileStorage]):
    """An uploaded picture. A text in its place (forms resend the picture's URL) means: keep what there is."""

    default_error_messages = sentences(invalid="Debe ser un archivo.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**described({"load_only": True, **kwargs}, type="string", format="binary"))

    @staticmethod
    def sent(value: Any) -> bool:
        """Whether the request carries a file here and not an empty part or a URL."""
        return isinstance(value, FileStorage) and bool(value.filename)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise self.make_error("invalid")
        return value
