"""Entry of the till: log in as one's own database login, what it may do, its password, its sessions."""

from typing import Any
from uuid import UUID

from ..auth import login, renew, wire
from ..auth.guard import current
from ..db.call import call, runtime
from ..http.fields import Booleano, Clave, Entero, Lista, Mapa, Objeto, Texto
from ..http.resource import Noun
from ..http.schema import Mensaje, Schema
from .ficha import Persona

blp = Noun("sesion", __name__, description="Ingreso y permisos", idempotent=False)


class Credenciales(Schema):
    """What somebody typed to get in, under any of the names clients send it by."""

    user = Texto(120, required=True)
    password = Clave(required=True)

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold the aliases of both fields."""
        for alias in ("usuario", "nombre_usuario", "email"):
            data["user"] = data.get("user") or data.get(alias)
        data["password"] = data.get("password") or data.get("contrasena")
        return data


class CambioClave(Schema):
    """A person's own new password, proved by the current one."""

    actual = Clave(required=True)
    nueva = Clave(required=True, min=8)


class Usuario(Schema):
    """A person as the session shows them."""

    id = Entero(allow_none=True)
    login = Texto(required=True)
    email = Texto(allow_none=True)
    nombre = Texto(required=True)
    role = Texto(required=True)
    roles = Lista(Texto(), required=True)
    persona = Objeto(Persona, allow_none=True)
    establecimiento = Texto(allow_none=True)
    punto_emision = Texto(allow_none=True)
    establecimientos = Lista(Texto())


class Ingreso(wire.Tokens):
    """An open session."""

    message = Texto(required=True)
    role = Texto(required=True)
    roles = Lista(Texto(), required=True)
    usuario = Objeto(Usuario, required=True)


class Acceso(Schema):
    """What the login may do, computed from the database's own grants."""

    role = Texto(required=True)
    roles = Lista(Texto(), required=True)
    access = Mapa(Booleano(), required=True)
    permisos = Lista(Texto(), required=True)


@blp.post("/login", takes=Credenciales, answers=Ingreso, public=True)
def ingresar(datos: dict[str, Any]) -> dict[str, Any]:
    """Abre una sesión con el usuario propio de la base de datos."""
    return login.staff_login("pos", datos["user"], datos["password"])


@blp.get("/access", answers=Acceso)
def acceso_obtener() -> bytes:
    """Dice a qué módulos y actos llega quien pregunta, según los permisos reales."""
    return call("acceso_obtener")


@blp.get("/auth/profile", answers=Usuario)
def perfil_obtener() -> bytes:
    """Muestra a la persona de esta sesión."""
    return call("perfil_obtener")


@blp.post("/auth/password", takes=CambioClave, answers=wire.ClaveCambiada)
def clave_cambiar(datos: dict[str, Any]) -> dict[str, Any]:
    """Cambia la contraseña propia y cierra las demás sesiones; esta sigue con nuevos tokens."""
    return login.change_password("pos", current().login, datos["actual"], datos["nueva"])


@blp.post("/auth/refresh", takes=wire.Refresco, answers=wire.Tokens, public=True)
def sesion_renovar(datos: dict[str, Any]) -> dict[str, Any]:
    """Da nuevos tokens a quien presenta el de renovación, que se usa una sola vez."""
    return renew.renew("pos", datos["refresh_token"])


@blp.get("/auth/sesiones", answers=wire.SesionesAbiertas)
def sesion_listar() -> bytes:
    """Muestra dónde está abierta la cuenta propia."""
    return call("sesion_listar", sid=current().sid)


@blp.delete("/auth/sesiones/<uuid:sid>", answers=Mensaje)
def sesion_cerrar(sid: UUID) -> bytes:
    """Cierra una de las sesiones propias."""
    answer = call("sesion_cerrar", sid=sid)
    runtime().book.forget("pos", current().subject)
    return answer


@blp.post("/auth/logout", answers=Mensaje)
def sesion_salir() -> bytes:
    """Cierra esta sesión; su token deja de servir."""
    me = current()
    answer = call("sesion_salir", sid=me.sid)
    runtime().book.forget("pos", me.subject)
    return answer
