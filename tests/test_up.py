"""`daf up` from nothing: it serves, what dies comes back, a second one is refused, and it goes in order."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

PATIENCE = 60.0


class Up:
    """A `daf up` of our own, and its processes."""

    def __init__(self, home: Path, bindir: str) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        settings = {
            "DAF_HOME": str(home),
            "DAF_PORT": str(self.port),
            "DAF_PG_BINDIR": bindir,
            "DAF_WORKERS": "1",
        }
        self._environment = {**os.environ, **settings}
        self.process = self.start()

    def start(self, **changes: str) -> subprocess.Popen:
        command = ["nohup", sys.executable, "-m", "daf_backend.cli", "up", "--sin-demo"]
        environment = self._environment | changes
        with (self.home.parent / "up.log").open("ab") as said:
            return subprocess.Popen(
                command, env=environment, stdout=said, stderr=said, start_new_session=True
            )

    def daf(self, *words: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "daf_backend.cli", *words]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE
        )

    def said(self) -> str:
        return (self.home.parent / "up.log").read_text()

    def child(self, word: str) -> psutil.Process | None:
        """The living child whose command line says so."""
        living = [each for each in psutil.Process(self.process.pid).children() if not dead(each)]
        return next((each for each in living if word in each.cmdline()), None)

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.home / "cluster/data/postmaster.pid").read_text().split()[0]))

    def ready(self) -> bool:
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3)
        try:
            conn.request("GET", "/api/v1/health/ready")
            return conn.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            conn.close()

    def kept_line(self) -> list[int]:
        """A large body that is refused unread, and the next request over the same line."""
        conn, told = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10), []
        for method, path, body in (
            ("POST", "/api/pos/cliente", b" " * 5_000_000), ("GET", "/api/v1/health", None),
        ):  # fmt: skip
            conn.request(method, path, body)
            with conn.getresponse() as answer:
                answer.read()
                told.append(answer.status)
        conn.close()
        return told

    def end(self) -> None:
        """Everything of this home, whatever state a failed test left it in."""
        tree = [
            self.process.pid,
            *(each.pid for each in psutil.Process(self.process.pid).children(recursive=True)),
        ]
        for pid in tree:
            psutil.Process(pid).kill()
        self.process.wait()


def until(holds, patience: float = PATIENCE) -> bool:
    give_up = time.monotonic() + patience
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.1)
    return True


def dead(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def up(settings):
    with tempfile.TemporaryDirectory(prefix="daf-up-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        found = Up(Path(folder) / "home", settings.pg_bindir)
        yield found
        if found.process.poll() is None:
            found.end()


def test_it_serves_recovers_and_leaves_in_order(up):
    assert until(up.ready)
    assert up.kept_line() == [401, 200]
    server = up.postmaster()
    token = (up.home / "keys/arranque").read_text()  # an empty shop: told once, for who begins
    assert up.said().count(token) == 1 and f"{token} (guardado en " in up.said()
    assert up.daf("doctor").stdout.endswith(", 0 violaciones\n")
    assert up.postmaster() == server  # a visitor does not take it away

    for victim in (up.postmaster(), up.child("serve"), up.child("worker")):
        victim.kill()
        assert until(lambda victim=victim: dead(victim))
        assert until(up.ready)
    assert until(lambda: up.child("serve") and up.child("worker"))

    assert up.start().wait(PATIENCE) == 1
    assert "ya hay un `daf up` en marcha" in up.said()
    assert up.start(DAF_HOME=str(up.home.parent / "other")).wait(PATIENCE) == 1
    assert f"el puerto {up.port} ya está en uso" in up.said()

    server, orphans = up.postmaster(), psutil.Process(up.process.pid).children(recursive=True)
    up.process.kill()
    up.process.wait()
    assert until(lambda: all(dead(each) for each in orphans if each != server))
    up.process = up.start()
    assert until(up.ready)

    server, children = up.postmaster(), psutil.Process(up.process.pid).children(recursive=True)
    assert up.said().count(token) == 1
    up.process.send_signal(signal.SIGHUP)  # its terminal is gone, and nohup was told so
    assert up.daf("doctor").returncode == 0 and up.ready()
    for number in (
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGTERM,
    ):  # impatience does not interrupt the leaving
        up.process.send_signal(number)
    assert up.process.wait(PATIENCE) in (128 + signal.SIGTERM, 0)  # of two at once either may come first
    assert dead(server) and all(dead(each) for each in children)
