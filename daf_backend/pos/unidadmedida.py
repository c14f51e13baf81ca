"""Units a quantity counts."""

from ..http.fields import Codigo, Texto
from ..http.resource import Noun, Schema, plain

blp = Noun("unidadmedida", __name__, description="Unidades de medida")


class UnidadMedida(Schema):
    """A unit."""

    um_codigo = Codigo(5, required=True)
    um_descripcion = Texto(60, required=True)


plain(blp, "unidadmedida", UnidadMedida)
