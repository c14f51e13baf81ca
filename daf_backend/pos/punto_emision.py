"""Emission points: where invoices are issued, and which bodega each sells from."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("punto_emision", __name__, description="Puntos de emisión")


class PuntoCambio(Schema):
    """The bodega a point sells from."""

    bod_codigo = Codigo(10, required=True)


class PuntoNuevo(PuntoCambio):
    """A point to be, of a branch."""

    eta_codigo = Codigo(3, required=True)
    pto_codigo = Codigo(3, required=True)


class PuntoEmision(Schema):
    """A point; other calls name it by `punto_emision`."""

    punto_emision = Codigo(7, required=True)
    eta_codigo = Codigo(3, required=True)
    pto_codigo = Codigo(3, required=True)
    bod_codigo = Codigo(10, required=True)
    pto_estado = Opcion("ACT", "INA", required=True)


class PuntoRetirado(Schema):
    """The point that was retired."""

    message = Texto(required=True)
    eta_codigo = Codigo(required=True)
    pto_codigo = Codigo(required=True)


class PuntoQuery(PageQuery):
    """Points are few: there is nothing to search."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)


@blp.get("/punto-emision", query=PuntoQuery, answers=envelope(PuntoEmision))
def punto_emision_listar(query: dict[str, Any]) -> bytes:
    """Lista los puntos de emisión de los establecimientos propios, por código."""
    return call("punto_emision_listar", **query)


@blp.get("/punto-emision/<eta_codigo>/<pto_codigo>", answers=PuntoEmision)
def punto_emision_obtener(eta_codigo: str, pto_codigo: str) -> bytes:
    """Muestra un punto de emisión."""
    return call("punto_emision_obtener", eta_codigo=eta_codigo, pto_codigo=pto_codigo)


@blp.post("/punto-emision", takes=PuntoNuevo, answers=PuntoEmision, status=201)
def punto_emision_crear(datos: dict[str, Any]) -> bytes:
    """Agrega un punto de emisión; el retirado con el mismo código vuelve."""
    return call("punto_emision_crear", **datos)


@blp.put("/punto-emision/<eta_codigo>/<pto_codigo>", takes=PuntoCambio(partial=True), answers=PuntoEmision)
def punto_emision_actualizar(eta_codigo: str, pto_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia la bodega de la que vende un punto de emisión."""
    return call("punto_emision_actualizar", eta_codigo=eta_codigo, pto_codigo=pto_codigo, **datos)


@blp.delete("/punto-emision/<eta_codigo>/<pto_codigo>", answers=PuntoRetirado)
def punto_emision_eliminar(eta_codigo: str, pto_codigo: str) -> bytes:
    """Retira un punto de emisión donde nadie trabaja."""
    return call("punto_emision_eliminar", eta_codigo=eta_codigo, pto_codigo=pto_codigo)
