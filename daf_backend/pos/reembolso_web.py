"""Reembolso web: what came back of orders of the shop, and settling what the payment provider did not give back."""

from typing import Any
from uuid import UUID

from ..db.call import call
from ..http.fields import Booleano, Codigo, FechaHora, Money, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("reembolso_web", __name__, description="Reembolsos de pedidos de la tienda")


class ReembolsoWeb(Schema):
    """What came back of an order, and how its money goes back."""

    reembolso = Texto(36, required=True)
    ped_codigo = Codigo(required=True)
    fac_codigo = Codigo(required=True)
    fac_numero = Texto(20, required=True)
    cli_codigo = Codigo(required=True)
    cli_nombre = Texto(120, required=True)
    documento = Codigo(required=True)
    medio = Opcion("PASARELA", "MANUAL", "EFECTIVO", "TRANSFERENCIA", "TARJETA", "SALDO", required=True)
    monto = Money(required=True)
    fecha = FechaHora(required=True)
    por_saldar = Booleano(
        required=True, metadata={"description": "El proveedor de pagos no lo devolvió: lo salda el mostrador"}
    )
    saldado = FechaHora(required=True, allow_none=True)
    usr_id = Texto(required=True)


class ReembolsoWebQuery(PageQuery):
    """Which of them."""

    por_saldar = Booleano()


class SaldarDatos(Schema):
    """How the counter gives it back."""

    reembolso = Opcion("EFECTIVO", "TRANSFERENCIA", "SALDO", required=True)


@blp.get("/reembolso-web", query=ReembolsoWebQuery, answers=envelope(ReembolsoWeb))
def reembolso_web_listar(query: dict[str, Any]) -> bytes:
    """Lista lo que volvió de los pedidos de la tienda, lo más reciente primero."""
    query.pop("search", None)
    return call("reembolso_web_listar", **query)


@blp.post("/reembolso-web/<uuid:reembolso>/saldar", takes=SaldarDatos, answers=ReembolsoWeb)
def reembolso_web_saldar(reembolso: UUID, datos: dict[str, Any]) -> bytes:
    """Devuelve, de otro modo y una vez, lo que el proveedor de pagos no devolvió."""
    return call("reembolso_web_saldar", rwe_id=reembolso, **datos)
