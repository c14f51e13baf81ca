"""Categoria: the shelves of the shop."""

from ..db.call import call
from ..http.fields import Codigo, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("categoria", __name__, description="Categorías")


class Categoria(Schema):
    """A category, and the one it stands in."""

    cat_codigo = Codigo(required=True)
    cat_nombre = Texto(60, required=True)
    cat_descripcion = Texto(255)
    cat_padre = Codigo(allow_none=True)


@blp.get("/categoria", query=PageQuery, answers=envelope(Categoria), public=True, etag=True)
def categoria_listar(query):
    """Lista las categorías por nombre."""
    return call("categoria_listar", page=query.get("page"), limit=query.get("limit"))
