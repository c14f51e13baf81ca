"""Pedido, its states: what the staff who sell say of an order."""

from ..db.call import call
from ..http.fields import Opcion, Texto
from ..http.resource import Noun, Schema
from .pedido import PedidoFila
from .pedido_partes import ESTADOS

blp = Noun("pedido_estado", __name__, description="Envío y entrega de pedidos")


class PedidoEstado(Schema):
    """Where an order is to be taken: ENVIADO, and then ENTREGADO."""

    estado = Opcion(*ESTADOS, required=True)
    observacion = Texto(
        255, metadata={"description": "Guía, transportista o quién recibió; la ve el comprador"}
    )


@blp.patch("/pedido/<ped_codigo>/estado", takes=PedidoEstado, answers=PedidoFila)
def pedido_estado_cambiar(ped_codigo, datos):
    """Envía un pedido facturado, o da por entregado uno enviado."""
    return call("pedido_estado_cambiar", ped_codigo=ped_codigo, **datos)
