"""The drill: backups of a shop that sells on both sides, each restored into a home of its own and opened again.

    python -m bench.drill --backups 5 --control 3

Tills sell, shoppers buy online (every purchase crosses to the other database), somebody moves units to the shop and
back and changes prices. Meanwhile backups are taken. Each is restored into an empty home: the doctor must find nothing,
on each side and between them, before the bridge has run and after; seals must verify, before and after new sales;
people log in with the passwords they had, their old tokens and refresh tokens are refused; and a sale goes through.

The control takes the same backups the obvious way (the shop first, nobody waits, a twentieth of a second apart) and
counts how many restore into two databases that disagree: if none did, this drill would prove nothing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from daf_backend import doctor as doctors
from daf_backend.db.backup import backup, cut, restore
from daf_backend.db.backup.restore import Target
from daf_backend.db.backup.take import Source
from daf_backend.db.embedded import Servers, running
from daf_backend.demo.client import Client, Refused
from daf_backend.demo.ids import ruc_person
from daf_backend.http import files
from daf_backend.settings import Settings

from .harness import ROOT, Stack, _free_port, _running, _wait_ready, environment, stack
from .last_unit import CARD, Shoppers, Tills, assign, new_product

TILLS, SHOPPERS = 3, 3
UNDER_WAY = {
    "pos": "SELECT count(*) FROM datos.cupo_web WHERE cup_estado IN ('PENDIENTE', 'SUBIENDO', 'BAJANDO')",
    "ecom": "SELECT count(*) FROM datos.pedido WHERE ped_estado = 'PAGADO'",
}


class Load:
    """Everybody at work until told to stop."""

    def __init__(self, shop: Stack) -> None:
        self.stop, self.done = threading.Event(), Counter[str]()
        self.tills, self.shoppers = Tills(shop, TILLS), Shoppers(shop, SHOPPERS)
        self.admin = shop.login("demo_admin")
        self.product = new_product(self.admin, "Producto del simulacro", 1_000_000)
        assign(self.admin, self.product, 100_000)
        self.threads = [
            *(
                threading.Thread(target=self._go, args=("sold", partial(self._sell, c)))
                for c in self.tills.clients
            ),
            *(
                threading.Thread(target=self._go, args=("bought", partial(self._buy, c)))
                for c in self.shoppers.clients
            ),
            threading.Thread(target=self._go, args=("moved", self._move)),
        ]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _go(self, name: str, act: Callable[[], object]) -> None:
        while not self.stop.is_set():
            try:
                act()
                self.done[name] += 1
            except Refused as refusal:
                self.done[f"{name} {refusal.status} {refusal.rule}"] += 1
                time.sleep(0.02)

    def _sell(self, client: Client) -> None:
        sell(client, self.tills.buyer, self.product)

    def _buy(self, client: Client) -> None:
        client.post("/api/ecom/carrito", {"prd_codigo": self.product, "cantidad": 1})
        client.get("/api/ecom/carrito")
        client.post("/api/ecom/pagos/checkout", {"card_number": CARD})

    def _move(self) -> None:
        """Units to the shop and back, and a new price: all of it crosses the bridge."""
        turn = self.done["moved"]
        self.admin.put(f"/api/pos/producto/{self.product}/cupo-web", {"cantidad": 90_000 + turn % 2 * 20_000})
        self.admin.put(f"/api/pos/producto/{self.product}", {"prd_precio_venta": f"{10 + turn % 7}.00"})


def sell(client: Client, buyer: str, product: str) -> dict[str, Any]:
    """One invoice of one unit."""
    draft = client.post("/api/pos/factura", {"cli_codigo": buyer})["fac_codigo"]
    client.post("/api/pos/factura/detalle", {"fac_codigo": draft, "prd_codigo": product, "pxfa_cantidad": 1})
    answer: dict[str, Any] = client.put(f"/api/pos/factura/{draft}/aprobar")
    return answer


def take(shop: Stack, folder: Path) -> tuple[Path, float]:
    """A backup, and the seconds it took."""
    source, started = (
        Source(shop.servers, shop.settings, partial(files.pack, shop.settings)),
        time.perf_counter(),
    )
    path = backup(source, folder, lambda line: None)
    time.sleep(1.01)  # a backup's name is its second
    return path, time.perf_counter() - started - 1.01


@contextmanager
def obvious(apart: float) -> Iterator[None]:
    """Cuts as anybody would make them first."""
    kept = cut.ORDER, cut._close, cut._export

    def late(conn: psycopg.Connection) -> str:
        name = kept[2](conn)
        time.sleep(apart)
        return name

    cut.ORDER, cut._close, cut._export = ("ecom", "pos"), lambda gate: None, late
    try:
        yield
    finally:
        cut.ORDER, cut._close, cut._export = kept


@contextmanager
def restored(path: Path) -> Iterator[tuple[Settings, Servers, float]]:
    """A backup in a home of its own, and the seconds it took."""
    with tempfile.TemporaryDirectory(prefix="daf-drill-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        home = Path(folder)
        settings = Settings(_env_file=None, home=home, uploads=home / "uploads", port=_free_port())  # type: ignore[call-arg]
        with running(settings) as servers:
            started = time.perf_counter()
            restore(path, Target(servers, settings, partial(files.unpack, settings)), lambda line: None)
            yield settings, servers, time.perf_counter() - started


def violations(settings: Settings, servers: Servers) -> list[str]:
    """The invariants that do not hold."""
    found = doctors.review(servers) + doctors.between(settings)
    return [f"{each.name}: {each.examples[:1]}" for each in found if each.rows and not each.warning]


def under_way(servers: Servers) -> str:
    """What the bridge had begun and not ended when the backup was taken."""
    counts = []
    for side, text in UNDER_WAY.items():
        with psycopg.connect(servers.admin_conninfo(side)) as conn:
            row = conn.execute(text.encode()).fetchone()
            counts.append(row[0] if row else 0)
    return f"{counts[1]} orders and {counts[0]} movements under way"


def daf(settings: Settings, *words: str) -> str:
    """A command of ours; what it said."""
    line = [sys.executable, "-m", "daf_backend.cli", *words]
    done = subprocess.run(line, cwd=ROOT, env=environment(settings), capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


def refused(act: Callable[[], object]) -> bool:
    """Whether the answer is 401."""
    try:
        act()
    except Refused as refusal:
        return refusal.status == 401
    return False


def open_again(
    settings: Settings, servers: Servers, password: str, old: dict[str, Any], product: str
) -> None:
    """Serve it, let the bridge finish, log in, sell, seal, verify."""
    daf(settings, "audit", "sellar")
    print("  seals before new sales:", daf(settings, "audit", "verify").strip().splitlines()[-1])
    url = f"http://127.0.0.1:{settings.port}"
    with _running("serve", settings) as server, _running("worker", settings):
        _wait_ready(server, url, settings.home / "serve.log")
        client = Client(url)
        client._headers["Authorization"] = f"Bearer {old['token']}"
        assert refused(lambda: client.get("/api/pos/auth/profile")), "an old token is good"
        renew = {"refresh_token": old["refresh_token"]}
        assert refused(lambda: Client(url).post("/api/pos/auth/refresh", renew)), (
            "an old refresh token is good"
        )
        client.login("pos", "bench_ventas_1", password)
        buyer = {"cli_ruc_ced": ruc_person(17, 100_009), "cli_nombre": "Después del simulacro"}
        code = Client(url)
        code.login("pos", "demo_admin", password)
        invoice = sell(client, code.post("/api/pos/cliente", buyer)["cli_codigo"], product)["factura"]
        give_up = time.monotonic() + 30
        while not under_way(servers).startswith("0 orders and 0") and time.monotonic() < give_up:
            time.sleep(0.2)
        print(f"  invoice {invoice['fac_numero']} after the restore; {under_way(servers)} after the sweeps")
        assert under_way(servers).startswith("0 orders and 0")
        assert not violations(settings, servers)
    daf(settings, "audit", "sellar")
    print("  seals after new sales:", daf(settings, "audit", "verify").strip().splitlines()[-1])


def run(backups: int, control: int) -> None:
    """The drill; raises if a promise does not hold."""
    with ExitStack() as everything:
        folder = Path(everything.enter_context(tempfile.TemporaryDirectory(prefix="daf-drill-")))
        shop = everything.enter_context(stack(demo=True, bridge=True))
        work = Load(shop)
        old = Client(shop.base_url).login("pos", "bench_ventas_1", shop.password)
        with work:
            time.sleep(1)
            taken = [take(shop, folder / "good") for _ in range(backups)]
            with obvious(0.05):
                naive = [take(shop, folder / "naive") for _ in range(control)]
        print(f"load: {dict(work.done)}; {shop.doctor()} invariants hold where it was", flush=True)
        for path, seconds in taken:
            with restored(path) as (settings, servers, took):
                bad = violations(settings, servers)
                size = sum(part.stat().st_size for part in path.iterdir()) / 1e6
                print(f"{size:.1f} MB, taken in {seconds:.1f} s, restored in {took:.1f} s, {under_way(servers)}: "
                      f"{len(bad)} violations", flush=True)  # fmt: skip
                if bad:
                    raise AssertionError(bad)
                if path == taken[-1][0]:
                    open_again(settings, servers, shop.password, old, work.product)
        torn = 0
        for path, _ in naive:
            with restored(path) as (settings, servers, _took):
                torn += bool(violations(settings, servers))
        print(f"control, the obvious way: {torn} of {control} restore into two databases that disagree")
        if control and not torn:
            raise AssertionError("the control found nothing: more load is needed for this to prove anything")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backups", type=int, default=5)
    parser.add_argument("--control", type=int, default=3)
    given = parser.parse_args()
    run(given.backups, given.control)
