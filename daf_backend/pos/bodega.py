"""Stock locations."""

from typing import Any

from ..db.call import call
from ..http.fields import Booleano, Codigo, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("bodega", __name__, description="Bodegas")


class BodegaCambio(Schema):
    """What a bodega is called, and whether the counter sells from it."""

    bod_nombre = Texto(120, required=True)
    bod_vendible = Booleano()


class BodegaNueva(BodegaCambio):
    """A bodega to be, of a branch."""

    bod_codigo = Codigo(10, required=True)
    eta_codigo = Codigo(3, required=True)


class Bodega(Schema):
    """A bodega; WEB and TRANSITO are of no branch."""

    bod_codigo = Codigo(10, required=True)
    eta_codigo = Codigo(3, required=True, allow_none=True)
    bod_nombre = Texto(120, required=True)
    bod_vendible = Booleano(required=True)
    bod_estado = Opcion("ACT", "INA", required=True)


class BodegaRetirada(Schema):
    """The bodega that was retired."""

    message = Texto(required=True)
    bod_codigo = Codigo(required=True)


class BodegaQuery(PageQuery):
    """Bodegas are few: there is nothing to search."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)


@blp.get("/bodega", query=BodegaQuery, answers=envelope(Bodega))
def bodega_listar(query: dict[str, Any]) -> bytes:
    """Lista las bodegas de los establecimientos propios, por código."""
    return call("bodega_listar", **query)


@blp.get("/bodega/<bod_codigo>", answers=Bodega)
def bodega_obtener(bod_codigo: str) -> bytes:
    """Muestra una bodega."""
    return call("bodega_obtener", bod_codigo=bod_codigo)


@blp.post("/bodega", takes=BodegaNueva, answers=Bodega, status=201)
def bodega_crear(datos: dict[str, Any]) -> bytes:
    """Agrega una bodega a un establecimiento; la retirada con el mismo código vuelve."""
    return call("bodega_crear", **datos)


@blp.put("/bodega/<bod_codigo>", takes=BodegaCambio(partial=True), answers=Bodega)
def bodega_actualizar(bod_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia el nombre de una bodega o si se vende de ella."""
    return call("bodega_actualizar", bod_codigo=bod_codigo, **datos)


@blp.delete("/bodega/<bod_codigo>", answers=BodegaRetirada)
def bodega_eliminar(bod_codigo: str) -> bytes:
    """Retira una bodega vacía que nada usa."""
    return call("bodega_eliminar", bod_codigo=bod_codigo)
