"""The shop's own fixtures: products with units, shoppers with sessions, and the bridge's calls."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from flask import Flask
from pydantic import SecretStr

from daf_backend.auth import context
from daf_backend.db.call import runtime
from daf_backend.ecom import pagos_cobro
from daf_backend.ecom.pagos_stripe_cliente import _client

from ..conftest import Act
from ..stripe_server import KEY, WEBHOOK_SECRET, StripeServer, running

PASSWORD = "Compra-segura-1"
APPROVED, DECLINED = "4242 4242 4242 4242", "4000000000000002"
ANSWER_LOST, UNREACHABLE = "4000000000000119", "4000000000000259"
# What the doctor warns of after so many minutes; a slow machine's tests take longer.
WAITING = {
    "sello_atrasado", "correo_atrasado", "pedido_pagado_sin_factura", "pedido_vencido_sin_soltar",
    "pago_sin_resolver", "reembolso_sin_terminar",
}  # fmt: skip
_serial = itertools.count(1)


def cedula(number: int) -> str:
    """A valid cédula of Pichincha out of a number."""
    digits = f"17{number % 10**7:07d}"
    total = sum((lambda n: n - 9 if n > 9 else n)(int(d) * (2 - i % 2)) for i, d in enumerate(digits))
    return f"{digits}{-total % 10}"


@pytest.fixture(scope="session")
def admin(servers) -> Iterator[Act]:
    """The ECOM database as superuser, each call committed: what the bridge would bring."""
    with psycopg.connect(servers.admin_conninfo("ecom"), autocommit=True) as conn:
        yield Act(conn)


@pytest.fixture(scope="module", autouse=True)
def lists(admin) -> None:
    """The rates, cities and categories that these tests count on, whatever the bridge's own tests brought before."""
    admin("catalogo_recibir", tarifas=RATES, ciudades=CITIES, categorias=CATEGORIES)


RATES = json.dumps([
    {"iva_codigo": "GEN", "sri_codigo": "2", "porcentaje": 12, "desde": "2000-01-01", "hasta": "2024-03-31"},
    {"iva_codigo": "GEN", "sri_codigo": "4", "porcentaje": 15, "desde": "2024-04-01", "hasta": None},
    {"iva_codigo": "CER", "sri_codigo": "0", "porcentaje": 0, "desde": "2000-01-01", "hasta": None},
])  # fmt: skip
CITIES = json.dumps(
    [{"ct_codigo": "UIO", "ct_descripcion": "Quito"}, {"ct_codigo": "GYE", "ct_descripcion": "Guayaquil"}]
)
CATEGORIES = json.dumps([
    {"cat_codigo": "ALI", "cat_nombre": "Alimentos", "cat_descripcion": "", "cat_padre": None},
    {"cat_codigo": "LAC", "cat_nombre": "Lácteos", "cat_descripcion": "", "cat_padre": "ALI"},
    {"cat_codigo": "ASE", "cat_nombre": "Aseo", "cat_descripcion": "", "cat_padre": None},
])  # fmt: skip


@pytest.fixture(scope="session")
def product(admin) -> Callable[..., str]:
    """Bring a product with units to sell: ``product(price="10.00", units=5)`` is its code."""

    def bring(price="10.00", units=5, **columns: Any) -> str:
        code = columns.pop("code", None) or f"PRD9{next(_serial):06d}"  # no code the POS would give
        row = {
            "prd_codigo": code, "prd_nombre": f"Producto {code}", "prd_precio_venta": price, "prd_promocion": 0,
            "prd_tipo": "BIEN", "prd_estado": "ACT", "um_descripcion": "Unidad", "cat_codigo": "ASE",
            "iva_codigo": "GEN", "prd_version": 1, **columns,
        }  # fmt: skip
        admin("catalogo_recibir", productos=json.dumps([row]))
        if units:
            admin("cupo_ajustar", prd_codigo=code, delta=units, id=f"{code}-alta")
        return code

    return bring


@dataclass
class Shopper:
    """Somebody with an account and a session."""

    app: Flask
    email: str
    ruc: str
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request of theirs; the response."""
        return self.app.test_client().open(
            f"/api/ecom{path}", method=method, json=body, headers={**self.headers, **headers}
        )

    def login(self, password: str = PASSWORD, **headers: str) -> None:
        """Log in, again perhaps."""
        body = {"email": self.email, "password": password}
        answer = self.app.test_client().post("/api/ecom/auth/login", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json['token']}"}

    @property
    def id(self) -> int:
        """Their account's id."""
        with self.app.app_context():
            return runtime().ask("ecom", "api_login", "ingreso_preparar", email=self.email)["usr_id"]

    def buy(self, code: str, quantity: int = 1, card: str = APPROVED, **body: Any) -> Any:
        """Put a product in the cart and pay; the response of the checkout."""
        added = self("POST", "/carrito", {"prd_codigo": code, "cantidad": quantity})
        assert added.status_code == 200, added.text
        return self("POST", "/pagos/checkout", {"card_number": card, **body})


@pytest.fixture
def shopper(app, admin) -> Callable[[], Shopper]:
    """Register somebody new and log them in."""

    def register() -> Shopper:
        number = next(_serial)
        person = Shopper(app, f"persona{number}@correo.ec", cedula(number))
        body = {"email": person.email, "password": PASSWORD, "cli_ruc_ced": person.ruc,
                "cliente": {"cli_nombre": f"Persona {number}", "ct_codigo": "UIO"}}  # fmt: skip
        answer = app.test_client().post("/api/ecom/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        person.login()
        return person

    return register


@pytest.fixture
def cart(shopper, product) -> tuple[Shopper, str]:
    """A shopper with one unit of something in the cart, and its code."""
    me, code = shopper(), product("10.00", 5)
    me("POST", "/carrito", {"prd_codigo": code})
    return me, code


@pytest.fixture(autouse=True)
def pos_away(app, monkeypatch) -> None:
    """The shop alone: nothing is invoiced or credited inline, whatever the POS database holds."""
    monkeypatch.setitem(app.extensions, "daf_facturar", lambda ped_codigo: None)
    monkeypatch.setitem(app.extensions, "daf_reembolsar", lambda reembolso: None)


@pytest.fixture(autouse=True)
def patience(admin) -> None:
    """Every test fails logins of its own; none waits for another's."""
    admin.conn.execute("DELETE FROM datos.login_intento")


@pytest.fixture
def healthy(admin) -> Iterator[None]:
    """The doctor finds nothing when the test is over, but what waits for a worker: nobody works here."""
    yield
    found = [row for row in admin("doctor_revisar") if row["filas"]]
    assert [row for row in found if row["invariante"] not in WAITING] == []


@pytest.fixture
def as_shopper(app, servers) -> Callable[..., psycopg.Connection]:
    """Raw connections of the login ecom_cliente, with a signed context if one is asked for."""
    with app.app_context():
        keyring = runtime().keyring

    def connect(
        kind: str = "", subject: int | str = "", sign: Callable[..., str] = context.sign
    ) -> psycopg.Connection:
        conn = psycopg.connect(
            servers.ecom, user="ecom_cliente", password=keyring.services["ecom_cliente"], autocommit=True
        )
        if kind:
            signed = sign(keyring.context, kind, str(subject), conn.info.backend_pid)
            conn.execute("SELECT set_config('daf.contexto', %s, false)", (signed,))
        return conn

    return connect


@pytest.fixture
def impatient(app, stripe) -> Callable[[], AbstractContextManager[None]]:
    """For a while, who asks stripe does not wait long: for what is not going to be answered."""
    state = app.extensions["daf"]

    @contextmanager
    def lasting() -> Iterator[None]:
        usual = state.settings
        state.settings = usual.model_copy(update={"stripe_timeout": 0.3})
        yield
        state.settings = usual

    return lasting


@pytest.fixture
def stripe(app, admin, monkeypatch) -> Iterator[StripeServer]:
    """The shop charges with stripe, whose server stands on loopback."""
    state = app.extensions["daf"]
    with running() as books:
        keys = {"stripe_key": SecretStr(KEY), "stripe_webhook_secret": SecretStr(WEBHOOK_SECRET)}
        own = {"pasarela": "stripe", "stripe_url": books.url, "stripe_timeout": 10.0, **keys}
        monkeypatch.setattr(state, "settings", state.settings.model_copy(update=own))
        yield books
        books.trouble, books.on_event = {}, lambda event: None
        admin.conn.execute(  # nothing stays under way at a server that is gone
            "UPDATE datos.pago SET pag_creado = now() - interval '1 day', pag_espera = now(), pag_reintentar = now()"
            " WHERE pag_proveedor = 'stripe' AND pag_estado IN ('INICIADO', 'POR_REEMBOLSAR')"
        )
        with app.app_context():
            pagos_cobro.sweep(older_than=3600)
            pagos_cobro.sweep(older_than=3600)
        _client.cache_clear()
