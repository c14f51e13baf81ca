"""kill -9 while money is given back: of the API, the worker, the postmaster, everything; then three books are compared.

    python -m bench.refunds --cycles 8 --orders 200

Starts a `daf up` of its own in a throw-away folder. Orders of two products (two rates, one with a promotion) are paid.
Then staff of the shop and staff at the counter give back single units, all at once and of the same orders, while
something is killed at random moments, one kind after the other. At the end what is left of every order is given back,
and the provider's own book has to say that each order was returned exactly, once, to the cent.
"""

import argparse
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from typing import Any

import psutil
import psycopg

from daf_backend.db.embedded import Servers, locate
from daf_backend.demo.client import Client, Refused
from daf_backend.demo.load import found
from daf_backend.settings import Settings

from .crash import LOST, Deployment, deployed
from .harness import Stack, prove_doctor
from .last_unit import CARD, Shoppers, assign

KINDS = ("worker", "api", "postmaster", "everything")
FINE = {
    "200", "201", "202", "connection lost", "503",
    "409 retorno_dentro_de_lo_vendido", "409 reembolso_en_curso", "409 pedido_reembolsable",
}  # fmt: skip
UNITS = 3
BOOKS = """
    SELECT p.ped_codigo, p.ped_estado, p.ped_total, coalesce(sum(s.rem_monto), 0)
    FROM datos.pedido AS p
    JOIN datos.pago AS g ON g.ped_codigo = p.ped_codigo AND g.pag_estado = 'CAPTURADO'
    LEFT JOIN datos.simulada_reembolso AS s ON s.car_clave = g.pag_id
    GROUP BY p.ped_codigo"""
WAITING = "SELECT count(*) FROM datos.reembolso WHERE ree_estado IN ('PENDIENTE', 'ACREDITADO')"
UNTOLD = "SELECT count(*) FROM datos.reembolso_web WHERE rwe_entregado IS NULL"
CREDITED = """
    SELECT v.ped_codigo, count(*), sum(r.ret_total) FROM datos.venta_web AS v
    JOIN datos.retorno AS r USING (fac_codigo) GROUP BY v.ped_codigo"""
GATEWAY = """
    SELECT coalesce(sum(l.monto), 0) FROM datos.asiento_linea AS l JOIN datos.cuenta AS c USING (cta_id)
    WHERE c.clase = 'PASARELA'"""


class Desk(threading.Thread):
    """Gives back a unit of some order, over and over, at the shop or at the counter."""

    def __init__(
        self, settings: Settings, login: str, side: str, orders: list[dict[str, Any]], seed: int
    ) -> None:
        super().__init__(daemon=True)
        self._settings, self._login, self._side, self._orders = settings, login, side, orders
        self._luck = random.Random(seed)
        self.stopping = threading.Event()
        self.outcomes: Counter[str] = Counter()

    def run(self) -> None:
        """Give back, and log in again whenever the connection was lost."""
        client = None
        while not self.stopping.is_set():
            try:
                client = client or self.connected()
                self.give(client, self._luck.choice(self._orders))
            except Refused as refusal:
                self.outcomes["503" if refusal.status == 503 else f"{refusal.status} {refusal.rule}"] += 1
                self.stopping.wait(0.05)
            except LOST:
                self.outcomes["connection lost"] += 1
                client = None
                self.stopping.wait(0.05)

    def connected(self) -> Client:
        """A client with a session of its own."""
        client = Client(f"http://127.0.0.1:{self._settings.port}", timeout=15)
        client.login(self._side, self._login, self._settings.demo_password.get_secret_value())
        return client

    def give(self, client: Client, order: dict[str, Any]) -> None:
        """One unit of one line."""
        product, line = self._luck.choice([*order["lines"].items()])
        if self._side == "ecom":
            body = {"motivo": "Prueba", "lineas": [{"prd_codigo": product, "cantidad": 1}]}
            told = client.post(f"/api/ecom/pedido/{order['ped_codigo']}/reembolso", body)
            self.outcomes["201" if told["estado"] == "HECHO" else "202"] += 1
        else:
            body = {"motivo": "Prueba", "lineas": [{"pxfa_codigo": line, "cantidad": 1}]}
            client.post(f"/api/pos/factura/{order['fac_codigo']}/nota-credito", body)
            self.outcomes["200"] += 1


def kill(deployment: Deployment, kind: str) -> None:
    """SIGKILL the processes of a kind; `daf up` starts them again, or is run again itself."""
    if kind != "worker":
        deployment.kill(kind)
        return
    assert deployment.child
    for process in psutil.Process(deployment.child.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # some come and go
            if "worker" in process.cmdline():
                process.kill()


def paid(shop: Stack, count: int) -> list[dict[str, Any]]:
    """So many invoiced orders, each with its lines at the counter."""
    admin, goods = shop.login("demo_admin"), []
    buyer = Shoppers(shop, 1).clients[0]
    for price, tax, promotion in (("10.00", "GEN", 0), ("3.33", "RED", 12.5)):
        row = {"prd_nombre": f"Cosa {tax}", "um_venta": "UND", "prd_precio_venta": price, "iva_codigo": tax,
               "prd_stock": count * UNITS, "prd_costo": "1.234567", "prd_promocion": promotion}  # fmt: skip
        goods.append(admin.post("/api/pos/producto", row)["prd_codigo"])
        assign(admin, goods[-1], count * UNITS)
    orders = []
    for _ in range(count):
        for product in goods:
            buyer.post("/api/ecom/carrito", {"prd_codigo": product, "cantidad": UNITS})
        order = buyer.post("/api/ecom/pagos/checkout", {"card_number": CARD})
        lines = admin.get(f"/api/pos/factura/{order['fac_codigo']}")["detalle"]
        orders.append({**order, "lines": {line["prd_codigo"]: line["pxfa_codigo"] for line in lines}})
    return orders


def settled(servers: Servers) -> None:
    """Wait until nothing is on its way."""
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        try:
            if not value(servers, "ecom", WAITING) and not value(servers, "pos", UNTOLD):
                return
        except psycopg.OperationalError:
            pass
        time.sleep(0.2)
    raise TimeoutError("refunds are still on their way")


def value(servers: Servers, side: str, question: str) -> Any:
    """The one figure that a question answers."""
    return rows(servers, side, question)[0][0]


def rows(servers: Servers, side: str, question: str) -> list[Any]:
    """Rows, as superuser."""
    with psycopg.connect(servers.admin_conninfo(side)) as conn:
        return conn.execute(question).fetchall()


def finish(desk: Desk, orders: list[dict[str, Any]]) -> None:
    """Give back what is left of every order; some have nothing left."""
    client = desk.connected()
    for order in orders:
        try:
            client.post(f"/api/ecom/pedido/{order['ped_codigo']}/reembolso", {"motivo": "Lo que queda"})
        except Refused as refusal:
            if f"{refusal.status} {refusal.rule}" not in FINE:
                raise


def compare(servers: Servers) -> None:
    """The provider's book, the shop's and the till's say the same of every order; raises if not."""
    credited = {code: total for code, _, total in rows(servers, "pos", CREDITED)}
    wrong = [
        (code, state, total, back, credited.get(code))
        for code, state, total, back in rows(servers, "ecom", BOOKS)
        if (state, back, credited.get(code)) != ("REEMBOLSADO", total, total)
    ]
    left = value(servers, "pos", GATEWAY)
    notes = sum(count for _, count, _ in rows(servers, "pos", CREDITED))
    money = sum((total for _, _, total, _ in rows(servers, "ecom", BOOKS)), Decimal(0))
    print(
        f"{len(credited)} orders, {notes} notas de crédito, {money} charged and given back; gateway owes {left}"
    )
    if wrong or left:
        raise AssertionError((wrong, left))


def run(cycles: int, count: int, seed: int) -> None:
    """Kill while money goes back, then compare; raises if anything is not as promised."""
    luck = random.Random(seed)
    print(f"seed {seed}")
    with deployed() as deployment:
        settings, servers = deployment.settings, locate(deployment.settings)
        found(servers, settings, lambda line: None)
        shop = Stack(
            settings,
            servers,
            f"http://127.0.0.1:{settings.port}",
            0,
            settings.demo_password.get_secret_value(),
        )
        orders = paid(shop, count)
        people = shop.staff("adm_ventas", 6)
        desks = [
            Desk(settings, login, side, orders, number)
            for number, (login, side) in enumerate(zip(people, ("ecom", "pos") * 3, strict=True))
        ]
        for desk in desks:
            desk.start()
        for cycle in range(cycles):
            time.sleep(luck.uniform(0.5, 1.5))
            kill(deployment, KINDS[cycle % len(KINDS)])
            print(f"cycle {cycle + 1}: {KINDS[cycle % len(KINDS)]} killed", flush=True)
        time.sleep(3)
        for desk in desks:
            desk.stopping.set()
        for desk in desks:
            desk.join()
        outcomes = sum((desk.outcomes for desk in desks), Counter[str]())
        print(f"outcomes {dict(outcomes)}")
        settled(servers)
        finish(desks[0], orders)
        settled(servers)
        compare(servers)
        prove_doctor(servers)
    if odd := set(outcomes) - FINE:
        raise AssertionError(f"unexpected answers: {odd}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cycles", type=int, default=8)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    run(given.cycles, given.orders, given.seed)
