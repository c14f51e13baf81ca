"""Clients: who buys."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Correo, FechaHora, Money, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("cliente", __name__, description="Clientes")

TIPOS = ("CEDULA", "RUC", "PASAPORTE", "EXTERIOR", "FINAL")
ESTADOS = ("ACT", "SUS", "INA")


class ClienteNuevo(Schema):
    """What a client is registered with. Without a type, the identification says it."""

    cli_tipo_id = Opcion(*TIPOS)
    cli_ruc_ced = Codigo(20, required=True)
    cli_nombre = Texto(120, required=True)
    cli_telefono = Texto(10)
    cli_celular = Texto(10)
    cli_mail = Correo()
    cli_direccion = Texto(255)
    ct_codigo = Codigo(3)
    cli_limite_credito = Money(min=0)


class ClienteCambio(ClienteNuevo):
    """What changes in a client; the rest stays."""

    cli_estado = Opcion(*ESTADOS)


class ClienteOpcion(Schema):
    """A client as a select shows it."""

    cli_codigo = Codigo(required=True)
    cli_ruc_ced = Texto(20, required=True)
    cli_nombre = Texto(120, required=True)
    cli_estado = Opcion(*ESTADOS, required=True)


class ClienteFila(ClienteOpcion):
    """A client in a list; the pick-list answers only the keys of an option."""

    cli_tipo_id = Opcion(*TIPOS)
    cli_telefono = Texto(10)
    cli_celular = Texto(10)
    cli_mail = Texto(120)
    cli_direccion = Texto(255)
    ct_codigo = Texto(3)
    cli_limite_credito = Money()
    cli_fecha_alta = FechaHora()


class Cliente(ClienteFila):
    """A client and what it owes, over all branches."""

    cli_deuda = Money(required=True)


class ClienteEliminado(Schema):
    """What is left of a deactivated client."""

    message = Texto(required=True)
    cli_codigo = Codigo(required=True)
    cli_estado = Opcion(*ESTADOS, required=True)


@blp.get("/cliente", query=PageQuery, answers=envelope(ClienteFila))
def cliente_listar(query: dict[str, Any]) -> bytes:
    """Lista los clientes por nombre; sin página, los activos para elegir."""
    return call("cliente_listar", **query)


@blp.get("/cliente/type", answers=ClienteOpcion(many=True), etag=True)
def cliente_elegir() -> bytes:
    """Los clientes activos como arreglo simple, para un selector."""
    return call("cliente_elegir")


@blp.get("/cliente/search", query=PageQuery, answers=envelope(ClienteFila))
def cliente_buscar(query: dict[str, Any]) -> bytes:
    """Busca clientes por nombre, identificación o código, sin distinguir acentos."""
    return call("cliente_buscar", **query)


@blp.get("/cliente/<cli_codigo>", answers=Cliente)
def cliente_obtener(cli_codigo: str) -> bytes:
    """Un cliente y lo que debe."""
    return call("cliente_obtener", cli_codigo=cli_codigo)


@blp.post("/cliente", takes=ClienteNuevo, answers=Cliente, status=201)
def cliente_crear(datos: dict[str, Any]) -> bytes:
    """Registra un cliente; el desactivado con la misma identificación vuelve con los datos nuevos."""
    return call("cliente_crear", **datos)


@blp.put("/cliente/<cli_codigo>", takes=ClienteCambio(partial=True), answers=Cliente)
def cliente_actualizar(cli_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia los datos que se envían de un cliente."""
    return call("cliente_actualizar", cli_codigo=cli_codigo, **datos)


@blp.delete("/cliente/<cli_codigo>", answers=ClienteEliminado)
def cliente_eliminar(cli_codigo: str) -> bytes:
    """Desactiva un cliente; sus documentos lo siguen nombrando."""
    return call("cliente_eliminar", cli_codigo=cli_codigo)
