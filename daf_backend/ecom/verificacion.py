"""Verificación: the page behind the link of a claim's letter.

A page and not an answer in JSON, because a mailbox opens it. Opening changes nothing (mail scanners open every link);
the button posts the token back. It works without JavaScript and loads nothing.
"""

import base64
import hashlib

from flask import Response, render_template

from ..db.call import call_service, runtime
from ..errors import DATABASE_FAILURES, from_database
from ..http.fields import Texto
from ..http.resource import Noun, Schema

blp = Noun(
    "verificacion", __name__, description="Activación por enlace", idempotent=False, template_folder="ui"
)

STYLE = (
    "body{margin:0;background:#f4f4f2;color:#1c1c1a;font:16px/1.5 Helvetica,Arial,sans-serif}"
    "main{max-width:28rem;margin:12vh auto 0;padding:2rem;background:#fff;border:1px solid #e2e2dd;border-radius:8px}"
    "h1{margin:0 0 1rem;font-size:1.4rem}p{margin:0 0 1.5rem}"
    "button{padding:.75rem 1.25rem;border:0;border-radius:6px;background:#14532d;color:#fff;font:inherit}"
)
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CSP = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ENDED = {
    "USADA": "Este enlace ya se usó. Si fue usted, su cuenta está activa: ingrese con su correo y su contraseña.",
    "VENCIDA": "Este enlace ya no vale. Regístrese otra vez en la tienda y le enviaremos uno nuevo.",
}


class Enlace(Schema):
    """The token of the link."""

    t = Texto(100)


@blp.get("/auth/verify", query=Enlace, public=True, pages=(200, 410))
def verificacion_mostrar(query):
    """Muestra la página que activa la cuenta; abrirla no cambia nada."""
    found = _state(query)
    if found["estado"] != "VIGENTE":
        return _ended(found)
    text = (
        f"La cuenta se abrirá con el correo {found['email']}. Si ese correo no es suyo, cierre esta página."
    )
    return _page("Activar la cuenta", text, token=query["t"])


@blp.post("/auth/verify/enlace", takes=Enlace, location="form", public=True, pages=(200, 409, 410, 422))
def verificacion_confirmar(datos):
    """Activa la cuenta con el enlace enviado al correo del cliente, una sola vez."""
    try:
        done = call_service("ecom", "api_login", "verificacion_confirmar", enlace=datos.get("t", ""))
    except DATABASE_FAILURES as exc:
        return _refused(exc)
    if not done["verificada"]:
        return _ended(_state(datos))
    return _page("Cuenta activada", "Ya puede ingresar en la tienda con su correo y su contraseña.")


def _state(sent):
    """What the link is good for."""
    return call_service("ecom", "api_login", "verificacion_enlace", enlace=sent.get("t", ""))


def _ended(found) -> Response:
    return _page("Enlace terminado", ENDED.get(found["estado"], ENDED["VENCIDA"]), status=410)


def _refused(exc: Exception) -> Response:
    """A rule's sentence for people; what is nobody's rule is answered like everywhere else."""
    problem = from_database(exc, runtime().sentence)
    if problem.status >= 500:
        raise exc
    return _page("No se pudo activar", problem.detail, status=problem.status)


def _page(title: str, text: str, token: str = "", status: int = 200) -> Response:
    html = render_template("verificacion.html", title=title, text=text, token=token, style=STYLE)
    return Response(html, status, {"Content-Security-Policy": CSP}, mimetype="text/html")
