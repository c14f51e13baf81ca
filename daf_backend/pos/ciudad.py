"""Cities an address can name."""

from ..http.fields import Codigo, Texto
from ..http.resource import Noun, Schema, plain

blp = Noun("ciudad", __name__, description="Ciudades")


class Ciudad(Schema):
    """A city."""

    ct_codigo = Codigo(3, required=True)
    ct_descripcion = Texto(60, required=True)


plain(blp, "ciudad", Ciudad)
