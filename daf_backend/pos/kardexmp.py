"""Kardex of materials: what moved, newest first, and the movements people enter by hand."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Costo, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .kardex import KardexQuery, Movimiento, kardex_lista

blp = Noun("kardexmp", __name__, description="Kardex de materias primas")


class MovimientoMaterial(Movimiento):
    """One movement of a material."""

    mp_codigo = Codigo(required=True)
    mp_descripcion = Texto(120, required=True)
    oc_codigo = Codigo(required=True, allow_none=True)


class MovimientoDatos(Schema):
    """A movement by hand."""

    mp_codigo = Codigo(required=True)
    trn_cod = Codigo(3, required=True, metadata={"description": "Una de /transaccion que se ingrese a mano"})
    krd_cantidad = Cantidad(required=True)
    krd_razon = Texto(255)
    costo_unitario = Costo(min=0)
    oc_codigo = Codigo(metadata={"description": "Con COM, la orden de la que llega"})


class MovimientoNuevo(MovimientoDatos):
    """A movement, where it happens."""

    bodega = Codigo(metadata={"description": "Sin ella, la propia"})


@blp.get("/kardexmp", query=KardexQuery, answers=kardex_lista(MovimientoMaterial))
def kardexmp_listar(query: dict[str, Any]) -> bytes:
    """Lista los movimientos de materias primas, los más recientes primero."""
    return call("kardexmp_listar", **query)


@blp.get("/kardexmp/search", query=PageQuery, answers=envelope(MovimientoMaterial))
def kardexmp_buscar(query: dict[str, Any]) -> bytes:
    """Busca movimientos por descripción o código de materia prima."""
    return call("kardexmp_listar", **query)


@blp.get("/materiaprima/<mp_codigo>/kardex", query=KardexQuery, answers=kardex_lista(MovimientoMaterial))
def kardexmp_de(mp_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los movimientos de una materia prima, los más recientes primero."""
    return call("kardexmp_listar", mp_codigo=mp_codigo, **query)


@blp.get("/kardexmp/<int:krd_codigo>", answers=MovimientoMaterial)
def kardexmp_obtener(krd_codigo: int) -> bytes:
    """Muestra un movimiento."""
    return call("kardexmp_obtener", krd_codigo=krd_codigo)


@blp.post("/kardexmp", takes=MovimientoNuevo, answers=MovimientoMaterial, status=201)
def kardexmp_crear(datos: dict[str, Any]) -> bytes:
    """Registra un movimiento a mano."""
    return call("kardexmp_crear", **datos)


@blp.put("/kardexmp/<int:krd_codigo>", takes=MovimientoDatos(partial=True), answers=MovimientoMaterial)
def kardexmp_actualizar(krd_codigo: int, datos: dict[str, Any]) -> bytes:
    """Corrige un movimiento: lo revierte y registra el nuevo."""
    return call("kardexmp_actualizar", krd_codigo=krd_codigo, **datos)


@blp.delete("/kardexmp/<int:krd_codigo>", answers=MovimientoMaterial)
def kardexmp_eliminar(krd_codigo: int) -> bytes:
    """Revierte un movimiento registrado a mano."""
    return call("kardexmp_eliminar", krd_codigo=krd_codigo)
