"""Kardex of products: what moved, newest first, and the movements people enter by hand."""

from typing import Any

from ..db.call import call
from ..http.fields import (
    Booleano,
    Cantidad,
    Codigo,
    Costo,
    Entero,
    FechaHora,
    Lista,
    Money,
    Objeto,
    Opcion,
    Texto,
)
from ..http.page import PICK_LIST_MAX, PageQuery, Paginacion, envelope
from ..http.resource import Noun, Schema

BIGINT = 2**63 - 1

blp = Noun("kardex-producto", __name__, description="Kardex de productos")


class Movimiento(Schema):
    """One movement; the cost keys are there for who may see cost."""

    krd_codigo = Entero(max=BIGINT, required=True)
    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(60, required=True)
    prd_descripcion = Texto(60, required=True)
    trn_cod = Codigo(required=True)
    trn_descripcion = Texto(required=True)
    krd_signo = Entero(required=True)
    fac_codigo = Codigo(required=True, allow_none=True)
    est_cod = Codigo(required=True, allow_none=True)
    bodega = Codigo(required=True)
    krd_prd_cantidad = Cantidad(required=True)
    krd_cantidad = Cantidad(required=True)
    krd_razon = Texto(255)
    krd_revierte = Entero(max=BIGINT, required=True, allow_none=True)
    usr_id = Texto(required=True)
    krd_fechahora = FechaHora(required=True)
    saldo = Cantidad(required=True)
    costo_unitario = Texto()
    valor = Money()
    valor_saldo = Money()
    sin_costo = Booleano(metadata={"description": "La entrada no tiene costo conocido"})
    krd_reemplaza = Entero(max=BIGINT, metadata={"description": "Movimiento que este corrige"})
    krd_reverso = Entero(max=BIGINT, metadata={"description": "Movimiento que revierte al corregido"})


class MovimientoDatos(Schema):
    """A movement by hand, under the names its clients use."""

    prd_codigo = Codigo(required=True)
    trn_cod = Opcion("INI", "AJU", "BAJ", "CON", "ESI", "DVP", required=True)
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


class KardexQuery(PageQuery):
    """A page, or the rows after a cursor."""

    cursor = Entero(
        min=0, max=BIGINT, metadata={"description": "Último `krd_codigo` visto; 0 para empezar. Sin total"}
    )


class KardexLista(Schema):
    """The list envelope, or with a cursor the rows and the next one."""

    data = Lista(Objeto(Movimiento), required=True, max=PICK_LIST_MAX)
    limit = Entero(required=True)
    page = Entero()
    count = Entero()
    total = Entero()
    totalPages = Entero()
    totalExacto = Booleano()
    pagination = Objeto(Paginacion)
    cursor = Entero(max=BIGINT, allow_none=True)


@blp.get("/kardex-producto", query=KardexQuery, answers=KardexLista)
def kardex_producto_listar(query: dict[str, Any]) -> bytes:
    """Lista los movimientos de productos, los más recientes primero."""
    return call("kardex_producto_listar", **query)


@blp.get("/kardex-producto/search", query=PageQuery, answers=envelope(Movimiento))
def kardex_producto_buscar(query: dict[str, Any]) -> bytes:
    """Busca movimientos por nombre o código de producto."""
    return call("kardex_producto_listar", **query)


@blp.get("/kardex-producto/product/<prd_codigo>", query=KardexQuery, answers=KardexLista)
def kardex_producto_de(prd_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los movimientos de un producto, los más recientes primero."""
    return call("kardex_producto_listar", prd_codigo=prd_codigo, **query)


@blp.get("/producto/<prd_codigo>/kardex", query=KardexQuery, answers=KardexLista)
def kardex_de_producto(prd_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los movimientos de un producto, desde el producto."""
    return call("kardex_producto_listar", prd_codigo=prd_codigo, **query)


@blp.get("/kardex-producto/<int:krd_codigo>", answers=Movimiento)
def kardex_producto_obtener(krd_codigo: int) -> bytes:
    """Muestra un movimiento."""
    return call("kardex_producto_obtener", krd_codigo=krd_codigo)


@blp.post("/kardex-producto", takes=MovimientoNuevo, answers=Movimiento, status=201)
def kardex_producto_crear(datos: dict[str, Any]) -> bytes:
    """Registra un movimiento a mano."""
    return call("kardex_producto_crear", **datos)


@blp.put("/kardex-producto/<int:krd_codigo>", takes=MovimientoDatos(partial=True), answers=Movimiento)
def kardex_producto_actualizar(krd_codigo: int, datos: dict[str, Any]) -> bytes:
    """Corrige un movimiento: lo revierte y registra el nuevo."""
    return call("kardex_producto_actualizar", krd_codigo=krd_codigo, **datos)


@blp.delete("/kardex-producto/<int:krd_codigo>", answers=Movimiento)
def kardex_producto_eliminar(krd_codigo: int) -> bytes:
    """Revierte un movimiento registrado a mano."""
    return call("kardex_producto_eliminar", krd_codigo=krd_codigo)
