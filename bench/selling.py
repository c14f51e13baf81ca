"""Several tills at once: each thread is one salesperson who turns baskets into invoices over HTTP."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from daf_backend.demo.client import Client, Refused
from daf_backend.demo.ids import ruc_person

from .harness import Stack
from .tills import Basket

BUSY_RETRIES = 50


@dataclass
class Outcome:
    """What the tills were told: the baskets issued, by legal number, and the refused, with the rule."""

    issued: dict[str, Basket] = field(default_factory=dict)
    refused: list[tuple[str, Basket]] = field(default_factory=list)
    requests: int = 0
    busy: int = 0
    seconds: float = 0.0


class Till(threading.Thread):
    """One salesperson. An unexpected answer ends the till and is raised at its end."""

    def __init__(
        self, client: Client, buyer: str, codes: dict[int, str], waiting: "SimpleQueue[Basket]"
    ) -> None:
        super().__init__()
        self.outcome, self.fault = Outcome(), None
        self._client, self._buyer, self._codes, self._waiting = client, buyer, codes, waiting

    def run(self) -> None:
        """Sell baskets until none waits."""
        try:
            while True:
                self._sell(self._waiting.get_nowait())
        except Empty:
            return
        except Exception as exc:
            self.fault = exc

    def _sell(self, basket: Basket) -> None:
        draft = self._send("POST", "/api/pos/factura", {"cli_codigo": self._buyer})["fac_codigo"]
        for product, quantity in basket.items():
            line = {"fac_codigo": draft, "prd_codigo": self._codes[product], "pxfa_cantidad": quantity}
            self._send("POST", "/api/pos/factura/detalle", line)
        try:
            issued = self._send("PUT", f"/api/pos/factura/{draft}/aprobar")
        except Refused as refusal:
            if refusal.status != 409:
                raise
            self.outcome.refused.append((refusal.rule, basket))
        else:
            self.outcome.issued[issued["factura"]["fac_numero"]] = basket

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        """One request, again while the server says it is busy: a 503 of ours has done nothing."""
        for _ in range(BUSY_RETRIES):
            self.outcome.requests += 1
            try:
                return self._client.send(method, path, body)
            except Refused as refusal:
                if refusal.status != 503:
                    raise
                self.outcome.busy += 1
                time.sleep(0.05)
        raise TimeoutError(f"{path} stayed busy")


def sell_all(shop: Stack, baskets: Iterable[Basket], codes: dict[int, str], logins: list[str]) -> Outcome:
    """Sell every basket with all those logins at once; what all of them were told.

    The buyer has a name: an anonymous invoice may not pass 50.00.
    """
    buyer = shop.login("demo_admin").post(
        "/api/pos/cliente", {"cli_ruc_ced": ruc_person(17, 100_001), "cli_nombre": "Cliente de las cajas"}
    )
    waiting: SimpleQueue[Basket] = SimpleQueue()
    for basket in baskets:
        waiting.put(basket)
    tills = [Till(shop.login(login), buyer["cli_codigo"], codes, waiting) for login in logins]
    started = time.perf_counter()
    for till in tills:
        till.start()
    for till in tills:
        till.join()
    return _together(tills, time.perf_counter() - started)


def _together(tills: list[Till], seconds: float) -> Outcome:
    whole = Outcome(seconds=seconds)
    for till in tills:
        if till.fault:
            raise till.fault
        whole.issued |= till.outcome.issued
        whole.refused += till.outcome.refused
        whole.requests += till.outcome.requests
        whole.busy += till.outcome.busy
    return whole
