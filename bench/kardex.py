"""Goods against an oracle: random movements through `api` by many threads agree with Decimal to the digit.

    python -m bench.kardex --moves 10000 --threads 8 --seed 7

The threads enter, correct and reverse movements by hand and issue and annul invoices, on few products so that
they meet. Each remembers only what it asked for. Afterwards the oracle replays every chain in its sequence,
works out each value by itself, and compares every row and balance.
"""

import argparse
import json
import os
import random
import secrets
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import Servers, running
from daf_backend.demo.load import found
from daf_backend.demo.password import demo_password
from daf_backend.settings import Settings

from .kardex_oracle import Asked, Oracle

PRODUCTS = 12
EXPECTED = {
    "existencia_insuficiente",
    "movimiento_ya_revertido",
    "inventario_inicial_unico",
    "factura_anulada",
}
LEDGER = """
    SELECT itm_codigo, krd_codigo, trn_cod, krd_signo, krd_cantidad, krd_valor, krd_saldo, krd_valor_saldo,
        krd_revierte, doc_linea, krd_secuencia
    FROM datos.kardex WHERE itm_codigo = ANY (%s) ORDER BY itm_codigo, krd_secuencia"""


class Refused(Exception):
    """PostgreSQL said no, under a rule."""


@dataclass
class Desk:
    """One person's connection; every call is one statement and one transaction, as in a request."""

    conn: psycopg.Connection

    def call(self, name: str, **params: Any) -> Any:
        """Run ``api.<name>``."""
        arguments = ", ".join(f"p_{key} => %s" for key in params)
        try:
            statement = f"SELECT api.{name}({arguments})::text"
            row = self.conn.execute(statement.encode(), tuple(params.values())).fetchone()
        except psycopg.Error as exc:
            rule = exc.diag.constraint_name or exc.sqlstate
            if rule not in EXPECTED:
                raise
            raise Refused(rule) from exc
        return json.loads(row[0], parse_float=Decimal) if row else None


@dataclass
class Memory:
    """What the threads asked for, by the movement it became."""

    entries: dict[int, Asked] = field(default_factory=dict)
    moves: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Clerk(threading.Thread):
    """Somebody who moves goods at random until enough were moved."""

    def __init__(
        self, desk: Desk, chance: random.Random, products: list[str], client: str, memory: Memory, goal: int
    ):
        super().__init__()
        self.desk, self.chance, self.products, self.client = desk, chance, products, client
        self.memory, self.goal, self.fault = memory, goal, None
        self.mine: list[dict[str, Any]] = []
        self.invoices: list[str] = []

    def run(self) -> None:
        """Act until the goal; a fault that is no refusal ends the run and is raised at its end."""
        acts, weights = zip(*ACTS, strict=True)
        try:
            while self.memory.moves < self.goal:
                act = self.chance.choices(acts, weights)[0]
                try:
                    moved = act(self)
                except Refused as refusal:
                    self._note(refused=str(refusal))
                else:
                    self._note(moved=moved)
        except BaseException as exc:
            self.fault = exc

    def _note(self, moved: int = 0, refused: str = "") -> None:
        with self.memory.lock:
            self.memory.moves += moved
            if refused:
                self.memory.refusals[refused] += 1

    def quantity(self, most: int = 20) -> Decimal:
        """Whole, or in thousandths."""
        if self.chance.random() < 0.5:
            return Decimal(self.chance.randint(1, most))
        return Decimal(self.chance.randint(1, most * 1000)) / 1000

    def cost(self) -> Decimal | None:
        """A unit cost with up to six decimals, or nothing said."""
        return None if self.chance.random() < 0.3 else Decimal(self.chance.randint(0, 10**8)) / 10**6

    def enter(self) -> int:
        """Goods in: an opening entry if there is none yet, else an adjustment."""
        unit = self.cost()
        code = self.chance.choice(["INI", "AJU"])
        row = self._manual(code, self.quantity(60), costo_unitario=unit)
        self.memory.entries[row["krd_codigo"]] = Asked(unit=unit)
        return 1

    def lose(self) -> int:
        """Goods out by hand."""
        code = self.chance.choice(["BAJ", "DVP", "AJU"])
        self._manual(code, -self.quantity() if code == "AJU" else self.quantity())
        return 1

    def _manual(self, code: str, quantity: Decimal, **more: Any) -> dict[str, Any]:
        row: dict[str, Any] = self.desk.call(
            "kardex_producto_crear", prd_codigo=self.chance.choice(self.products), trn_cod=code,
            krd_prd_cantidad=quantity, krd_razon="bench", **more,
        )  # fmt: skip
        self.mine.append(row)
        return row

    def reverse(self) -> int:
        """Take one of one's own movements back, perhaps for the second time."""
        if not self.mine:
            return 0
        self.desk.call("kardex_producto_eliminar", krd_codigo=self.chance.choice(self.mine)["krd_codigo"])
        return 1

    def correct(self) -> int:
        """Another quantity for one of one's own movements, sometimes another cost."""
        if not self.mine:
            return 0
        old = self.chance.choice(self.mine)
        unit = self.cost() if old["krd_signo"] > 0 else None
        said = {} if unit is None else {"costo_unitario": unit}
        row = self.desk.call(
            "kardex_producto_actualizar",
            krd_codigo=old["krd_codigo"],
            krd_prd_cantidad=self.quantity(),
            **said,
        )
        self.memory.entries[row["krd_codigo"]] = Asked(unit=unit, like=None if said else old["krd_codigo"])
        self.mine.append(row)
        return 2

    def sell(self) -> int:
        """An invoice of one to four products."""
        lines = self.chance.sample(self.products, self.chance.randint(1, 4))
        code = self.desk.call("factura_crear", cli_codigo=self.client)["fac_codigo"]
        for product in lines:
            quantity = self.quantity(6)
            self.desk.call(
                "factura_detalle_crear", fac_codigo=code, prd_codigo=product, pxfa_cantidad=quantity
            )
        self.desk.call("factura_aprobar", fac_codigo=code)
        self.invoices.append(code)
        return len(lines)

    def annul(self) -> int:
        """Annul one of one's own invoices, perhaps for the second time."""
        if not self.invoices:
            return 0
        return len(self.desk.call("factura_anular", fac_codigo=self.chance.choice(self.invoices))["detalle"])


ACTS = [
    (Clerk.enter, 30), (Clerk.lose, 20), (Clerk.sell, 25),
    (Clerk.annul, 6), (Clerk.reverse, 9), (Clerk.correct, 8),
]  # fmt: skip


@contextmanager
def shop() -> Iterator[tuple[Servers, Settings]]:
    """A deployed company with its people and nothing else, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="daf-kardex-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        settings = Settings(
            _env_file=None, home=Path(folder), uploads=Path(folder) / "uploads",  # type: ignore[call-arg]
            pg_bindir=os.environ.get("DAF_PG_BINDIR", ""),
        )  # fmt: skip
        with running(settings) as servers:
            deploy(servers, settings, echo=lambda line: None)
            found(servers, settings, lambda line: None)
            yield servers, settings


def worked_example(desk: Desk) -> None:
    """The figures of the domain: two sales of 2,000.00 and 2,622.00, and 12 units left worth 1,368.00."""
    product = _product(desk)
    steps = [
        ("INI", 10, 91), ("AJU", 15, 106), ("BAJ", 20, None),
        ("AJU", 20, 115), ("AJU", 10, 119), ("BAJ", 23, None),
    ]  # fmt: skip
    rows = [
        desk.call("kardex_producto_crear", prd_codigo=product, trn_cod=code, krd_prd_cantidad=quantity,
                  costo_unitario=unit, krd_razon="ejemplo")
        for code, quantity, unit in steps
    ]  # fmt: skip
    figures = (rows[2]["valor"], rows[5]["valor"], rows[5]["saldo"], rows[5]["valor_saldo"])
    assert figures == ("2000.00", "2622.00", 12, "1368.00"), figures
    print("worked example: sales cost 2,000.00 and 2,622.00; 12 units remain worth 1,368.00")


def _product(desk: Desk) -> str:
    made = desk.call("producto_crear", prd_nombre="Prueba", prd_precio_venta="9.99", um_venta="UND")
    return str(made["prd_codigo"])


def _client(desk: Desk) -> str:
    made = desk.call(
        "cliente_crear", cli_ruc_ced="BENCH1", cli_tipo_id="PASAPORTE",
        cli_nombre="Banco de pruebas", cli_mail="bench@prueba.ec",
    )  # fmt: skip
    return str(made["cli_codigo"])


def move(desks: list[Desk], seed: int, goal: int) -> tuple[Memory, list[str]]:
    """Let every desk's clerk loose on the same few products."""
    products, client, memory = [_product(desks[0]) for _ in range(PRODUCTS)], _client(desks[0]), Memory()
    clerks = [
        Clerk(desk, random.Random(f"{seed}/{number}"), products, client, memory, goal)
        for number, desk in enumerate(desks)
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    for clerk in clerks:
        if clerk.fault:
            raise clerk.fault
    return memory, products


def compare(admin: psycopg.Connection, memory: Memory, products: list[str]) -> Counter[str]:
    """Replay the ledger; every row, every balance and the inventory account must be the oracle's."""
    Row = NamedTuple("Row", [(name, Any) for name in _columns(admin, products)])
    chains, codes = defaultdict(list), Counter[str]()
    for values in admin.execute(LEDGER, (products,)):
        row = Row(*values)
        chains[row.itm_codigo].append(row)
        codes[row.trn_cod + ("" if row.krd_revierte is None else "'")] += 1
    oracle, ends = Oracle(memory.entries), {}
    for product, rows in chains.items():
        assert [row.krd_secuencia for row in rows] == list(range(1, len(rows) + 1))
        ends[product] = oracle.chain(rows)
    stock = admin.execute(
        "SELECT itm_codigo, exi_cantidad, exi_valor FROM datos.existencia WHERE itm_codigo = ANY (%s)",
        (products,),
    )
    assert {product: (units, worth) for product, units, worth in stock} == ends
    return codes


def _columns(admin: psycopg.Connection, products: list[str]) -> list[str]:
    return [column.name for column in admin.execute(LEDGER, (products,)).description or []]


def doctor(desk: Desk) -> int:
    """How many invariants hold; raises if one does not."""
    found_ = desk.call("doctor_revisar")
    broken = [row for row in found_ if row["filas"] and row["nivel"] == "VIOLACION"]
    assert not broken, broken
    return sum(row["nivel"] == "VIOLACION" for row in found_)


def main() -> None:
    """Print the seed, the figures and the verdict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}: {options.moves} moves by {options.threads} threads", flush=True)
    with shop() as (servers, settings):
        login = {"user": "demo_admin", "password": demo_password(settings), "autocommit": True}
        desks = [Desk(psycopg.connect(servers.pos, **login)) for _ in range(options.threads)]
        worked_example(desks[0])
        started = time.perf_counter()
        memory, products = move(desks, options.seed, options.moves)
        seconds = time.perf_counter() - started
        with psycopg.connect(servers.admin_conninfo("pos")) as admin:
            codes = compare(admin, memory, products)
        rows = sum(codes.values())
        print(f"{rows} rows in {seconds:.1f} s ({rows / seconds:.0f}/s): {dict(codes)}")
        print(f"refused: {dict(memory.refusals)}")
        print(f"every row and balance equals the oracle's; doctor: {doctor(desks[0])} invariants hold")
        for desk in desks:
            desk.conn.close()


if __name__ == "__main__":
    main()
