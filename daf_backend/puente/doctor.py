"""Whether both databases tell the same story, asked while they are in use.

They cannot be read in one snapshot, so nothing here compares two states; each check follows a cause. What a
side can only know from the other must be there when the other is asked afterwards:

  orders     an order FACTURADO names an invoice the POS has, for its total; one the POS invoiced is paid
  refunds    what the shop holds for credited the POS credited, alike; what the shop was told of it holds
  movements  what is APLICADO at the POS the shop has counted, alike; what the shop counted the POS decided
  catalogue  the shop is never ahead of the POS; it has what the outbox does not hold any more
  settings   likewise, and at the same version they say the same
  units      existencia in WEB = cupo - vendido at the shop
                               + goods of paid orders the POS has not invoiced
                               + units in WEB of movements SUBIENDO the shop has not counted
                               + units the shop gave of movements BAJANDO that have not left WEB

The last one is an equation between numbers that move, so the POS is read before and after the shop, and a
product whose movements differ between the two readings is read again.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from time import sleep
from typing import Any, NamedTuple

from ..db.runtime import Runtime
from .sides import Sides

READINGS = 20
PAUSE = 0.1

Rows = list[dict[str, Any]]


class Finding(NamedTuple):
    """One invariant between both sides and what breaks it."""

    name: str
    description: str
    rows: Rows


def check(runtime: Runtime) -> list[Finding]:
    """Every invariant between the two databases.

    Raises:
        Exception: a side is away, so nothing can be said.
    """
    sides = Sides(runtime)
    return [Finding(name, sentence, [*broken(sides)]) for name, sentence, broken in INVARIANTS]


def _orders(sides: Sides) -> Iterator[dict[str, Any]]:
    before, shop, after = (ask("puente_pedidos") for ask in (sides.pos, sides.shop, sides.pos))
    for code in before.keys() - shop.keys():
        yield {"pedido": code, "pos": before[code], "tienda": "no está pagado"}
    for code, invoice in shop.items():
        if invoice and after.get(code) != invoice:
            yield {"pedido": code, "pos": after.get(code), "tienda": invoice}


def _refunds(sides: Sides) -> Iterator[dict[str, Any]]:
    before, shop, after = (ask("puente_reembolsos") for ask in (sides.pos, sides.shop, sides.pos))
    for key, (credited, waiting) in before.items():
        if not waiting and _but_how(shop.get(key, "")) != _but_how(credited):
            yield {"reembolso": key, "pos": credited, "tienda": shop.get(key)}
    for key, told in shop.items():
        credited, waiting = after.get(key, ("", False))
        settled = waiting or before.get(key) != after.get(key)
        if credited != told and not (settled and _but_how(credited) == _but_how(told)):
            yield {"reembolso": key, "pos": after.get(key), "tienda": told}


def _but_how(told: str) -> str:
    """What was credited, without how it goes back: that changes once, if the counter settles it."""
    return told.rpartition(" ")[0]


def _movements(sides: Sides) -> Iterator[dict[str, Any]]:
    before, shop, after = (ask("puente_movimientos") for ask in (sides.pos, sides.shop, sides.pos))
    for code, (moved, state) in before.items():
        if state == "APLICADO" and shop.get(code) != moved:
            yield {"movimiento": code, "pos": moved, "tienda": shop.get(code)}
    for code, moved in shop.items():
        told, state = after.get(code, (None, None))
        if told is None or (state != "BAJANDO" and told != moved):
            yield {"movimiento": code, "pos": told, "tienda": moved}


def _catalogue(sides: Sides) -> Iterator[dict[str, Any]]:
    before, shop, after = (ask("puente_versiones") for ask in (sides.pos, sides.shop, sides.pos))
    for code, (version, waiting) in before.items():
        if not waiting and shop.get(code, 0) < version:
            yield {"producto": code, "pos": version, "tienda": shop.get(code)}
    for code, version in shop.items():
        if after.get(code, (0, False))[0] < version:
            yield {"producto": code, "pos": after.get(code), "tienda": version}


def _settings(sides: Sides) -> Iterator[dict[str, Any]]:
    before, shop, after = (ask("puente_ajustes") for ask in (sides.pos, sides.shop, sides.pos))
    for key, (value, version, waiting) in before.items():
        told, known = shop.get(key, (None, 0))
        if (known < version and not waiting) or (known == version and told != value):
            yield {"ajuste": key, "pos": [value, version], "tienda": [told, known]}
    for key, (told, known) in shop.items():
        if after.get(key, (None, 0, False))[1] < known:
            yield {"ajuste": key, "pos": after.get(key), "tienda": [told, known]}


def _units(sides: Sides) -> Rows:
    """Products whose units do not add up in a reading that nothing moved under."""
    wrong, moving = _reading(sides)
    for _ in range(READINGS):
        if not moving:
            break
        sleep(PAUSE)
        found, still = _reading(sides)
        wrong += [row for row in found if row["producto"] in moving]
        moving &= still
    return wrong


def _reading(sides: Sides) -> tuple[Rows, set[str]]:
    """What does not add up for certain, and what moved meanwhile and has to be read again."""
    before = sides.pos("puente_existencias")
    shop = sides.shop("puente_existencias", movimientos=[*before["en_curso"]])
    after = sides.pos("puente_existencias", pedidos=[*{order for order, _, _ in shop["por_facturar"]}])
    expected = _expected(shop, before, set(after["facturados"]))
    wrong, moving = [], set()
    for code in expected.keys() | before["web"].keys():
        here = Decimal(before["web"].get(code, ("0", 0))[0])
        there = expected.get(code, Decimal(0))
        if here != there and _moves(before, code) != _moves(after, code):
            moving.add(code)
        elif here != there:
            wrong.append({"producto": code, "pos": str(here), "tienda": str(there)})
    return wrong, moving


def _expected(shop: dict[str, Any], pos: dict[str, Any], invoiced: set[str]) -> dict[str, Decimal]:
    """What WEB has to hold of each product, given what the shop says."""
    units: dict[str, Decimal] = {code: Decimal(unsold) for code, unsold in shop["sin_vender"].items()}

    def add(code: str, quantity: Decimal) -> None:
        units[code] = units.get(code, Decimal(0)) + quantity

    for order, code, quantity in shop["por_facturar"]:
        if order not in invoiced:
            add(code, Decimal(quantity))
    for movement, (code, state, moved) in pos["en_curso"].items():
        counted = shop["movimientos"].get(movement)
        if state == "SUBIENDO" and counted is None:
            add(code, Decimal(moved))
        elif state == "BAJANDO" and counted is not None:
            add(code, -Decimal(counted))
    return units


def _moves(reading: dict[str, Any], code: str) -> tuple[Any, list[Any]]:
    """Everything that changes when units of a product move at the POS."""
    under_way = [(name, move) for name, move in sorted(reading["en_curso"].items()) if move[0] == code]
    return reading["web"].get(code), under_way


INVARIANTS: list[tuple[str, str, Callable[[Sides], Iterable[dict[str, Any]]]]] = [
    ("puente_pedidos", "Cada pedido facturado es su factura, y cada factura web un pedido pagado.", _orders),
    ("puente_reembolsos", "Lo que se devolvió de cada pedido es lo mismo en las dos bases.", _refunds),
    ("puente_movimientos", "Cada movimiento de cupo es el mismo en las dos bases.", _movements),
    ("puente_catalogo", "La tienda tiene de cada producto la versión del punto de venta.", _catalogue),
    ("puente_ajustes", "La tienda tiene los ajustes del punto de venta.", _settings),
    (
        "puente_unidades",
        "Lo que hay en WEB es lo que la tienda puede vender y lo que está en camino.",
        _units,
    ),
]
