"""What a sale at the till costs: POST /venta beside a draft, its lines and its approval, and beside the approval alone.

    python -m bench.venta --tills 8 --sales 60 --rounds 5

Every sale has three lines of goods. Eight tills sell at once, each way in turns; medians of the rounds are compared.
"""

import argparse
import json
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from .harness import Stack, prove_doctor, stack
from .load import Wire, request

LINES = 3
FASTER, SHARE = 1.3, 0.6  # than draft, lines and approval; of the rate of approvals alone


class Till:
    """One person at one register, who sells three things again and again."""

    def __init__(self, shop: Stack, login: str, seller: str, products: list[str]) -> None:
        self.wire, self.products = Wire(shop.settings.port), products
        self.tokens = {name: token(shop, name) for name in (login, seller)}
        self.cashier, self.seller = login, seller
        self.drafts: list[str] = []

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """One request; its parsed answer."""
        text = b"" if body is None else json.dumps(body).encode()
        status, answer = self.wire.send(request(method, f"/api/pos{path}", self.tokens[who], text))
        if status >= 300:
            raise AssertionError((path, status, answer[:300]))
        return json.loads(answer)

    def draft(self) -> None:
        """An invoice that waits for its approval."""
        code = self.ask(self.seller, "POST", "/factura", {"cli_codigo": "CLI0000002"})["fac_codigo"]
        for product in self.products:
            line = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": 1}
            self.ask(self.seller, "POST", "/factura/detalle", line)
        self.drafts.append(code)

    def approve(self) -> None:
        """The approval of a draft made before."""
        self.ask(self.seller, "PUT", f"/factura/{self.drafts.pop()}/aprobar")

    def whole(self) -> None:
        """Draft, lines, approval."""
        self.draft()
        self.approve()

    def venta(self) -> None:
        """The single act."""
        lines = [{"prd_codigo": product, "cantidad": 1} for product in self.products]
        pays = [{"metodo": "EFECTIVO", "monto": "5000.00"}]
        self.ask(self.cashier, "POST", "/venta", {"cli_codigo": "CLI0000002", "lineas": lines, "pagos": pays})


def token(shop: Stack, login: str) -> str:
    """A bearer token."""
    return shop.login(login)._headers["Authorization"].removeprefix("Bearer ")


def together(tills: list[Till], act: Callable[[Till], None], times: int) -> float:
    """Acts a second, all tills at once."""
    gate, faults = threading.Barrier(len(tills) + 1), []

    def work(till: Till) -> None:
        gate.wait()
        try:
            for _ in range(times):
                act(till)
        except Exception as exc:
            faults.append(exc)

    threads = [threading.Thread(target=work, args=(till,)) for till in tills]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return len(tills) * times / (time.perf_counter() - started)


def opened(shop: Stack, count: int) -> list[Till]:
    """Tills with an open session each, and plenty of what they sell."""
    admin = shop.login("demo_admin")
    products = []
    for number in range(LINES):
        form = {"prd_nombre": f"De la caja {number}", "um_venta": "UND", "prd_precio_venta": "1.25",
                "prd_stock": 5_000_000, "prd_costo": "0.70"}  # fmt: skip
        products.append(admin.post("/api/pos/producto", form)["prd_codigo"])
    tills = []
    for login, seller in zip(shop.staff("cajero", count), shop.staff("ventas", count), strict=True):
        box = admin.post("/api/pos/caja", {"nombre": f"De {login}", "punto_emision": "001-001"})["id"]
        shop.login(login).post("/api/pos/caja/abrir", {"caja": box, "monto_inicial": "50.00"})
        tills.append(Till(shop, login, seller, products))
    return tills


def main() -> None:
    """Measure, print, and fail if the two promises do not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tills", type=int, default=8)
    parser.add_argument("--sales", type=int, default=60, help="per till and round")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rates: dict[str, list[float]] = {"whole": [], "approve": [], "venta": []}
    with stack(demo=True) as shop:
        tills = opened(shop, given.tills)
        together(tills, Till.venta, 5)
        together(tills, Till.whole, 5)
        for _ in range(given.rounds):
            rates["whole"].append(together(tills, Till.whole, given.sales // 2))
            together(tills, Till.draft, given.sales)
            rates["approve"].append(together(tills, Till.approve, given.sales))
            rates["venta"].append(together(tills, Till.venta, given.sales))
        prove_doctor(shop.servers)
    found = {name: statistics.median(seen) for name, seen in rates.items()}
    print(f"{given.tills} tills, sales of {LINES} lines, median of {given.rounds} rounds")
    print(f"  draft, lines, approve  {found['whole']:7.1f} sales/s")
    print(f"  approve alone          {found['approve']:7.1f} /s")
    print(f"  POST /venta            {found['venta']:7.1f} sales/s")
    faster, share = found["venta"] / found["whole"], found["venta"] / found["approve"]
    print(
        f"  {faster:.2f} times the former (claimed {FASTER}), {share:.2f} of approvals alone (claimed {SHARE})"
    )
    if faster < FASTER or share < SHARE:
        raise SystemExit("the till's single act costs more than claimed")


if __name__ == "__main__":
    main()
