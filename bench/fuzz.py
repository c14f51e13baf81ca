"""Requests that schemathesis invents from our own OpenAPI documents, on a real deployment, as several kinds of caller.

    python -m bench.fuzz --requests 10000 --roles admin ventas comprador

Each caller goes through both documents, some of what is sent well formed, the rest not. What earlier answers named is
put where a request names something, so that a good share reaches rows that exist. Every answer is held against its
document, read strictly: a status, a header, a type or a key it does not declare is a finding, and so is any 5xx but
503. 429 and 503 together may be 1 % of a caller's answers. The doctor looks at the end.
"""

import argparse
import copy
import os
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from daf_backend.demo.client import Refused

from .drafting import Drafts
from .fuzzing import DOCUMENTS, KNOWN, USUAL, Caller, Pond, stock_up, strict
from .harness import Stack, stack

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
ROLES = ("admin", "adm_ventas", "ventas", "cajero", "bodega", "adm_bodega", "compras", "auditor", "comprador")
ENDED = {"token_invalido", "sin_sesion"}
# Doors that count who knocks, or end the session of who does: a few tries each, or every answer would be 429 or 401.
COUNTED = re.compile(
    r"/(login|logout|refresh|bootstrap|mail)$|/ecom/auth$|/usuario/register"
    r"|/auth/(login|register|verify|client|reset|password|sesiones/)"
)
MAX_TRIES_OF_COUNTED = 4
MASTER = re.compile(
    r"/(cliente|producto|proveedor|materiaprima|usuario)/\{"
)  # mostly left alive, or nothing sells
STRANGER = 0.02  # how often nobody calls
EXAMPLED = 0.5  # how often a well formed body begins as the one its document shows


@dataclass
class Findings:
    """What one caller was answered."""

    role: str
    statuses: Counter[int] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    successes: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)
    rules: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many answers."""
        return sum(self.statuses.values())

    def note(self, kind: str, where: str, example: str) -> None:
        """Keep the first examples of a kind of finding at one operation."""
        self.broken[f"{kind}: {where}"].append(example)

    def tell(self) -> bool:
        """Print them; whether a promise is broken."""
        busy = self.statuses[429] + self.statuses[503]
        errors = sum(count for status, count in self.statuses.items() if status >= 500 and status != 503)
        told = ", ".join(f"{status} x {count}" for status, count in sorted(self.statuses.items()))
        print(f"{self.role}: {self.total} requests to {len(self.operations)} operations: {told}")
        print(
            f"  2xx from {len(self.successes)} operations; 5xx {errors}; 429 and 503 {busy / self.total:.2%}; "
            f"{sum(map(len, self.broken.values()))} findings of {len(self.broken)} kinds",
            flush=True,
        )
        if os.environ.get("FUZZ_RULES"):
            print(
                f"  rules: {self.rules.most_common()}\n  without 2xx: {sorted(self.operations - self.successes)}"
            )
        for kind, examples in sorted(self.broken.items()):
            print(f"  ✗ {len(examples)} x {kind}\n      {examples[0]}", flush=True)
        return bool(self.broken) or busy > self.total / 100


class Fuzz:
    """One caller going through the documents."""

    def __init__(self, s: Stack, role: str, number: int, only: str = "") -> None:
        self.s, self.number, self.chance, self.only = s, number, random.Random(number), re.compile(only)
        self.caller, self.pond = Caller(s, role), Pond(self.chance)
        self.drafts = Drafts(s.login("demo_admin"), self.caller.client, role, self.pond)
        self.findings, self.wire = Findings(role), requests.Session()

    def run(self, wanted: int, minutes: float) -> Findings:
        """At least so many requests, every operation a like share; later rounds have the answers of earlier ones."""
        operations = list(self._operations())
        scarce = [self._scarce(side, operation) for side, operation in operations]
        share = min(30, -(-wanted // (2 * max(1, scarce.count(False)))))
        give_up = time.monotonic() + 60 * minutes
        for round_ in range(1, 100):
            for (side, operation), few in zip(operations, scarce, strict=True):
                if (not few or round_ < 3) and time.monotonic() < give_up:
                    self._knock(side, operation, MAX_TRIES_OF_COUNTED if few else share, round_)
            if self.findings.total >= wanted:
                break
        return self.findings

    def _scarce(self, side: str, operation: Any) -> bool:
        """A door that counts who knocks, or one where this caller is nobody."""
        return bool(COUNTED.search(operation.path)) or not self._belongs(side)

    def _operations(self) -> Iterator[tuple[str, Any]]:
        for side, prefix in DOCUMENTS.items():
            document = requests.get(f"{self.s.base_url}{prefix}/openapi.json", timeout=30).json()
            schema = schemathesis.openapi.from_dict(strict(document))
            found = [result.ok() for result in schema.get_all_operations()]
            found = [op for op in found if self.only.search(f"{op.method.upper()} {op.path}")]
            self.chance.shuffle(found)
            found.sort(key=lambda op: op.method.upper() != "GET")  # reads first: what they name is used later
            yield from ((side, operation) for operation in found)

    def _knock(self, side: str, operation: Any, times: int, round_: int) -> None:
        for mode, share in ((GenerationMode.POSITIVE, 0.6), (GenerationMode.NEGATIVE, 0.4)):
            examples = max(1, round(times * share))

            @seed(self.number * 10 + round_)
            @settings(
                max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(operation.as_strategy(generation_mode=mode))
            def knock(case: Any) -> None:
                self._send(side, case)

            with suppress(Unsatisfiable):  # nothing about it can be wrong
                knock()

    def _send(self, side: str, case: Any) -> None:
        positive = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
        self._prepare(side, case)
        if positive:
            case.body = self._exampled(case)
        gone = case.method.upper() == "DELETE" and MASTER.search(case.operation.path)
        if not gone or self.chance.random() < 0.2:
            case.path_parameters = self._stocked(case.path_parameters, positive)
        case.body = self._stocked(self._pruned(case.body), False)
        if not positive and case.headers and self.chance.random() < 0.8:
            case.headers.pop("Idempotency-Key", None)
        where = f"{case.method.upper()} {case.operation.path}"
        self.findings.operations.add(where)
        headers = (
            {"Authorization": f"Bearer {self.caller.tokens[side]}"} if self.chance.random() > STRANGER else {}
        )
        answer = case.call(base_url=self.s.base_url, session=self.wire, headers=headers, timeout=30)
        self._judge(where, case, answer)
        if answer.status_code == 401 and self._rule(answer) in ENDED and self._belongs(side):
            self.caller.renew()

    def _prepare(self, side: str, case: Any) -> None:
        """Half the time that a path names a document, a new one that can still be changed."""
        wanted = {*case.path_parameters, *_named(case.body)} - {"prd_codigo"}  # of those there must be many
        if self.chance.random() < 0.5:
            return
        with suppress(Refused, ConnectionError):  # a line that idled may be gone: then there is no draft
            draft = self.drafts.make(side, wanted, case.operation.path)
            if draft is not None:
                self.pond.forget(wanted & _named(draft))
                self.pond.learn(draft)

    def _exampled(self, case: Any) -> Any:
        """The body; or, often, what the document shows in its place, with some of what was invented: it goes deeper."""
        content = case.operation.definition.raw.get("requestBody", {}).get("content", {})
        shown = content.get("application/json", {}).get("example")
        if case.media_type != "application/json" or not isinstance(case.body, dict) or not shown:
            return case.body
        if self.chance.random() > EXAMPLED:
            return case.body
        kept = {name: value for name, value in case.body.items() if self.chance.random() < 0.2}
        return {**copy.deepcopy(shown), **kept}

    def _stocked(self, part: Any, positive: bool) -> Any:
        return (
            self.pond.stock(part, always=positive and self.chance.random() < KNOWN)
            if isinstance(part, dict)
            else part
        )

    def _pruned(self, body: Any) -> Any:
        """The body without some of the invented values that nobody would know what to do with."""
        if not isinstance(body, dict):
            return body
        known = USUAL.keys() | self.pond.seen.keys()
        return {name: value for name, value in body.items() if name in known or self.chance.random() < 0.5}

    def _belongs(self, side: str) -> bool:
        return self.caller.role != "comprador" or side == "ecom"

    @staticmethod
    def _rule(answer: Any) -> str:
        try:
            return str(answer.json()["regla"])
        except (ValueError, KeyError, TypeError):
            return ""

    def _judge(self, where: str, case: Any, answer: Any) -> None:
        status, found = answer.status_code, self.findings
        found.statuses[status] += 1
        found.rules[f"{status} {self._rule(answer)}"] += 1
        told = f"{case.as_curl_command()[:600]}\n      -> {status} {answer.text[:300]}"
        if status >= 500 and status != 503:
            found.note(f"status {status}", where, told)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                found.note(f"{type(failure).__name__} {status}", where, f"{str(failure)[:400]}\n      {told}")
        if 200 <= status < 300:
            found.successes.add(where)
            if "json" in answer.headers.get("content-type", [""])[0]:
                self.pond.learn(answer.json())


def _named(node: Any) -> set[str]:
    """Every name of an answer."""
    if isinstance(node, list):
        return set().union(*map(_named, node))
    return {*node, *_named(list(node.values()))} if isinstance(node, dict) else set()


def main() -> int:
    """Each caller in turn, then the doctor."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=60, help="at most so long for each caller")
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=["admin", "ventas", "comprador"])
    parser.add_argument("--seed", type=int, default=20_260_101)
    parser.add_argument("--only", default="", help="of the operations, those that this pattern finds")
    given_ = parser.parse_args()
    with stack(workers=2, demo=True, bridge=True) as s:
        failed = False
        stock_up(s)
        for role in given_.roles:
            started = time.perf_counter()
            found = Fuzz(s, role, given_.seed, given_.only).run(given_.requests, given_.minutes)
            failed |= found.tell()
            print(f"  {found.total / (time.perf_counter() - started):.0f} requests/s", flush=True)
        print(f"{s.doctor()} invariants of the doctor hold")
        if failed:
            print((s.settings.home / "serve.log").read_text()[-20000:], file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
