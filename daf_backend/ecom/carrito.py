"""Carrito: the cart of a shopper, or of a guest who holds its token. Every answer is priced now."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Entero, Lista, Money, Objeto, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .invitado import HEADER, identify

blp = Noun("carrito", __name__, description="Carrito")

# A shopper's cart by their token, a guest's by the one that the first answer gave.
EITHER: dict[str, Any] = {"public": True, "known": True, "reads": (HEADER,)}


class CarritoLinea(Schema):
    """A line under both names of each figure: two generations of clients read them."""

    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(60, required=True)
    prd_desc_corta = Texto(60, required=True)
    prd_img = Texto(500, required=True, allow_none=True)
    prd_precio_venta = Money(required=True)
    cantidad = Cantidad(required=True)
    pxca_cantidad = Cantidad(required=True)
    subtotal = Money(required=True)
    pxca_subtotal = Money(required=True)
    disponible = Cantidad(required=True)


class CarritoTotales(Schema):
    """The figures of a cart; total less subtotal is the IVA."""

    crr_codigo = Entero(required=True, allow_none=True, max=2**63 - 1)
    subtotal = Money(required=True)
    crr_subtotal = Money(required=True)
    descuento = Money(required=True)
    iva = Money(required=True)
    envio = Money(required=True)
    total = Money(required=True)
    crr_total = Money(required=True)


class Carrito(envelope(CarritoLinea)):  # type: ignore[misc]
    """A cart priced now."""

    carrito = Objeto(CarritoTotales, required=True)
    detalles = Lista(Objeto(CarritoLinea), required=True)


class CarritoProducto(Schema):
    """So many of a product."""

    prd_codigo = Codigo(required=True)
    cantidad = Cantidad(min=1)


class CarritoCantidad(Schema):
    """How many of a product there shall be."""

    prd_codigo = Codigo(required=True)
    cantidad = Cantidad(required=True, min=1)


class CarritoEnvio(Schema):
    """One of the shopper's addresses; none is a pick-up."""

    direccion = Entero(max=2**63 - 1)


@blp.get("/carrito", query=PageQuery, answers=Carrito, remembers=True, **EITHER)
def carrito_mostrar(query):
    """Muestra el carrito con los precios de hoy."""
    identify()
    return call("carrito_mostrar", page=query.get("page"), search=query.get("search"))


@blp.get("/carrito/name", query=PageQuery, answers=Carrito, remembers=True, **EITHER)
def carrito_buscar(query):
    """Busca por nombre en el carrito."""
    return carrito_mostrar(query)


@blp.post("/carrito", takes=CarritoProducto, answers=Carrito, gives=(HEADER,), **EITHER)
def carrito_agregar(datos):
    """Agrega unidades de un producto; sin cantidad, una."""
    identify(opening=True)
    return call("carrito_agregar", **datos)


@blp.put("/carrito/detalle", takes=CarritoCantidad, answers=Carrito, **EITHER)
def carrito_cambiar(datos):
    """Fija cuántas unidades de un producto hay en el carrito."""
    identify()
    return call("carrito_cambiar", **datos)


@blp.delete("/carrito/detalle/<prd_codigo>", answers=Carrito, **EITHER)
def carrito_quitar(prd_codigo):
    """Quita un producto del carrito."""
    identify()
    return call("carrito_quitar", prd_codigo=prd_codigo)


@blp.delete("/carrito", answers=Carrito, **EITHER)
def carrito_vaciar():
    """Vacía el carrito."""
    identify()
    return call("carrito_vaciar")


@blp.put("/carrito/envio", takes=CarritoEnvio, answers=Carrito)
def carrito_envio(datos):
    """Envía el carrito a una dirección propia; sin dirección se retira en la tienda."""
    return call("carrito_envio", **datos)
