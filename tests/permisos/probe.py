"""Knocking at every door of the real application, with everything PostgreSQL then does undone.

The one statement of a request runs inside a transaction that is rolled back once its answer is read; so a caller who
may do a thing is seen to get through, and leaves nothing. What was asked of PostgreSQL is kept: a refusal only counts
if it was PostgreSQL's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask

from daf_backend.db import call
from daf_backend.http.route import SIDES_KEY, Route

from . import sample
from .manifest import PREFIXES, Entry

REFUSALS = {"sin_token", "token_invalido", "sin_sesion", "sin_permiso"}
ADDRESS = "198.51.100.7"  # attempts counted against it are nobody else's


@dataclass
class Outcome:
    """What came back, and what PostgreSQL was asked on the way."""

    status: int
    rule: str
    asked: list[str] = field(default_factory=list)  # every function PostgreSQL was asked for
    tried: list[str] = field(
        default_factory=list
    )  # those of them it was asked for as the caller, not by a service

    @property
    def refused(self) -> bool:
        """Whether it was the caller who did not fit, and not what they sent (a wrong password is 401 too)."""
        return self.status in (401, 403) and self.rule in REFUSALS

    def __str__(self) -> str:
        return f"{self.status} {self.rule}".strip()


def routes(app: Flask) -> Iterator[tuple[str, str, str, Route]]:
    """Every route the application serves with a contract: side, method, path as OpenAPI writes it, contract."""
    sides = app.extensions[SIDES_KEY]
    for rule in app.url_map.iter_rules():
        contract = getattr(app.view_functions[rule.endpoint], "route", None)
        if contract is None:
            continue
        side = sides[rule.endpoint.split(".")[0]]
        path = rule.rule.removeprefix(PREFIXES[side])
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield side, method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), contract


class Probe:
    """Requests of anybody, undone."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.numbers, self.uuids = (
            {name for rule in app.url_map.iter_rules() for name in re.findall(rf"<{kind}:(\w+)>", rule.rule)}
            for kind in ("int", "uuid")
        )
        self.contracts = {(side, f"{method} {path}"): route for side, method, path, route in routes(app)}
        self.asked: list[str] = []
        self.tried: list[str] = []

    def knock(self, entry: Entry, headers: dict[str, str], **camino: Any) -> Outcome:
        """One request of one caller; ``camino`` names the row when it must be a real one."""
        contract = self.contracts[entry.side, entry.key]
        self.asked, self.tried = [], []
        with self._undone():
            answer = self.app.test_client().open(
                sample.fill(entry.url, {**entry.camino, **camino}, self.numbers, self.uuids),
                method=entry.method,
                headers=headers,
                query_string=sample.body(contract.query),
                json=None
                if entry.method == "GET"
                else {**sample.body(contract.takes), **entry.cuerpo, **camino},
                environ_base={"REMOTE_ADDR": ADDRESS},
            )
        rule = (answer.get_json(silent=True) or {}) if answer.is_json else {}
        said = rule.get("regla", "") if isinstance(rule, dict) else ""
        return Outcome(answer.status_code, said, self.asked, self.tried)

    @contextmanager
    def _undone(self) -> Iterator[None]:
        real = call.send

        def send(conn: psycopg.Connection, name: str, *args: Any, **kwargs: Any) -> bytes:
            self.asked.append(name)
            if conn.info.user != "api_login":
                self.tried.append(name)
            answer = b""
            with conn.transaction():
                answer = real(conn, name, *args, **kwargs)
                raise psycopg.Rollback()
            return answer

        call.send = send
        try:
            yield
        finally:
            call.send = real
