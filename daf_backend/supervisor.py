"""Keeping processes alive: what `daf up` does with the server, the worker and the embedded PostgreSQL.

Each runs in a session of its own, so Ctrl-C reaches only us and we end them in order. They end with us if we
are killed (lifeline.py). What dies is started again, at once the first time and less eagerly while it keeps
dying.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from .db import logfile
from .db.embedded import Cluster, ClusterError
from .db.endings import undisturbed
from .settings import Settings, child_environment

PULSE = 0.2
HEALTHY = 10.0  # a process that lived this long was well
SLOWEST = 5.0  # seconds between two starts of one that was not
STOP_SECONDS = 10.0

Echo = Callable[[str], object]


class Service:
    """One `daf` command as a process that is started again when it dies."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.log = settings.home / "log" / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = self._delay = self._not_before = 0.0

    def start(self) -> None:
        """Start it; its output goes to its log. The superuser's secret does not reach it."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        command = [sys.executable, "-m", "daf_backend.cli", self.name, "--con", str(os.getpid())]
        with logfile.append(self.log) as log, undisturbed():
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=child_environment(DAF_ADMIN_DSN=""),
            )  # fmt: skip
        self._started = time.monotonic()

    def tend(self, echo: Echo) -> None:
        """Start it again if it died, and keep its log within bounds."""
        logfile.shorten(self.log)
        now = time.monotonic()
        if self._process and (code := self._process.poll()) is not None:
            self._end_group()
            self._process = None
            self._delay = 0.0 if now - self._started > HEALTHY else min(self._delay * 2 + 0.5, SLOWEST)
            self._not_before = now + self._delay
            echo(f"{self.name} terminó ({code}); se arranca de nuevo. Ver {self.log}")
        if self._process is None and now >= self._not_before:
            self.start()

    def ask_to_stop(self) -> None:
        """Ask it to end; do not wait."""
        if self._process:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def stop(self) -> None:
        """End it, whether it wants to or not."""
        if self._process is None:
            return
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self._end_group()
        self._process.wait()
        self._process = None

    def _end_group(self) -> None:
        """Kill what is left of its group: the workers of a server that died without a word hold the port."""
        if self._process:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class Supervisor:
    """All of them, and the cluster they use."""

    def __init__(self, settings: Settings, cluster: Cluster | None, echo: Echo) -> None:
        self.services = [Service("serve", settings), Service("worker", settings)]
        self._cluster, self._echo = cluster, echo

    def __enter__(self) -> "Supervisor":
        try:
            for service in self.services:
                service.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End them all: ask each, then wait for each."""
        with undisturbed():
            for service in self.services:
                service.ask_to_stop()
            for service in self.services:
                service.stop()

    def tend(self) -> None:
        """One round: the database first, then who needs it."""
        self._tend_cluster()
        for service in self.services:
            service.tend(self._echo)

    def run(self) -> None:
        """Round after round, until a signal."""
        while True:
            self.tend()
            time.sleep(PULSE)

    def _tend_cluster(self) -> None:
        if self._cluster is None:
            return
        logfile.shorten(self._cluster.log)
        if self._cluster.pid:
            return
        port = self._cluster.port
        try:
            self._cluster.ensure()
        except ClusterError as exc:
            self._echo(str(exc))
            return
        self._echo("PostgreSQL murió y se arrancó de nuevo.")
        if self._cluster.port != port:  # a stranger took it meanwhile; they look for the old one
            for service in self.services:
                service.stop()
