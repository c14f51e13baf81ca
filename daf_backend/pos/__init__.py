"""The till's side: one line per noun, and the paths older clients know a noun by."""

from . import (
    categoria,
    ciudad,
    clave,
    cliente,
    cupo_web,
    factura,
    factura_detalle,
    iva,
    kardex_producto,
    mail,
    materiaprima,
    producto,
    proveedor,
    sesion,
    transaccion,
    unidadmedida,
    usuario,
)

BLUEPRINTS = [
    sesion.blp,
    clave.blp,
    usuario.blp,
    ciudad.blp,
    categoria.blp,
    unidadmedida.blp,
    transaccion.blp,
    iva.blp,
    cliente.blp,
    producto.blp,
    cupo_web.blp,
    proveedor.blp,
    materiaprima.blp,
    kardex_producto.blp,
    factura.blp,
    factura_detalle.blp,
    mail.blp,
]

ALIASES = {
    "/auth/login": "/login",
    "/auth/access": "/access",
    "/clientes": "/cliente",
    "/kardexprod": "/kardex-producto",
    "/factura/factura": "/factura",
}
