"""What the stock is worth: by moving average, as the books have it, and by first in, first out."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Entero, Fecha, FechaHora, Lista, Money, Objeto, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("costeo", __name__, description="Costeo de existencias")

BIGINT = 2**63 - 1


class CosteoFila(Schema):
    """An item in a bodega, and its worth both ways."""

    prd_codigo = Codigo(required=True, allow_none=True)
    mp_codigo = Codigo(required=True, allow_none=True)
    nombre = Texto(120, required=True)
    bodega = Codigo(required=True)
    cantidad = Cantidad(required=True)
    valor = Money(required=True, metadata={"description": "Por promedio móvil, como en los libros"})
    costo_promedio = Texto(30, required=True, allow_none=True)
    valor_fifo = Money(
        required=True, metadata={"description": "Si lo primero en entrar fuera lo primero en salir"}
    )


class Capa(Schema):
    """What is left of an entry."""

    krd_codigo = Entero(max=BIGINT, required=True)
    trn_cod = Codigo(3, required=True)
    fecha = FechaHora(required=True)
    cantidad = Cantidad(required=True)
    costo_unitario = Texto(30, required=True)
    valor = Money(required=True)


class Salida(Schema):
    """What went out, and its cost both ways."""

    krd_codigo = Entero(max=BIGINT, required=True)
    trn_cod = Codigo(3, required=True)
    fecha = FechaHora(required=True)
    cantidad = Cantidad(required=True)
    valor = Money(required=True)
    valor_fifo = Money(required=True)


class CosteoDetalle(CosteoFila):
    """An item in a bodega with its layers."""

    capas = Lista(Objeto(Capa), required=True, max=1_000_000)
    salidas = Lista(Objeto(Salida), required=True, max=1_000_000)


class Costeo(Schema):
    """An item in each bodega."""

    desde = Fecha(required=True)
    fecha = Fecha(required=True)
    data = Lista(Objeto(CosteoDetalle), required=True)


class CosteoQuery(PageQuery):
    """At the end of which day, in which bodega."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)

    fecha = Fecha(metadata={"description": "Al terminar ese día; sin ella, ahora"})
    bodega = Codigo(10)


class CosteoPeriodo(Schema):
    """At the end of which day, with what went out since which other."""

    fecha = Fecha(metadata={"description": "Al terminar ese día; sin ella, ahora"})
    desde = Fecha(metadata={"description": "Salidas desde ese día; sin él, el primero del mes"})


@blp.get("/costeo", query=CosteoQuery, answers=envelope(CosteoFila))
def costeo_listar(query: dict[str, Any]) -> bytes:
    """Lista lo que vale la existencia de cada artículo en cada bodega, por promedio y por FIFO."""
    return call("costeo_listar", **query)


@blp.get("/costeo/<itm_codigo>", query=CosteoPeriodo, answers=Costeo)
def costeo_obtener(itm_codigo: str, query: dict[str, Any]) -> bytes:
    """Muestra las capas FIFO de un artículo y lo que costaron sus salidas."""
    return call("costeo_obtener", itm_codigo=itm_codigo, **query)
