"""A client that checks what every answer has in common."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from daf_backend.demo.ids import cedula, ruc_person

MONEY = re.compile(r"-?[0-9]+\.[0-9]{2}")
MONEY_NAMES = frozenset(
    "fac_subtotal fac_iva fac_total prd_precio_venta pxfa_subtotal pxfa_descuento oc_subtotal oc_iva oc_total"
    " pxoc_subtotal subtotal crr_subtotal crr_total pxca_subtotal descuento iva envio ct_envio precio precio_final"
    " ped_total ped_subtotal"
    " ped_iva cli_limite_credito cli_deuda prd_precio_anterior ret_total ret_subtotal ret_iva".split()
)
QUANTITY_NAMES = frozenset(
    "prd_stock prd_stock_web prd_stock_transito prd_stock_minimo pxfa_cantidad krd_cantidad krd_prd_cantidad cantidad"
    " pxca_cantidad disponible mp_cantidad mxp_cantidad pxoc_cantidad pxoc_recibido stock prd_promocion"
    " iva_porcentaje prd_promocion_anterior".split()
)
PROBLEM = {"type", "title", "status", "detail", "regla", "request_id", "message"}
ENVELOPE = {"data", "page", "limit", "count", "total", "totalPages", "pagination"}
_serial = itertools.count(1)


def serial() -> int:
    """A number nobody had before."""
    return next(_serial)


def new_cedula() -> str:
    """A valid cédula nobody had before."""
    return cedula(17, 810_000 + serial())


def new_ruc() -> str:
    """A valid RUC nobody had before."""
    return ruc_person(17, 810_000 + serial())


def keys(answer: dict[str, Any], promised: str, *, more: str = "") -> None:
    """The answer has exactly the promised keys, and those we add to them."""
    assert set(answer) == {*promised.split(), *more.split()}


def envelope(answer: dict[str, Any], *, more: str = "") -> list[Any]:
    """The rows of a list whose envelope is right."""
    assert set(answer) - {"totalExacto"} == {*ENVELOPE, *more.split()}
    assert answer["count"] == answer["total"] == answer["pagination"]["totalCount"]
    assert answer["totalPages"] == answer["pagination"]["totalPages"] >= 1
    assert set(answer["pagination"]) == {"page", "limit", "totalCount", "totalPages"}
    return answer["data"]


def typed(node: Any, path: str = "") -> None:
    """Money is text with two decimals, a quantity is a number, wherever they stand."""
    if isinstance(node, list):
        for inner in node:
            typed(inner, path)
    elif isinstance(node, dict):
        for name, value in node.items():
            if value is None or isinstance(value, dict | list):
                typed(value, f"{path}.{name}")
            elif name in MONEY_NAMES:
                assert isinstance(value, str) and MONEY.fullmatch(value), f"{path}.{name} is {value!r}"
            elif name in QUANTITY_NAMES:
                assert isinstance(value, int | Decimal), f"{path}.{name} is {value!r}"


@dataclass
class Tab:
    """Somebody's requests to one side."""

    client: FlaskClient
    base: str
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None, expect: int = 200, **options: Any) -> Any:
        """One request that must answer that status; parsed."""
        sent = {"json": body} if body is not None else {}
        answer = self.client.open(
            f"{self.base}{path}", method=method, headers=self.headers, **sent, **options
        )
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        assert answer.headers["X-Request-Id"]
        parsed = answer.get_json() if answer.is_json else None
        typed(parsed)
        return parsed

    def get(self, path: str, expect: int = 200) -> Any:
        """GET, in both slash forms alike."""
        place, question, query = path.partition("?")
        plain, slashed = (
            self.ask("GET", f"{place}{end}{question}{query}", expect=expect) for end in ("", "/")
        )
        if expect == 200:
            assert plain == slashed
        return plain

    def post(self, path: str, body: Any = None, expect: int = 200, **options: Any) -> Any:
        """POST JSON."""
        return self.ask("POST", path, body, expect, **options)

    def put(self, path: str, body: Any = None, expect: int = 200, **options: Any) -> Any:
        """PUT JSON."""
        return self.ask("PUT", path, body, expect, **options)

    def delete(self, path: str, body: Any = None, expect: int = 200) -> Any:
        """DELETE, perhaps with a body."""
        return self.ask("DELETE", path, body, expect)

    def refused(self, status: int, rule: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One request that must be refused by that rule, as a problem that clients can read."""
        problem: dict[str, Any] = self.ask(method, path, body, status)
        assert set(problem) - {"errors"} == PROBLEM
        assert (problem["regla"], problem["status"]) == (rule, status)
        assert problem["message"] == problem["detail"] != ""
        return problem


@pytest.fixture
def tab(app: Flask, auth: Callable[..., dict[str, str]]) -> Callable[..., Tab]:
    """``tab("ventas")`` asks the till as a login of that role, ``tab(None)`` as nobody."""

    def open_tab(role: str | None = "admin", side: str = "pos") -> Tab:
        headers = auth(role, "ecom" if side == "ecom" else "pos") if role else {}
        base = {"pos": "/api/pos", "ecom": "/api/ecom", "sistema": "/api/v1"}[side]
        return Tab(app.test_client(), base, headers)

    return open_tab


@pytest.fixture
def till(tab: Callable[..., Tab]) -> Tab:
    """The till, as an administrator."""
    return tab("admin")


@pytest.fixture
def set_aside(tab: Callable[..., Tab]) -> Iterator[Callable[..., None]]:
    """``set_aside(oc_aprobar_recibe=False)``: settings as this test wants them, and then as they were."""
    system = tab("admin")
    system.base = "/api/v1"
    before: dict[str, Any] = {}

    def put(**settings: Any) -> None:
        rows = system.get("/settings")
        before.update({row["clave"]: row["valor"] for row in rows["data"] if row["clave"] in settings})
        assert before.keys() >= settings.keys()
        system.put("/settings", settings)

    yield put
    system.put("/settings", before)
