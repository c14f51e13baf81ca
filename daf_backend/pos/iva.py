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


class IvaQuery(PageQuery):
    """Rates are few and have no names: there is nothing to search."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)


@blp.get("/iva", query=IvaQuery, answers=envelope(TarifaIva))
def iva_listar(query: dict[str, Any]) -> bytes:
    """Lista las tarifas vigentes; con página, también las anteriores."""
    return call("iva_listar", **query)
