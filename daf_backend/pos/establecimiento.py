"""Branches of the company."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("establecimiento", __name__, description="Establecimientos")


class EstablecimientoCambio(Schema):
    """What a branch is called and where it is."""

    eta_nombre = Texto(120, required=True)
    eta_direccion = Texto(300)


class EstablecimientoNuevo(EstablecimientoCambio):
    """A branch to be."""

    eta_codigo = Codigo(3, required=True)


class Establecimiento(Schema):
    """A branch."""

    eta_codigo = Codigo(3, required=True)
    eta_nombre = Texto(120, required=True)
    eta_direccion = Texto(300, required=True)
    eta_estado = Opcion("ACT", "INA", required=True)


class EstablecimientoRetirado(Schema):
    """The branch that was retired."""

    message = Texto(required=True)
    eta_codigo = Codigo(required=True)


class EstablecimientoQuery(PageQuery):
    """Branches are few: there is nothing to search."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)


@blp.get("/establecimiento", query=EstablecimientoQuery, answers=envelope(Establecimiento))
def establecimiento_listar(query: dict[str, Any]) -> bytes:
    """Lista los establecimientos propios, por código."""
    return call("establecimiento_listar", **query)


@blp.get("/establecimiento/<eta_codigo>", answers=Establecimiento)
def establecimiento_obtener(eta_codigo: str) -> bytes:
    """Muestra un establecimiento."""
    return call("establecimiento_obtener", eta_codigo=eta_codigo)


@blp.post("/establecimiento", takes=EstablecimientoNuevo, answers=Establecimiento, status=201)
def establecimiento_crear(datos: dict[str, Any]) -> bytes:
    """Abre un establecimiento; el retirado con el mismo código vuelve."""
    return call("establecimiento_crear", **datos)


@blp.put("/establecimiento/<eta_codigo>", takes=EstablecimientoCambio(partial=True), answers=Establecimiento)
def establecimiento_actualizar(eta_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia el nombre o la dirección de un establecimiento."""
    return call("establecimiento_actualizar", eta_codigo=eta_codigo, **datos)


@blp.delete("/establecimiento/<eta_codigo>", answers=EstablecimientoRetirado)
def establecimiento_eliminar(eta_codigo: str) -> bytes:
    """Retira un establecimiento sin bodegas ni puntos de emisión activos."""
    return call("establecimiento_eliminar", eta_codigo=eta_codigo)
