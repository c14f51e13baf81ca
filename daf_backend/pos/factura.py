"""Factura: the sales document, from draft to issued to annulled."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .factura_documento import FacturaDocumento, FacturaFila

blp = Noun("factura", __name__, description="Facturas")


class FacturaNueva(Schema):
    """What opens a draft; totals are never taken from outside."""

    cli_codigo = Codigo(required=True)
    fac_descripcion = Texto(255)
    punto_emision = Codigo(metadata={"description": "Como 001-002; sin él, el propio"})


class FacturaCreada(Schema):
    """The code of a new draft."""

    fac_codigo = Codigo(required=True)


class Anulacion(Schema):
    """Why, and how the money goes back."""

    motivo = Texto(255)
    reembolso = Opcion("EFECTIVO", "TRANSFERENCIA", "TARJETA", "SALDO")


class FacturaEliminada(Schema):
    """A draft that is gone."""

    message = Texto(required=True)
    fac_codigo = Codigo(required=True)


@blp.get("/factura", query=PageQuery, answers=envelope(FacturaFila))
def factura_listar(query: dict[str, Any]) -> bytes:
    """Lista las facturas, las más recientes primero."""
    return call("factura_listar", **query)


@blp.get("/factura/<fac_codigo>", answers=FacturaDocumento)
def factura_obtener(fac_codigo: str) -> bytes:
    """Muestra una factura con sus líneas."""
    return call("factura_obtener", fac_codigo=fac_codigo)


@blp.post("/factura", takes=FacturaNueva, answers=FacturaCreada, status=201)
def factura_crear(datos: dict[str, Any]) -> bytes:
    """Abre una factura en borrador."""
    return call("factura_crear", **datos)


@blp.put("/factura/<fac_codigo>/aprobar", answers=FacturaDocumento)
def factura_aprobar(fac_codigo: str) -> bytes:
    """Emite una factura en borrador: número legal, kardex y libro."""
    return call("factura_aprobar", fac_codigo=fac_codigo)


@blp.put("/factura/<fac_codigo>/anular", takes=Anulacion, answers=FacturaDocumento)
def factura_anular(fac_codigo: str, datos: dict[str, Any]) -> bytes:
    """Anula una factura emitida, o descarta un borrador."""
    return call("factura_anular", fac_codigo=fac_codigo, **datos)


@blp.delete("/factura/<fac_codigo>", answers=FacturaEliminada)
def factura_eliminar(fac_codigo: str) -> bytes:
    """Elimina un borrador."""
    return call("factura_eliminar", fac_codigo=fac_codigo)
