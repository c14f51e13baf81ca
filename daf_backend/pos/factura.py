"""Factura: the sales document, from draft to issued to annulled."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Entero, FechaHora, Lista, Money, Objeto, Opcion, Porcentaje, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("factura", __name__, description="Facturas")


class FacturaFila(Schema):
    """An invoice in a list."""

    fac_codigo = Codigo(required=True)
    fac_numero = Codigo(required=True, allow_none=True)
    cli_codigo = Codigo(required=True)
    cli_nombre = Texto(120, required=True)
    fac_fecha = FechaHora(required=True)
    fac_subtotal = Money(required=True)
    fac_iva = Money(required=True)
    fac_total = Money(required=True)
    fac_estado = Opcion("PEN", "APR", "ANU", required=True)


class FacturaCabecera(FacturaFila):
    """The header of an invoice."""

    cli_ruc_ced = Texto(20, required=True)
    fac_descripcion = Texto(255)
    fac_fecha_aprobacion = FechaHora(required=True, allow_none=True)
    fac_fecha_anulacion = FechaHora(allow_none=True)
    fac_motivo_anulacion = Texto(255, allow_none=True)
    punto_emision = Texto()
    usr_id = Texto()


class FacturaConCopia(FacturaCabecera):
    """The header and a copy of itself: two generations of clients read it at two depths."""

    factura = Objeto(FacturaCabecera, required=True)


class FacturaLinea(Schema):
    """A line."""

    pxfa_codigo = Entero(max=2**63 - 1, required=True)
    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(60, required=True)
    pxfa_cantidad = Cantidad(required=True)
    prd_precio_venta = Money(required=True)
    pxfa_descuento = Money(required=True)
    iva_porcentaje = Porcentaje(required=True)
    pxfa_subtotal = Money(required=True)
    pxfa_iva = Money()


class FacturaDocumento(Schema):
    """An invoice with its lines."""

    factura = Objeto(FacturaConCopia, required=True)
    detalle = Lista(Objeto(FacturaLinea), required=True)


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
