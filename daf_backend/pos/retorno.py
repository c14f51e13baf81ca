"""Returns: notas de crédito to named clients, devoluciones of sales to CONSUMIDOR FINAL."""

from typing import Any

from ..db.call import call
from ..http.fields import (
    Booleano,
    Cantidad,
    Codigo,
    Entero,
    FechaHora,
    Lista,
    Money,
    Objeto,
    Opcion,
    Porcentaje,
    Texto,
)
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("retorno", __name__, description="Notas de crédito y devoluciones")

REEMBOLSOS = ("EFECTIVO", "TRANSFERENCIA", "TARJETA", "SALDO")


class RetornoLinea(Schema):
    """What came back of a line."""

    pxfa_codigo = Entero(max=2**63 - 1, required=True)
    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(60, required=True)
    cantidad = Cantidad(required=True)
    a_stock = Booleano(required=True)
    iva_porcentaje = Porcentaje(required=True)
    subtotal = Money(required=True)
    iva = Money(required=True)


class Retorno(Schema):
    """A return with its lines."""

    ret_codigo = Codigo(required=True)
    ret_tipo = Opcion("NCR", "DEV", required=True)
    ret_numero = Texto(20, required=True)
    fac_codigo = Codigo(required=True)
    fac_numero = Texto(20, required=True)
    cli_codigo = Codigo(required=True)
    cli_nombre = Texto(120, required=True)
    ret_fecha = FechaHora(required=True)
    ret_motivo = Texto(255, required=True)
    ret_reembolso = Opcion(*REEMBOLSOS, required=True, allow_none=True)
    ret_subtotal = Money(required=True)
    ret_iva = Money(required=True)
    ret_total = Money(required=True)
    usr_id = Texto(required=True)
    detalle = Lista(Objeto(RetornoLinea), required=True)


class LineaDatos(Schema):
    """A line of the invoice and how much of it comes back."""

    pxfa_codigo = Entero(max=2**63 - 1, required=True)
    cantidad = Cantidad(required=True)
    a_stock = Booleano(metadata={"description": "false: no sirve para la venta y se da de baja"})


class RetornoDatos(Schema):
    """What comes back, why, and how the money goes back."""

    lineas = Lista(Objeto(LineaDatos), required=True, max=500)
    motivo = Texto(255, required=True)
    reembolso = Opcion(*REEMBOLSOS)


class RetornoQuery(PageQuery):
    """Returns of one invoice."""

    fac_codigo = Codigo()


@blp.get("/nota-credito", query=RetornoQuery, answers=envelope(Retorno))
def nota_credito_listar(query: dict[str, Any]) -> bytes:
    """Lista las notas de crédito, las más recientes primero."""
    query.pop("search", None)
    return call("nota_credito_listar", **query)


@blp.get("/devolucion", query=RetornoQuery, answers=envelope(Retorno))
def devolucion_listar(query: dict[str, Any]) -> bytes:
    """Lista las devoluciones de ventas a consumidor final, las más recientes primero."""
    query.pop("search", None)
    return call("devolucion_listar", **query)


@blp.post("/factura/<fac_codigo>/nota-credito", takes=RetornoDatos, answers=Retorno, status=201)
def nota_credito_crear(fac_codigo: str, datos: dict[str, Any]) -> bytes:
    """Acredita líneas de una factura: vuelven los bienes, el dinero y el IVA a su tarifa original."""
    return call("nota_credito_crear", fac_codigo=fac_codigo, **_arrays(datos))


@blp.post("/factura/<fac_codigo>/devolucion", takes=RetornoDatos, answers=Retorno, status=201)
def devolucion_crear(fac_codigo: str, datos: dict[str, Any]) -> bytes:
    """Recibe de vuelta líneas de una venta a consumidor final."""
    return call("devolucion_crear", fac_codigo=fac_codigo, **_arrays(datos))


def _arrays(datos: dict[str, Any]) -> dict[str, Any]:
    """The lines as one array per column, and the rest."""
    lines = datos.pop("lineas")
    columns = {name: [line.get(name) for line in lines] for name in ("pxfa_codigo", "cantidad", "a_stock")}
    return {**columns, **datos}
