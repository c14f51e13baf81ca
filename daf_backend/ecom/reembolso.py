"""Reembolso: giving back what an order was paid with."""

from typing import Any
from uuid import UUID

from flask import current_app

from ..db.call import call_json
from ..errors import Problem
from ..http.fields import Booleano, Cantidad, Codigo, Entero, FechaHora, Lista, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .pedido_partes import REEMBOLSO_ESTADOS, Reembolso

blp = Noun("reembolso", __name__, description="Reembolsos de pedidos")


class ReembolsoLineaDatos(Schema):
    """A product of the order and how much of it comes back."""

    prd_codigo = Codigo(required=True)
    cantidad = Cantidad(required=True)
    a_stock = Booleano(metadata={"description": "false: no sirve para la venta y se da de baja"})


class ReembolsoDatos(Schema):
    """What is given back and why; without lines, all that is left of the order."""

    lineas = Lista(Objeto(ReembolsoLineaDatos), max=500)
    motivo = Texto(255, required=True)


class ReembolsoPedido(Reembolso):
    """A refund as the staff who asked for it read it."""

    usr_id = Texto(required=True)
    regla = Codigo(60, required=True, allow_none=True)
    error = Texto(500, required=True, allow_none=True)
    intentos = Entero(required=True)
    negado = FechaHora(
        required=True, allow_none=True, metadata={"description": "Desde cuándo el proveedor se niega"}
    )
    desistido = FechaHora(
        required=True, allow_none=True, metadata={"description": "Desde cuándo no se le pide al proveedor"}
    )
    desiste = Texto(required=True, allow_none=True)
    soltado = FechaHora(
        required=True, allow_none=True, metadata={"description": "Desde cuándo lo salda el punto de venta"}
    )


class ReembolsoBusqueda(PageQuery):
    """Which refunds to list."""

    estado = Opcion(*REEMBOLSO_ESTADOS)


class DesistirDatos(Schema):
    """Why nobody waits for the provider any more."""

    motivo = Texto(255, required=True)


@blp.get("/reembolso", query=ReembolsoBusqueda, answers=envelope(ReembolsoPedido))
def reembolso_listar(query: dict[str, Any]) -> dict[str, Any]:
    """Lista los reembolsos, los más recientes primero, y por qué esperan los que esperan."""
    query.pop("search", None)
    page = call_json("reembolso_listar", **query)
    return {**page, "data": [_shown(refund) for refund in page["data"]]}


@blp.post("/reembolso/<uuid:reembolso>/reintentar", answers=ReembolsoPedido, alike=(202,))
def reembolso_reintentar(reembolso: UUID) -> tuple[dict[str, Any], int]:
    """Vuelve a pedir al proveedor un reembolso acreditado: 200 si ya volvió el dinero, 202 si todavía no."""
    return _go_on(call_json("reembolso_reintentar", reembolso=reembolso))


@blp.post("/reembolso/<uuid:reembolso>/desistir", takes=DesistirDatos, answers=ReembolsoPedido, alike=(202,))
def reembolso_desistir(reembolso: UUID, datos: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Deja de pedir al proveedor un reembolso que no hizo, para saldarlo en el punto de venta: 202 si espera eso."""
    return _go_on(call_json("reembolso_desistir", reembolso=reembolso, **datos))


def _go_on(asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Carry a refund on as far as it goes now."""
    current_app.extensions["daf_reembolsar"](asked["reembolso"])
    refund = _shown(call_json("reembolso_obtener", reembolso=asked["reembolso"]))
    return refund, 200 if refund["estado"] == "HECHO" else 202


def _shown(refund: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in refund.items() if name != "clase"}


@blp.post(
    "/pedido/<ped_codigo>/reembolso", takes=ReembolsoDatos, answers=ReembolsoPedido, status=201, alike=(202,)
)
def reembolso_pedir(ped_codigo: str, datos: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Devuelve lo pagado de un pedido: 201 si ya volvió el dinero, 202 si volverá en breve."""
    asked = call_json("reembolso_pedir", ped_codigo=ped_codigo, **_arrays(datos))
    current_app.extensions["daf_reembolsar"](asked["reembolso"])
    return _answer(call_json("reembolso_obtener", reembolso=asked["reembolso"]))


def _arrays(datos: dict[str, Any]) -> dict[str, Any]:
    """The lines as one array per column, and the rest."""
    if datos.get("lineas") is None:
        return {"motivo": datos["motivo"]}
    names = ("prd_codigo", "cantidad", "a_stock")
    return {"motivo": datos["motivo"], **{n: [line.get(n) for line in datos["lineas"]] for n in names}}


def _answer(refund: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """How far a refund got; a refusal of the POS is ours."""
    status = refund.pop("clase")
    if refund["estado"] == "RECHAZADO":
        raise Problem(status, refund["regla"], refund["error"])
    return refund, 201 if refund["estado"] == "HECHO" else 202
