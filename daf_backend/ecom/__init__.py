"""The shop's side: one line per noun, and the paths older clients know a noun by."""

from . import (
    auditoria,
    carrito,
    categoria,
    ciudad,
    clave,
    cuenta,
    cuenta_sesion,
    direccion,
    pagos,
    pagos_evento,
    pagos_webhook,
    pedido,
    pedido_estado,
    producto,
    reembolso,
    verificacion,
)

BLUEPRINTS = [
    cuenta.blp,
    cuenta_sesion.blp,
    clave.blp,
    verificacion.blp,
    ciudad.blp,
    categoria.blp,
    producto.blp,
    direccion.blp,
    carrito.blp,
    pagos.blp,
    pagos_webhook.blp,
    pagos_evento.blp,
    pedido.blp,
    pedido_estado.blp,
    reembolso.blp,
    auditoria.blp,
]

ALIASES: dict[str, str] = {}
