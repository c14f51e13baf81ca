"""Cities an address can name."""

from ..db.call import call
from ..http.fields import Codigo, Texto
from ..http.resource import Noun, Schema

blp = Noun("ciudad", __name__, description="Ciudades")


class Ciudad(Schema):
    """A city."""

    ct_codigo = Codigo(3, required=True)
    ct_descripcion = Texto(60, required=True)


@blp.get("/ciudad", answers=Ciudad(many=True), etag=True)
def ciudad_listar() -> bytes:
    """Lista las ciudades por nombre."""
    return call("ciudad_listar")
