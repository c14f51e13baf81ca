"""The role pool over HTTP: 200 people of staff over 20 connections, while connections are killed.

    python -m bench.crowd --people 200 --threads 32 --seconds 20

Two server processes with a cap of 10 each. Every request asks who is calling and must be told its own name. Backends of
the crowd are ended all the time; pg_stat_activity, sampled every 50 ms, must never show more than the cap; only 200 and
503 may come back; nobody may starve. `bench.pool` does the same to the pool itself, and looks for leftovers.
"""

import argparse
import random
import threading
import time
from collections import Counter, defaultdict

import psycopg

from daf_backend.demo.client import Client, Refused

from .harness import Stack, stack

CAP = 20
WORKERS = 2
OURS = "usename LIKE 'bench_ventas_%' AND datname = 'daf_pos'"


class Crowd:
    """What the threads share: who is logged in, what they were answered, and how long they waited."""

    def __init__(self, shop: Stack, people: int) -> None:
        self.shop, self.stop = shop, threading.Event()
        self.headers = {login: self._token(login) for login in shop.staff("ventas", people)}
        self.outcomes: Counter[str] = Counter()
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.most = self.samples = self.killed = 0
        self._lock = threading.Lock()

    def ask(self, seed: int) -> None:
        """Ask as somebody else each time."""
        luck, client = random.Random(seed), Client(self.shop.base_url)
        names = list(self.headers)
        while not self.stop.is_set():
            login = luck.choice(names)
            client._headers["Authorization"] = self.headers[login]
            started = time.perf_counter()
            outcome = self._once(client, login)
            with self._lock:
                self.outcomes[outcome] += 1
                if outcome == "200":
                    self.waits[login].append(time.perf_counter() - started)

    def _once(self, client: Client, login: str) -> str:
        try:
            seen = client.get("/api/pos/auth/profile")["login"]
        except Refused as refusal:
            return f"{refusal.status} {refusal.rule}"
        return "200" if seen == login else f"somebody else: {seen}"

    def watch(self) -> None:
        """Count the crowd's connections every 50 ms and end one of them twice a second."""
        with self.shop.admin_conn("pos") as conn:
            while not self.stop.wait(0.05):
                row = conn.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {OURS}").fetchone()
                self.most, self.samples = max(self.most, row[0] if row else 0), self.samples + 1
                if self.samples % 10 == 0:
                    self.killed += self._kill(conn)

    def _kill(self, conn: psycopg.Connection) -> int:
        victim = f"SELECT pid FROM pg_stat_activity WHERE {OURS} ORDER BY random() LIMIT 1"
        return len(conn.execute(f"SELECT pg_terminate_backend(pid) FROM ({victim}) AS v").fetchall())

    def _token(self, login: str) -> str:
        client = self.shop.login(login)
        client.close()
        return client._headers["Authorization"]


def run(people: int, threads: int, seconds: float) -> None:
    """Let the crowd in; raise if anything is not as promised."""
    with stack(workers=WORKERS, pool_max=CAP // WORKERS, threads=threads // WORKERS) as shop:
        crowd = Crowd(shop, people)
        workers = [threading.Thread(target=crowd.ask, args=(seed,)) for seed in range(threads)]
        workers.append(threading.Thread(target=crowd.watch))
        for worker in workers:
            worker.start()
        time.sleep(seconds)
        crowd.stop.set()
        for worker in workers:
            worker.join()
    p99 = {login: sorted(waits)[int(len(waits) * 0.99)] for login, waits in crowd.waits.items()}
    worst = max(p99, key=lambda login: p99[login])
    spread = sorted(p99.values())
    print(f"outcomes {dict(crowd.outcomes)}; {len(crowd.waits)} of {people} people served")
    print(f"connections: at most {crowd.most} of {CAP} in {crowd.samples} samples; {crowd.killed} ended")
    print(
        f"p99 wait per login: median {1000 * spread[len(spread) // 2]:.0f} ms,"
        f" worst {1000 * p99[worst]:.0f} ms ({worst})"
    )
    odd = {outcome for outcome in crowd.outcomes if not outcome.startswith(("200", "503"))}
    if odd or crowd.most > CAP or len(crowd.waits) < people:
        raise AssertionError(f"a promise does not hold: {odd}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    run(given.people, given.threads, given.seconds)
