"""The last unit: 64 salespeople sell it at once, then 64 shoppers buy it at once; exactly one wins, every round.

python -m bench.last_unit --people 64 --rounds 20
"""

import argparse
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from daf_backend.demo.client import Client, Refused
from daf_backend.demo.ids import cedula, ruc_person

from .harness import Stack, prove_doctor, stack

CARD = "4242424242424242"
Attempt = Callable[[], Any]


def at_once(attempts: Iterable[Attempt]) -> Counter[str]:
    """Run every attempt in a thread of its own, started together; what became of them."""
    attempts = list(attempts)
    gate, outcomes = threading.Barrier(len(attempts)), Counter[str]()

    def run(attempt: Attempt) -> None:
        gate.wait()
        outcome = _settled(attempt)
        with lock:
            outcomes[outcome] += 1

    lock = threading.Lock()
    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _settled(attempt: Attempt) -> str:
    """The outcome as "ok" or "status rule"; a 503 has done nothing and is asked again."""
    for _ in range(20):
        try:
            attempt()
            return "ok"
        except Refused as refusal:
            if refusal.status != 503:
                return f"{refusal.status} {refusal.rule}"
            time.sleep(0.05)
    return "503"


class Tills:
    """Salespeople with a draft each for the same product."""

    def __init__(self, shop: Stack, people: int) -> None:
        self.shop, self.admin = shop, shop.login("demo_admin")
        self.clients = [shop.login(login) for login in shop.staff("ventas", people)]
        buyer = {"cli_ruc_ced": ruc_person(17, 100_002), "cli_nombre": "Quien compra la última"}
        self.buyer = self.admin.post("/api/pos/cliente", buyer)["cli_codigo"]

    def round(self, number: int) -> Counter[str]:
        """A new product with one unit; everybody approves a draft with it."""
        product = new_product(self.admin, f"Última unidad {number}", 1)
        drafts = [self._draft(client, product) for client in self.clients]
        return at_once(
            lambda client=client, draft=draft: client.put(f"/api/pos/factura/{draft}/aprobar")
            for client, draft in zip(self.clients, drafts, strict=True)
        )

    def _draft(self, client: Client, product: str) -> str:
        draft: str = client.post("/api/pos/factura", {"cli_codigo": self.buyer})["fac_codigo"]
        line = {"fac_codigo": draft, "prd_codigo": product, "pxfa_cantidad": 1}
        client.post("/api/pos/factura/detalle", line)
        return draft


class Shoppers:
    """Shoppers with the same product in their carts."""

    def __init__(self, shop: Stack, people: int) -> None:
        self.shop, self.admin = shop, shop.login("demo_admin")
        while not Client(shop.base_url).get("/api/ecom/ciudad"):  # until the bridge has brought the catalogue
            time.sleep(0.1)
        self.clients = [self._registered(number) for number in range(people)]

    def round(self, number: int) -> Counter[str]:
        """A new product with one unit for the web; everybody checks out with it."""
        product = new_product(self.admin, f"Última en línea {number}", 1)
        assign(self.admin, product, 1)
        for client in self.clients:
            client.post("/api/ecom/carrito", {"prd_codigo": product, "cantidad": 1})
            client.get("/api/ecom/carrito")
        pay = {"card_number": CARD}
        outcomes = at_once(
            lambda client=client: client.post("/api/ecom/pagos/checkout", pay) for client in self.clients
        )
        for client in self.clients:
            client.send("DELETE", "/api/ecom/carrito")
        return outcomes

    def _registered(self, number: int) -> Client:
        client, email = Client(self.shop.base_url), f"compra{number}@prueba.ec"
        person = {"cli_nombre": f"Compra {number}", "cli_telefono": "", "cli_celular": "", "cli_direccion": "Quito",
                  "ct_codigo": "UIO"}  # fmt: skip
        account = {"email": email, "password": "clave-de-compra", "cli_ruc_ced": cedula(17, 200_000 + number),
                   "cliente": person}  # fmt: skip
        client.post("/api/ecom/auth/register", account)
        client.login("ecom", email, "clave-de-compra")
        return client


def new_product(admin: Client, name: str, stock: int) -> str:
    """A product with that opening stock; its code."""
    product = {"prd_nombre": name, "um_venta": "UND", "prd_precio_venta": "10.00", "prd_stock": stock,
               "prd_costo": "6.00", "prd_desc_corta": name, "prd_prioridad": "F"}  # fmt: skip
    code: str = admin.post("/api/pos/producto", product)["prd_codigo"]
    return code


def assign(admin: Client, product: str, quantity: int) -> None:
    """Give the shop units of a product and wait until it can sell them."""
    for _ in range(100):
        try:
            answer = admin.put(f"/api/pos/producto/{product}/cupo-web", {"cantidad": quantity})
            if answer["estado"] == "APLICADO":
                return
        except Refused as refusal:
            if refusal.status != 503:
                raise
        time.sleep(0.05)
    raise TimeoutError("the shop did not get its units")


def run(people: int, rounds: int) -> None:
    """Both races; raises if any round had other than one winner and clean refusals."""
    with stack(bridge=True) as shop:
        for name, racers in (("sell", Tills(shop, people)), ("buy", Shoppers(shop, people))):
            total, started = Counter[str](), time.perf_counter()
            for number in range(rounds):
                outcomes = racers.round(number)
                total += outcomes
                refused = sum(count for outcome, count in outcomes.items() if outcome.startswith("409"))
                if outcomes["ok"] != 1 or refused != people - 1:
                    raise AssertionError(f"{name} round {number}: {dict(outcomes)}")
            seconds = time.perf_counter() - started
            print(f"{name}: {rounds} rounds of {people}: {dict(total)} in {seconds:.1f} s", flush=True)
        prove_doctor(shop.servers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    run(given.people, given.rounds)
