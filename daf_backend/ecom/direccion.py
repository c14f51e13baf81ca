"""Direccion: where a shopper has things sent."""

from ..db.call import call
from ..http.fields import Codigo, Entero, Money, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("direccion", __name__, description="Direcciones de envío")


class DireccionNueva(Schema):
    """An address to add."""

    dir_nombre = Texto(60)
    dir_calle = Texto(255, required=True)
    dir_referencia = Texto(255)
    dir_telefono = Texto(10)
    ct_codigo = Codigo(required=True)


class Direccion(DireccionNueva):
    """An address, and what sending there costs."""

    dir_codigo = Entero(required=True, max=2**63 - 1)
    ct_descripcion = Texto(60, required=True)
    envio = Money(required=True)


class Mensaje(Schema):
    """A sentence for people."""

    message = Texto(required=True)


@blp.get("/direccion", query=PageQuery, answers=envelope(Direccion))
def direccion_listar(query):
    """Lista las direcciones propias."""
    return call("direccion_listar", page=query.get("page"), limit=query.get("limit"))


@blp.get("/direccion/<int:dir_codigo>", answers=Direccion)
def direccion_obtener(dir_codigo):
    """Muestra una dirección propia."""
    return call("direccion_obtener", dir_codigo=dir_codigo)


@blp.post("/direccion", takes=DireccionNueva, answers=Direccion, status=201)
def direccion_crear(datos):
    """Agrega una dirección."""
    return call("direccion_crear", **datos)


@blp.put("/direccion/<int:dir_codigo>", takes=DireccionNueva(partial=True), answers=Direccion)
def direccion_actualizar(dir_codigo, datos):
    """Cambia una dirección; lo que no se envía queda igual."""
    return call("direccion_actualizar", dir_codigo=dir_codigo, **datos)


@blp.delete("/direccion/<int:dir_codigo>", answers=Mensaje)
def direccion_eliminar(dir_codigo):
    """Elimina una dirección; los pedidos conservan la suya."""
    return call("direccion_eliminar", dir_codigo=dir_codigo)
