"""Check digits in SQL against python-stdnum, over generated and mutated identifications."""

import random

import pytest
from stdnum.ec import ci, ruc

SEED = 20240401
PROVINCES = [f"{n:02d}" for n in range(0, 27)] + ["30", "50", "99"]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def judged(pos, kind: str, numbers: list[str]) -> list[bool]:
    query = (
        "SELECT array_agg(privado.identificacion_valida(%s, n) ORDER BY i)"
        " FROM unnest(%s::text[]) WITH ORDINALITY AS u (n, i)"
    )
    return pos.execute(query, (kind, numbers)).fetchone()[0]


def disagreements(numbers: list[str], ours: list[bool], theirs) -> list[str]:
    return [n for n, mine in zip(numbers, ours, strict=True) if mine != theirs(n)]


def test_cedulas_agree_with_stdnum(pos):
    rng = random.Random(SEED)
    numbers = [rng.choice(PROVINCES) + digits(rng, 8) for _ in range(20_000)]
    ours = judged(pos, "CEDULA", numbers)
    assert disagreements(numbers, ours, ci.is_valid) == []
    assert sum(ours) > 500  # the sample reaches both answers


@pytest.mark.parametrize("third", ["012345", "6", "9", "78"])
def test_rucs_agree_with_stdnum(pos, third):
    rng = random.Random(SEED + ord(third[0]))
    tails = ["001", "000", "002", "0001", "0000"]
    numbers = []
    for _ in range(20_000):
        body = rng.choice(PROVINCES) + rng.choice(third) + digits(rng, 10)
        tail = rng.choice(tails)
        numbers.append(body[: 13 - len(tail)] + tail)
    ours = judged(pos, "RUC", numbers)
    assert disagreements(numbers, ours, ruc.is_valid) == []
    assert (sum(ours) > 200) == (third != "78")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "17100340",
        "171003406A",
        "17100340650",
        "\uff11\uff17\uff11\uff10\uff10\uff13\uff14\uff10\uff16\uff15",
        "-710034065",
    ],
)
def test_what_is_not_ten_digits_is_no_cedula(pos, text):
    assert judged(pos, "CEDULA", [text]) == [False]
    assert judged(pos, "RUC", [text]) == [False]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("1710034065", "CEDULA"), ("1790016919001", "RUC"), ("9999999999999", "FINAL"),
        ("P0102", "EXTERIOR"), ("12345", "EXTERIOR"), ("171003406A", "EXTERIOR"),
    ],
)  # fmt: skip
def test_the_identification_says_the_type(pos, number, kind):
    assert pos.execute("SELECT privado.cliente_tipo(%s, NULL)", (number,)).fetchone() == (kind,)
    assert pos.execute("SELECT privado.cliente_tipo(%s, 'PASAPORTE')", (number,)).fetchone() == ("PASAPORTE",)
