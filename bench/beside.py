"""A till that sells while a terminal beside it, at the same punto de emisión, sends what it sold without a connection.

    python -m bench.beside --sales 500 --rounds 5 --tills 2

Both number their invoices in one series and sell the same goods. Nobody may be refused, and nobody may wait a second.
"""

import argparse
import random
import threading
import time

from daf_backend.demo.client import Client, Refused

from .harness import prove_doctor, stack
from .offline import Sale, desks, shelf, sold

SLOWEST = 1.0  # seconds that a customer may wait for a sale


class Till(threading.Thread):
    """Sells one thing after another until told to stop; how long each took, and how often it was told to come again."""

    def __init__(self, desk: Client, products: list[str], done: threading.Event) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self.refused = 0
        self.fault: Exception | None = None
        self._desk, self._products, self._done = desk, products, done

    def run(self) -> None:
        """Until the replay is over."""
        lines = [{"prd_codigo": product, "cantidad": 1} for product in self._products]
        try:
            while not self._done.is_set():
                self._sell(lines)
        except Exception as exc:
            self.fault = exc

    def _sell(self, lines: list[Sale]) -> None:
        started = time.perf_counter()
        try:
            self._desk.post("/api/pos/venta", {"lineas": lines})
        except Refused as refusal:
            if refusal.status != 503:
                raise
            self.refused += 1
        self.seconds.append(time.perf_counter() - started)


def beside(terminal: Client, batch: list[Sale], tills: list[Till], done: threading.Event) -> float:
    """Send the batch while the tills sell; how long it took."""
    for till in tills:
        till.start()
    started = time.perf_counter()
    try:
        answers = terminal.post("/api/pos/venta/lote", {"ventas": batch})["ventas"]
    finally:
        took = time.perf_counter() - started
        done.set()
        for till in tills:
            till.join()
    if len(answers) != len(batch) or any(till.fault for till in tills):
        raise AssertionError([till.fault for till in tills])
    return took


def main() -> None:
    """Measure, print, and fail if a till was refused or waited too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sales", type=int, default=500, help="in the batch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tills", type=int, default=2)
    given = parser.parse_args()
    chance, replays, waits, refused = random.Random(20260101), [], [], 0
    with stack(demo=True) as shop:
        products = shelf(shop, 100_000)[:3]
        (terminal, _), *others = desks(shop, given.tills + 1)
        for _ in range(given.rounds):
            done = threading.Event()
            tills = [Till(desk, products, done) for desk, _ in others]
            replays.append(beside(terminal, sold(chance, products, given.sales), tills, done))
            waits += [took for till in tills for took in till.seconds]
            refused += sum(till.refused for till in tills)
        prove_doctor(shop.servers)
    waits.sort()
    print(
        f"{given.rounds} times {given.sales} late sales beside {given.tills} tills of the same punto de emisión"
    )
    print(f"  replay: worst {max(replays):.2f} s, {given.rounds * given.sales / sum(replays):.0f} sales/s")
    p50, p99 = (1000 * waits[int(len(waits) * share)] for share in (0.5, 0.99))
    print(
        f"  tills: {len(waits)} sales, p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {1000 * waits[-1]:.0f} ms,"
        f" {refused} answered 503"
    )
    if refused or waits[-1] > SLOWEST:
        raise SystemExit("a till beside a replay was refused, or waited too long")


if __name__ == "__main__":
    main()
