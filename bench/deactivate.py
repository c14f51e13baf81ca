"""Turning a person off in the middle of their work, on a server with four worker processes.

    python -m bench.deactivate

Somebody asks without a pause on fifty kept-alive connections, half of them to the till and half to the shop, until an
administrator sends `PATCH /usuario/:id {"estado": false}`. A connection belongs to one worker process for its life, and
which one is read from the sockets of the processes, so that each worker is known to be hit on both sides. Ten times,
every other time with the workers' LISTEN connections cut without a pause, so that nobody tells them:

- no request that starts more than a second after the administrator's answer succeeds, in any worker, on either side;
- the login has no connection left to PostgreSQL, in either database;
- turned on again, the old tokens of both sides stay dead, and the person logs in and works.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import psutil

from daf_backend.demo.client import Client, Refused

from .harness import Stack, stack
from .revoke import cut

WORKERS, CONNECTIONS, ROUNDS, LIMIT = 4, 50, 10, 1.0
WORK = {"pos": "/api/pos/cliente?page=1&limit=1", "ecom": "/api/ecom/auth/sesiones"}
ALLOWED = {200, 401, 503}


class Asking(threading.Thread):
    """One kept-alive connection that asks for as long as it is told to."""

    def __init__(self, shop: Stack, side: str, token: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.side, self.stop = side, stop
        self.client = Client(shop.base_url)
        self.client._headers["Authorization"] = token
        self.client.get(WORK[side])
        self.port: int = self.client._conn.sock.getsockname()[1]
        self.worker = 0
        self.last_answered = 0.0
        self.seen: Counter[int] = Counter()

    def run(self) -> None:
        """Ask, and note when the last request that succeeded was sent."""
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                self.client.get(WORK[self.side])
                self.last_answered = started
                self.seen[200] += 1
            except Refused as refusal:
                self.seen[refusal.status] += 1

    def stayed(self) -> bool:
        """Whether it is still the connection that it was, and so in the same worker."""
        sock = self.client._conn.sock
        return sock is not None and sock.getsockname()[1] == self.port


class Round(NamedTuple):
    """What one deactivation left behind."""

    outlived: dict[tuple[int, str], float]
    requests: Counter[int]
    backends: int


def owners(shop: Stack) -> dict[int, int]:
    """The worker process at the other end of each client's port."""
    server = psutil.Process(shop.server_pid)
    return {
        conn.raddr.port: child.pid
        for child in (server, *server.children(recursive=True))
        for conn in child.net_connections("tcp")
        if conn.raddr and conn.laddr.port == shop.settings.port
    }


def connect(shop: Stack, login: str, stop: threading.Event) -> list[Asking]:
    """Fifty connections, and as many more as it takes to reach every worker on both sides."""
    tokens = {side: shop.login(login, side)._headers["Authorization"] for side in WORK}  # type: ignore[arg-type]
    asking: list[Asking] = []
    while len(asking) < CONNECTIONS or len({(one.worker, one.side) for one in asking}) < WORKERS * 2:
        if len(asking) > CONNECTIONS * 8:
            raise AssertionError("not every worker takes connections")
        asking.append(Asking(shop, list(WORK)[len(asking) % 2], tokens[list(WORK)[len(asking) % 2]], stop))
        if len(asking) >= CONNECTIONS:
            found = owners(shop)
            for one in asking:
                one.worker = found[one.port]
    return asking


def deactivate(shop: Stack, admin: Client, login: str, *, deaf: bool) -> Round:
    """Work, turn off, and look for a second and a half at what still succeeds."""
    stop = threading.Event()
    asking = connect(shop, login, stop)
    knife = threading.Thread(target=cut, args=(shop, stop))
    for thread in (*asking, knife) if deaf else asking:
        thread.start()
    while not all(one.seen[200] for one in asking):
        time.sleep(0.02)
    admin.send("PATCH", f"/api/pos/usuario/{login}", {"estado": False})
    ended = time.monotonic()
    time.sleep(LIMIT + 0.5)
    count = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
    backends = shop.query("pos", count, login)[0][0]
    stop.set()
    for one in asking:
        one.join()
    if deaf:
        knife.join()
    outlived: dict[tuple[int, str], float] = {}
    for one in asking:
        if not one.stayed():
            raise AssertionError("a connection was lost, so its worker is not known")
        where = (one.worker, one.side)
        outlived[where] = max(outlived.get(where, -1.0), one.last_answered - ended)
    requests = sum((one.seen for one in asking), Counter[int]())
    still_dead(shop, admin, login, asking)
    return Round(outlived, requests, backends)


def still_dead(shop: Stack, admin: Client, login: str, asking: Iterable[Asking]) -> None:
    """Turn the person on again: what ended stays ended, on both sides and in each worker."""
    admin.send("PATCH", f"/api/pos/usuario/{login}", {"estado": True})
    for one in asking:
        try:
            one.client.get(WORK[one.side])
        except Refused as refusal:
            if refusal.status == 401:
                one.client.close()
                continue
        raise AssertionError(f"an old {one.side} token works again")
    for side in WORK:
        shop.login(login, side).get(WORK[side])  # type: ignore[arg-type]


def run() -> None:
    """Ten times; raise if a promise does not hold."""
    worst, left = -1.0, 0
    with stack(workers=WORKERS) as shop:
        admin, [login] = shop.login("demo_admin"), shop.staff("ventas", 1)
        for number in range(1, ROUNDS + 1):
            deaf = number % 2 == 0
            done = deactivate(shop, admin, login, deaf=deaf)
            most, left = max(done.outlived.values()), left + done.backends
            worst = max(worst, most)
            print(
                f"{number:2}: {sum(done.requests.values())} requests {dict(sorted(done.requests.items()))} in"
                f" {len({worker for worker, _ in done.outlived})} workers;"
                f" last success {most:+.3f} s from the answer; {done.backends} backends left{' (deaf)' * deaf}",
                flush=True,
            )
            if done.requests.keys() - ALLOWED:
                raise AssertionError(done.requests)
        shop.doctor()
    print(f"worst {worst:+.3f} s (promise: {LIMIT:.0f}), {left} backends left (promise: 0)")
    if worst > LIMIT or left:
        raise AssertionError("a promise does not hold")


if __name__ == "__main__":
    run()
