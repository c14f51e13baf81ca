"""A deploy over live traffic: a changed function and a new column, while tills work on hot connections.

    python -m bench.deploy_live --deploys 5

Between deploys the schema moves forward (a migration adds a column) and a function that reads it changes. No request
may fail but with 503, and no request that starts after a deploy may be answered by the old function.
"""

import argparse
import shutil
import threading
import time
from collections import Counter
from pathlib import Path

from daf_backend.auth.keyring import Keyring
from daf_backend.db import deploy
from daf_backend.demo.client import Client, Refused
from daf_backend.demo.ids import ruc_person

from .harness import Stack, prove_doctor, stack
from .last_unit import new_product

BEFORE = "'nombre', coalesce(u.usr_nombre, p_login),"


class Traffic(threading.Thread):
    """One salesperson who reads their profile and sells, over and over."""

    def __init__(self, client: Client, buyer: str, product: str) -> None:
        super().__init__(daemon=True)
        self.client, self.buyer, self.product = client, buyer, product
        self.outcomes: Counter[str] = Counter()
        self.seen: list[tuple[float, int]] = []  # when a profile was asked for, and which version answered
        self.stopping = threading.Event()
        self.fault: Exception | None = None

    def run(self) -> None:
        """Work until stopped."""
        while not self.stopping.is_set():
            try:
                self._work()
                self.outcomes["ok"] += 1
            except Refused as refusal:
                self.outcomes[f"{refusal.status} {refusal.rule}"] += 1
            except Exception as exc:
                self.fault = exc
                return

    def _work(self) -> None:
        asked = time.monotonic()
        version = self.client.get("/api/pos/auth/profile").get("version", 0)
        self.seen.append((asked, version))
        draft = self.client.post("/api/pos/factura", {"cli_codigo": self.buyer})["fac_codigo"]
        line = {"fac_codigo": draft, "prd_codigo": self.product, "pxfa_cantidad": 1}
        self.client.post("/api/pos/factura/detalle", line)
        self.client.put(f"/api/pos/factura/{draft}/aprobar")


def tree(folder: Path, version: int) -> Path:
    """A copy of sql/ that is that many versions ahead."""
    root = folder / f"sql{version}"
    shutil.copytree(deploy.SQL_ROOT, root)
    for number in range(1, version + 1):
        step = root / "pos" / "migrations" / f"9{number:03}_version.sql"
        step.write_text(
            f"ALTER TABLE datos.usuario ADD COLUMN usr_v{number} int NOT NULL DEFAULT {number};\n"
        )
    source = root / "pos" / "usuario.sql"
    text = source.read_text()
    assert BEFORE in text
    source.write_text(text.replace(BEFORE, f"{BEFORE} 'version', u.usr_v{version},"))
    return root


def upgrade(shop: Stack, folder: Path, version: int) -> float:
    """Deploy that version of the POS side; when it was committed."""
    root, deploy.SQL_ROOT = deploy.SQL_ROOT, tree(folder, version)
    try:
        deploy.deploy_side(shop.servers.admin_conninfo("pos"), "pos", Keyring.load(shop.settings))
    finally:
        deploy.SQL_ROOT = root
    return time.monotonic()


def run(deploys: int) -> None:
    """Deploy over traffic; raise if a request failed otherwise than 503 or met an old function."""
    with stack() as shop:
        admin = shop.login("demo_admin")
        product = new_product(admin, "Producto en marcha", 1_000_000)
        buyer = {"cli_ruc_ced": ruc_person(17, 100_004), "cli_nombre": "Despliegue"}
        code = admin.post("/api/pos/cliente", buyer)["cli_codigo"]
        traffic = [Traffic(shop.login(login), code, product) for login in shop.staff("ventas", 8)]
        for thread in traffic:
            thread.start()
        committed = []
        for version in range(1, deploys + 1):
            time.sleep(1.5)
            committed.append(upgrade(shop, shop.settings.home, version))
        time.sleep(1.5)
        for thread in traffic:
            thread.stopping.set()
        for thread in traffic:
            thread.join()
        _judge(traffic, committed)
        prove_doctor(shop.servers)


def _judge(traffic: list[Traffic], committed: list[float]) -> None:
    outcomes = sum((thread.outcomes for thread in traffic), Counter[str]())
    stale = [
        (asked, version)
        for thread in traffic
        for asked, version in thread.seen
        if version < sum(moment < asked for moment in committed)
    ]
    answers = sum(len(thread.seen) for thread in traffic)
    print(f"{len(committed)} deploys, outcomes {dict(outcomes)}, {answers} profiles, {len(stale)} stale")
    faults = [thread.fault for thread in traffic if thread.fault]
    odd = {outcome for outcome in outcomes if not outcome.startswith(("ok", "503"))}
    if stale or faults or odd:
        raise AssertionError((stale[:3], faults, odd))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--deploys", type=int, default=5)
    run(parser.parse_args().deploys)
