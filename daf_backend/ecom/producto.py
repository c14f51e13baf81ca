"""Producto: the shop window, for anybody who looks."""

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Entero, Lista, Money, Objeto, Opcion, Porcentaje, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("producto", __name__, description="Productos en venta")


class ProductoBusqueda(PageQuery):
    """What to look for (``q``, forgiving accents and typing errors), and in which order to show it."""

    cat = Texto(60, metadata={"description": "Código o nombre de una categoría; incluye las que contiene"})
    minPrice = Money(min=0, metadata={"description": "Precio final desde"})
    maxPrice = Money(min=0, metadata={"description": "Precio final hasta"})
    orden = Opcion("relevancia", "nombre", "precio_asc", "precio_desc", "recientes")


class Producto(Schema):
    """A product as the shop shows it."""

    id = Codigo(required=True)
    codigo = Codigo(required=True)
    nombre = Texto(60, required=True)
    descripcion_corta = Texto(60, required=True)
    descripcion_larga = Texto(255, required=True)
    precio = Money(required=True, metadata={"description": "Precio de lista"})
    precio_final = Money(required=True, metadata={"description": "Con promoción e IVA"})
    promocion = Porcentaje(required=True)
    imagen = Texto(500, required=True, allow_none=True)
    stock = Cantidad(required=True)
    categoria = Texto(60, required=True, allow_none=True)
    um_descripcion = Texto(60, required=True)


class FacetaCategoria(Schema):
    """How much of what was found stands in a category."""

    cat_codigo = Codigo(required=True)
    cat_nombre = Texto(60, required=True)
    cantidad = Entero(required=True)


class Facetas(Schema):
    """What was found in any category, by category and by price."""

    categorias = Lista(Objeto(FacetaCategoria), required=True)
    precio_min = Money(required=True, allow_none=True)
    precio_max = Money(required=True, allow_none=True)


class ProductoPagina(envelope(Producto)):  # type: ignore[misc]
    """A page of the window."""

    facetas = Objeto(Facetas, required=True)


@blp.get("/producto", query=ProductoBusqueda, answers=ProductoPagina, public=True, etag=True)
def producto_listar(query):
    """Busca en la vitrina por texto, categoría y precio."""
    bounds = {"precio_min": query.pop("minPrice", None), "precio_max": query.pop("maxPrice", None)}
    return call("producto_listar", **bounds, **query)


@blp.get("/producto/<prd_codigo>", answers=Producto, public=True, etag=True)
def producto_obtener(prd_codigo):
    """Muestra un producto."""
    return call("producto_obtener", prd_codigo=prd_codigo)
