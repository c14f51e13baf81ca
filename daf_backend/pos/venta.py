"""Venta: the till's single act, and how it was paid."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Entero, Fecha, FechaHora, Lista, Money, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from . import pago_metodo
from .factura_documento import FacturaDocumento, FacturaFila

blp = Noun("venta", __name__, description="Ventas de caja")

BIGINT = 2**63 - 1
LINEA = ("prd_codigo", "cantidad", "precio", "motivo_precio")
PAGO = ("metodo", "monto", "referencia")


class VentaFila(FacturaFila):
    """A sale in a list: its invoice, and the session it was made in."""

    sesion = Entero(max=BIGINT, required=True)
    usr_id = Texto(required=True)
    vendida_en = FechaHora(
        required=True, allow_none=True, metadata={"description": "Si la vendió un terminal sin conexión"}
    )


class VentaPago(Schema):
    """What one payment settled, and what was handed over for it."""

    metodo = Opcion(*pago_metodo.PAGO, required=True)
    monto = Money(required=True)
    recibido = Money(required=True)
    referencia = Texto(60, required=True)


class Venta(FacturaDocumento):
    """The invoice with its lines, and how it was paid."""

    pagos = Lista(Objeto(VentaPago), required=True)
    cambio = Money(required=True)
    sesion = Entero(max=BIGINT, required=True)
    vendida_en = FechaHora(required=True, allow_none=True)


class LineaDatos(Schema):
    """A product and how much of it; the price is the server's, unless who may names another."""

    prd_codigo = Codigo(required=True)
    cantidad = Cantidad(required=True)
    precio = Money(metadata={"description": "Precio especial: solo quien puede darlo, con su motivo"})
    motivo_precio = Texto(255)


class PagoDatos(Schema):
    """A payment; of cash, what was handed over, or nothing for exactly what is due."""

    metodo = Opcion(*pago_metodo.PAGO, required=True)
    monto = Money()
    referencia = Texto(60)


class VentaNueva(Schema):
    """What is sold, to whom, and how it is paid."""

    cli_codigo = Codigo(metadata={"description": "Sin él, consumidor final"})
    lineas = Lista(Objeto(LineaDatos), required=True, max=500)
    pagos = Lista(
        Objeto(PagoDatos), max=20, metadata={"description": "Sin ellos, el total exacto en efectivo"}
    )
    sesion = Entero(
        min=1, max=BIGINT, metadata={"description": "La sesión que se cree abierta; solo la propia"}
    )


class VentaQuery(PageQuery):
    """Sales of one session or state, between two local days."""

    sesion = Entero(min=1, max=BIGINT)
    desde = Fecha()
    hasta = Fecha()
    estado = Opcion("APR", "ANU")


@blp.get("/venta", query=VentaQuery, answers=envelope(VentaFila))
def venta_listar(query: dict[str, Any]) -> bytes:
    """Lista las ventas de caja, las más recientes primero: las propias, o todas para quien las supervisa."""
    query.pop("search", None)
    return call("venta_listar", **query)


@blp.get("/venta/<fac_codigo>", answers=Venta)
def venta_obtener(fac_codigo: str) -> bytes:
    """Muestra una venta con sus líneas y sus pagos."""
    return call("venta_obtener", fac_codigo=fac_codigo)


@blp.post("/venta", takes=VentaNueva, answers=Venta, status=201)
def venta_crear(datos: dict[str, Any]) -> bytes:
    """Vende en la propia caja: factura emitida, bienes, pagos y cambio, en un solo acto."""
    lineas = _columns(LINEA, datos.pop("lineas"))
    pagos = _columns(PAGO, datos.pop("pagos", []))
    return call("venta_crear", **lineas, **pagos, **datos)


def _columns(names: tuple[str, ...], rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as one array per column."""
    return {name: [row.get(name) for row in rows] for name in names}
