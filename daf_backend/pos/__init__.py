"""The till's side: one line per noun, and the paths older clients know a noun by."""

from . import (
    categoria,
    ciudad,
    cliente,
    cupo_web,
    factura,
    factura_detalle,
    iva,
    kardex_producto,
    producto,
    sesion,
    transaccion,
    unidadmedida,
    usuario,
)

BLUEPRINTS = [
    sesion.blp,
    usuario.blp,
    ciudad.blp,
    categoria.blp,
    unidadmedida.blp,
    transaccion.blp,
    iva.blp,
    cliente.blp,
    producto.blp,
    cupo_web.blp,
    kardex_producto.blp,
    factura.blp,
    factura_detalle.blp,
]

ALIASES = {
    "/auth/login": "/login",
    "/auth/access": "/access",
    "/clientes": "/cliente",
    "/kardexprod": "/kardex-producto",
    "/factura/factura": "/factura",
}
