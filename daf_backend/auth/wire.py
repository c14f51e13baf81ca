"""The shapes of sessions on the wire, the same on both sides."""

from ..http.fields import Booleano, FechaHora, Lista, Objeto, Texto
from ..http.schema import Mensaje, Schema


class Refresco(Schema):
    """The present refresh token of a session."""

    refresh_token = Texto(200, required=True)


class Tokens(Schema):
    """The tokens of a session: one to work with, one to get the next two with."""

    token = Texto(4000, required=True)
    access_token = Texto(4000, required=True)
    refresh_token = Texto(200, required=True)


class ClaveCambiada(Mensaje, Tokens):
    """A password was changed; the session it was changed in goes on with new tokens."""


class SesionAbierta(Schema):
    """One place where somebody is logged in."""

    sid = Texto(36, required=True)
    creada_en = FechaHora(required=True)
    renovada_en = FechaHora(required=True, metadata={"description": "Ingreso o última renovación"})
    vence_en = FechaHora(required=True)
    direccion = Texto(64, required=True)
    agente = Texto(200, required=True)
    actual = Booleano(required=True, metadata={"description": "Si es la sesión que pregunta"})


class SesionesAbiertas(Schema):
    """Everywhere somebody is logged in."""

    data = Lista(Objeto(SesionAbierta), required=True)
