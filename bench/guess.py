"""Ten thousand wrong passwords from one address, on two worker processes: what PostgreSQL sees, and who is slowed down.

    python -m bench.guess --attempts 10000 --threads 16

A third of the guesses are for one person, a third for a till of the same address, the rest for names that nobody has.
Meanwhile the person logs in from another address, a colleague logs in at the attacked address, and the till, which kept
an old token, logs in there under the very name that is being guessed. Afterwards the person comes to the attacked
address for the first time, and waits what they are told to wait.

What PostgreSQL tried is counted in its own log. Exits with an error if it is more than the bound of
`sql/comun/ingreso.sql`, if any of them was kept out, or if a guess got any other answer than 401 or 429.
"""

import argparse
import http.client
import json
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

from .harness import Stack, stack

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
LOGIN = "/api/pos/auth/login"
PAUSE = 0.3
TOLD = 30  # seconds; nobody is told to wait for longer


class Caller:
    """A keep-alive connection from one address."""

    def __init__(self, shop: Stack, address: str, token: str = "") -> None:
        port = urlsplit(shop.base_url).port
        self._conn = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(address, 0))
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self.retry_after = 0

    def login(self, user: str, password: str) -> tuple[int, dict[str, object]]:
        """One attempt: its status and its answer."""
        self._conn.request("POST", LOGIN, json.dumps({"user": user, "password": password}), self._headers)
        answer = self._conn.getresponse()
        self.retry_after = int(answer.headers.get("Retry-After", 0))
        return answer.status, json.loads(answer.read())


class Guessing(threading.Thread):
    """Somebody who tries passwords as fast as they are refused."""

    def __init__(self, shop: Stack, number: int, attempts: int, names: list[str]) -> None:
        super().__init__(daemon=True)
        self._shop, self._number, self._attempts, self._names = shop, number, attempts, names
        self.outcomes: Counter[int] = Counter()

    def run(self) -> None:
        """Guess."""
        caller = Caller(self._shop, HERE)
        for turn in range(self._attempts):
            name = (*self._names, f"nadie_{self._number}_{turn}")[turn % 3]
            status, _ = caller.login(name, f"intento-{self._number}-{turn}")
            self.outcomes[status] += 1


class Working(threading.Thread):
    """Somebody who logs in again and again with the right password."""

    def __init__(self, caller: Caller, name: str, password: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._caller, self._name, self._password, self._stop_now = caller, name, password, stop
        self.outcomes: Counter[int] = Counter()
        self.slowest = 0.0

    def run(self) -> None:
        """Log in until told to stop."""
        while not self._stop_now.wait(PAUSE):
            started = time.monotonic()
            self.outcomes[self._caller.login(self._name, self._password)[0]] += 1
            self.slowest = max(self.slowest, time.monotonic() - started)


def tried(shop: Stack) -> int:
    """How many passwords PostgreSQL has refused so far, by its own log."""
    (log,) = shop.settings.home.rglob("postgres.log")
    return log.read_text("utf-8", "replace").count("password authentication failed for user")


def attack(shop: Stack, attempts: int, threads: int, names: list[str]) -> Counter[int]:
    """Guess with many threads; what they were answered."""
    guessing = [Guessing(shop, number, attempts // threads, names) for number in range(threads)]
    for thread in guessing:
        thread.start()
    for thread in guessing:
        thread.join()
    return sum((thread.outcomes for thread in guessing), Counter[int]())


def come_in(shop: Stack, name: str) -> tuple[int, float]:
    """Log in at the attacked address, waiting what one is told to: attempts made, seconds it took."""
    caller, started = Caller(shop, HERE), time.monotonic()
    for attempt in range(1, 10):
        status, _ = caller.login(name, shop.password)
        if status == 200:
            return attempt, time.monotonic() - started
        if status != 429 or caller.retry_after > TOLD:
            raise AssertionError(f"{status}, told to wait {caller.retry_after} s")
        time.sleep(caller.retry_after)
    raise AssertionError("nine times told to wait")


def run(attempts: int, threads: int) -> None:
    """Attack and measure; raise if a promise does not hold."""
    with stack(workers=2) as shop:
        person, colleague, till = shop.staff("ventas", 3)
        Caller(shop, HERE).login(colleague, shop.password)
        _, kept = Caller(shop, HERE).login(till, shop.password)
        stop = threading.Event()
        working = {
            "the person, from another address": Working(Caller(shop, ELSEWHERE), person, shop.password, stop),
            "a colleague at that address": Working(Caller(shop, HERE), colleague, shop.password, stop),
            "the till there, with an old token": Working(
                Caller(shop, HERE, str(kept["token"])), till, shop.password, stop
            ),
        }
        for thread in working.values():
            thread.start()
        before, started = tried(shop), time.monotonic()
        answers = attack(shop, attempts, threads, [person, till])
        seconds, seen = time.monotonic() - started, tried(shop) - before
        time.sleep(2 * PAUSE)  # afterwards too
        stop.set()
        for thread in working.values():
            thread.join()
        judge(shop, answers, seen, seconds)
        for who, thread in working.items():
            print(f"{who:35} {dict(thread.outcomes)}, slowest {thread.slowest:.2f} s")
        tries, waited = come_in(shop, person)
        print(f"{'the person, there, afterwards':35} in after {tries} attempts and {waited:.1f} s")
        if any(set(thread.outcomes) != {200} for thread in working.values()) or tries > 2:
            raise AssertionError("somebody was kept out")


def judge(shop: Stack, answers: Counter[int], seen: int, seconds: float) -> None:
    """Hold what the guesses cost against the bound: two people got in from there lately, one token was shown."""
    bound = 90 + seconds / 15 + 3 * (11 + seconds / 30)
    noted = shop.query("pos", "SELECT count(*) FROM datos.auditoria WHERE tabla = 'INGRESO_FALLIDO'")[0][0]
    rows = shop.query("pos", "SELECT count(*) FROM datos.login_intento")[0][0]
    print(f"{sum(answers.values()):,} guesses in {seconds:.1f} s: {answers[401]} x 401, {answers[429]} x 429")
    print(f"PostgreSQL tried {seen} passwords (bound {bound:.0f}); {noted} events, {rows} counters kept")
    if set(answers) - {401, 429} or seen != answers[401] or seen > bound:
        raise AssertionError("a promise does not hold")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=16)
    given = parser.parse_args()
    run(given.attempts, given.threads)
