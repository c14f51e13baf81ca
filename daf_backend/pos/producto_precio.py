"""Prices of products: setting one, and those there were."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, FechaHora, Money, Porcentaje, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .producto import ProductoFila

blp = Noun("producto-precio", __name__, description="Precios de productos")


class ProductoPrecio(Schema):
    """A new price, a new promotion, or both."""

    prd_precio_venta = Money(min=0)
    prd_promocion = Porcentaje()


class PrecioHistorico(Schema):
    """A price from its moment on, and the one it replaced."""

    prd_codigo = Codigo(required=True)
    prd_precio_venta = Money(required=True)
    prd_promocion = Porcentaje(required=True)
    prd_precio_anterior = Money(required=True, allow_none=True)
    prd_promocion_anterior = Porcentaje(required=True, allow_none=True)
    prp_desde = FechaHora(required=True)
    usr_id = Texto(required=True)


class PrecioQuery(PageQuery):
    """A history has no words to search."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)


@blp.get("/producto/<prd_codigo>/precio", query=PrecioQuery, answers=envelope(PrecioHistorico))
def producto_precio_listar(prd_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los precios y promociones que ha tenido un producto, los más recientes primero."""
    return call("producto_precio_listar", prd_codigo=prd_codigo, **query)


@blp.put("/producto/<prd_codigo>/precio", takes=ProductoPrecio, answers=ProductoFila)
def producto_precio_actualizar(prd_codigo: str, datos: dict[str, Any]) -> bytes:
    """Fija el precio, la promoción o ambos."""
    return call("producto_precio_actualizar", prd_codigo=prd_codigo, **datos)
