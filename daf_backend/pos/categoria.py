"""The tree products are shelved in."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("categoria", __name__, description="Categorías de productos")


class Categoria(Schema):
    """A category and how deep in the tree it is."""

    cat_codigo = Codigo(20, required=True)
    cat_nombre = Texto(60, required=True)
    cat_descripcion = Texto(255, required=True)
    cat_padre = Codigo(20, required=True, allow_none=True)
    nivel = Entero(required=True)


@blp.get("/categoria", query=PageQuery, answers=envelope(Categoria))
def categoria_listar(query: dict[str, Any]) -> bytes:
    """Lista las categorías en orden de árbol: cada una después de su padre."""
    return call("categoria_listar", **query)
