"""Ending a session, in every way, on a server with two worker processes whose ear is cut all the time.

    python -m bench.revoke

By the API (logout, from another session, a refresh token that comes back, new password, deactivation) and by plain SQL
(NOLOGIN, VALID UNTIL, PASSWORD, out of the staff, the session's row): how long after the act somebody was still
answered, asked over and over on eight connections, and how many connections the login kept to PostgreSQL. More than a
second is an error. (Out of the staff PostgreSQL refuses at once, with 403, before the session is looked at again.)
"""

import threading
import time
from collections.abc import Callable

import psycopg

from daf_backend.auth.scram import verifier
from daf_backend.demo.client import Client, Refused

from .harness import Stack, stack

LIMIT = 1.0
SESSIONS = "/api/pos/auth/sesiones"
REFRESH = "/api/pos/auth/refresh"
NEW_PASSWORD = "Otra-clave-de-bench-2"
Act = Callable[[Client, str, psycopg.Connection], object]


def sql(text: str) -> Act:
    """What a database administrator types."""
    return lambda mine, login, dba: dba.execute(
        text.format(login=login, verifier=verifier(login, NEW_PASSWORD)).encode()
    )


def end_elsewhere(shop: Stack, mine: Client, login: str) -> None:
    """End one session of a person from another of theirs."""
    (target,) = (row["sid"] for row in mine.get(SESSIONS)["data"] if row["actual"])
    shop.login(login).send("DELETE", f"{SESSIONS}/{target}")


def steal(mine: Client, login: str, dba: psycopg.Connection) -> None:
    """Refresh twice, and let somebody come with the first token."""
    stolen = mine.refresh_token
    for _ in "ab":
        renewed = mine.post(REFRESH, {"refresh_token": mine.refresh_token})
        mine.refresh_token = renewed["refresh_token"]
    try:
        mine.post(REFRESH, {"refresh_token": stolen})
    except Refused as refusal:
        if refusal.status != 401:
            raise


def ways(shop: Stack) -> dict[str, Act]:
    """Every way of ending a session."""
    change = {"actual": shop.password, "nueva": NEW_PASSWORD}
    admin = shop.login("demo_admin")
    return {
        "API: logout": lambda mine, login, dba: mine.post("/api/pos/auth/logout"),
        "API: from another session": lambda mine, login, dba: end_elsewhere(shop, mine, login),
        "API: refresh reused": steal,
        "API: new password": lambda mine, login, dba: mine.post("/api/pos/auth/password", change),
        "API: deactivated": lambda mine, login, dba: admin.send("DELETE", f"/api/pos/usuario/{login}"),
        "SQL: NOLOGIN": sql("ALTER ROLE {login} NOLOGIN"),
        "SQL: VALID UNTIL": sql("ALTER ROLE {login} VALID UNTIL '2000-01-01'"),
        "SQL: PASSWORD": sql("ALTER ROLE {login} PASSWORD '{verifier}'"),
        "SQL: out of the staff": sql("REVOKE ventas FROM {login}"),
        "SQL: session's row": sql("UPDATE datos.sesion SET cerrada_en = now() WHERE sujeto = '{login}'"),
    }


class Asking(threading.Thread):
    """Somebody who goes on asking with the same token, on a connection of their own."""

    def __init__(self, shop: Stack, token: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client, self.stop = Client(shop.base_url), stop
        self.client._headers["Authorization"] = token
        self.last_answered = 0.0
        self.refusals: set[int] = set()

    def run(self) -> None:
        """Ask until told to stop."""
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                self.client.get("/api/pos/auth/profile")
                self.last_answered = started
            except Refused as refusal:
                self.refusals.add(refusal.status)


def cut(shop: Stack, stop: threading.Event) -> None:
    """End the workers' LISTEN connections as fast as they come back."""
    with shop.admin_conn("pos") as conn:
        while not stop.wait(0.02):
            conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")


def outlived(shop: Stack, login: str, act: Act) -> tuple[float, int]:
    """Seconds a session was answered after its end, and the connections of its login a second later."""
    stop, mine = threading.Event(), shop.login(login)
    asking = [Asking(shop, mine._headers["Authorization"], stop) for _ in range(8)]
    for thread in asking:
        thread.start()
    time.sleep(0.5)
    with shop.admin_conn("pos") as dba:
        act(mine, login, dba)
        ended = time.monotonic()
        time.sleep(LIMIT + 0.5)
        count = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
        row = dba.execute(count, (login,)).fetchone()
    stop.set()
    for thread in asking:
        thread.join()
    if any(thread.refusals - {401, 403, 503} for thread in asking):
        raise AssertionError([thread.refusals for thread in asking])
    return max(thread.last_answered for thread in asking) - ended, row[0] if row else 0


def run() -> None:
    """Try every way; raise if one took longer than promised."""
    with stack(workers=2) as shop:
        stop = threading.Event()
        knife = threading.Thread(target=cut, args=(shop, stop))
        knife.start()
        worst = 0.0
        try:
            found = ways(shop)
            for (name, act), login in zip(found.items(), shop.staff("ventas", len(found)), strict=True):
                seconds, left = outlived(shop, login, act)
                print(
                    f"{name:26} answered for {max(seconds, 0):.2f} s more; {left} connections left",
                    flush=True,
                )
                worst = max(worst, seconds)
        finally:
            stop.set()
            knife.join()
    print(f"worst {worst:.2f} s (promise: {LIMIT:.0f})")
    if worst > LIMIT:
        raise AssertionError("a promise does not hold")


if __name__ == "__main__":
    run()
