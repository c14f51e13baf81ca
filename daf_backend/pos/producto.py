"""Products: what is sold, with its picture."""

import json
from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Costo, FechaHora, Imagen, Money, Opcion, Porcentaje, Texto
from ..http.files import remove_image, stored
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("producto", __name__, description="Productos")

ESTADOS = ("ACT", "SUS", "INA")


class ProductoNuevo(Schema):
    """What a product is created with. The stock is the opening entry, in the caller's own bodega."""

    um_venta = Codigo(5, required=True)
    cat_codigo = Codigo(20)
    prd_nombre = Texto(60, required=True)
    prd_desc_corta = Texto(60)
    prd_desc_larga = Texto(255)
    prd_precio_venta = Money(min=0, required=True)
    prd_stock = Cantidad(min=0)
    prd_costo = Costo(min=0)
    prd_tipo = Opcion("BIEN", "SERVICIO")
    prd_prioridad = Opcion("L", "F")
    prd_promocion = Porcentaje()
    prd_estado = Opcion(*ESTADOS)
    iva_codigo = Codigo(3)
    prd_codigo_barras = Codigo(48)
    prd_stock_minimo = Cantidad(min=0)
    prd_img = Imagen()


class ProductoQuery(PageQuery):
    """Products may also be listed by barcode or by category."""

    barras = Codigo(48)
    cat_codigo = Codigo(20)


class ProductoOpcion(Schema):
    """A product as a select or a till shows it."""

    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(60, required=True)
    prd_descripcion = Texto(60, required=True, metadata={"description": "Igual a prd_nombre"})
    um_venta = Codigo(5, required=True)
    cat_codigo = Codigo(20, required=True, allow_none=True)
    prd_precio_venta = Money(required=True)
    prd_promocion = Porcentaje(required=True)
    prd_stock = Cantidad(required=True, metadata={"description": "En las bodegas de sus establecimientos"})
    prd_tipo = Opcion("BIEN", "SERVICIO", required=True)
    prd_estado = Opcion(*ESTADOS, required=True)
    iva_codigo = Codigo(3, required=True)
    prd_codigo_barras = Codigo(48, required=True, allow_none=True)
    prd_img = Texto(500, required=True, allow_none=True, metadata={"format": "uri"})


class ProductoFila(ProductoOpcion):
    """A product in a list; the pick-list answers only the keys of an option."""

    prd_desc_corta = Texto(60)
    prd_desc_larga = Texto(255)
    prd_stock_web = Cantidad()
    prd_stock_transito = Cantidad()
    prd_stock_minimo = Cantidad()
    prd_prioridad = Opcion("L", "F")
    prd_fecha_alta = FechaHora()


class ProductoCambiado(ProductoFila):
    """A product after a change, and the picture that the change replaced."""

    prd_img_anterior = Texto(allow_none=True)


class ProductoEliminado(Schema):
    """What is left of a deactivated product."""

    message = Texto(required=True)
    prd_codigo = Codigo(required=True)
    prd_estado = Opcion(*ESTADOS, required=True)


@blp.get("/producto", query=ProductoQuery, answers=envelope(ProductoFila))
def producto_listar(query: dict[str, Any]) -> bytes:
    """Lista los productos por nombre, código de barras o categoría; sin página, los activos para elegir."""
    return call("producto_listar", **query)


@blp.get("/producto/type", answers=ProductoOpcion(many=True), etag=True)
def producto_elegir() -> bytes:
    """Los productos activos como arreglo simple, para un selector."""
    return call("producto_elegir")


@blp.get("/producto/search", query=PageQuery, answers=envelope(ProductoFila))
def producto_buscar(query: dict[str, Any]) -> bytes:
    """Busca productos por nombre, código o código de barras, sin distinguir acentos."""
    return call("producto_buscar", **query)


@blp.get("/producto/<prd_codigo>", answers=ProductoFila)
def producto_obtener(prd_codigo: str) -> bytes:
    """Un producto con su existencia."""
    return call("producto_obtener", prd_codigo=prd_codigo)


@blp.post("/producto", takes=ProductoNuevo, answers=ProductoFila, status=201, location="files")
def producto_crear(datos: dict[str, Any]) -> bytes:
    """Crea un producto, con su imagen y su inventario inicial."""
    with stored(datos, "prd_img") as fields:
        return call("producto_crear", **fields)


@blp.put(
    "/producto/<prd_codigo>", takes=ProductoNuevo(partial=True), answers=ProductoCambiado, location="files"
)
def producto_actualizar(prd_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia los datos que se envían de un producto; el stock no cambia por aquí."""
    with stored(datos, "prd_img") as fields:
        answer = call("producto_actualizar", prd_codigo=prd_codigo, **fields)
    remove_image(json.loads(answer)["prd_img_anterior"] or "")
    return answer


@blp.delete("/producto/<prd_codigo>", answers=ProductoEliminado)
def producto_eliminar(prd_codigo: str) -> bytes:
    """Desactiva un producto; sus documentos lo siguen nombrando."""
    return call("producto_eliminar", prd_codigo=prd_codigo)
