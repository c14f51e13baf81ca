"""What the ledgers of products and of materials have in common on the wire: a movement, and lists with a cursor."""

from functools import cache

from ..http.fields import Booleano, Cantidad, Codigo, Entero, FechaHora, Lista, Money, Objeto, Texto
from ..http.page import PICK_LIST_MAX, PageQuery, Paginacion
from ..http.schema import Schema

BIGINT = 2**63 - 1


class Movimiento(Schema):
    """One movement of some item; the cost keys are there for who may see cost."""

    krd_codigo = Entero(max=BIGINT, required=True)
    trn_cod = Codigo(required=True)
    trn_descripcion = Texto(required=True)
    krd_signo = Entero(required=True)
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


class KardexQuery(PageQuery):
    """A page, or the rows after a cursor."""

    cursor = Entero(
        min=0, max=BIGINT, metadata={"description": "Último `krd_codigo` visto; 0 para empezar. Sin total"}
    )


class _Lista(Schema):
    limit = Entero(required=True)
    page = Entero()
    count = Entero()
    total = Entero()
    totalPages = Entero()
    totalExacto = Booleano()
    pagination = Objeto(Paginacion)
    cursor = Entero(max=BIGINT, allow_none=True)


@cache
def kardex_lista(row: type[Schema]) -> type[Schema]:
    """The list envelope around movements, or with a cursor the rows and the next one."""
    data = Lista(Objeto(row), required=True, max=PICK_LIST_MAX)
    return type(f"{row.__name__}Kardex", (_Lista,), {"data": data, "__module__": row.__module__})
