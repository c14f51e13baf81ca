"""What `bench.fuzz` sends: who calls, the values that answers named, and the goods that the demo shop has none of."""

import copy
import itertools
import json
import random
import re
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from daf_backend.demo.client import Client, Refused
from daf_backend.demo.ids import cedula, ruc_person

from .harness import Stack

DOCUMENTS = {"pos": "/api/pos", "ecom": "/api/ecom", "sistema": "/api/v1"}
PASSWORD = "clave-de-comprador-1"
KNOWN = 0.7  # how often what a request names is something that an answer named before, or what a person would type
SHORT = {"prd_codigo": "codigo"}  # how the shop's window calls it
NAMES = {"usuario": "id", "persona": "id", "itm_codigo": "prd_codigo"}  # a path's name -> the answers' name
UNKNOWN = {"", "demo_admin"}  # who makes the drafts keeps their account
_serial = itertools.count(720_000)
USUAL: dict[str, Callable[[random.Random], Any]] = {
    "cli_ruc_ced": lambda _: cedula(17, next(_serial)),
    "prv_ruc": lambda _: ruc_person(17, next(_serial)),
    "email": lambda _: f"persona{next(_serial)}@correo.example",
    "password": lambda _: PASSWORD,
    "ct_codigo": lambda _: "UIO",
    "card_number": lambda _: "4242424242424242",
    "krd_razon": lambda _: "Conteo",
    "punto_emision": lambda _: "001-001",
    "vendida_en": lambda _: datetime.now(UTC).isoformat(),
    "id": lambda _: str(uuid.UUID(int=next(_serial))),
    "trn_cod": lambda chance: chance.choice(["INI", "AJU", "BAJ", "CON", "ESI", "DVP", "COM", "Z1", "Z2"]),
    **dict.fromkeys(
        (
            "cantidad",
            "pxfa_cantidad",
            "pxoc_cantidad",
            "mxp_cantidad",
            "krd_cantidad",
            "krd_prd_cantidad",
            "page",
        ),
        lambda chance: chance.randint(1, 3),
    ),
    **dict.fromkeys(
        ("costo_unitario", "monto", "costo", "prd_precio_venta"), lambda chance: f"{chance.randint(1, 9)}.50"
    ),
}  # by name


class Caller:
    """One kind of caller: logged in again whenever one of its own acts ended its session."""

    def __init__(self, s: Stack, role: str) -> None:
        self.s, self.role, self.tokens = s, role, dict[str, str]()
        self._spare = iter([] if role == "comprador" else s.staff(role, 80))
        self._number = 710_000
        self.renew()

    def renew(self) -> None:
        """Another person of the same kind, for each side."""
        if self.role == "comprador":
            self.tokens = dict.fromkeys(DOCUMENTS, self._shopper())
            return
        for login in self._spare:
            with suppress(Refused):  # an act of an earlier one took this one's rights or password
                pos, ecom = (self._token(side, login, self.s.password) for side in ("pos", "ecom"))
                self.tokens = {"pos": pos, "ecom": ecom, "sistema": pos}
                return
        raise RuntimeError(f"every {self.role} was locked out")

    def client(self, side: str) -> Client:
        """Who calls, as a client."""
        client = Client(self.s.base_url)
        client._headers["Authorization"] = f"Bearer {self.tokens[side]}"
        return client

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
                elif isinstance(value, str | int) and not isinstance(value, bool) and value not in UNKNOWN:
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
        known = self.seen.get(NAMES.get(name, name)) or self.seen.get(SHORT.get(name, name))
        return self.chance.choice(known) if known else value


def stock_up(s: Stack) -> None:
    """What the demo shop has none of: a supplier, raw materials, a recipe, orders, purchases, what is owed."""
    admin = s.login("demo_admin")
    product = admin.get("/api/pos/producto?page=1")["data"][0]["prd_codigo"]
    for number in range(3):
        supplier = admin.post(
            "/api/pos/proveedor",
            {"prv_razonsocial": f"Proveedor {number}", "prv_ruc": ruc_person(17, next(_serial))},
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
        f"/api/pos/estandar/{recipe}/detalle",
        {"materiasprimas": [{"mp_codigo": material, "mxp_cantidad": "1.5"}]},
    )
    admin.put("/api/v1/settings", {"oc_aprobar_recibe": False})  # what was ordered is still to come
    for row in admin.get("/api/pos/producto?page=1&limit=100")["data"]:
        with suppress(Refused):  # not everything has that much
            admin.put(f"/api/pos/producto/{row['prd_codigo']}/cupo-web", {"cantidad": 8})


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
