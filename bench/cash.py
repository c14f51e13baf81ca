"""Cash sessions: cashiers at work on two connections each while they close, over and over; the books agree to the cent.

python -m bench.cash --sessions 1000 --cashiers 8

Every session is opened with a random amount and worked by two threads of its cashier with random acts (sales in cash
and by card, money in and out, advances and their payment) until one of them closes it while the other is still at it,
with a random count. What each thread was told is summed here in Decimal: the close must have expected exactly the
opening plus what succeeded, every act that came too late must be a 409, and at the end the Z numbers have no hole and
the doctor finds nothing.
"""

import argparse
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from daf_backend.demo.client import Client, Refused

from .harness import Stack, prove_doctor, stack

LATE = "409 sin_sesion_caja"
USUAL = {LATE, "409 saldo_no_negativo"}  # nobody knows what is in the drawer: some ask for more
CENT = Decimal("0.01")
CLOSED = """
    SELECT count(*), count(z.ses_id) FROM datos.sesion_caja AS s LEFT JOIN datos.sesion_caja_z AS z ON z.ses_id = s.id
    WHERE s.estado = 'CERRADA'
"""


@dataclass
class Till:
    """A cashier: their register, and a connection for each hand."""

    login: str
    caja: int
    hands: tuple[Client, Client]
    products: list[str]
    chance: random.Random
    outcomes: Counter[str] = field(default_factory=Counter)

    def session(self) -> None:
        """One session from opening to Z; raises if its books are not what its hands were told."""
        opening = self._amount(200)
        place = {"caja": self.caja, "monto_inicial": opening}
        session = _send(self.hands[0], "POST", "/caja/abrir", place)["id"]
        seeds = [self.chance.randrange(2**32) for _ in self.hands]
        limit = self.chance.randrange(1, 7)
        z: dict[str, Any] = {}

        def right() -> tuple[Decimal, Counter[str]]:
            worked = self._work(self.hands[0], random.Random(seeds[0]), limit)
            z.update(self._close(session, random.Random(seeds[0])))
            return worked

        def left() -> tuple[Decimal, Counter[str]]:
            return self._work(self.hands[1], random.Random(seeds[1]), 100)

        with ThreadPoolExecutor(2) as pool:
            told = [future.result() for future in (pool.submit(right), pool.submit(left))]
        expected = opening + sum(money for money, _ in told)
        for _, outcomes in told:
            self.outcomes += outcomes
        if Decimal(z["monto_esperado"]) != expected:
            raise AssertionError(f"{self.login} session {session}: {z['monto_esperado']}, told {expected}")
        if _send(self.hands[0], "GET", f"/caja/sesion/{session}/reporte-x") != z:
            raise AssertionError(f"{self.login} session {session}: the Z changed")

    def _work(self, hand: Client, chance: random.Random, acts: int) -> tuple[Decimal, Counter[str]]:
        """Random acts until there are enough or the session is closed; what they moved, and what became of each."""
        moved, outcomes, loan = Decimal(0), Counter[str](), 0
        for _ in range(acts):
            kind = chance.choice(("venta", "venta", "venta", "INGRESO", "EGRESO", "prestamo"))
            try:
                if kind == "venta":
                    moved += self._sell(hand, chance)
                elif kind == "prestamo" and loan:
                    moved += Decimal(_send(hand, "POST", f"/prestamo/{loan}/pagar")["monto"])
                    loan = 0
                elif kind == "prestamo":
                    made = self._lend(hand, chance)
                    loan, moved = made["id"], moved - Decimal(made["monto"])
                else:
                    moved += self._move(hand, kind, chance)
                outcomes["ok"] += 1
            except Refused as refusal:
                said = f"{refusal.status} {refusal.rule}"
                outcomes[said] += 1
                if said not in USUAL:
                    raise
                if said == LATE:
                    break
        return moved, outcomes

    def _sell(self, hand: Client, chance: random.Random) -> Decimal:
        lines = [
            {"prd_codigo": code, "cantidad": chance.randint(1, 3)}
            for code in chance.sample(self.products, chance.randint(1, 3))
        ]
        card = chance.random() < 0.3
        total = sum(line["cantidad"] for line in lines)  # every product costs 1.00, without IVA
        pays = {"pagos": [{"metodo": "TARJETA", "monto": total, "referencia": "1234"}]} if card else {}
        _send(hand, "POST", "/venta", {"lineas": lines, **pays})
        return Decimal(0) if card else Decimal(total)

    def _move(self, hand: Client, kind: str, chance: random.Random) -> Decimal:
        money = _amount(chance, 40)
        _send(hand, "POST", "/caja/movimiento", {"tipo": kind, "monto": money, "motivo": "Al azar"})
        return money if kind == "INGRESO" else -money

    def _lend(self, hand: Client, chance: random.Random) -> dict[str, Any]:
        loan = {"persona": self.login, "monto": _amount(chance, 10), "motivo": "Al azar"}
        made: dict[str, Any] = _send(hand, "POST", "/prestamo", loan)
        return made

    def _close(self, session: int, chance: random.Random) -> dict[str, Any]:
        count = _amount(chance, 300)
        body = {"monto_final_declarado": count, "fondo": (count * Decimal(chance.random())).quantize(CENT)}
        z: dict[str, Any] = _send(self.hands[0], "PATCH", f"/caja/sesion/{session}/cerrar", body)
        return z

    def _amount(self, top: int) -> Decimal:
        return _amount(self.chance, top)


def _amount(chance: random.Random, top: int) -> Decimal:
    return Decimal(chance.randint(1, top * 100)) / 100


def _send(client: Client, method: str, path: str, body: Any = None) -> Any:
    """One request; a 503 has done nothing and is asked again."""
    for _ in range(40):
        try:
            return client.send(method, f"/api/pos{path}", body)
        except Refused as refusal:
            if refusal.status != 503:
                raise
            time.sleep(0.05)
    raise TimeoutError(f"{method} {path}: the server stays busy")


def tills(shop: Stack, count: int, seed: int) -> list[Till]:
    """Cashiers, each with a register of their own; one shelf of products for all."""
    admin = shop.login("demo_admin")
    form = {"um_venta": "UND", "prd_precio_venta": "1.00", "iva_codigo": "CER", "prd_costo": "0.37"}
    shelf = [
        admin.post("/api/pos/producto", {**form, "prd_nombre": f"De caja {n}", "prd_stock": 999_999})[
            "prd_codigo"
        ]
        for n in range(12)
    ]
    made = []
    for number, login in enumerate(shop.staff("cajero", count)):
        box = admin.post("/api/pos/caja", {"nombre": f"Caja de {login}", "punto_emision": "001-001"})["id"]
        hands = (shop.login(login), shop.login(login))
        made.append(Till(login, box, hands, shelf, random.Random(seed + number)))
    return made


def gaps(shop: Stack) -> list[tuple[Any, ...]]:
    """Series of Z whose numbers are not 1, 2, 3 ..."""
    return shop.query(
        "pos",
        "SELECT eta_codigo, pto_codigo, count(*), max(z_secuencial) FROM datos.sesion_caja"
        " WHERE estado = 'CERRADA' GROUP BY 1, 2 HAVING count(*) <> max(z_secuencial)",
    )


def work(people: list[Till], sessions: int) -> None:
    """All cashiers at once, until so many sessions are closed between them."""
    left, lock = sessions, threading.Lock()

    def run(till: Till) -> None:
        nonlocal left
        while True:
            with lock:
                if left <= 0:
                    return
                left -= 1
            till.session()

    with ThreadPoolExecutor(len(people)) as pool:
        for future in [pool.submit(run, till) for till in people]:
            future.result()


def main() -> None:
    """Run, and raise if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--cashiers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=20260101)
    args = parser.parse_args()
    with stack(workers=2) as shop:
        people = tills(shop, args.cashiers, args.seed)
        began = time.monotonic()
        work(people, args.sessions)
        took = time.monotonic() - began
        outcomes = sum((till.outcomes for till in people), Counter[str]())
        acts = ", ".join(f"{count} {said}" for said, count in outcomes.most_common())
        print(
            f"seed {args.seed}: {args.sessions} sessions of {args.cashiers} cashiers in {took:.1f} s; acts: {acts}"
        )
        ((closed, zs),) = shop.query("pos", CLOSED)
        late = outcomes[LATE]
        print(f"{closed} sessions closed, {zs} Z reports; {late} acts came too late and did nothing")
        assert closed == zs == args.sessions, (closed, zs)
        assert late > 0, "no close ever raced an act"
        assert not gaps(shop), gaps(shop)
        prove_doctor(shop.servers)


if __name__ == "__main__":
    main()
