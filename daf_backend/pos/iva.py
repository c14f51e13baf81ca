"""IVA rates by class and date."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Fecha, Porcentaje, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("iva", __name__, description="Tarifas de IVA")


class TarifaIva(Schema):
    """The rate of a class between two dates, both included."""

    iva_codigo = Codigo(3, required=True)
    iva_descripcion = Texto(60, required=True)
    sri_codigo = Codigo(2, required=True)
    porcentaje = Porcentaje(required=True)
    desde = Fecha(required=True)
    hasta = Fecha(required=True, allow_none=True)


class TarifaCambio(Schema):
    """What a rate is."""

    sri_codigo = Codigo(2, required=True)
    porcentaje = Porcentaje(required=True)
    hasta = Fecha(metadata={"description": "Último día; sin él, hasta la siguiente"})


class TarifaNueva(TarifaCambio):
    """A rate to be, of a class, from a day on."""

    iva_codigo = Codigo(3, required=True)
    desde = Fecha(required=True)


class TarifaRetirada(Schema):
    """The rate that will not begin."""

    message = Texto(required=True)
    iva_codigo = Codigo(required=True)
    desde = Fecha(required=True)


class IvaQuery(PageQuery):
    """Rates are few and have no names: there is nothing to search."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)


@blp.get("/iva", query=IvaQuery, answers=envelope(TarifaIva))
def iva_listar(query: dict[str, Any]) -> bytes:
    """Lista las tarifas vigentes; con página, también las anteriores."""
    return call("iva_listar", **query)


@blp.post("/iva", takes=TarifaNueva, answers=TarifaIva, status=201)
def iva_crear(datos: dict[str, Any]) -> bytes:
    """Agrega una tarifa; la que regía ese día termina la víspera."""
    return call("iva_crear", **datos)


@blp.put("/iva/<iva_codigo>/<desde>", takes=TarifaCambio(partial=True), answers=TarifaIva)
def iva_actualizar(iva_codigo: str, desde: str, datos: dict[str, Any]) -> bytes:
    """Cambia una tarifa que no ha empezado, o pone fin a una vigente."""
    return call("iva_actualizar", iva_codigo=iva_codigo, desde=desde, **datos)


@blp.delete("/iva/<iva_codigo>/<desde>", answers=TarifaRetirada)
def iva_eliminar(iva_codigo: str, desde: str) -> bytes:
    """Retira una tarifa que no ha empezado; la anterior sigue."""
    return call("iva_eliminar", iva_codigo=iva_codigo, desde=desde)
