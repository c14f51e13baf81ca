"""Cities an address can name."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Texto
from ..http.resource import Noun, Schema

blp = Noun("ciudad", __name__, description="Ciudades")


class CiudadCambio(Schema):
    """What a city is called."""

    ct_descripcion = Texto(60, required=True)


class Ciudad(CiudadCambio):
    """A city."""

    ct_codigo = Codigo(3, required=True)


class CiudadRetirada(Schema):
    """The city that was retired."""

    message = Texto(required=True)
    ct_codigo = Codigo(required=True)


@blp.get("/ciudad", answers=Ciudad(many=True), etag=True)
def ciudad_listar() -> bytes:
    """Lista las ciudades por nombre."""
    return call("ciudad_listar")


@blp.post("/ciudad", takes=Ciudad, answers=Ciudad, status=201)
def ciudad_crear(datos: dict[str, Any]) -> bytes:
    """Agrega una ciudad; la retirada con el mismo código vuelve."""
    return call("ciudad_crear", **datos)


@blp.put("/ciudad/<ct_codigo>", takes=CiudadCambio(partial=True), answers=Ciudad)
def ciudad_actualizar(ct_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia el nombre de una ciudad, también en la tienda."""
    return call("ciudad_actualizar", ct_codigo=ct_codigo, **datos)


@blp.delete("/ciudad/<ct_codigo>", answers=CiudadRetirada)
def ciudad_eliminar(ct_codigo: str) -> bytes:
    """Retira una ciudad que no es de clientes ni proveedores activos."""
    return call("ciudad_eliminar", ct_codigo=ct_codigo)
