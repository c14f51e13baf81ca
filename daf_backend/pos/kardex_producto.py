"""Kardex of products: what moved, newest first, and the movements people enter by hand."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Costo, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .kardex import KardexQuery, Movimiento, kardex_lista

blp = Noun("kardex-producto", __name__, description="Kardex de productos")


class MovimientoProducto(Movimiento):
    """One movement of a product."""

    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(60, required=True)
    prd_descripcion = Texto(60, required=True)
    fac_codigo = Codigo(required=True, allow_none=True)
    krd_prd_cantidad = Cantidad(required=True, metadata={"description": "Igual a krd_cantidad"})


class MovimientoDatos(Schema):
    """A movement by hand, under the names its clients use."""

    prd_codigo = Codigo(required=True)
    trn_cod = Codigo(3, required=True, metadata={"description": "Una de /transaccion que se ingrese a mano"})
    krd_prd_cantidad = Cantidad(required=True)
    krd_razon = Texto(255)
    costo_unitario = Costo(min=0)
    est_cod = Codigo()

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold the aliases of quantity and reason."""
        for name, alias in (("krd_prd_cantidad", "krd_cantidad"), ("krd_razon", "krd_prd_obs")):
            if data.get(name) is None and alias in data:
                data[name] = data[alias]
        return data


class MovimientoNuevo(MovimientoDatos):
    """A movement, where it happens."""

    bodega = Codigo(metadata={"description": "Sin ella, la propia"})


@blp.get("/kardex-producto", query=KardexQuery, answers=kardex_lista(MovimientoProducto))
def kardex_producto_listar(query: dict[str, Any]) -> bytes:
    """Lista los movimientos de productos, los más recientes primero."""
    return call("kardex_producto_listar", **query)


@blp.get("/kardex-producto/search", query=PageQuery, answers=envelope(MovimientoProducto))
def kardex_producto_buscar(query: dict[str, Any]) -> bytes:
    """Busca movimientos por nombre o código de producto."""
    return call("kardex_producto_listar", **query)


@blp.get("/kardex-producto/product/<prd_codigo>", query=KardexQuery, answers=kardex_lista(MovimientoProducto))
def kardex_producto_de(prd_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los movimientos de un producto, los más recientes primero."""
    return call("kardex_producto_listar", prd_codigo=prd_codigo, **query)


@blp.get("/producto/<prd_codigo>/kardex", query=KardexQuery, answers=kardex_lista(MovimientoProducto))
def kardex_de_producto(prd_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los movimientos de un producto, desde el producto."""
    return call("kardex_producto_listar", prd_codigo=prd_codigo, **query)


@blp.get("/kardex-producto/<int:krd_codigo>", answers=MovimientoProducto)
def kardex_producto_obtener(krd_codigo: int) -> bytes:
    """Muestra un movimiento."""
    return call("kardex_producto_obtener", krd_codigo=krd_codigo)


@blp.post("/kardex-producto", takes=MovimientoNuevo, answers=MovimientoProducto, status=201)
def kardex_producto_crear(datos: dict[str, Any]) -> bytes:
    """Registra un movimiento a mano."""
    return call("kardex_producto_crear", **datos)


@blp.put("/kardex-producto/<int:krd_codigo>", takes=MovimientoDatos(partial=True), answers=MovimientoProducto)
def kardex_producto_actualizar(krd_codigo: int, datos: dict[str, Any]) -> bytes:
    """Corrige un movimiento: lo revierte y registra el nuevo."""
    return call("kardex_producto_actualizar", krd_codigo=krd_codigo, **datos)


@blp.delete("/kardex-producto/<int:krd_codigo>", answers=MovimientoProducto)
def kardex_producto_eliminar(krd_codigo: int) -> bytes:
    """Revierte un movimiento registrado a mano."""
    return call("kardex_producto_eliminar", krd_codigo=krd_codigo)
