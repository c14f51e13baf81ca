"""Cupo web: how many units of a product the shop may sell."""

from flask import current_app

from ..db.call import call, call_json
from ..http.fields import Cantidad, Codigo, Entero, Texto
from ..http.resource import Noun, Schema

blp = Noun("cupo_web", __name__, description="Cupo de la tienda en línea")


class CupoPedido(Schema):
    """Units wanted unsold in the shop, moved from or to a bodega (the caller's own by default)."""

    cantidad = Cantidad(required=True)
    bodega = Codigo()


class CupoConcedido(Schema):
    """What both sides agreed on; while the shop has not answered, ``PENDIENTE`` and nothing granted yet."""

    cup_id = Entero(required=True)
    prd_codigo = Codigo(required=True)
    bodega = Codigo(required=True)
    pedido = Cantidad(required=True)
    concedido = Cantidad(required=True, allow_none=True)
    estado = Texto(20, required=True)


@blp.put("/producto/<prd_codigo>/cupo-web", takes=CupoPedido, answers=CupoConcedido)
def cupo_web_pedir(datos, prd_codigo):
    """Pide cuántas unidades de un producto tiene sin vender la tienda en línea."""
    intent = call_json("cupo_web_pedir", prd_codigo=prd_codigo, **datos)
    current_app.extensions["daf_cupo"](intent)
    return call("cupo_web_obtener", cup_id=intent["cup_id"])
