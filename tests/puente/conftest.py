"""A deployment of the bridge's own: two databases on the session's server that nobody else writes to.

What both sides say has to agree to the last unit, so rows that another test brought to one side only would be
violations here.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from flask import Flask

from daf_backend import create_app
from daf_backend.auth.scram import verifier
from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import Cluster, locate
from daf_backend.ecom import reembolso_pago
from daf_backend.errors import Problem
from daf_backend.puente import catalogo, cupo, doctor, ficha, pedido, reembolso
from daf_backend.puente.sides import Sides
from daf_backend.settings import Settings

from ..conftest import PASSWORD, Act
from ..ecom.conftest import PASSWORD as SHOPPER_PASSWORD
from ..ecom.conftest import Shopper, cedula

NAMES = {"pos": "puente_pos", "ecom": "puente_ecom"}
_serial = itertools.count(1)


@dataclass
class Bridge:
    """Both databases: as the bridge's login (``sides``), and as superuser to look and to tamper."""

    app: Flask
    settings: Settings
    sides: Sides
    pos: Act
    shop: Act
    logins: dict[str, Act] = field(default_factory=dict)

    def staff(self, role: str) -> Act:
        """Acts at the POS of a person of that role, in branch 001."""
        if role not in self.logins:
            login = f"p_{role}"
            self.pos(
                "usuario_crear", login=login, verificador=verifier(login, PASSWORD), rol=role,
                email=f"{login}@prueba.ec", nombre=login, eta_codigo="001",
            )  # fmt: skip
            where = self.sides.runtime.servers.pos
            conn = psycopg.connect(where, user=login, password=PASSWORD, autocommit=True)
            self.logins[role] = Act(conn, login)
        return self.logins[role]

    def product(self, stock: int | str = 20, price: str = "10.00", told: bool = True, **more: Any) -> str:
        """A new product with goods in B001, worth 4.00 each; the shop knows it unless told otherwise."""
        self.staff("admin")
        row = self.staff("adm_bodega")(
            "producto_crear", prd_nombre=f"Cosa {next(_serial)}", um_venta="UND", prd_precio_venta=price,
            prd_stock=stock, prd_costo="4.00", **more,
        )  # fmt: skip
        if told:
            catalogo.barrer(self.sides)
        return str(row["prd_codigo"])

    def ask_units(self, product: str, units: int | str) -> dict[str, Any]:
        """Ask for so many unsold units, and nothing more: the intent, still to be carried out."""
        intent: dict[str, Any] = self.staff("adm_bodega")(
            "cupo_web_pedir", prd_codigo=product, cantidad=units
        )
        return intent

    def adjust(self, product: str, units: int | str, sides: Sides | None = None) -> dict[str, Any]:
        """Ask for so many unsold units and carry it out: the intent afterwards."""
        intent = self.ask_units(product, units)
        cupo.ajustar(sides or self.sides, intent)
        return self.intent(intent)

    def intent(self, intent: dict[str, Any]) -> dict[str, Any]:
        """An intent as it is now."""
        told: dict[str, Any] = self.sides.pos("cupo_web_obtener", cup_id=intent["cup_id"])
        return told

    def give(self, product: str, units: int) -> str:
        """Have so many units for sale in the shop."""
        told = self.adjust(product, units)
        assert told["concedido"] == units, told
        return product

    def shopper(self) -> Shopper:
        """Somebody new with an account and a session."""
        number = next(_serial)
        person = Shopper(self.app, f"puente{number}@correo.ec", cedula(5_000_000 + number))
        body = {
            "email": person.email, "password": SHOPPER_PASSWORD, "cli_ruc_ced": person.ruc,
            "cliente": {"cli_nombre": f"Persona {number}", "ct_codigo": "UIO"},
        }  # fmt: skip
        answer = self.app.test_client().post("/api/ecom/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        person.login()
        return person

    def order(self, product: str, units: int = 1) -> str:
        """A paid order whose invoice nobody tried yet."""
        inline = self.app.extensions["daf_facturar"]
        self.app.extensions["daf_facturar"] = lambda ped_codigo: None
        try:
            answer = self.shopper().buy(product, units)
        finally:
            self.app.extensions["daf_facturar"] = inline
        assert answer.status_code == 202, answer.text
        return str(answer.json["ped_codigo"])

    def state(self, order: str) -> tuple[str, str | None]:
        """State and invoice of an order, as the shop has them."""
        row = self.shop.conn.execute(
            "SELECT ped_estado, fac_codigo FROM datos.pedido WHERE ped_codigo = %s", (order,)
        ).fetchone()
        assert row
        return row[0], row[1]

    def web(self, product: str) -> tuple[Decimal, Decimal]:
        """Units in WEB at the POS, and unsold units at the shop."""
        at_pos = self.pos.conn.execute(
            "SELECT exi_cantidad FROM datos.existencia WHERE itm_codigo = %s AND bod_codigo = 'WEB'",
            (product,),
        ).fetchone()
        at_shop = self.shop.conn.execute(
            "SELECT cupo - vendido FROM datos.cupo WHERE prd_codigo = %s", (product,)
        ).fetchone()
        return (at_pos or (Decimal(0),))[0], (at_shop or (Decimal(0),))[0]

    def sweep(self) -> None:
        """What the worker does, once, whenever the turn of anything would be."""
        for act, table, due in (
            (self.pos, "cupo_web", "cup_reintentar"),
            (self.pos, "puente_cambio", "cam_reintentar"),
            (self.pos, "reembolso_web", "rwe_reintentar"),
            (self.shop, "pedido", "fac_reintentar"),
            (self.shop, "reembolso", "ree_reintentar"),
        ):
            act.conn.execute(f"UPDATE datos.{table} SET {due} = now() WHERE {due} > now()")
        catalogo.barrer(self.sides)
        ficha.barrer(self.sides)
        cupo.barrer(self.sides)
        pedido.barrer(self.sides)
        reembolso.barrer(self.sides)
        with self.app.app_context():
            reembolso_pago.barrer()
            reembolso.soltar(self.sides)

    def violations(self) -> list[Any]:
        """What the doctors find: each side's own, and the one between them."""
        rows = [row for act in (self.pos, self.shop) for row in act("doctor_revisar") if row["filas"]]
        own = [row for row in rows if row.get("nivel", "VIOLACION") == "VIOLACION"]
        return own + [finding for finding in doctor.check(self.sides.runtime) if finding.rows]

    @contextmanager
    def away(self, side: str) -> Iterator[None]:
        """A side that refuses connections and has lost those it had."""
        name = NAMES[side]
        with psycopg.connect(
            self.sides.runtime.servers.admin_conninfo(side, "postgres"), autocommit=True
        ) as conn:
            conn.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            try:
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND usename IN ('puente', 'api_login')", (name,),
                )  # fmt: skip
                yield
            finally:
                conn.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@dataclass(frozen=True)
class Broken(Sides):
    """The bridge of a process that dies at its nth step, before the step or just after it."""

    nth: int = 0
    after: bool = False
    steps: list[str] = field(default_factory=list)

    def pos(self, name: str, /, **params: Any) -> Any:
        return self._step(super().pos, name, **params)

    def shop(self, name: str, /, **params: Any) -> Any:
        return self._step(super().shop, name, **params)

    def _step(self, ask: Callable[..., Any], name: str, /, **params: Any) -> Any:
        self.steps.append(name)
        dying = len(self.steps) == self.nth
        if dying and not self.after:
            raise Problem(503)
        answer = ask(name, **params)
        if dying:
            raise Problem(503)
        return answer


@pytest.fixture(scope="session")
def deployment(settings: Settings, cluster: Cluster) -> Iterator[Bridge]:
    """The two databases, deployed, with a company and a branch."""
    own = settings.model_copy(update={
        "pos_dsn": cluster.conninfo(NAMES["pos"]),
        "ecom_dsn": cluster.conninfo(NAMES["ecom"]),
        "admin_dsn": cluster.servers.admin,
        "pool_max": 10,
        "uploads": settings.home / "uploads-puente",
    })  # fmt: skip
    servers = locate(own)
    deploy(servers, own, echo=lambda line: None)
    pos, shop = (psycopg.connect(servers.admin_conninfo(side), autocommit=True) for side in NAMES)
    act = Act(pos)
    act("empresa_actualizar", emp_ruc="1790012345001", emp_razon_social="Comercial de Prueba S. A.")
    act("establecimiento_crear", eta_codigo="001", eta_nombre="Matriz")
    act("bodega_crear", bod_codigo="B001", eta_codigo="001", bod_nombre="Matriz")
    act("punto_emision_crear", eta_codigo="001", pto_codigo="001", bod_codigo="B001")
    app = create_app(own)
    runtime = app.extensions["daf"]
    for attempts in ("daf_puente", "daf_puente_reembolsos"):
        app.extensions[attempts].rest = 0  # a side that was away in one test is there in the next
    runtime.servers = servers  # with the superuser, to make a side go away
    bridge = Bridge(app, own, Sides(runtime), act, Act(shop))
    yield bridge
    runtime.close()
    for open_act in (bridge.pos, bridge.shop, *bridge.logins.values()):
        open_act.conn.close()


@pytest.fixture
def bridge(deployment: Bridge) -> Iterator[Bridge]:
    """The deployment; whatever a test did to it, both databases agree at its end."""
    deployment.shop.conn.execute("DELETE FROM datos.login_intento")
    yield deployment
    deployment.sweep()
    assert deployment.violations() == []
