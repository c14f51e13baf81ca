"""Units a quantity counts."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Texto
from ..http.resource import Noun, Schema

blp = Noun("unidadmedida", __name__, description="Unidades de medida")


class UnidadMedidaCambio(Schema):
    """What a unit is called."""

    um_descripcion = Texto(60, required=True)


class UnidadMedida(UnidadMedidaCambio):
    """A unit."""

    um_codigo = Codigo(5, required=True)


class UnidadMedidaRetirada(Schema):
    """The unit that was retired."""

    message = Texto(required=True)
    um_codigo = Codigo(required=True)


@blp.get("/unidadmedida", answers=UnidadMedida(many=True), etag=True)
def unidadmedida_listar() -> bytes:
    """Lista las unidades de medida por código."""
    return call("unidadmedida_listar")


@blp.post("/unidadmedida", takes=UnidadMedida, answers=UnidadMedida, status=201)
def unidadmedida_crear(datos: dict[str, Any]) -> bytes:
    """Agrega una unidad de medida; la retirada con el mismo código vuelve."""
    return call("unidadmedida_crear", **datos)


@blp.put("/unidadmedida/<um_codigo>", takes=UnidadMedidaCambio(partial=True), answers=UnidadMedida)
def unidadmedida_actualizar(um_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia el nombre de una unidad de medida, también en la tienda."""
    return call("unidadmedida_actualizar", um_codigo=um_codigo, **datos)


@blp.delete("/unidadmedida/<um_codigo>", answers=UnidadMedidaRetirada)
def unidadmedida_eliminar(um_codigo: str) -> bytes:
    """Retira una unidad de medida que nada activo usa."""
    return call("unidadmedida_eliminar", um_codigo=um_codigo)
