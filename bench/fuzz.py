"""Requests that schemathesis invents from our own OpenAPI documents, on a real deployment, as three kinds of caller.

    python -m bench.fuzz --requests 10000 --roles admin ventas comprador

Each caller goes through both documents, some of what is sent well formed, the rest not. What earlier answers named is
put where a request names something, so that a good share reaches rows that exist. Every answer is held against its
document, read strictly: a status, a header, a type or a key it does not declare is a finding, and so is any 5xx but
503. 429 and 503 together may be 1 % of a caller's answers. The doctor looks at the end.
"""

import argparse
import copy
import itertools
import json
import os
import random
import re
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
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

from daf_backend.demo.client import Client, Refused
from daf_backend.demo.ids import cedula, ruc_person

from .harness import Stack, stack

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
DOCUMENTS = {"pos": "/api/pos", "ecom": "/api/ecom", "sistema": "/api/v1"}
ROLES = ("admin", "ventas", "bodega", "comprador")
ENDED = {"token_invalido", "sin_sesion"}
PASSWORD = "clave-de-comprador-1"
# Public doors that count who knocks: a few tries each, or every answer would be 429.
COUNTED = re.compile(r"/(login|refresh|bootstrap|mail)$|/auth/(login|register|verify|client|reset|password)|/usuario/register")
MAX_TRIES_OF_COUNTED = 4
KNOWN = 0.7  # how often what a request names is something that an answer named before, or what a person would type
STRANGER = 0.02  # how often nobody calls
NAMES = {"usuario": "id", "persona": "id"}  # a path's name -> the answers' name
_serial = itertools.count(720_000)
USUAL: dict[str, Callable[[random.Random], Any]] = {
    "cli_ruc_ced": lambda _: cedula(17, next(_serial)),
    "prv_ruc": lambda _: ruc_person(17, next(_serial)),
    "email": lambda _: f"persona{next(_serial)}@correo.example",
    "password": lambda _: PASSWORD,
    "ct_codigo": lambda _: "UIO",
    "card_number": lambda _: "4242424242424242",
    "krd_razon": lambda _: "Conteo",
    "trn_cod": lambda chance: chance.choice(["AJU", "AJE", "MER", "COM", "PRO"]),
    **dict.fromkeys(
        ("cantidad", "pxfa_cantidad", "pxoc_cantidad", "mxp_cantidad", "krd_cantidad", "krd_prd_cantidad", "page"),
        lambda chance: chance.randint(1, 3),
    ),
    **dict.fromkeys(("costo_unitario", "monto", "costo", "prd_precio_venta"), lambda chance: f"{chance.randint(1, 9)}.50"),
}  # what a person would type


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
            print(f"  rules: {self.rules.most_common()}\n  without 2xx: {sorted(self.operations - self.successes)}")
        for kind, examples in sorted(self.broken.items()):
            print(f"  ✗ {len(examples)} x {kind}\n      {examples[0]}", flush=True)
        return bool(self.broken) or busy > self.total / 100


class Caller:
    """One kind of caller: logged in again whenever one of its own acts ended its session."""

    def __init__(self, s: Stack, role: str) -> None:
        self.s, self.role, self.tokens = s, role, dict[str, str]()
        self._spare = iter([] if role == "comprador" else s.staff(role, 40))
        self._number = 710_000
        self.renew()

    def renew(self) -> None:
        """Another person of the same kind, for each side."""
        if self.role == "comprador":
            self.tokens = dict.fromkeys(DOCUMENTS, self._shopper())
            return
        login = next(self._spare)
        pos, ecom = (self._token(side, login, self.s.password) for side in ("pos", "ecom"))
        self.tokens = {"pos": pos, "ecom": ecom, "sistema": pos}

    def _token(self, side: str, user: str, password: str) -> str:
        token: str = Client(self.s.base_url).login(side, user, password)["token"]
        return token

    def _shopper(self) -> str:
        self._number += 1
        email = f"comprador{self._number}@correo.example"
        account = {"email": email, "password": PASSWORD, "cli_ruc_ced": cedula(17, self._number)}
        who = {"cli_nombre": "Comprador", "ct_codigo": "UIO"}
        Client(self.s.base_url).post("/api/ecom/auth/register", {**account, "cliente": who})
        return self._token("ecom", email, PASSWORD)


class Pond:
    """The values that answers named, by name, newest last."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.seen: dict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=40))

    def learn(self, node: Any) -> None:
        """Remember the codes and numbers of an answer."""
        if isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, dict | list):
                    self.learn(value)
                elif isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                    self.seen[name].append(value)
        elif isinstance(node, list):
            for inner in node[:20]:
                self.learn(inner)

    def forget(self, names: set[str]) -> None:
        """Make room: what is learned next is what will be used."""
        for name in names:
            self.seen[name].clear()

    def stock(self, node: Any, *, always: bool = False) -> Any:
        """The same request with known values in some of the places whose names it knows."""
        if isinstance(node, dict):
            return {name: self._value(name, value, always) for name, value in node.items()}
        if isinstance(node, list):
            return [self.stock(inner) for inner in node]
        return node

    def _value(self, name: str, value: Any, always: bool) -> Any:
        if isinstance(value, dict | list):
            return self.stock(value)
        if not always and self.chance.random() > KNOWN:
            return value
        if name in USUAL and self.chance.random() < 0.8:
            return USUAL[name](self.chance)
        known = self.seen.get(NAMES.get(name, name))
        return self.chance.choice(known) if known else value


class Fuzz:
    """One caller going through the documents."""

    def __init__(self, s: Stack, role: str, number: int) -> None:
        self.s, self.number, self.chance = s, number, random.Random(number)
        self.caller, self.pond = Caller(s, role), Pond(self.chance)
        self.findings, self.wire = Findings(role), requests.Session()

    def run(self, wanted: int) -> Findings:
        """About that many requests, every operation a like share; a second round has the first one's answers."""
        for round_ in (1, 2):
            operations = list(self._operations())
            scarce = [self._scarce(side, operation) for side, operation in operations]
            share = -(-(wanted // 2 - MAX_TRIES_OF_COUNTED * sum(scarce)) // scarce.count(False))
            for (side, operation), few in zip(operations, scarce, strict=True):
                self._knock(side, operation, MAX_TRIES_OF_COUNTED if few else share, round_)
        return self.findings

    def _scarce(self, side: str, operation: Any) -> bool:
        """A door that counts who knocks, or one where this caller is nobody."""
        return bool(COUNTED.search(operation.path)) or not self._belongs(side)

    def _operations(self) -> Iterator[tuple[str, Any]]:
        for side, prefix in DOCUMENTS.items():
            document = requests.get(f"{self.s.base_url}{prefix}/openapi.json", timeout=30).json()
            schema = schemathesis.openapi.from_dict(strict(document))
            found = [result.ok() for result in schema.get_all_operations()]
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
        case.path_parameters = self._stocked(case.path_parameters, positive)
        case.body = self._stocked(case.body, False)
        where = f"{case.method.upper()} {case.operation.path}"
        self.findings.operations.add(where)
        headers = {"Authorization": f"Bearer {self.caller.tokens[side]}"} if self.chance.random() > STRANGER else {}
        answer = case.call(base_url=self.s.base_url, session=self.wire, headers=headers, timeout=30)
        self._judge(where, case, answer)
        if answer.status_code == 401 and self._rule(answer) in ENDED and self._belongs(side):
            self.caller.renew()

    def _prepare(self, side: str, case: Any) -> None:
        """Half the time that a path names a document, a new one that can still be changed."""
        wanted = {"fac_codigo", "pxfa_codigo", "oc_codigo"} & {*case.path_parameters, *_keys(case.body)}
        if side != "pos" or not wanted or self.chance.random() < 0.5:
            return
        with suppress(Refused):
            self.pond.forget(wanted)
            self.pond.learn(self._draft(wanted))

    def _draft(self, wanted: set[str]) -> Any:
        client = Client(self.s.base_url)
        client._headers["Authorization"] = f"Bearer {self.caller.tokens['pos']}"
        if "oc_codigo" in wanted:
            code = client.post("/api/pos/ordencompra", {"prv_codigo": self._one("prv_codigo")})["oc_codigo"]
            line = {"mp_codigo": self._one("mp_codigo"), "pxoc_cantidad": 3}
            made = client.post(f"/api/pos/ordencompra/{code}/detalle", line)
            return client.post(f"/api/pos/ordencompra/{code}/aprobar") if self.chance.random() < 0.5 else made
        code = client.post("/api/pos/factura", {"cli_codigo": "CLI0000002"})["fac_codigo"]
        line = {"fac_codigo": code, "prd_codigo": self._one("prd_codigo"), "pxfa_cantidad": 2}
        made = client.post("/api/pos/factura/detalle", line)
        return client.put(f"/api/pos/factura/{code}/aprobar") if self.chance.random() < 0.3 else made

    def _one(self, name: str) -> Any:
        return self.chance.choice(self.pond.seen[name] or [""])

    def _stocked(self, part: Any, positive: bool) -> Any:
        return self.pond.stock(part, always=positive and self.chance.random() < KNOWN) if isinstance(part, dict) else part

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


def _keys(body: Any) -> list[str]:
    return list(body) if isinstance(body, dict) else []


def stock_up(s: Stack) -> None:
    """What the demo shop has none of: a supplier, raw materials, a recipe, orders, purchases, what is owed."""
    admin = s.login("demo_admin")
    product = admin.get("/api/pos/producto?page=1")["data"][0]["prd_codigo"]
    for number in range(3):
        supplier = admin.post(
            "/api/pos/proveedor", {"prv_razonsocial": f"Proveedor {number}", "prv_ruc": ruc_person(17, next(_serial))}
        )["prv_codigo"]
        kind = {"unidad_medida": "KG", "descripcion": f"Material {number}", "costo": "3.25", "prioridad": "L"}
        material = admin.post("/api/pos/materiaprima", {**kind, "cantidad": 500})["mp_codigo"]
        order = admin.post("/api/pos/ordencompra", {"prv_codigo": supplier})["oc_codigo"]
        admin.post(f"/api/pos/ordencompra/{order}/detalle", {"mp_codigo": material, "pxoc_cantidad": 5})
        if number:
            admin.post(f"/api/pos/ordencompra/{order}/aprobar")
        line = {"mp_codigo": material, "cantidad": 4, "costo_unitario": "2.5"}
        bought = {"prv_codigo": supplier, "nro_documento": f"F-{number}", "lineas": [line], "pago": "CREDITO"}
        admin.post("/api/pos/compra", bought)
    recipe = admin.post("/api/pos/estandar", {"prd_codigo": product})["est_cod"]
    admin.put(
        f"/api/pos/estandar/{recipe}/detalle", {"materiasprimas": [{"mp_codigo": material, "mxp_cantidad": "1.5"}]}
    )


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every answer closed: a key that it does not declare breaks it."""
    document = copy.deepcopy(document)
    schemas = document["components"]["schemas"]
    closed = {f"{name}Exacto": _closed(schema) for name, schema in schemas.items()}
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"] = _renamed(operation["responses"])
                operation.pop("security", None)  # tokens are ours to send: no invented ones
    document["components"].pop("securitySchemes")
    document["components"]["responses"] = _renamed(document["components"].get("responses", {}))
    schemas.update(closed)
    return document


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = _renamed(schema)
    if inner.get("type") == "object" and "properties" in inner:
        inner["additionalProperties"] = False
    return inner


def _renamed(node: Any) -> Any:
    return json.loads(re.sub(r'("\$ref": "#/components/schemas/[^"]+)"', r'\1Exacto"', json.dumps(node)))


def main() -> int:
    """Each caller in turn, then the doctor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--roles", nargs="+", choices=ROLES, default=["admin", "ventas", "comprador"])
    parser.add_argument("--seed", type=int, default=20_260_101)
    given_ = parser.parse_args()
    with stack(workers=2, demo=True, bridge=True) as s:
        failed = False
        stock_up(s)
        for role in given_.roles:
            started = time.perf_counter()
            found = Fuzz(s, role, given_.seed).run(given_.requests)
            failed |= found.tell()
            print(f"  {found.total / (time.perf_counter() - started):.0f} requests/s", flush=True)
        print(f"{s.doctor()} invariants of the doctor hold")
        if failed:
            print((s.settings.home / "serve.log").read_text()[-20000:], file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
