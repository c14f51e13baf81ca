"""Ciudad: where the shop ships to, and for how much."""

from ..db.call import call
from ..http.fields import Codigo, Money, Texto
from ..http.resource import Noun, Schema, plain

blp = Noun("ciudad", __name__, description="Ciudades y envío")


class Ciudad(Schema):
    """A city with the price of shipping to it."""

    ct_codigo = Codigo(required=True)
    ct_descripcion = Texto(60, required=True)
    ct_envio = Money(required=True)


class CiudadEnvio(Schema):
    """What shipping to a city costs from now on."""

    ct_envio = Money(required=True, min=0)


plain(blp, "ciudad", Ciudad, public=True)


@blp.put("/ciudad/<ct_codigo>", takes=CiudadEnvio, answers=Ciudad)
def ciudad_actualizar(ct_codigo, datos):
    """Fija el precio del envío a una ciudad."""
    return call("ciudad_actualizar", ct_codigo=ct_codigo, **datos)
