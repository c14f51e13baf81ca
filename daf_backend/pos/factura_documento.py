"""The invoice on the wire, for the invoice itself and for the sale that made it."""

from ..http.fields import Cantidad, Codigo, Entero, FechaHora, Lista, Money, Objeto, Opcion, Porcentaje, Texto
from ..http.resource import Schema


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
