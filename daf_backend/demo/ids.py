"""Check digits of Ecuador's identity numbers and of EAN-13 barcodes, for made-up but valid demo data."""

# Weights of the SRI for a company's RUC (third digit 9).
_COMPANY_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2)


def cedula(province: int, serial: int) -> str:
    """A cédula of that province: a six-digit serial (first digit below 6) and its mod-10 check digit."""
    body = f"{province:02d}{serial:07d}"
    if not (1 <= province <= 24 and len(body) == 9 and body[2] < "6"):
        raise ValueError(f"no cédula of province {province} with serial {serial}")
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(body))
    return body + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def ruc_person(province: int, serial: int) -> str:
    """The RUC of a natural person: the cédula and the first establishment."""
    return cedula(province, serial) + "001"


def ruc_company(province: int, serial: int) -> str | None:
    """The RUC of a private company, or None where mod 11 leaves 10: the SRI skips such serials."""
    body = f"{province:02d}9{serial:06d}"
    check = -sum(int(digit) * weight for digit, weight in zip(body, _COMPANY_WEIGHTS, strict=True)) % 11
    return None if check == 10 else f"{body}{check}001"


def ean13(number: int) -> str:
    """An in-store barcode: prefix 20 is for a shop's own use, so it is nobody else's product."""
    body = f"20{number:010d}"
    return body + str(-sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(body)) % 10)
