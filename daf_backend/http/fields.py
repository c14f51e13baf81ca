"""The types of the wire: exact decimals, trimmed text, dates.

A field refuses what its column could not hold, with a Spanish sentence that never repeats what was
typed. Whether a value is *right* is for PostgreSQL to say (422); here it is only well formed (400).
Numbers are accepted as JSON numbers or as text, because existing clients send both; `Schema` decides
what an absent key, ``null`` and ``""`` mean.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import Schema as AnySchema
from marshmallow import fields
from werkzeug.datastructures import FileStorage

# Tab and line ends are text; every other control character, NUL (PostgreSQL cannot store it) and
# lone surrogates (UTF-8 cannot carry them) are not.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
_TRUE = {"true", "1", "si", "sí", "on"}
_FALSE = {"false", "0", "no", "off"}


class _Spanish:
    """The sentences every field shares."""

    clears: ClassVar[bool] = False  # whether "" is a value (it empties the column) or the same as absent
    default_error_messages: ClassVar[dict[str, str]] = {
        "required": "Falta este dato.",
        "null": "No puede ser nulo.",
        "validator_failed": "El valor no es válido.",
        "invalid": "El valor no es válido.",
    }


def _described(kwargs: dict[str, Any], **schema: Any) -> dict[str, Any]:
    """Field arguments with JSON Schema keywords added to the metadata apispec reads."""
    given = {key: value for key, value in schema.items() if value is not None}
    return {**kwargs, "metadata": {**given, **kwargs.get("metadata", {})}}


class Texto(_Spanish, fields.String):
    """Text of at most ``max`` characters, trimmed; an integer counts as its digits (form inputs send those)."""

    clears = True
    default_error_messages: ClassVar[dict[str, str]] = {
        "invalid": "Debe ser texto.",
        "unprintable": "Contiene caracteres que no se permiten.",
        "long": "Es demasiado largo.",
        "short": "Es demasiado corto.",
    }

    def __init__(self, max: int = 255, *, min: int = 0, **kwargs: Any) -> None:
        least = min or (1 if kwargs.get("required") else None)
        super().__init__(**_described(kwargs, maxLength=max, minLength=least))
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
        return value.strip()


class Codigo(Texto):
    """A code: text without blanks. ``""`` for an optional code means none."""

    default_error_messages: ClassVar[dict[str, str]] = {"blanks": "Un código no lleva espacios."}

    def __init__(self, max: int = 20, **kwargs: Any) -> None:
        super().__init__(max, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text.split()) > 1:
            raise self.make_error("blanks")
        return text


class Correo(Texto):
    """An e-mail address; the case of the local part is kept."""

    default_error_messages: ClassVar[dict[str, str]] = {"email": "No es un correo válido."}

    def __init__(self, max: int = 120, **kwargs: Any) -> None:
        super().__init__(max, **_described(kwargs, description="Correo electrónico"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and not _EMAIL.fullmatch(text):
            raise self.make_error("email")
        return text


class Clave(Texto):
    """A password: never trimmed, never answered."""

    def __init__(self, max: int = 256, **kwargs: Any) -> None:
        super().__init__(max, **_described({"load_only": True, **kwargs}, format="password"))

    def _clean(self, value: str) -> str:
        return value


class Opcion(_Spanish, fields.String):
    """One of a closed list of words."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "No es una de las opciones."}

    def __init__(self, *choices: str, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, enum=list(choices)))
        self.choices = frozenset(choices)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value.strip() not in self.choices:
            raise self.make_error("invalid")
        return value.strip()


class _Exact(_Spanish, fields.Field[Decimal]):
    """A decimal that fits ``numeric(digits, decimals)`` exactly; nothing is ever rounded."""

    digits: ClassVar[int]
    decimals: ClassVar[int]
    default_error_messages: ClassVar[dict[str, str]] = {
        "invalid": "Debe ser un número.",
        "large": "Es demasiado grande.",
        "decimals": "Tiene demasiados decimales.",
        "range": "Está fuera del rango permitido.",
    }

    def __init__(self, *, min: int | None = None, max: int | None = None, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, **self._schema(min, max)))
        self.min, self.max = min, max

    def _schema(self, min: int | None, max: int | None) -> dict[str, Any]:
        return {"type": "number", "minimum": min, "maximum": max}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Decimal:
        number = _decimal(value)
        if number is None:
            raise self.make_error("invalid")
        if number and number.adjusted() >= self.digits - self.decimals:
            raise self.make_error("large")
        exact = number.quantize(Decimal(1).scaleb(-self.decimals)) if number else Decimal(0)
        if exact != number:
            raise self.make_error("decimals")
        if (self.min is not None and exact < self.min) or (self.max is not None and exact > self.max):
            raise self.make_error("range")
        return exact


def _decimal(value: Any) -> Decimal | None:
    """A finite decimal out of a JSON number or ASCII text, or nothing."""
    if isinstance(value, str):
        text = value.strip()
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


class Money(_Exact):
    """An amount: at most 2 decimals and 12 digits. Answered as text ("12.50"), accepted as text or number."""

    digits, decimals = 12, 2

    def _schema(self, min: int | None, max: int | None) -> dict[str, Any]:
        # apispec would write a Decimal's bounds as text inside a number schema, which no validator accepts
        sign = "" if min is not None and min >= 0 else "-?"
        return {"type": "string", "pattern": rf"^{sign}[0-9]{{1,10}}(\.[0-9]{{1,2}})?$", "examples": ["12.50"]}

    def _serialize(self, value: Decimal | None, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.2f}"


class Cantidad(_Exact):
    """A quantity: a number of at most 3 decimals."""

    digits, decimals = 14, 3


class Porcentaje(_Exact):
    """A percentage from 0 to 100, at most 4 decimals."""

    digits, decimals = 7, 4

    def __init__(self, *, min: int | None = 0, max: int | None = 100, **kwargs: Any) -> None:
        super().__init__(min=min, max=max, **kwargs)


class Entero(_Spanish, fields.Field[int]):
    """A whole number that fits a PostgreSQL integer (or bigint, with ``max``)."""

    default_error_messages: ClassVar[dict[str, str]] = {
        "invalid": "Debe ser un número entero.",
        "range": "Está fuera del rango permitido.",
    }

    def __init__(self, *, min: int = -(2**31), max: int = 2**31 - 1, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, type="integer", minimum=min, maximum=max))
        self.min, self.max = min, max

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        number = _decimal(value)
        if number is None or number.adjusted() > 20 or number != number.to_integral_value():
            raise self.make_error("invalid")
        if not self.min <= number <= self.max:
            raise self.make_error("range")
        return int(number)


class Booleano(_Spanish, fields.Field[bool]):
    """True or false; forms send them as words."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "Debe ser verdadero o falso."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, type="boolean"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word not in _TRUE | _FALSE:
            raise self.make_error("invalid")
        return word in _TRUE


class Fecha(_Spanish, fields.Field[date]):
    """A calendar day, ``2024-04-01``."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "Debe ser una fecha AAAA-MM-DD."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, type="string", format="date"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        text = value.strip() if isinstance(value, str) else ""
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise self.make_error("invalid")
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise self.make_error("invalid") from None


class FechaHora(_Spanish, fields.Field[datetime]):
    """An instant, ISO 8601 with its zone; without one nobody could say which instant it is."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "Debe ser una fecha y hora ISO 8601 con zona."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described(kwargs, type="string", format="date-time"))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
            if moment is None or moment.tzinfo is None:
                raise ValueError
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None


class Objeto(_Spanish, fields.Nested):
    """An object described by another schema."""

    def __init__(self, schema: type[AnySchema] | AnySchema, **kwargs: Any) -> None:
        super().__init__(schema, **kwargs)


class Lista(_Spanish, fields.List[Any]):
    """A list of at most ``max`` elements of one kind."""

    default_error_messages: ClassVar[dict[str, str]] = {
        "invalid": "Debe ser una lista.",
        "long": "Tiene demasiados elementos.",
    }

    def __init__(self, kind: Any, *, max: int = 1000, **kwargs: Any) -> None:
        super().__init__(kind, **_described(kwargs, maxItems=max))
        self.max = max

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list | tuple) and len(value) > self.max:
            raise self.make_error("long")
        return super()._deserialize(value, attr, data, **kwargs)


class Mapa(_Spanish, fields.Dict):
    """An object whose keys are data and whose values are of one kind."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "Debe ser un objeto."}

    def __init__(self, values: Any, **kwargs: Any) -> None:
        super().__init__(keys=Texto(60), values=values, **kwargs)


class Libre(_Spanish, fields.Raw):
    """Any JSON value; for answers whose inside is not ours to describe."""


class Imagen(_Spanish, fields.Field[FileStorage]):
    """An uploaded picture. A text in its place (forms resend the picture's URL) means: keep what there is."""

    default_error_messages: ClassVar[dict[str, str]] = {"invalid": "Debe ser un archivo."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**_described({"load_only": True, **kwargs}, type="string", format="binary"))

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
