"""Cuenta: how a shopper registers, gets in, changes the password and leaves."""

import secrets

from flask import request

from ..auth import login, throttle, wire
from ..auth.guard import current, require_shopper
from ..db.call import call, call_service, runtime
from ..errors import Problem
from ..http.fields import Clave, Codigo, Correo, FechaHora, Libre, Lista, Objeto, Texto
from ..http.resource import Noun, Schema
from ..http.schema import Mensaje
from .cuenta_clave import hash_password, matches
from .invitado import HEADER, digest

# What is counted of who asks whether an identification is a client's, by looking or by registering: every look but the
# one that made an account, so that nobody lists the clients one by one.
LOOKS = "registro"

blp = Noun("cuenta", __name__, description="Cuenta del comprador", idempotent=False)


class ClienteDatos(Schema):
    """Who an account is for, where no client record says it."""

    cli_nombre = Texto(120, required=True)
    cli_telefono = Texto(10)
    cli_celular = Texto(10)
    cli_direccion = Texto(255)
    ct_codigo = Codigo()


class Registro(Schema):
    """A new account."""

    email = Correo(required=True)
    password = Clave(required=True, min=8)
    cli_ruc_ced = Codigo(required=True)
    cliente = Objeto(ClienteDatos)


class Verificacion(Schema):
    """The code that was mailed to the client's own address."""

    email = Correo(required=True)
    code = Texto(10, required=True)


class Credenciales(Schema):
    """An e-mail for shoppers; a name without ``@`` is a member of staff."""

    email = Texto(120, required=True)
    password = Clave(required=True)

    def prepare(self, data):
        """Fold the alias of the e-mail."""
        return {**data, "email": data.get("email") or data.get("user")}


class ClaveNueva(Schema):
    """A new password; the current one too once the login is older than fifteen minutes."""

    password = Clave(required=True, min=8)
    actual = Clave()


class Ingreso(wire.Tokens):
    """An open session; of a member of staff, also who they are."""

    message = Texto(required=True)
    role = Texto()
    roles = Lista(Texto())
    usuario = Libre()


class Cuenta(Schema):
    """The shopper's own account."""

    usr_email = Correo(required=True)
    usr_fecha_registro = FechaHora(required=True)
    cli_estado = Texto(3, required=True)
    cli_codigo = Texto(20, required=True)
    cli_nombre = Texto(120, required=True)
    cli_ruc_ced = Texto(20, required=True)
    cli_telefono = Texto(10, required=True)
    cli_celular = Texto(10, required=True)
    cli_direccion = Texto(255, required=True)
    ct_codigo = Texto(20)


@blp.get("/auth/client/<cli_ruc_ced>", answers=Mensaje, public=True, also=(409,))
def registro_comprobar(cli_ruc_ced):
    """Dice si una identificación es de un cliente que todavía no tiene cuenta."""
    throttle.check("ecom", LOOKS)
    return call_service("ecom", "api_login", "registro_comprobar", cli_ruc_ced=cli_ruc_ced)


@blp.post("/auth/register", takes=Registro, answers=Mensaje, status=201, public=True)
def registro_crear(datos):
    """Registra una cuenta, o pide el código que la reclama si ya hay un cliente con esa identificación."""
    throttle.check("ecom", LOOKS)
    answer = _register(datos)
    if answer.pop("creada"):
        throttle.returned("ecom")
    return answer


@blp.post("/auth/verify", takes=Verificacion, answers=Mensaje, public=True)
def registro_verificar(datos):
    """Activa una cuenta con el código enviado al correo del cliente."""
    throttle.check("ecom", datos["email"])
    email, code = datos["email"], datos["code"]
    if not call_service("ecom", "api_login", "registro_verificar", email=email, codigo=code)["verificada"]:
        throttle.failed("ecom", email)
        raise Problem(422, "codigo_vigente", "El código no es correcto o ya venció.")
    throttle.passed("ecom")
    return {"message": "Cuenta activada."}


@blp.post("/auth/login", takes=Credenciales, answers=Ingreso, public=True, reads=(HEADER,))
def ingresar(datos):
    """Abre una sesión de comprador con su correo, o del personal con su usuario."""
    who, password = datos["email"], datos["password"]
    return _enter(who.lower(), password) if "@" in who else login.staff_login("ecom", who, password)


@blp.get("/auth/me", answers=Cuenta)
def cuenta_obtener():
    """Muestra la cuenta propia."""
    return call("cuenta_obtener")


@blp.put("/auth/password", takes=ClaveNueva, answers=Mensaje)
def clave_cambiar(datos):
    """Cambia la contraseña y cierra las demás sesiones."""
    me = require_shopper()
    proved = "actual" in datos and _proves(me.subject, datos["actual"])
    answer = call_service(
        "ecom", "api_login", "clave_cambiar",
        usr_id=me.subject, sid=me.sid, clave=hash_password(datos["password"]), probada=proved,
    )  # fmt: skip
    runtime().book.forget("ecom", me.subject)
    return answer


@blp.delete("/auth", answers=Mensaje)
def cuenta_eliminar():
    """Elimina la cuenta propia; sus pedidos quedan, sin sus datos de ingreso."""
    me = require_shopper()
    answer = call("cuenta_eliminar")
    runtime().book.forget("ecom", me.subject)
    return answer


@blp.post("/auth/logout", answers=Mensaje)
def sesion_salir():
    """Cierra esta sesión; su token deja de servir."""
    me = current()
    if me.kind == "staff":
        answer = call("sesion_salir", sid=me.sid)
    else:
        answer = call_service("ecom", "api_login", "sesion_salir_comprador", sujeto=me.subject, sid=me.sid)
    runtime().book.forget("ecom", me.subject)
    return answer


def _register(datos):
    return call_service(
        "ecom", "api_login", "registro_crear",
        email=datos["email"], cli_ruc_ced=datos["cli_ruc_ced"], clave=hash_password(datos["password"]),
        codigo=f"{secrets.randbelow(10**6):06d}", **datos.get("cliente", {}),
    )  # fmt: skip


def _enter(email: str, password: str) -> dict[str, str]:
    """A shopper's session; one refusal, at one cost, for every failure."""
    throttle.check("ecom", email)
    account = call_service("ecom", "api_login", "ingreso_preparar", email=email)
    if not matches(account and account["clave"], password):
        throttle.failed("ecom", email)
        raise login.refused()
    throttle.passed("ecom")
    token = request.headers.get(HEADER)
    if token:  # what they put in the cart before saying who they are
        call_service("ecom", "api_login", "carrito_unir", usr_id=account["usr_id"], token_hash=digest(token))
    return {"message": "Bienvenido.", **login.shopper_session(account["usr_id"])}


def _proves(account: str, password: str) -> bool:
    """Whether the typed current password is right; never 401, which clients read as "log in again"."""
    stored = call_service("ecom", "api_login", "ingreso_preparar", usr_id=account)
    who = stored["usr_email"] if stored else ""
    throttle.check("ecom", who)
    if stored and matches(stored["clave"], password):
        throttle.passed("ecom")
        return True
    throttle.failed("ecom", who)
    raise Problem(403, "clave_actual", "La contraseña actual no es correcta.")
