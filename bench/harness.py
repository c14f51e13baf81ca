"""A throw-away deployment for measurements: own folder, own PostgreSQL, own server, all gone at the end.

with stack(workers=2) as s:
    till = s.login("demo_ventas")
    till.get("/api/pos/producto?page=1")
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from daf_backend.auth.scram import verifier
from daf_backend.db.batch import open_batch
from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import Servers, running
from daf_backend.demo.client import Client
from daf_backend.demo.load import found, load
from daf_backend.demo.password import demo_password
from daf_backend.doctor import report, review
from daf_backend.settings import Settings, Side

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 30


@dataclass(frozen=True)
class Stack:
    """What a measurement talks to."""

    settings: Settings
    servers: Servers
    base_url: str
    server_pid: int
    password: str = field(repr=False)

    def login(self, user: str, side: Side = "pos") -> Client:
        """A client logged in as that member of staff, with a connection of its own."""
        client = Client(self.base_url)
        client.login(side, user, self.password)
        return client

    def staff(self, role: str, count: int, branch: str = "001") -> list[str]:
        """New logins of a role, all with the demo password."""
        logins = [f"bench_{role}_{number}" for number in range(1, count + 1)]
        for conninfo in (self.servers.pos, self.servers.ecom):
            with open_batch(conninfo, "demo_admin", self.password) as admin:
                for login in logins:
                    proof = _verifier(login, self.password)
                    admin.call("usuario_crear", login=login, verificador=proof, rol=role, eta_codigo=branch)
        return logins

    def doctor(self) -> int:
        """How many invariants hold.

        Raises:
            AssertionError: one does not.
        """
        findings = review(self.servers)
        told: list[str] = []
        if report(findings, told.append):
            raise AssertionError("\n".join(told))
        return len(findings)

    @contextmanager
    def admin_conn(self, side: Side) -> Iterator[psycopg.Connection]:
        """The superuser's own connection to one side, to look behind the API."""
        with psycopg.connect(self.servers.admin_conninfo(side), autocommit=True) as conn:
            yield conn

    def query(self, side: Side, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement, as superuser."""
        with self.admin_conn(side) as conn:
            return conn.execute(text.encode(), values or None).fetchall()


_PROOFS: dict[str, str] = {}


def _verifier(login: str, password: str) -> str:
    """One verifier for both sides: a salt is random, and the second side must recognise the first one's."""
    return _PROOFS.setdefault(login, verifier(login, password))


@contextmanager
def stack(
    workers: int = 2, *, demo: bool = False, bridge: bool = False, empty: bool = False, **overrides: Any
) -> Iterator[Stack]:
    """Deploy and serve. ``demo`` loads the demo shop, else there are a company and its staff only, and if ``empty`` not
    even they; ``bridge`` runs the worker too, which the shop's side needs.
    """
    with tempfile.TemporaryDirectory(prefix="daf-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # an unprivileged postgres must get in when we are root
        home = Path(folder)
        settings = Settings(
            _env_file=None,
            home=home,
            uploads=home / "uploads",
            port=_free_port(),
            workers=workers,
            **overrides,
        )
        with running(settings) as servers:
            deploy(servers, settings, echo=_quiet)
            if not empty:
                (load if demo else found)(servers, settings, _quiet)
            base_url = f"http://{settings.host}:{settings.port}"
            with (
                _running("serve", settings) as server,
                _running("worker", settings) if bridge else nullcontext(),
            ):
                _wait_ready(server, base_url, home / "serve.log")
                pid = server.pid
                yield Stack(settings, servers, base_url, pid, demo_password(settings))


@contextmanager
def _running(command: str, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """One `daf` command as a child; its output goes to a log of its name."""
    with (settings.home / f"{command}.log").open("wb") as out:
        line = [sys.executable, "-m", "daf_backend.cli", command]
        child = subprocess.Popen(line, cwd=ROOT, env=environment(settings), stdout=out, stderr=out)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def environment(settings: Settings) -> dict[str, str]:
    """The environment that makes a child process read these settings and no others."""
    given = {f"DAF_{name.upper()}": str(getattr(settings, name)) for name in settings.model_fields_set}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DAF_")}
    return {**kept, **given, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _wait_ready(child: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up and child.poll() is None:
        try:
            with urllib.request.urlopen(f"{base_url}/api/v1/health/ready", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-4000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _quiet(line: str) -> None:
    """Nobody reads the story of a deployment that lives for a minute."""


def prove_doctor(servers: Servers) -> None:
    """Print how many invariants hold; raise if one does not."""
    findings = review(servers)
    broken = [finding for finding in findings if finding.rows]
    print(f"doctor: {len(findings)} invariants, {len(broken)} violated", flush=True)
    if broken:
        raise AssertionError(broken)
