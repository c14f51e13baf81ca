"""Factura, lines of a draft. Every answer is the whole invoice."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Money, Texto
from ..http.resource import Noun, Schema
from .factura_documento import FacturaDocumento

blp = Noun("factura-detalle", __name__, description="Líneas de factura")


class LineaCambio(Schema):
    """Quantity, or a special price with its reason."""

    pxfa_cantidad = Cantidad()
    precio = Money(min=0)
    motivo_precio = Texto(255)


class LineaNueva(LineaCambio):
    """A product for a draft."""

    fac_codigo = Codigo(required=True)
    prd_codigo = Codigo(required=True)
    pxfa_cantidad = Cantidad(required=True)


@blp.post("/factura/detalle", takes=LineaNueva, answers=FacturaDocumento, status=201)
def factura_detalle_crear(datos: dict[str, Any]) -> bytes:
    """Agrega un producto a una factura en borrador."""
    return call("factura_detalle_crear", **datos)


@blp.put("/factura/detalle/<int:pxfa_codigo>", takes=LineaCambio, answers=FacturaDocumento)
def factura_detalle_actualizar(pxfa_codigo: int, datos: dict[str, Any]) -> bytes:
    """Cambia la cantidad o el precio de una línea."""
    return call("factura_detalle_actualizar", pxfa_codigo=pxfa_codigo, **datos)


@blp.delete("/factura/detalle/<int:pxfa_codigo>", answers=FacturaDocumento)
def factura_detalle_eliminar(pxfa_codigo: int) -> bytes:
    """Quita una línea de una factura en borrador."""
    return call("factura_detalle_eliminar", pxfa_codigo=pxfa_codigo)
