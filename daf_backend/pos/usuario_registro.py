"""Asking for a user: anybody may, and waits for an administrator; an administrator need not wait."""

from typing import Any

from ..auth import throttle
from ..auth.guard import current
from ..db.call import call, call_service
from ..http.fields import Booleano, Clave, Correo, Texto
from ..http.resource import Noun
from .ficha import Quien, respuesta
from .usuario import UsuarioFila, proof

blp = Noun("usuario_registro", __name__, description="Registro de usuarios")

DOOR = "+registro"  # no login and no e-mail: all requests of one address are counted under it


class UsuarioNuevo(Quien):
    """Who asks. ``estado`` and ``id_role`` count only from an administrator."""

    email = Correo(required=True)
    password = Clave(required=True, min=8)
    name = Texto(160)
    estado = Booleano()
    id_role = Texto(20)


@blp.post(
    "/usuario/register",
    takes=UsuarioNuevo,
    answers=respuesta(UsuarioFila),
    status=201,
    public=True,
    known=True,
)
def usuario_registrar(datos: dict[str, Any]) -> Any:
    """Pide un usuario, que espera a un administrador; de un administrador, lo crea."""
    if current().kind == "staff":
        return call("usuario_registrar", verificador=proof(datos.pop("password")), **datos)
    throttle.check("pos", DOOR)
    secret = proof(datos.pop("password"))
    return call_service("pos", "api_login", "usuario_registrar", verificador=secret, **datos)
