"""The shop's side: one line per noun, and the paths older clients know a noun by."""

from . import carrito, categoria, ciudad, cuenta, direccion, pagos, pedido, producto

BLUEPRINTS = [
    cuenta.blp,
    ciudad.blp,
    categoria.blp,
    producto.blp,
    direccion.blp,
    carrito.blp,
    pagos.blp,
    pedido.blp,
]

ALIASES: dict[str, str] = {}
