"""Units a quantity counts."""

from ..db.call import call
from ..http.fields import Codigo, Texto
from ..http.resource import Noun, Schema

blp = Noun("unidadmedida", __name__, description="Unidades de medida")


class UnidadMedida(Schema):
    """A unit."""

    um_codigo = Codigo(5, required=True)
    um_descripcion = Texto(60, required=True)


@blp.get("/unidadmedida", answers=UnidadMedida(many=True), etag=True)
def unidadmedida_listar() -> bytes:
    """Lista las unidades de medida."""
    return call("unidadmedida_listar")
