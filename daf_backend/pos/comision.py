"""What sales earn the people who make them."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, Fecha, FechaHora, Money, Opcion, Porcentaje, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("comision", __name__, description="Comisiones")


class Comision(Schema):
    """What a document earned, or took back."""

    id = Entero(max=2**63 - 1, required=True)
    usuario = Texto(required=True)
    fac_codigo = Codigo(required=True)
    documento = Opcion("FAC", "NCR", "DEV", "ANU", required=True)
    fecha = FechaHora(required=True)
    base = Money(required=True)
    porcentaje = Porcentaje(required=True)
    monto = Money(required=True)


class ComisionLista(envelope(Comision)):  # type: ignore[misc]
    """The list, and the sum over all its pages."""

    suma = Money(required=True)


class ComisionQuery(PageQuery):
    """Commissions of one person, between two local days."""

    usuario = Codigo(41)
    desde = Fecha()
    hasta = Fecha()


@blp.get("/comision", query=ComisionQuery, answers=ComisionLista)
def comision_listar(query: dict[str, Any]) -> bytes:
    """Lista las comisiones: las propias, o las de todos para la administración de ventas."""
    query.pop("search", None)
    return call("comision_listar", **query)
