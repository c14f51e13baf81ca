"""A change of settings reaches four worker processes within a second, with and without their ears.

    python -m bench.settings

Connections are opened until every worker holds some, told apart by the process behind each socket. Each goes on asking
for the settings, saying which version it has (If-None-Match): 304 is a worker that does not know yet. Measured is how
long after asking for the change (twenty, through the API and with plain SQL in turns) a request was still sent that
was answered 304; then the same with every LISTEN connection ended as fast as it comes back.
"""

import itertools
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from daf_backend.demo.client import Client

from .harness import Stack, stack

WORKERS, CHANGES, LIMIT = 4, 20, 1.0
SETTINGS = "/api/v1/settings"
DAY = b"UPDATE datos.ajuste SET aju_valor = %s WHERE aju_clave = 'anulacion_hasta_dia'"

_serial = itertools.count()


class Reader(threading.Thread):
    """Somebody who has the settings and asks again and again whether they still hold."""

    def __init__(self, client: Client) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.version, self.stopped = 0, False
        self.still_held: dict[int, float] = {}  # version -> when somebody was last told that it holds

    def run(self) -> None:
        """Ask until told to stop."""
        while not self.stopped:
            started = time.monotonic()
            self.client._headers["If-None-Match"] = f'"{self.version}"'
            answer = self.client.get(SETTINGS)
            if answer is None:
                self.still_held[self.version] = started
            else:
                self.version = answer["version"]
            time.sleep(0.005)  # the machine has other things to do


def worker_of(shop: Stack, client: Client) -> int:
    """The process at the other end of a connection."""
    port = client._conn.sock.getsockname()[1]
    for child in psutil.Process(shop.server_pid).children(recursive=True):
        for conn in child.net_connections("tcp"):
            if conn.raddr and conn.raddr.port == port:
                return int(child.pid)
    raise AssertionError("nobody holds the connection")


def readers(shop: Stack) -> list[Reader]:
    """Two connections to each worker."""
    token = shop.login("demo_ventas")._headers["Authorization"]
    found: dict[int, list[Reader]] = defaultdict(list)
    for _ in range(400):
        client = Client(shop.base_url)
        client._headers["Authorization"] = token
        client.get(SETTINGS)
        worker = worker_of(shop, client)
        if len(found[worker]) < 2:
            found[worker].append(Reader(client))
        else:
            client.close()
        if len(found) == WORKERS and all(len(held) == 2 for held in found.values()):
            return [reader for held in found.values() for reader in held]
    raise AssertionError(f"only {len(found)} of {WORKERS} workers took a connection")


@contextmanager
def knife(shop: Stack, on: bool) -> Iterator[None]:
    """End the workers' LISTEN connections as fast as they come back."""
    stop = threading.Event()

    def cut() -> None:
        with shop.admin_conn("pos") as conn:
            while not stop.wait(0.02):
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
                )

    thread = threading.Thread(target=cut)
    if on:
        thread.start()
    yield
    stop.set()
    if on:
        thread.join()


def measure(shop: Stack, admin: Client, crowd: list[Reader]) -> list[float]:
    """Make the changes; of each, how long after it was asked for some worker did not know of it."""
    late = []
    for number in itertools.islice(_serial, CHANGES):
        (old,) = {reader.version for reader in crowd}
        begun = time.monotonic()
        if number % 2:
            with shop.admin_conn("pos") as dba:
                dba.execute(DAY, (str(number % 28 + 1),))
        else:
            admin.put(SETTINGS, {"hora_cierre": f"21:{number % 60:02d}"})
        time.sleep(LIMIT + 0.3)
        late.append(max(reader.still_held.get(old, begun) - begun for reader in crowd))
    return late


def run() -> None:
    """Measure with and without ears; raise if a promise does not hold."""
    with stack(workers=WORKERS) as shop:
        admin, crowd = shop.login("demo_admin"), readers(shop)
        for reader in crowd:
            reader.start()
        found = {}
        for name, cut in (("listening", False), ("LISTEN connections cut", True)):
            with knife(shop, cut):
                found[name] = measure(shop, admin, crowd)
            middle, worst = statistics.median(found[name]), max(found[name])
            print(
                f"{name:24} {CHANGES} changes, {WORKERS} workers: the last one knew after {middle:.3f} s"
                f" (worst {worst:.3f} s)", flush=True,
            )  # fmt: skip
        for reader in crowd:
            reader.stopped = True
    if max(map(max, found.values())) > LIMIT:
        raise AssertionError("a promise does not hold")


if __name__ == "__main__":
    run()
