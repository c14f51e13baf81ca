"""Changing every key under a server of two processes with people at work: nobody notices, until the old ones go.

    python -m bench.claves

Staff and shoppers ask all the time, refresh their tokens every second, and some log in anew. Signing keys, KEKs,
context key and the services' passwords are changed with `daf claves rotar`, one after the other: not one request of
theirs may fail. Then the old keys are retired at once (`--ya`): tokens and refresh tokens made before the change are
refused, those made since are good. No key is ever printed or logged.
"""

import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

from daf_backend.demo.client import Client, Refused

from .harness import ROOT, Stack, environment, stack
from .last_unit import Shoppers

KINDS = ("firma", "kek", "pasarela", "contexto", "servicios")
WHERE = {"pos": "/api/pos/auth/profile", "ecom": "/api/ecom/carrito"}


class Person(threading.Thread):
    """Somebody who asks over and over, on a connection of their own, and refreshes every second."""

    def __init__(self, shop: Stack, side: str, session: dict[str, Any], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client, self.side, self.stop = Client(shop.base_url), side, stop
        self.session = session
        self.asked = Counter[str]()

    def run(self) -> None:
        """Ask until told to stop."""
        refreshed = time.monotonic()
        while not self.stop.is_set():
            try:
                if time.monotonic() - refreshed > 1:
                    refreshed = time.monotonic()
                    self.refresh()
                self.client._headers["Authorization"] = f"Bearer {self.session['token']}"
                self.client.get(WHERE[self.side])
                self.asked["ok"] += 1
            except Refused as refusal:
                self.asked[f"{self.side} {refusal.status} {refusal.rule}"] += 1

    def refresh(self) -> None:
        """New tokens for the old ones."""
        self.client._headers.pop("Authorization", None)
        renew = {"refresh_token": self.session["refresh_token"]}
        self.session = self.client.post(f"/api/{self.side}/auth/refresh", renew)
        self.asked["refreshed"] += 1


def enter(shop: Stack, side: str, user: str, password: str) -> dict[str, Any]:
    """A new session."""
    return Client(shop.base_url).login(side, user, password)


class Arrivals(threading.Thread):
    """People who log in while keys change."""

    def __init__(self, shop: Stack, logins: list[str], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.shop, self.logins, self.stop, self.asked = shop, logins, stop, Counter[str]()

    def run(self) -> None:
        """Log in until told to stop."""
        turn = 0
        while not self.stop.wait(0.2):
            turn += 1
            try:
                enter(self.shop, "pos", self.logins[turn % len(self.logins)], self.shop.password)
                self.asked["logged in"] += 1
            except Refused as refusal:
                self.asked[f"login {refusal.status} {refusal.rule}"] += 1


def daf(shop: Stack, *words: str) -> str:
    """`daf claves`, as typed; what it said."""
    line = [sys.executable, "-m", "daf_backend.cli", "claves", *words]
    done = subprocess.run(line, cwd=ROOT, env=environment(shop.settings), capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def known(shop: Stack) -> set[str]:
    """Every secret in the files now."""
    words = set()
    for path in (shop.settings.home / "keys").iterdir():
        for word in path.read_text().replace("@", ":").replace(",", ":").split(":"):
            words |= {word.strip()} if len(word.strip()) > 20 else set()
    return words


def good(shop: Stack, side: str, session: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the token and the refresh token of a session are."""
    client = Client(shop.base_url)
    answers = []
    for act in (
        lambda: client.get(WHERE[side]),
        lambda: Client(shop.base_url).post(
            f"/api/{side}/auth/refresh", {"refresh_token": session["refresh_token"]}
        ),
    ):
        client._headers["Authorization"] = f"Bearer {session['token']}"
        try:
            act()
            answers.append(True)
        except Refused as refusal:
            if refusal.status != 401:
                raise
            answers.append(False)
    return answers[0], answers[1]


def rotate_all(shop: Stack, people: list[Person], arrivals: Arrivals) -> tuple[str, set[str]]:
    """Change everything under load; what was said, and every secret there was. Raises if anybody noticed."""
    said, secrets = "", known(shop)
    for kind in KINDS:
        time.sleep(1)
        said += daf(shop, "rotar", kind)
        time.sleep(7)  # until the new one is in use, and a while longer
        secrets |= known(shop)
        total = sum((person.asked for person in people), Counter[str]()) + arrivals.asked
        print(f"{kind}: {dict(total)}", flush=True)
        if odd := set(total) - {"ok", "refreshed", "logged in"}:
            raise AssertionError(odd)
    return said, secrets


def retire(shop: Stack, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> str:
    """Forget the old keys; sessions of before are over, sessions of after go on."""
    said = (
        daf(shop, "retirar", "firma", "--ya")
        + daf(shop, "retirar", "kek", "--ya")
        + daf(shop, "retirar", "contexto", "--ya")
    )
    time.sleep(1.5)
    for side in WHERE:
        was, now = good(shop, side, before[side]), good(shop, side, after[side])
        print(f"{side}: token and refresh of before {was}, of since {now}")
        if was != (False, False) or now != (True, True):
            raise AssertionError(side)
    return said + daf(shop)


def run() -> None:
    """Rotate and retire; raises if a promise does not hold."""
    with stack(workers=2, demo=True, bridge=True) as shop:
        logins, stop = shop.staff("ventas", 6), threading.Event()
        shoppers = Shoppers(shop, 4)
        assert len(shoppers.clients) == 4
        shopper = lambda number: enter(shop, "ecom", f"compra{number}@prueba.ec", "clave-de-compra")  # noqa: E731
        people = [Person(shop, "pos", enter(shop, "pos", login, shop.password), stop) for login in logins[:4]]
        people += [Person(shop, "ecom", shopper(number), stop) for number in range(3)]
        before = {"pos": enter(shop, "pos", logins[5], shop.password), "ecom": shopper(3)}
        arrivals = Arrivals(shop, logins[4:], stop)
        for thread in (*people, arrivals):
            thread.start()
        said, secrets = rotate_all(shop, people, arrivals)
        after = {"pos": enter(shop, "pos", logins[5], shop.password), "ecom": shopper(3)}
        stop.set()
        for thread in (*people, arrivals):
            thread.join()
        said += retire(shop, before, after)
        logs = "".join(path.read_text("utf-8", "replace") for path in shop.settings.home.glob("*.log"))
        shown = [word for word in secrets | known(shop) if word in said + logs]
        print(f"{len(secrets)} secrets known, {len(shown)} of them printed or logged")
        if shown or len(secrets) < 18:
            raise AssertionError("a secret was shown")


if __name__ == "__main__":
    run()
