"""Kardex of materials: what moved, newest first, and the movements people enter by hand."""

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

blp = Noun("kardexmp", __name__, description="Kardex de materias primas")


class Movimiento(Schema):
    """One movement; the cost keys are there for who may see cost."""

    krd_codigo = Entero(max=BIGINT, required=True)
    mp_codigo = Codigo(required=True)
    mp_descripcion = Texto(120, required=True)
    trn_cod = Codigo(required=True)
    trn_descripcion = Texto(required=True)
    krd_signo = Entero(required=True)
    oc_codigo = Codigo(required=True, allow_none=True)
    est_cod = Codigo(required=True, allow_none=True)
    bodega = Codigo(required=True)
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
    """A movement by hand."""

    mp_codigo = Codigo(required=True)
    trn_cod = Opcion("INI", "AJU", "BAJ", "CON", "DVP", required=True)
    krd_cantidad = Cantidad(required=True)
    krd_razon = Texto(255)
    costo_unitario = Costo(min=0)
    oc_codigo = Codigo()


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


@blp.get("/kardexmp", query=KardexQuery, answers=KardexLista)
def kardexmp_listar(query: dict[str, Any]) -> bytes:
    """Lista los movimientos de materias primas, los más recientes primero."""
    return call("kardexmp_listar", **query)


@blp.get("/kardexmp/search", query=PageQuery, answers=envelope(Movimiento))
def kardexmp_buscar(query: dict[str, Any]) -> bytes:
    """Busca movimientos por descripción o código de materia prima."""
    return call("kardexmp_listar", **query)


@blp.get("/materiaprima/<mp_codigo>/kardex", query=KardexQuery, answers=KardexLista)
def kardexmp_de(mp_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los movimientos de una materia prima, los más recientes primero."""
    return call("kardexmp_listar", mp_codigo=mp_codigo, **query)


@blp.get("/kardexmp/<int:krd_codigo>", answers=Movimiento)
def kardexmp_obtener(krd_codigo: int) -> bytes:
    """Muestra un movimiento."""
    return call("kardexmp_obtener", krd_codigo=krd_codigo)


@blp.post("/kardexmp", takes=MovimientoNuevo, answers=Movimiento, status=201)
def kardexmp_crear(datos: dict[str, Any]) -> bytes:
    """Registra un movimiento a mano."""
    return call("kardexmp_crear", **datos)


@blp.put("/kardexmp/<int:krd_codigo>", takes=MovimientoDatos(partial=True), answers=Movimiento)
def kardexmp_actualizar(krd_codigo: int, datos: dict[str, Any]) -> bytes:
    """Corrige un movimiento: lo revierte y registra el nuevo."""
    return call("kardexmp_actualizar", krd_codigo=krd_codigo, **datos)


@blp.delete("/kardexmp/<int:krd_codigo>", answers=Movimiento)
def kardexmp_eliminar(krd_codigo: int) -> bytes:
    """Revierte un movimiento registrado a mano."""
    return call("kardexmp_eliminar", krd_codigo=krd_codigo)
