"""Cards: what may be said of a number without keeping it; stored are only its brand and last four."""

import re
from dataclasses import dataclass, field

from ..errors import Problem

BRANDS = (
    ("VISA", re.compile(r"4(\d{12}|\d{15}|\d{18})")),
    ("MASTERCARD", re.compile(r"(5[1-5]\d{14}|(222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12})")),
    ("AMEX", re.compile(r"3[47]\d{13}")),
    ("DINERS", re.compile(r"3(0[0-5]|[68]\d)\d{11}")),
    ("DISCOVER", re.compile(r"6(011|5\d\d|4[4-9]\d)\d{12}")),
)
REFUSED = "La tarjeta no es válida."


@dataclass(frozen=True)
class Card:
    """A card as a provider sees it. Its repr does not show the number."""

    brand: str
    last4: str
    number: str = field(repr=False)


def read(typed: str) -> Card:
    """The card behind a typed number.

    Raises:
        Problem: 400 if it can be no card.
    """
    digits = re.sub(r"[ -]", "", typed)
    brand = next((name for name, shape in BRANDS if shape.fullmatch(digits)), None)
    if brand is None or not luhn(digits):
        raise Problem(400, "tarjeta_valida", REFUSED)
    return Card(brand, digits[-4:], digits)


def luhn(digits: str) -> bool:
    """Whether the check digit is right."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
