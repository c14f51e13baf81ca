"""Differences that counts of cash found."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, FechaHora, Money, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("descuadre", __name__, description="Descuadres de caja")

SERIAL = 2**63 - 1
ESTADOS = ("PENDIENTE", "RESUELTO", "JUSTIFICADO")


class Descuadre(Schema):
    """What one count found over (positive) or missing."""

    id = Entero(max=SERIAL, required=True)
    sesion = Entero(max=SERIAL, required=True)
    momento = Opcion("APERTURA", "CIERRE", required=True)
    establecimiento = Codigo(required=True)
    usuario = Texto(required=True)
    monto = Money(required=True, metadata={"description": "Contado menos esperado: negativo falta"})
    fecha = FechaHora(required=True)
    estado = Opcion(*ESTADOS, required=True)
    observacion = Texto(255, required=True)
    resuelto_por = Texto(required=True, allow_none=True)
    fecha_resolucion = FechaHora(required=True, allow_none=True)


class DescuadreResolucion(Schema):
    """What became of a difference, and why."""

    estado = Opcion("RESUELTO", "JUSTIFICADO", required=True)
    observacion = Texto(255, required=True)


class DescuadreQuery(PageQuery):
    """Differences of one state, of one person."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)

    estado = Opcion(*ESTADOS)
    usuario = Texto(63)


@blp.get("/descuadre", query=DescuadreQuery, answers=envelope(Descuadre))
def descuadre_listar(query: dict[str, Any]) -> bytes:
    """Lista los descuadres de caja, el más reciente primero."""
    return call("descuadre_listar", **query)


@blp.patch("/descuadre/<int:descuadre>/resolver", takes=DescuadreResolucion, answers=Descuadre)
def descuadre_resolver(descuadre: int, datos: dict[str, Any]) -> bytes:
    """Resuelve un descuadre: lo carga a la persona, o lo justifica."""
    return call("descuadre_resolver", id=descuadre, **datos)
