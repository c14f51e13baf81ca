"""What the audit trail and its seals cost a sale: python -m bench.audit_cost [--rounds 9]

Invoices are approved over HTTP in three ways, in turns on one deployment, so that whatever else the machine does falls
on all three alike:

    bare      audit triggers off, the indexes that sealing needs dropped
    audited   audit triggers on
    sealed    as shipped, and sealed every second, sixty times as often

Two figures: approvals a second, and what PostgreSQL's processes spent of the processor for one approval, which other
work on the machine hardly moves; drafts are made before, outside both. A ratio is of one round, to its own bare turn;
the middle one of all rounds is told. Fails if the sealed way costs PostgreSQL more than --most times the bare one.
"""

import argparse
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

import psutil

from daf_backend.db.runtime import Runtime
from daf_backend.puente import sello
from daf_backend.puente.sides import Sides
from daf_backend.sellos.published import Published

from .harness import Stack, stack
from .run import APPROVALS, Bench, consume

WAYS = ("bare", "audited", "sealed")
INDEXES = {
    "auditoria_xid": "auditoria (xid, aud_id)",
    "kardex_xid": "kardex (xid, krd_codigo)",
    "asiento_xid": "asiento (xid, asi_id)",
    "asiento_linea_xid": "asiento_linea (xid, asi_id)",
}
AUDITED = """
    SELECT format('ALTER TABLE datos.%I {} TRIGGER %I', c.relname, t.tgname)
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE p.proname = 'auditar' AND t.tgparentid = 0
"""


def main() -> int:
    """Measure in turns; non-zero if a sale pays more than promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--most", type=float, default=1.5, help="times the bare cost in PostgreSQL")
    given = parser.parse_args()
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    costs: dict[str, list[float]] = {way: [] for way in WAYS}
    with stack(workers=2, demo=True) as shop:
        bench = Bench(shop, 0)
        bench.product = plenty(shop)
        approve(bench)  # warm
        for number in range(given.rounds):
            for turn in range(len(WAYS)):
                way = WAYS[(turn + number) % len(WAYS)]
                with arranged(shop, way):
                    rate, cost = approve(bench)
                rates[way].append(rate)
                costs[way].append(cost)
    print(f"{given.rounds} rounds of {APPROVALS} approvals over HTTP, in turns")
    for way in WAYS:
        slower, dearer = ratio(rates, way), ratio(costs, way)
        print(
            f"{way:8} {statistics.median(rates[way]):6.0f} /s, x {slower:.2f} of bare;"
            f" {1e6 * statistics.median(costs[way]):6.0f} us of PostgreSQL each, x {dearer:.2f} of bare"
        )
    return 0 if ratio(costs, "sealed") <= given.most else 1


def ratio(figures: dict[str, list[float]], way: str) -> float:
    """The middle of the rounds' own ratios to the bare way."""
    return statistics.median(one / bare for one, bare in zip(figures[way], figures["bare"], strict=True))


def approve(bench: Bench) -> tuple[float, float]:
    """Approve drafts: how many a second, and the seconds of processor PostgreSQL spent on one."""
    drafts = bench.drafts(bench.shop.settings.port)
    before = spent(bench.shop)
    result = consume(bench.shop.settings.port, drafts)
    if result.statuses != {200: APPROVALS}:
        raise AssertionError(result.statuses)
    return result.rate, (spent(bench.shop) - before) / APPROVALS


def spent(shop: Stack) -> float:
    """Seconds of processor of the postmaster's processes, the ended ones included."""
    ((pid,),) = shop.query("pos", "SELECT pg_read_file('postmaster.pid', 0, 20)")
    postmaster = psutil.Process(int(pid.split()[0]))
    own = postmaster.cpu_times()
    total = own.children_user + own.children_system
    for child in postmaster.children():
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return float(total)


def plenty(shop: Stack) -> str:
    """A product that does not run out."""
    made = shop.login("demo_adm_bodega").post("/api/pos/producto", {
        "prd_nombre": "Sin fin", "um_venta": "UND", "prd_precio_venta": "1.00", "prd_stock": 10**6, "prd_costo": "0.50",
    })  # fmt: skip
    return str(made["prd_codigo"])


@contextmanager
def arranged(shop: Stack, way: str) -> Iterator[None]:
    """The deployment in one of the ways; as shipped afterwards."""
    with shop.admin_conn("pos") as conn:

        def triggers(verb: str) -> None:
            for (command,) in conn.execute(AUDITED.format(verb).encode()).fetchall():
                conn.execute(command)

        if way == "bare":
            triggers("DISABLE")
        if way != "sealed":
            for name in INDEXES:
                conn.execute(f"DROP INDEX datos.{name}".encode())
        try:
            with sealing(shop) if way == "sealed" else nullcontext():
                yield
        finally:
            if way == "bare":
                triggers("ENABLE")
            if way != "sealed":
                for name, columns in INDEXES.items():
                    conn.execute(f"CREATE INDEX {name} ON datos.{columns}".encode())


@contextmanager
def sealing(shop: Stack) -> Iterator[None]:
    """The worker's sweep of the POS, every second."""
    stop, runtime = threading.Event(), Runtime(shop.settings)
    file = Published(shop.settings.seals_folder, "pos")

    def work() -> None:
        while not stop.is_set():
            sello.barrer(Sides(runtime), "pos", file)
            stop.wait(1.0)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        runtime.close()


if __name__ == "__main__":
    sys.exit(main())
