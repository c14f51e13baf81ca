"""Terminals that were offline send what they sold: in batches shuffled, repeated, a third of them lost on the way.

    python -m bench.offline --terminals 4 --sales 500

Every sale must end up once: invoiced, or kept as observed where the goods ran out or the printed total is not the right
one; and the drawers must hold the sum of what the terminals printed, to the cent.
"""

import argparse
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from daf_backend.demo.client import Client, Refused

from .harness import Stack, prove_doctor, stack

LOST = 0.3
BATCH = 100
Sale = dict[str, Any]
Send = Callable[[list[Sale]], list[dict[str, Any]]]


class Terminal(threading.Thread):
    """Sends its sales until it was told what became of each; what it was told must never change."""

    def __init__(self, send: Send, sales: list[Sale], seed: int, batch: int = BATCH) -> None:
        super().__init__()
        self.told: dict[str, dict[str, Any]] = {}
        self.fault: Exception | None = None
        self.seconds: list[float] = []
        self._send, self._sales, self._chance, self._batch = send, sales, random.Random(seed), batch

    def run(self) -> None:
        """Until nothing is pending."""
        try:
            while pending := [sale for sale in self._sales if sale["id"] not in self.told]:
                self._try(pending)
        except Exception as exc:
            self.fault = exc

    def _try(self, pending: list[Sale]) -> None:
        batch = self._chance.sample(pending, min(len(pending), self._chance.randint(1, self._batch)))
        batch += self._chance.choices(
            self._sales, k=len(batch) // 5 + 1
        )  # repeated, in the batch or from before
        self._chance.shuffle(batch)
        fate = self._chance.random()
        if fate < LOST / 2:
            return  # never arrived
        started = time.perf_counter()
        try:
            answers = self._send(batch)
        except Refused as refusal:
            if refusal.status != 503:
                raise
            return
        self.seconds.append(time.perf_counter() - started)
        if fate < LOST:
            return  # arrived, and nobody heard
        for sale, answer in zip(batch, answers, strict=True):
            if answer["id"] != sale["id"] or self.told.setdefault(sale["id"], answer) != answer:
                raise AssertionError((answer, self.told[sale["id"]]))


def sold(chance: random.Random, products: list[str], count: int) -> list[Sale]:
    """What a terminal sold: units of 1.00 with IVA, now and then with another total than the right one."""
    sales = []
    for _ in range(count):
        lines = [{"prd_codigo": product, "cantidad": 1} for product in chance.sample(products, 2)]
        total = "2.30" if chance.random() < 0.95 else "2.00"
        moment = datetime.now(UTC) - timedelta(minutes=chance.uniform(1, 600))
        sales.append(
            {
                "id": str(uuid.uuid4()),
                "vendida_en": moment.isoformat(),
                "total_impreso": total,
                "lineas": lines,
            }
        )
    return sales


def replay(terminals: list[Terminal]) -> dict[str, dict[str, Any]]:
    """Run them all at once; what they were told of all their sales."""
    for terminal in terminals:
        terminal.start()
    for terminal in terminals:
        terminal.join()
    for terminal in terminals:
        if terminal.fault:
            raise terminal.fault
    return {name: answer for terminal in terminals for name, answer in terminal.told.items()}


def desks(shop: Stack, count: int) -> list[tuple[Client, int]]:
    """Cashiers, each with a session of a register of their own."""
    admin, found = shop.login("demo_admin"), []
    for login in shop.staff("cajero", count):
        box = admin.post("/api/pos/caja", {"nombre": f"De {login}", "punto_emision": "001-001"})["id"]
        desk = shop.login(login)
        found.append((desk, desk.post("/api/pos/caja/abrir", {"caja": box, "monto_inicial": "10.00"})["id"]))
    return found


def shelf(shop: Stack, sales: int) -> list[str]:
    """Four products; the last runs out."""
    admin = shop.login("demo_admin")
    return [
        admin.post(
            "/api/pos/producto",
            {"prd_nombre": f"De terminal {number}", "um_venta": "UND", "prd_precio_venta": "1.00",
             "prd_stock": sales if number < 3 else sales // 4, "prd_costo": "0.50"},
        )["prd_codigo"]
        for number in range(4)
    ]  # fmt: skip


def check(
    shop: Stack, sales: list[Sale], told: dict[str, dict[str, Any]], sessions: list[int]
) -> Counter[str]:
    """Every sale once, and the drawers hold what was printed. What became of them."""
    rows = shop.query("pos", "SELECT id::text FROM datos.venta_diferida")
    if sorted(name for (name,) in rows) != sorted(sale["id"] for sale in sales):
        raise AssertionError("a sale is missing, or there twice")
    invoices = shop.query("pos", "SELECT count(*) FROM datos.factura WHERE fac_vendida_en IS NOT NULL")[0][0]
    states = Counter(answer["estado"] for answer in told.values())
    held = shop.query(
        "pos", "SELECT sum(privado.saldo_de('CAJA', s::text)) FROM unnest(%s::bigint[]) AS s", sessions
    )[0][0]
    printed = sum(Decimal(sale["total_impreso"]) for sale in sales) + 10 * len(sessions)
    if held != printed or invoices != states["REGISTRADA"] or states.total() != len(sales):
        raise AssertionError((held, printed, invoices, states))
    return states


def main() -> None:
    """Sell, lose, repeat; print what became of it, and fail if a sale is lost or counts twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terminals", type=int, default=4)
    parser.add_argument("--sales", type=int, default=500, help="per terminal")
    parser.add_argument("--seed", type=int, default=20260101)
    given = parser.parse_args()
    with stack(demo=True) as shop:
        chance = random.Random(given.seed)
        products = shelf(shop, given.terminals * given.sales)
        staff = desks(shop, given.terminals)
        batches = [sold(chance, products, given.sales) for _ in staff]
        terminals = [
            Terminal(
                lambda batch, desk=desk: desk.post("/api/pos/venta/lote", {"ventas": batch})["ventas"],
                sales, given.seed + number,
            )
            for number, ((desk, _), sales) in enumerate(zip(staff, batches, strict=True))
        ]  # fmt: skip
        started = time.perf_counter()
        told = replay(terminals)
        seconds = time.perf_counter() - started
        every = [sale for sales in batches for sale in sales]
        states = check(shop, every, told, [session for _, session in staff])
        sent = [took for terminal in terminals for took in terminal.seconds]
        print(
            f"seed {given.seed}: {given.terminals} terminals, {len(every)} sales, {len(sent)} batches arrived"
        )
        print(
            f"  {dict(states)} in {seconds:.1f} s, {len(every) / seconds:.0f} sales/s, worst batch {max(sent):.2f} s"
        )
        print("  each once; the drawers hold what was printed, to the cent")
        prove_doctor(shop.servers)


if __name__ == "__main__":
    main()
