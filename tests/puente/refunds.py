"""Orders to give back, the staff who ask for it, and what became of goods and money."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from unittest import mock

from daf_backend.ecom import pagos_simulada, reembolso_pago
from daf_backend.ecom.pagos_cargo import Charge, NoAnswer
from daf_backend.puente import reembolso
from daf_backend.puente.sides import Sides

from ..conftest import PASSWORD
from ..ecom.conftest import APPROVED
from .conftest import Bridge


def money_back(bridge: Bridge, order: str) -> Decimal:
    """What the provider gave back of an order, by its own book."""
    row = bridge.shop.conn.execute(
        "SELECT coalesce(sum(r.rem_monto), 0) FROM datos.simulada_reembolso AS r"
        " JOIN datos.pago AS g ON g.pag_id = r.car_clave WHERE g.ped_codigo = %s", (order,),
    ).fetchone()  # fmt: skip
    return Decimal(row[0]) if row else Decimal(0)


class Dead(BaseException):
    """The process ended here."""


@contextmanager
def dying(step: str, after: bool) -> Iterator[None]:
    """Whoever asks for this step dies, before it or just after it."""

    def ask(asked: Callable[..., Any]) -> Callable[..., Any]:
        def one(*args: Any, **params: Any) -> Any:
            if step in args and not after:
                raise Dead
            answer = asked(*args, **params)
            if step in args:
                raise Dead
            return answer

        return one

    with (
        mock.patch.object(Sides, "pos", ask(Sides.pos)),
        mock.patch.object(Sides, "shop", ask(Sides.shop)),
        mock.patch.object(reembolso_pago, "call_service", ask(reembolso_pago.call_service)),
        mock.patch.object(pagos_simulada, "call_service", ask(pagos_simulada.call_service)),
    ):
        yield


@contextmanager
def provider(way: str) -> Iterator[None]:
    """The provider is in a mood: it does not answer (though it may have done it), it says no, it makes no sense."""
    asked = pagos_simulada.refund

    def refund(*args: Any) -> Any:
        done = asked(*args) if way == "lo hizo y calla" else None
        if way == "no quiere":
            return Charge("RECHAZADO", args[0].amount, None)
        raise ValueError(way) if way == "delira" else NoAnswer(done)

    silent = refund if way in ("calla", "lo hizo y calla") else pagos_simulada.drop_refund
    with (
        mock.patch.object(pagos_simulada, "refund", refund),
        mock.patch.object(pagos_simulada, "drop_refund", silent),
    ):
        yield


@dataclass
class Refunds:
    """What the tests of refunds do over and over."""

    bridge: Bridge
    tokens: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def sold(self, *goods: Any, sent: bool = False) -> str:
        """An invoiced order of (product, units, product, units...), sent to an address or picked up."""
        shopper = self.bridge.shopper()
        for product, units in zip(goods[::2], goods[1::2], strict=True):
            shopper("POST", "/carrito", {"prd_codigo": product, "cantidad": units})
        if sent:
            place = shopper("POST", "/direccion", {"dir_calle": "Amazonas", "ct_codigo": "UIO"}).json
            shopper("PUT", "/carrito/envio", {"direccion": place["dir_codigo"]})
        answer = shopper("POST", "/pagos/checkout", {"card_number": APPROVED})
        assert answer.status_code == 201, answer.text
        return str(answer.json["ped_codigo"])

    def headers(self, role: str = "adm_ventas", side: str = "ecom") -> dict[str, str]:
        """The token of a member of staff, at the shop or at the counter."""
        if (role, side) not in self.tokens:
            login = self.bridge.staff(role).login
            answer = self.bridge.app.test_client().post(
                f"/api/{side}/auth/login", json={"user": login, "password": PASSWORD}
            )
            assert answer.status_code == 200, answer.text
            self.tokens[role, side] = {"Authorization": f"Bearer {answer.json['token']}"}
        return self.tokens[role, side]

    def ask(
        self, order: str, lines: Mapping[str, Any] | None = None, motivo: str = "No le gustó",
        role: str = "adm_ventas", **more: Any,
    ) -> Any:  # fmt: skip
        """One request of the staff: all that is left, or so much of each product."""
        body: dict[str, Any] = {"motivo": motivo}
        if lines is not None:
            body["lineas"] = [
                {"prd_codigo": code, "cantidad": units, **more} for code, units in lines.items()
            ]
        return self.bridge.app.test_client().post(
            f"/api/ecom/pedido/{order}/reembolso", json=body, headers=self.headers(role)
        )

    def intent(self, order: str, **lines: Any) -> str:
        """A refund that was asked for, and nothing more: of all of an order, or of lines as arrays."""
        asked = self.bridge.shop("reembolso_pedir", ped_codigo=order, motivo="No le gustó", **lines)
        return str(asked["reembolso"])

    def carry_out(self, key: str) -> None:
        """What the request does after its commit."""
        with self.bridge.app.app_context():
            reembolso.llevar(self.bridge.sides, key)

    def shown(self, order: str) -> dict[str, Any]:
        """An order as the staff see it."""
        answer = self.bridge.app.test_client().get(f"/api/ecom/pedido/{order}", headers=self.headers())
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json
        return shown

    def invoice(self, order: str) -> tuple[str, dict[str, int]]:
        """The invoice of an order and its lines by product."""
        code = self.bridge.state(order)[1]
        assert code
        lines = self.bridge.pos("factura_obtener", fac_codigo=code)["detalle"]
        return code, {line["prd_codigo"]: line["pxfa_codigo"] for line in lines}

    def act(self, key: str, verb: str, role: str = "adm_ventas", **body: Any) -> Any:
        """What the staff of the shop do with a refund: reintentar, desistir."""
        return self.bridge.app.test_client().post(
            f"/api/ecom/reembolso/{key}/{verb}", json=body, headers=self.headers(role)
        )

    def refused(self, units: int = 1) -> tuple[str, str]:
        """An order and a refund of all of it that was credited, and that its provider refuses."""
        order = self.sold(self.bridge.give(self.bridge.product(), units + 1), units)
        with provider("no quiere"):
            answer = self.ask(order)
        assert (answer.status_code, answer.json["estado"]) == (202, "ACREDITADO"), answer.text
        return order, answer.json["reembolso"]

    def drawer(self, role: str) -> None:
        """A drawer of theirs, open, with something in it."""
        act = self.bridge.staff(role)
        mine = "SELECT FROM datos.sesion_caja WHERE usr_id = %s AND estado = 'ABIERTA'"
        if not self.bridge.pos.conn.execute(mine, (act.conn.info.user,)).fetchall():
            box = act("caja_crear", nombre="De las devoluciones", punto_emision="001-001")["id"]
            act("sesion_caja_abrir", caja=box, monto_inicial="500.00")

    def settle(self, key: str, how: str, role: str = "adm_ventas") -> dict[str, Any]:
        """The counter gives back what the provider did not."""
        done: dict[str, Any] = self.bridge.staff(role)("reembolso_web_saldar", rwe_id=key, reembolso=how)
        return done

    def counter(
        self, order: str, lines: Mapping[str, Any], role: str = "adm_ventas", **more: Any
    ) -> dict[str, Any]:
        """A nota de crédito made at the counter."""
        code, of = self.invoice(order)
        done: dict[str, Any] = self.bridge.staff(role)(
            "nota_credito_crear", fac_codigo=code, pxfa_codigo=[of[product] for product in lines],
            cantidad=[Decimal(units) for units in lines.values()], motivo="Lo trajo al local", **more,
        )  # fmt: skip
        return done

    def credits(self, order: str) -> list[str]:
        """The notas de crédito of an order."""
        rows = self.bridge.pos.conn.execute(
            "SELECT ret_codigo FROM datos.retorno JOIN datos.venta_web USING (fac_codigo) WHERE ped_codigo = %s",
            (order,),
        )
        return [code for (code,) in rows]

    def stock(self, product: str) -> Decimal:
        """Units in the bodega of the branch."""
        row = self.bridge.pos.conn.execute(
            "SELECT exi_cantidad FROM datos.existencia WHERE itm_codigo = %s AND bod_codigo = 'B001'",
            (product,),
        ).fetchone()
        return Decimal(row[0]) if row else Decimal(0)

    def gateway(self, order: str) -> Decimal:
        """What the provider still has of an order, by our books."""
        row = self.bridge.pos.conn.execute(
            "SELECT sum(l.monto) FROM datos.asiento AS a JOIN datos.asiento_linea AS l USING (asi_id)"
            " JOIN datos.cuenta AS c USING (cta_id) WHERE c.clase = 'PASARELA' AND a.doc_codigo IN ("
            "  SELECT fac_codigo FROM datos.venta_web WHERE ped_codigo = %(o)s UNION ALL"
            "  SELECT doc_codigo FROM datos.reembolso_web WHERE ped_codigo = %(o)s)",
            {"o": order},
        ).fetchone()
        return Decimal(row[0]) if row else Decimal(0)
