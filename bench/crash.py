"""kill -9 under load: of the API, of the postmaster alone, of everything at once; then the books are read.

    python -m bench.crash --cycles 10 --tills 8

Starts a `daf up` of its own in a throw-away folder. Tills approve invoices all the time; every cycle something is
killed at a random moment, one kind after the other. Every approval the API acknowledged must be there afterwards,
whole, and the legal numbers without a gap. Only 503 and a lost connection are acceptable answers meanwhile.
"""

import argparse
import http.client
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from daf_backend.cli.up import is_ready
from daf_backend.db.embedded import Servers, locate
from daf_backend.demo.client import Client, Refused
from daf_backend.demo.ids import ruc_person
from daf_backend.settings import Settings

from .harness import _free_port, environment, prove_doctor
from .last_unit import new_product

KINDS = ("api", "postmaster", "everything")
LOST = (http.client.HTTPException, OSError)


class Till(threading.Thread):
    """Approves invoices until told to stop; notes what was acknowledged and when."""

    def __init__(self, settings: Settings, login: str, password: str, buyer: str, product: str) -> None:
        super().__init__(daemon=True)
        self._url, self._login, self._password = f"http://127.0.0.1:{settings.port}", login, password
        self._buyer, self._product = buyer, product
        self.stopping = threading.Event()
        self.acknowledged: dict[str, str] = {}
        self.approved_at = 0.0
        self.outcomes: Counter[str] = Counter()

    def run(self) -> None:
        """Sell, and log in again whenever the connection was lost."""
        client = None
        while not self.stopping.is_set():
            try:
                client = client or self._connected()
                self._sell(client)
            except Refused as refusal:
                self.outcomes[f"{refusal.status} {refusal.rule}"] += 1
                self.stopping.wait(0.05)
            except LOST:
                self.outcomes["connection lost"] += 1
                client = None
                self.stopping.wait(0.05)

    def _connected(self) -> Client:
        client = Client(self._url, timeout=15)
        client.login("pos", self._login, self._password)
        return client

    def _sell(self, client: Client) -> None:
        draft = client.post("/api/pos/factura", {"cli_codigo": self._buyer})["fac_codigo"]
        line = {"fac_codigo": draft, "prd_codigo": self._product, "pxfa_cantidad": 1}
        client.post("/api/pos/factura/detalle", line)
        issued = client.put(f"/api/pos/factura/{draft}/aprobar")["factura"]
        self.acknowledged[issued["fac_codigo"]] = issued["fac_numero"]
        self.approved_at = time.monotonic()
        self.outcomes["200"] += 1


class Deployment:
    """A `daf up` in its own folder, which can be killed in parts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start `daf up` and wait until it serves."""
        log = (self.settings.home / "up.log").open("ab")
        command = [sys.executable, "-m", "daf_backend.cli", "up", "--sin-demo"]
        self.child = subprocess.Popen(
            command, env=environment(self.settings), stdout=log, stderr=log, start_new_session=True
        )
        while not is_ready(self.settings):
            if self.child.poll() is not None:
                raise RuntimeError((self.settings.home / "up.log").read_text()[-3000:])
            time.sleep(0.05)

    def kill(self, kind: str) -> float:
        """SIGKILL the processes of a kind, all at once; when it was done. After everything, `daf up` is run again."""
        for process in {"api": self._api, "postmaster": self._postmaster, "everything": self._all}[kind]():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        killed = time.monotonic()
        if kind == "everything" and self.child:
            self.child.wait()
            self.start()
        return killed

    def stop(self) -> None:
        """Stop in order."""
        if self.child:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait(60)

    def _tree(self) -> list[psutil.Process]:
        assert self.child
        return psutil.Process(self.child.pid).children(recursive=True)

    def _api(self) -> list[psutil.Process]:
        serving = [p for p in self._tree() if "serve" in p.cmdline()]
        return [*serving, *(child for p in serving for child in p.children(recursive=True))]

    def postmaster(self) -> int:
        """The process id in the lock file of the data folder; 0 if there is none."""
        try:
            return int((self.settings.home / "cluster" / "data" / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return 0

    def _postmaster(self) -> list[psutil.Process]:
        return [psutil.Process(self.postmaster())]

    def _all(self) -> list[psutil.Process]:
        assert self.child
        postmaster = self._postmaster()[0]
        return [
            psutil.Process(self.child.pid),
            *self._tree(),
            postmaster,
            *postmaster.children(recursive=True),
        ]


@contextmanager
def deployed() -> Iterator[Deployment]:
    """A running deployment with its company and people, but no demo shop."""
    with tempfile.TemporaryDirectory(prefix="daf-crash-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        home = Path(folder)
        settings = Settings(
            _env_file=None,
            home=home,
            uploads=home / "uploads",
            port=_free_port(),
            demo_password="clave-de-choque",
        )  # type: ignore[call-arg]
        deployment = Deployment(settings)
        try:
            deployment.start()
            yield deployment
        except TimeoutError:
            for log in (home / "up.log", *(home / "log").glob("*.log")):
                print(f"--- {log.name}", log.read_text("utf-8", "replace")[-3000:], sep="\n")
            raise
        finally:
            deployment.stop()


def tills(deployment: Deployment, servers: Servers, count: int) -> list[Till]:
    """Company, product, buyer and salespeople, and their tills."""
    from daf_backend.demo.load import found

    from .harness import Stack

    settings = deployment.settings
    found(servers, settings, lambda line: None)
    password = settings.demo_password.get_secret_value()
    shop = Stack(settings, servers, f"http://127.0.0.1:{settings.port}", 0, password)
    admin = shop.login("demo_admin")
    product = new_product(admin, "Producto del choque", 1_000_000)
    buyer = admin.post("/api/pos/cliente", {"cli_ruc_ced": ruc_person(17, 100_003), "cli_nombre": "Choque"})
    return [
        Till(settings, login, password, buyer["cli_codigo"], product) for login in shop.staff("ventas", count)
    ]


def recovery(deployment: Deployment, sellers: list[Till], killed: float, postmaster: int) -> float:
    """Seconds from the kill until some till approves again, on the new server where the server was killed: a backend
    outlives its postmaster for an instant and may still finish what it was doing.
    """
    since = killed
    while deployment.postmaster() == postmaster:
        _patience(killed)
        since = time.monotonic()
    while not (again := [till.approved_at for till in sellers if till.approved_at > since]):
        _patience(killed)
    return min(again) - killed


def _patience(killed: float) -> None:
    if time.monotonic() - killed > 60:
        raise TimeoutError("it did not come back")
    time.sleep(0.01)


def books(servers: Servers, acknowledged: dict[str, str]) -> None:
    """Everything acknowledged is there; nothing is half applied; no number is missing."""
    with psycopg.connect(servers.admin_conninfo("pos")) as conn:
        stored = dict(
            conn.execute(
                "SELECT fac_codigo, fac_numero FROM datos.factura WHERE fac_estado = 'APR'"
            ).fetchall()
        )
        missing = {code: number for code, number in acknowledged.items() if stored.get(code) != number}
        gaps = conn.execute(
            "SELECT eta_codigo, count(*), max(fac_secuencial) FROM datos.factura WHERE fac_secuencial IS NOT NULL"
            " GROUP BY eta_codigo, pto_codigo HAVING count(*) <> max(fac_secuencial)"
        ).fetchall()
    print(f"acknowledged {len(acknowledged)}, stored {len(stored)}, missing {len(missing)}, gaps {len(gaps)}")
    if missing or gaps:
        raise AssertionError((missing, gaps))


def run(cycles: int, count: int, seed: int) -> None:
    """Kill, time the recovery, read the books; raises if anything is not as promised."""
    luck, took = random.Random(seed), {kind: [] for kind in KINDS}
    print(f"seed {seed}")
    with deployed() as deployment:
        servers = locate(deployment.settings)
        sellers = tills(deployment, servers, count)
        for till in sellers:
            till.start()
        for cycle in range(cycles):
            kind = KINDS[cycle % len(KINDS)]
            time.sleep(luck.uniform(0.5, 2.0))
            old = deployment.postmaster() if kind != "api" else 0
            took[kind].append(recovery(deployment, sellers, deployment.kill(kind), old))
            print(f"cycle {cycle + 1}: {kind} back after {took[kind][-1]:.1f} s", flush=True)
        for till in sellers:
            till.stopping.set()
        for till in sellers:
            till.join()
        outcomes = sum((till.outcomes for till in sellers), Counter[str]())
        print(f"outcomes {dict(outcomes)}")
        books(servers, {code: number for till in sellers for code, number in till.acknowledged.items()})
        prove_doctor(servers)
    for kind, seconds in took.items():
        if seconds:
            print(f"recovery of {kind}: worst {max(seconds):.1f} s, mean {sum(seconds) / len(seconds):.1f} s")
    odd = {outcome for outcome in outcomes if not outcome.startswith(("200", "503", "connection"))}
    if odd:
        raise AssertionError(f"unexpected answers: {odd}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--tills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    run(given.cycles, given.tills, given.seed)
