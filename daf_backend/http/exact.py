"""Numbers of the wire: exact or refused, never rounded. Clients send JSON numbers and text alike."""

import re
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import fields

_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")

Messages = dict[str, str | list[Any] | dict[Any, Any]]


def sentences(**texts: str) -> Messages:
    """What a field says when it refuses, by marshmallow's name of the reason."""
    return {**texts}


class Spanish:
    """The sentences every field shares."""

    clears: ClassVar[bool] = False  # whether "" is a value (it empties the column) or the same as absent
    default_error_messages = sentences(
        required="Falta este dato.",
        null="No puede ser nulo.",
        validator_failed="El valor no es válido.",
        invalid="El valor no es válido.",
    )


def described(kwargs: dict[str, Any], **schema: Any) -> dict[str, Any]:
    """Field arguments with JSON Schema keywords added to the metadata apispec reads."""
    given = {key: value for key, value in schema.items() if value is not None}
    return {**kwargs, "metadata": {**given, **kwargs.get("metadata", {})}}


class _Exact(Spanish, fields.Field[Decimal]):
    """A decimal that fits ``numeric(digits, decimals)`` exactly; nothing is ever rounded."""

    digits: ClassVar[int]
    decimals: ClassVar[int]
    default_error_messages = sentences(
        invalid="Debe ser un número.",
        large="Es demasiado grande.",
        decimals="Tiene demasiados decimales.",
        range="Está fuera del rango permitido.",
    )

    def __init__(self, *, min: int | None = None, max: int | None = None, **kwargs: Any) -> None:
        super().__init__(**described(kwargs, **self._schema(min, max)))
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
        pattern = rf"^{sign}[0-9]{{1,10}}(\.[0-9]{{1,2}})?$"
        return {"type": "string", "pattern": pattern, "examples": ["12.50"]}

    def _serialize(self, value: Decimal | None, attr: Any, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.2f}"


class Cantidad(_Exact):
    """A quantity: a number of at most 3 decimals."""

    digits, decimals = 14, 3


class Costo(Cantidad):
    """A unit cost: finer than a cent, because screws are cheap. At most 6 decimals."""

    digits, decimals = 18, 6


class Porcentaje(_Exact):
    """A percentage from 0 to 100, at most 4 decimals."""

    digits, decimals = 7, 4

    def __init__(self, *, min: int | None = 0, max: int | None = 100, **kwargs: Any) -> None:
        super().__init__(min=min, max=max, **kwargs)


class Entero(Spanish, fields.Field[int]):
    """A whole number that fits a PostgreSQL integer (or bigint, with ``max``)."""

    default_error_messages = sentences(
        invalid="Debe ser un número entero.",
        range="Está fuera del rango permitido.",
    )

    def __init__(self, *, min: int = -(2**31), max: int = 2**31 - 1, **kwargs: Any) -> None:
        super().__init__(**described(kwargs, type="integer", minimum=min, maximum=max))
        self.min, self.max = min, max

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        number = _decimal(value)
        if number is None or number.adjusted() > 20 or number != number.to_integral_value():
            raise self.make_error("invalid")
        if not self.min <= number <= self.max:
            raise self.make_error("range")
        return int(number)
