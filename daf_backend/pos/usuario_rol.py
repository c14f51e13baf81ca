"""The roles a user may be given, and what each may really do."""

from ..db.call import call
from ..http.fields import Entero, Lista, Texto
from ..http.resource import Noun, Schema
from .ficha import respuesta

blp = Noun("usuario_rol", __name__, description="Roles")


class Rol(Schema):
    """A role, and every act the database lets it execute."""

    id = Entero(required=True)
    nombre = Texto(20, required=True)
    descripcion = Texto(required=True)
    permisos = Lista(Texto(63), required=True)


@blp.get("/usuario/rol", answers=respuesta(Rol, many=True), etag=True)
def usuario_rol_listar() -> bytes:
    """Los roles, y lo que cada uno puede hacer según la base de datos."""
    return call("usuario_rol_listar")
