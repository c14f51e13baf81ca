"""One scrape shows every process: each answers what it counted on a socket of its own in DAF_HOME/run.

Nothing is written while nobody asks, and what a process counted goes with it: its series end and a new process begins
its own, which is how Prometheus tells a restart from a loss (take `rate` first, then `sum`). A socket whose process
died without a word refuses; whoever notices takes it away, so nothing piles up.
"""

import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from flask import Flask
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from ..db.runtime import Runtime
from .metrics import Metrics, count_requests

TIMEOUT = 1.0
Families = list[dict[str, Any]]

log = logging.getLogger("daf.metrics")


class Exposition:
    """This process's socket, and the way to everybody's."""

    def __init__(self, registry: CollectorRegistry, home: Path, service: str) -> None:
        self._registry = registry
        self.name = f"{service}-{os.getpid()}"
        self._folder = home / "run"
        self._path = self._folder / f"{self.name}-{secrets.token_hex(3)}.sock"
        self._listener: socket.socket | None = None
        try:
            self._open()
        except OSError as exc:  # a path too long for a socket, a folder we may not write
            log.warning("metrics of this process are only its own", extra={"why": str(exc)})

    def scrape(self, extra: Iterable[Metric] = ()) -> bytes:
        """What every process of this home counted, told apart by ``process``, and what only the asker knows."""
        return generate_latest(_Gathered([*_merged(self._everybody()), *extra]))

    def close(self) -> None:
        """Answer no more."""
        if self._listener is not None:
            self._path.unlink(missing_ok=True)
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
            self._listener.close()
            self._listener = None

    def _open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in self._others():  # those of dead processes go, also where nobody ever scrapes
            pass
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        draft = self._path.with_suffix(".new")
        try:
            listener.bind(str(draft))
            listener.listen(8)
            draft.rename(self._path)  # seen only once it answers: one that refuses is taken away
        except OSError:
            listener.close()
            draft.unlink(missing_ok=True)
            raise
        self._listener = listener
        threading.Thread(target=self._answer, args=(listener,), name="daf-metrics", daemon=True).start()

    def _answer(self, listener: socket.socket) -> None:
        while True:
            try:
                asker, _ = listener.accept()
            except OSError:  # closed
                return
            with closing(asker), suppress(OSError):
                asker.settimeout(TIMEOUT)
                asker.sendall(json.dumps(_families(self._registry)).encode())

    def _everybody(self) -> Iterator[tuple[str, Families | None]]:
        yield self.name, _families(self._registry)
        yield from self._others()

    def _others(self) -> Iterator[tuple[str, Families | None]]:
        for path in sorted(self._folder.glob("*.sock")):
            if path != self._path:
                with suppress(FileNotFoundError, ConnectionRefusedError):
                    yield path.stem.rpartition("-")[0], _ask(path)


def init_metrics(app: Flask, runtime: Runtime, service: str) -> Metrics:
    """Count what this process does, and show it to whichever process is asked."""
    metrics = app.extensions["daf_metrics"] = Metrics(runtime)
    shown = app.extensions["daf_exposition"] = Exposition(metrics.registry, runtime.settings.home, service)
    runtime.closing.append(shown.close)
    count_requests(app, metrics)
    return metrics


def _ask(path: Path) -> Families | None:
    """What another process counted; nothing if it does not say so in time.

    Raises:
        ConnectionRefusedError: it is dead, and so its socket is gone now.
    """
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as peer:
        peer.settimeout(TIMEOUT)
        try:
            peer.connect(str(path))
            with peer.makefile("rb") as stream:
                found: Families = json.loads(stream.read())
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            raise
        except FileNotFoundError:
            raise
        except (OSError, ValueError):
            return None
        return found


def _families(registry: CollectorRegistry) -> Families:
    return [
        {
            "name": family.name, "help": family.documentation, "type": family.type,
            "samples": [[sample.name, sample.labels, sample.value] for sample in family.samples],
        }
        for family in registry.collect()
    ]  # fmt: skip


def _merged(processes: Iterable[tuple[str, Families | None]]) -> list[Metric]:
    """One family of each name, its samples told apart by process, and which process answered."""
    found: dict[str, Metric] = {}
    answered = GaugeMetricFamily(
        "daf_process_up", "Whether a process said what it counted", labels=["process"]
    )
    for process, families in processes:
        answered.add_metric([process], families is not None)
        for family in families or []:
            merged = found.setdefault(family["name"], Metric(family["name"], family["help"], family["type"]))
            for name, labels, value in family["samples"]:
                merged.add_sample(name, {**labels, "process": process}, value)
    return [answered, *found.values()]


class _Gathered:
    """What `generate_latest` takes for a registry."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families
