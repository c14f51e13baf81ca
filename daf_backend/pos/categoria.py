"""The tree products are shelved in."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("categoria", __name__, description="Categorías de productos")


class CategoriaCambio(Schema):
    """What a category is called and where it hangs; without a parent it is a root."""

    cat_nombre = Texto(60, required=True)
    cat_descripcion = Texto(255)
    cat_padre = Codigo(20, metadata={"description": 'Categoría de la que cuelga; "" la vuelve raíz'})


class CategoriaNueva(CategoriaCambio):
    """A category to be."""

    cat_codigo = Codigo(20, required=True)


class Categoria(Schema):
    """A category, and in the list how deep in the tree it is."""

    cat_codigo = Codigo(20, required=True)
    cat_nombre = Texto(60, required=True)
    cat_descripcion = Texto(255, required=True)
    cat_padre = Codigo(20, required=True, allow_none=True)
    nivel = Entero()


class CategoriaRetirada(Schema):
    """The category that was retired."""

    message = Texto(required=True)
    cat_codigo = Codigo(required=True)


@blp.get("/categoria", query=PageQuery, answers=envelope(Categoria))
def categoria_listar(query: dict[str, Any]) -> bytes:
    """Lista las categorías en orden de árbol: cada una después de su padre."""
    return call("categoria_listar", **query)


@blp.post("/categoria", takes=CategoriaNueva, answers=Categoria, status=201)
def categoria_crear(datos: dict[str, Any]) -> bytes:
    """Agrega una categoría; la retirada con el mismo código vuelve."""
    return call("categoria_crear", **datos)


@blp.put("/categoria/<cat_codigo>", takes=CategoriaCambio(partial=True), answers=Categoria)
def categoria_actualizar(cat_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia el nombre de una categoría o la cuelga de otra, también en la tienda."""
    return call("categoria_actualizar", cat_codigo=cat_codigo, **datos)


@blp.delete("/categoria/<cat_codigo>", answers=CategoriaRetirada)
def categoria_eliminar(cat_codigo: str) -> bytes:
    """Retira una categoría sin productos ni categorías activos."""
    return call("categoria_eliminar", cat_codigo=cat_codigo)
