"""Moving average from first principles, in Decimal: what `bench.kardex` compares the ledger with."""

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
MICRO = Decimal("0.000001")


class Asked(NamedTuple):
    """What an entry was said to be worth: so much a unit, as much a unit as another movement, or nothing."""

    unit: Decimal | None = None
    like: int | None = None


class Oracle:
    """Moving average from first principles. Knows what was asked, never what the database worked out."""

    def __init__(self, asked: dict[int, Asked]) -> None:
        self.asked = asked
        self.quantity: dict[int, Decimal] = {}
        self.value: dict[int, Decimal] = {}
        self.sold: dict[int, Decimal] = {}  # by invoice line

    def part(self, value: Decimal, quantity: Decimal, of: Decimal) -> Decimal:
        """The value of some units of many, rounded once."""
        return WIDE.divide(WIDE.multiply(value, quantity), of).quantize(MICRO, ROUND_HALF_UP, WIDE)

    def chain(self, rows: list[Any]) -> tuple[Decimal, Decimal]:
        """Replay one product; the quantity and value it ends with."""
        units, worth, last = Decimal(0), Decimal(0), None
        for row in rows:
            if row.krd_signo > 0:
                value = self._entry(row, units, worth, last)
            else:
                value = self._exit(row, units, worth)
            units += row.krd_signo * row.krd_cantidad
            worth += row.krd_signo * value
            self.quantity[row.krd_codigo], self.value[row.krd_codigo] = row.krd_cantidad, value
            if row.trn_cod == "VEN":
                self.sold[row.doc_linea] = value
            if value > 0:
                last = row.krd_codigo
            expected = (value, units, worth)
            assert (row.krd_valor, row.krd_saldo, row.krd_valor_saldo) == expected, (row, expected)
        return units, worth

    def _entry(self, row: Any, units: Decimal, worth: Decimal, last: int | None) -> Decimal:
        asked = self.asked.get(row.krd_codigo, Asked())
        if row.krd_revierte is not None:
            return self.value[row.krd_revierte]
        if row.trn_cod == "ANV":
            return self.sold[row.doc_linea]
        if asked.unit is not None:
            return (asked.unit * row.krd_cantidad).quantize(MICRO, ROUND_HALF_UP, WIDE)
        if asked.like is not None:
            return self.part(self.value[asked.like], row.krd_cantidad, self.quantity[asked.like])
        if units > 0:
            return self.part(worth, row.krd_cantidad, units)
        return self.part(self.value[last], row.krd_cantidad, self.quantity[last]) if last else Decimal(0)

    def _exit(self, row: Any, units: Decimal, worth: Decimal) -> Decimal:
        wished = self.value.get(row.krd_revierte) if row.krd_revierte else None
        if row.krd_cantidad == units:
            return worth
        if wished is not None and wished <= worth:
            return wished
        return self.part(worth, row.krd_cantidad, units)
