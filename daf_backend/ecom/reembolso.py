"""Reembolso: giving back what an order was paid with."""

from typing import Any

from flask import current_app

from ..db.call import call_json
from ..errors import Problem
from ..http.fields import Booleano, Cantidad, Codigo, Lista, Objeto, Texto
from ..http.resource import Noun, Schema
from .pedido_partes import Reembolso

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
