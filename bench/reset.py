"""Whether asking for a reset code, or trying one, tells from its time if an e-mail has an account.

    python -m bench.reset [--people 150]

Half of the e-mails have an account, half do not; requests are sent in turns, each from an address of its own. Printed
per step: the median of both halves, and the probability that a request for a known e-mail took longer than one for an
unknown (0.5: a coin). A step whose probability leaves 0.5 by more than chance explains fails the run.
"""

import argparse
import json
import statistics
import sys
import time
from http.client import HTTPConnection

from daf_backend.settings import SIDES, Side

from .harness import Stack, stack

SIGMAS = 4.0


class Visitor:
    """One kept connection; each request comes from a new address as the proxy tells it."""

    def __init__(self, s: Stack) -> None:
        self._conn = HTTPConnection(s.base_url.removeprefix("http://"), timeout=30)
        self._number = 0

    def post(self, path: str, body: dict[str, object]) -> tuple[int, float]:
        """(status, seconds) of one request."""
        self._number += 1
        source = f"10.{self._number >> 16 & 255}.{self._number >> 8 & 255}.{self._number & 255}"
        headers = {"Content-Type": "application/json", "X-Forwarded-For": source}
        text = json.dumps(body)
        started = time.perf_counter()
        self._conn.request("POST", path, text, headers)
        answer = self._conn.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - started


def main() -> None:
    """Measure both sides and both steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=150)
    people: int = parser.parse_args().people
    with stack(workers=1, bridge=True, proxies=1, sweep_seconds=0.5) as s:
        visitor = Visitor(s)
        known = {"pos": _staff(s, people), "ecom": _shoppers(visitor, people)}
        results = []
        for side in SIDES:
            for step in ("code", "confirm"):
                _settle(s, side)
                results.append(_compare(visitor, side, step, known[side]))
    sys.exit(0 if all(results) else 1)


def _compare(visitor: Visitor, side: Side, step: str, known: list[str]) -> bool:
    """One step on one side; whether it tells nothing."""
    path, wanted = f"/api/{side}/auth/reset/{step}", 202 if step == "code" else 422
    extra = {} if step == "code" else {"code": "00000000", "password": "Una-clave-larga-1"}
    times: tuple[list[float], list[float]] = ([], [])
    for number, email in enumerate(known):
        pair = [(0, f"nadie{number}.{side}@correo.ec"), (1, email)]
        for kind, who in pair if number % 2 else reversed(pair):
            status, seconds = visitor.post(path, {"email": who, **extra})
            assert status == wanted, (path, who, status)
            times[kind].append(seconds)
    unknown, there = times
    longer = sum((a > b) + (a == b) / 2 for a in there for b in unknown) / (len(there) * len(unknown))
    chance = SIGMAS * ((len(there) + len(unknown) + 1) / (12 * len(there) * len(unknown))) ** 0.5
    print(
        f"{side} {step:<7}  known {statistics.median(there) * 1000:6.2f} ms   unknown"
        f" {statistics.median(unknown) * 1000:6.2f} ms   P(known took longer) {longer:.3f}"
        f"   by chance 0.5 ± {chance:.3f}",
        flush=True,
    )
    return abs(longer - 0.5) <= chance


def _settle(s: Stack, side: Side) -> None:
    """Wait until the worker has answered every wish, so that it does not compete with what is measured."""
    for waiting in (
        "SELECT FROM datos.clave_codigo WHERE cla_sujeto IS NULL LIMIT 1",
        "SELECT FROM datos.correo WHERE cor_estado IN ('PENDIENTE', 'ENVIANDO') LIMIT 1",
    ):
        while s.query(side, waiting):
            time.sleep(0.2)


def _staff(s: Stack, people: int) -> list[str]:
    with s.admin_conn("pos") as conn:
        logins = s.staff("ventas", people)
        conn.execute(
            "UPDATE datos.usuario SET usr_email = usr_login || '@prueba.ec' WHERE usr_login = ANY (%s)",
            (logins,),
        )
    return [f"{login}@prueba.ec" for login in logins]


def _shoppers(visitor: Visitor, people: int) -> list[str]:
    emails = []
    for number in range(people):
        email = f"persona{number}@prueba.ec"
        body = {
            "email": email, "password": "Clave-de-compra-1", "cli_ruc_ced": f"P{number:06d}",
            "cliente": {"cli_nombre": f"Persona {number}"},
        }  # fmt: skip
        status, _ = visitor.post("/api/ecom/auth/register", body)
        assert status == 201, status
        emails.append(email)
    return emails


if __name__ == "__main__":
    main()
