"""Seals under a crowd, and under a superuser: python -m bench.tamper [--seed N] [--count 1000] [--seconds 20]

First eight writers, some of whom hold a transaction open for seconds, while two workers seal every 0.2 s and
somebody verifies all the time: not one alarm may be raised. Then that many tamperings, drawn with the printed seed, of
rows and of seals, over every sealed table of both sides, each by a superuser with the triggers off: each must be found
by the code of `daf audit verify`, naming the right window, and is undone before the next.
"""

import argparse
import itertools
import random
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg

from daf_backend.db.question import Ask, over
from daf_backend.db.runtime import Runtime
from daf_backend.errors import Problem
from daf_backend.puente import sello
from daf_backend.puente.sides import Sides
from daf_backend.sellos.published import Published
from daf_backend.sellos.verify import Finding, Report, theirs, verify
from daf_backend.settings import SIDES, Side

from .harness import Stack, stack
from .tampering import ACTS, TABLES, Table

OTHER: dict[Side, Side] = {"pos": "ecom", "ecom": "pos"}
WRITERS = 8
LONGEST = 4.0  # seconds a transaction stays open
QUIET = 40  # windows
CONTROL = 100  # tamperings between two looks at everything, which must be as it was


class Shop:
    """Both databases as their superuser sees them, and the published files."""

    def __init__(self, shop: Stack, holder: ExitStack) -> None:
        self.stack = shop
        self.folder = Path(shop.settings.seals_folder)
        self.conns = {side: holder.enter_context(shop.admin_conn(side)) for side in SIDES}
        self.asks: dict[Side, Ask] = {side: over(conn, "bench") for side, conn in self.conns.items()}

    def verify(self, side: Side, only: str = "") -> Report:
        """`daf audit verify` of a side, or of one of its tables."""
        copies = {"file": Published(self.folder, side).heads(), "other": theirs(self.asks[OTHER[side]])}
        return verify(self.asks[side], side, copies, only=only)


def main() -> int:
    """Both proofs; non-zero if one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**8))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with stack(workers=1, demo=True) as deployed, ExitStack() as holder:
        shop = Shop(deployed, holder)
        seal(shop)
        alarms = crowd(shop, given.seconds)
        calm(shop)
        missed = tampering(shop, random.Random(given.seed), given.count)
    return 1 if alarms or missed else 0


def crowd(shop: Shop, seconds: float) -> int:
    """Write, seal and verify all at once; how many alarms were raised."""
    stop = threading.Event()
    seen: Counter[str] = Counter()
    alarms: list[Finding] = []
    threads = [
        threading.Thread(target=_writer, args=(shop.stack, number, stop, seen)) for number in range(WRITERS)
    ]
    threads += [threading.Thread(target=_sealer, args=(shop, stop, seen)) for _ in range(2)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        for side in SIDES:
            alarms += shop.verify(side).findings
            seen["verifications"] += 1
    stop.set()
    for thread in threads:
        thread.join()
    seal(shop)
    alarms += [finding for side in SIDES for finding in shop.verify(side).findings]
    sizes = {
        f"{side}.{table}": shop.conns[side].execute(
            "SELECT count(*) FILTER (WHERE clase = 'VENTANA'), sum(filas), max(filas) FROM datos.sello"
            " WHERE tabla = %s", (table,),
        ).fetchone()
        for side in SIDES for table in TABLES[side]
    }  # fmt: skip
    print(
        f"{WRITERS} writers for {seconds:.0f} s: {seen['transactions']} transactions, {seen['rolled back']} rolled"
        f" back, {seen['long']} of 1 to {LONGEST:.0f} s, {seen['refused']} refused; {seen['windows']} windows sealed by"
        f" 2 workers, {seen['verifications']} verifications, {len(alarms)} alarms",
        flush=True,
    )
    for table, (windows, rows, largest) in sizes.items():
        print(f"  {table}: {rows} rows in {windows} windows, the largest of {largest}")
    for finding in alarms[:10]:
        print(f"  ALARM {finding}")
    return len(alarms) + (seen["broken"] > 0)


def calm(shop: Shop) -> None:
    """A few short transactions a window, as on a quiet morning: windows to tell apart."""
    with psycopg.connect(
        shop.stack.servers.pos, user="demo_adm_bodega", password=shop.stack.password, autocommit=True
    ) as conn:
        goods, note = _goods(conn), _note(shop.conns["ecom"])
        for turn in range(QUIET):
            goods(turn)
            goods(-turn)
            note(turn)
            seal(shop)


def seal(shop: Shop) -> None:
    """What the worker does, once, on both sides."""
    runtime = Runtime(shop.stack.settings)
    try:
        for side in SIDES:
            sello.barrer(Sides(runtime), side, Published(shop.folder, side))
    finally:
        runtime.close()


def _sealer(shop: Shop, stop: threading.Event, seen: Counter[str]) -> None:
    runtime = Runtime(shop.stack.settings)
    files = {side: Published(shop.folder, side) for side in SIDES}
    try:
        while not stop.wait(0.2):
            for side in SIDES:
                seen["windows"] += sello.barrer(Sides(runtime), side, files[side])
    except Exception as exc:
        seen["broken"] += 1
        print(f"a worker stopped: {exc!r}", flush=True)
        raise
    finally:
        runtime.close()


def _writer(shop: Stack, number: int, stop: threading.Event, seen: Counter[str]) -> None:
    """Goods, money and audit rows at the POS (six of eight writers), audit rows at the shop."""
    side: Side = "pos" if number < WRITERS * 3 // 4 else "ecom"
    dice = random.Random(number)
    with (
        psycopg.connect(
            getattr(shop.servers, side),
            user="demo_adm_bodega" if side == "pos" else "demo_admin",
            password=shop.password,
        ) as conn,
        shop.admin_conn(side) as root,
    ):
        root.autocommit = False
        act = _goods(conn) if side == "pos" else _note(root)
        for turn in itertools.count():
            if stop.is_set():
                return
            held = dice.uniform(1, LONGEST) if number % 4 == 0 and turn % 3 == 0 else dice.uniform(0, 0.1)
            commit = dice.random() < 0.85
            try:
                act(turn)
                stop.wait(held)
                act(-turn)
            except (psycopg.Error, Problem):
                seen["refused"] += 1
                commit = False
            for each in (conn, root):
                each.commit() if commit else each.rollback()
            seen["transactions"] += 1
            seen["long"] += held >= 1
            seen["rolled back"] += not commit


def _goods(conn: psycopg.Connection) -> Callable[[int], object]:
    ask = over(conn, "bench")
    return lambda turn: ask(
        "producto_crear",
        prd_nombre=f"Cosa {turn}",
        um_venta="UND",
        prd_precio_venta="9.00",
        prd_stock=3,
        prd_costo="2.00",
    )


def _note(conn: psycopg.Connection) -> Callable[[int], object]:
    return lambda turn: conn.execute("SELECT privado.evento('PRUEBA', %s)", (f"n{turn}",))


def tampering(shop: Shop, dice: random.Random, count: int) -> int:
    """Tamper, look, undo; how many were not found or named wrong."""
    tables = [Table(shop.conns[side], side, name) for side in SIDES for name in TABLES[side]]
    done: Counter[str] = Counter()
    where: Counter[str] = Counter()
    missed = redrawn = 0
    started = time.monotonic()
    while sum(done.values()) < count:
        table, name = dice.choice(tables), dice.choice([*ACTS])
        try:
            with table.conn.transaction(force_rollback=True):
                table.sql("SET LOCAL session_replication_role = replica")
                window = ACTS[name](table, dice)
                wrong = shop.verify(table.side, table.name).wrong
        except psycopg.errors.IntegrityError:
            redrawn += 1  # a constraint that is there for superusers, too
            continue
        done[name] += 1
        where[f"{table.side}.{table.name}"] += 1
        if not wrong or (wrong[0].table, wrong[0].number) != (table.name, window):
            missed += 1
            print(f"MISSED {name} of {table.name}, window {window}: {wrong[:2]}", flush=True)
        if sum(done.values()) % CONTROL == 0:
            missed += sum(len(shop.verify(side).findings) for side in SIDES)
    seconds = time.monotonic() - started
    print(
        f"{count} tamperings in {seconds:.0f} s: {count - missed} found, the right window named ({redrawn} redrawn)"
    )
    print("  " + ", ".join(f"{name} {times}" for name, times in sorted(done.items())))
    print("  " + ", ".join(f"{name} {times}" for name, times in sorted(where.items())), flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
