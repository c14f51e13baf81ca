"""Letters that staff write, and what became of every letter."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Correo, Entero, FechaHora, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from ..http.schema import Mensaje

blp = Noun("mail", __name__, description="Correos")

ESTADOS = ("PENDIENTE", "ENVIANDO", "ENVIADO", "MUERTO")


class MailNuevo(Schema):
    """A letter to somebody, from the company, answered to who wrote it."""

    email = Correo(required=True)
    subject = Texto(150, required=True)
    message = Texto(5000, required=True)
    name = Texto(80, required=True)


class MailQuery(PageQuery):
    """A page of envelopes, of one state if asked."""

    estado = Opcion(*ESTADOS)


class Sobre(Schema):
    """Who a letter is for and what became of it; never what it says."""

    id = Entero(required=True)
    plantilla = Texto(40, required=True)
    email = Texto(120, required=True)
    cli_ruc_ced = Codigo(required=True)
    estado = Opcion(*ESTADOS, required=True)
    intentos = Entero(required=True)
    proximo = FechaHora(required=True, allow_none=True)
    error = Texto(200, required=True)
    creado = FechaHora(required=True)
    enviado = FechaHora(required=True, allow_none=True)
    usr_id = Texto(required=True)


@blp.post("/mail", takes=MailNuevo, answers=Mensaje, status=202)
def mail_enviar(datos: dict[str, Any]) -> bytes:
    """Envía un correo a nombre de la empresa; sale en segundo plano."""
    return call("mail_enviar", **datos)


@blp.get("/mail", query=MailQuery, answers=envelope(Sobre))
def correo_listar(query: dict[str, Any]) -> bytes:
    """Lista los correos y su estado, sin su contenido."""
    query.pop("search", None)
    return call("correo_listar", **query)


@blp.post("/mail/<int:id>/reintentar", answers=Mensaje)
def correo_reintentar(id: int) -> bytes:
    """Vuelve a intentar un correo que se dejó de intentar o que espera."""
    return call("correo_reintentar", cor_id=id)
