"""Pedido: the shopper's orders, and everybody's for the staff who sell, count or audit."""

from ..db.call import call
from ..http.fields import Cantidad, Codigo, FechaHora, Lista, Money, Objeto, Opcion, Porcentaje, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .pedido_partes import ESTADOS, PedidoPaso, Reembolso

blp = Noun("pedido", __name__, description="Pedidos")


class PedidoBusqueda(PageQuery):
    """Which orders to list."""

    estado = Opcion(*ESTADOS)


class PedidoFila(Schema):
    """An order in a list."""

    ped_codigo = Codigo(required=True)
    ped_fecha = FechaHora(required=True)
    ped_estado = Opcion(*ESTADOS, required=True)
    ped_pagado = FechaHora(required=True, allow_none=True)
    ped_descuento = Money(required=True)
    ped_envio = Money(required=True)
    ped_subtotal = Money(required=True)
    ped_iva = Money(required=True)
    ped_total = Money(required=True)
    cli_nombre = Texto(120, required=True)
    fac_codigo = Codigo(required=True, allow_none=True)
    fac_numero = Codigo(required=True, allow_none=True)


class PedidoDireccion(Schema):
    """Where an order goes."""

    dir_calle = Texto(255, required=True)
    dir_referencia = Texto(255, required=True)
    dir_telefono = Texto(10, required=True)
    ct_codigo = Codigo(required=True)


class PedidoPago(Schema):
    """How an order was paid."""

    proveedor = Texto(20, required=True)
    estado = Texto(20, required=True)
    monto = Money(required=True)
    marca = Texto(20, required=True, allow_none=True)
    ultimos4 = Texto(4, required=True, allow_none=True)


class PedidoLinea(Schema):
    """A line of an order, as it was bought."""

    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(80, required=True)
    prd_img = Texto(500, required=True, allow_none=True)
    pxpe_cantidad = Cantidad(required=True)
    pxpe_precio = Money(required=True)
    pxpe_descuento = Money(required=True)
    pxpe_subtotal = Money(required=True)
    iva_porcentaje = Porcentaje(required=True)


class Pedido(PedidoFila):
    """An order with its lines, its address (none: pick-up), its payment, its states and what was given back of it."""

    cli_ruc_ced = Texto(20, required=True)
    cli_mail = Texto(120, required=True)
    direccion = Objeto(PedidoDireccion, required=True, allow_none=True)
    pago = Objeto(PedidoPago, required=True, allow_none=True)
    detalles = Lista(Objeto(PedidoLinea), required=True)
    historial = Lista(Objeto(PedidoPaso), required=True)
    reembolsos = Lista(Objeto(Reembolso), required=True)


@blp.get("/pedido", query=PedidoBusqueda, answers=envelope(PedidoFila))
def pedido_listar(query):
    """Lista los pedidos propios, los más recientes primero; el personal autorizado ve todos."""
    return call("pedido_listar", **query)


@blp.get("/pedido/<ped_codigo>", answers=Pedido)
def pedido_obtener(ped_codigo):
    """Muestra un pedido con sus líneas y su pago."""
    return call("pedido_obtener", ped_codigo=ped_codigo)


@blp.post("/pedido/<ped_codigo>/cancelar", answers=PedidoFila)
def pedido_cancelar(ped_codigo):
    """Cancela un pedido que todavía no se pagó."""
    return call("pedido_cancelar", ped_codigo=ped_codigo)
