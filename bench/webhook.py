"""What a payment provider tells, 5,000 messages one to five times each and a twentieth of forgeries, in any order.

    python -m bench.webhook [--messages 5000] [--seed 20261121]

The same stories are first told calmly, once and in order. Told wildly they must end alike, order, payment and verdict
on each message; no forgery may be believed; what was paid is invoiced by the POS, and the doctor finds nothing.
"""

import argparse
import http.client
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import local
from urllib.parse import urlsplit

from daf_backend.auth.keyring import Keyring

from . import paying
from .harness import Stack, prove_doctor, stack
from .last_unit import Shoppers, assign, new_product

PATH = "/api/ecom/pagos/webhook/simulada"
PATIENCE = 300
UNSETTLED = """
    SELECT
        (SELECT count(*) FROM datos.pago_evento WHERE evt_resultado = 'POR_RELEER')
        + (SELECT count(*) FROM datos.pedido WHERE ped_estado = 'PAGADO')
"""
FORGED = "SELECT count(*) FROM datos.pago_evento WHERE evt_id LIKE 'forged%'"


class Wire:
    """One kept connection a thread."""

    def __init__(self, base_url: str) -> None:
        self._place, self._mine = urlsplit(base_url), local()

    def send(self, one: paying.Delivery) -> tuple[bool, int]:
        """Deliver a message; whether it was forged, and the status. What was too busy is delivered again."""
        for _ in range(50):
            status = self._status(one)
            if status != 503:
                break
            time.sleep(0.1)
        return one.forged, status

    def _status(self, one: paying.Delivery) -> int:
        if not hasattr(self._mine, "conn"):
            self._mine.conn = http.client.HTTPConnection(
                str(self._place.hostname), self._place.port, timeout=60
            )
        headers = {"Content-Type": "application/json", "Simulada-Signature": one.signature}
        self._mine.conn.request("POST", PATH, one.body.encode(), headers)
        answer = self._mine.conn.getresponse()
        answer.read()
        return int(answer.status)


def main() -> None:
    """Run it and print the figures; a disagreement is an AssertionError."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhook")
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20261121)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    with stack(bridge=True, sweep_seconds=0.2) as shop:
        key = next(iter(Keyring.load(shop.settings).gateway.values()))
        each = sum(len(told) for _, _, told in paying.STORIES.values())
        count = -(-arguments.messages // each) * len(paying.STORIES)
        calm, wild = _stories(shop, 10 * len(paying.STORIES), key, 1), _stories(shop, count, key, 2)
        wire = Wire(shop.base_url)
        for story in calm:
            for body in story.bodies:
                assert wire.send(paying.signed(body, key))[1] == 200
        sent = paying.shuffled(wild, key, dice)
        _deliver(wire, sent, arguments.seed, sum(len(story.bodies) for story in wild))
        _settled(shop)
        _compare(shop, calm, wild)
        prove_doctor(shop.servers)


def _stories(shop: Stack, count: int, key: bytes, serial: int) -> list[paying.Story]:
    Shoppers(shop, 0)  # waits until the shop has its catalogue
    admin = shop.login("demo_admin")
    product = new_product(admin, f"Lo que se paga {serial}", count)
    assign(admin, product, count)
    with shop.admin_conn("ecom") as conn:
        return paying.stories(conn, count, product, key, serial)


def _deliver(wire: Wire, sent: list[paying.Delivery], seed: int, messages: int) -> None:
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as crowd:
        answers = Counter(crowd.map(wire.send, sent))
    took = time.perf_counter() - began
    forged = sum(one.forged for one in sent)
    print(
        f"seed {seed}: {messages:,} messages, {len(sent):,} deliveries of which {forged:,} forged,"
        f" in {took:.1f} s, {len(sent) / took:,.0f}/s"
    )
    believed = sum(count for (false, status), count in answers.items() if false and status not in (400, 429))
    refused = sum(count for (false, status), count in answers.items() if not false and status != 200)
    print(f"forgeries believed: {believed}; true messages refused: {refused}")
    assert not believed and not refused, answers


def _settled(shop: Stack) -> None:
    """Wait until the worker asked the provider about what was in doubt, and the POS invoiced what was paid."""
    began = time.monotonic()
    while (left := shop.query("ecom", UNSETTLED)[0][0]) and time.monotonic() - began < PATIENCE:
        time.sleep(0.2)
    assert not left, f"{left} unsettled after {PATIENCE} s"
    print(f"the rest settled by the worker in {time.monotonic() - began:.1f} s")


def _compare(shop: Stack, calm: list[paying.Story], wild: list[paying.Story]) -> None:
    assert shop.query("ecom", FORGED) == [(0,)]
    with shop.admin_conn("ecom") as conn:
        expected, found = (paying.endings(conn, told) for told in (calm, wild))
    assert set(expected) == set(found) and len(expected) == len(paying.STORIES), (expected, found)
    for (kind, state, _), count in sorted(found.items(), key=str):
        print(f"  {kind:<14} {count:>5} times {' '.join(map(str, state or ()))}, as when told calmly")
    # Each story "de otro monto" holds one message that contradicts its payment, for a person to look at.
    with shop.admin_conn("ecom") as conn:
        conn.execute("UPDATE datos.pago_evento SET evt_resultado = 'IGNORADO', evt_regla = NULL"
                     " WHERE evt_resultado = 'OBSERVADO'")  # fmt: skip


if __name__ == "__main__":
    main()
