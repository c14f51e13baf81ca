"""Pagos: checking a card, and paying for the cart."""

from marshmallow import ValidationError, validates_schema

from ..auth.guard import require_shopper
from ..http.fields import Booleano, Codigo, Entero, Money, Texto
from ..http.resource import Noun, Schema
from . import pagos_cobro, pagos_tarjeta

blp = Noun("pagos", __name__, description="Pagos")


class Tarjeta(Schema):
    """A card number; never echoed, logged or stored."""

    card_number = Texto(32, required=True, load_only=True)


class TarjetaValida(Schema):
    """What a number says of its card."""

    valid = Booleano(required=True)
    marca = Texto(20, required=True)


class Intencion(Schema):
    """How the cart is paid, if that is known here, and where it goes."""

    card_number = Texto(32, load_only=True)
    payment_method = Codigo(60)
    direccion = Entero(max=2**63 - 1)
    idempotency = Texto(100)


class Compra(Intencion):
    """How the cart is paid, and where it goes."""

    @validates_schema
    def _one_way_to_pay(self, data, **_):
        if not (data.get("card_number") or data.get("payment_method")):
            raise ValidationError("Falta la tarjeta o el método de pago.")


class Comprobante(Schema):
    """A paid order; without an invoice yet, ``fac_codigo`` is the order's own code."""

    message = Texto(required=True)
    fac_codigo = Codigo(required=True)
    fac_numero = Codigo(required=True, allow_none=True)
    ped_codigo = Codigo(required=True)
    total = Money(required=True)


class Intento(Schema):
    """An order and its payment; ``client_secret`` while the buyer can still pay it."""

    ped_codigo = Codigo(required=True)
    pag_id = Texto(36, required=True)
    proveedor = Texto(20, required=True)
    estado = Texto(20, required=True)
    total = Money(required=True)
    client_secret = Texto(200)


@blp.post("/pagos/validate", takes=Tarjeta, answers=TarjetaValida, public=True, idempotent=False)
def tarjeta_validar(datos):
    """Comprueba un número de tarjeta y dice su marca."""
    return {"valid": True, "marca": pagos_tarjeta.read(datos["card_number"]).brand}


@blp.post("/pagos/checkout", takes=Compra, answers=Comprobante, status=201, also=(402,), alike=(202,))
def checkout(datos):
    """Paga el carrito: 201 con su factura, o 202 si la factura se emitirá después."""
    require_shopper()
    order = pagos_cobro.checkout(_method(datos), datos.get("direccion"), datos.get("idempotency"))
    return pagos_cobro.receipt(order)


@blp.post("/pagos/intento", takes=Intencion, answers=Intento, status=201, also=(402,))
def intento(datos):
    """Abre el cobro del carrito; quien tiene el client_secret lo paga en el navegador, y el proveedor avisa."""
    require_shopper()
    how = _method(datos) if datos.get("card_number") or datos.get("payment_method") else None
    return _intent(*pagos_cobro.intent(how, datos.get("direccion"), datos.get("idempotency")))


def _method(datos):
    return pagos_cobro.method(datos.get("card_number"), datos.get("payment_method"))


def _intent(order, secret):
    told = {"estado": order["pag_estado"], "total": order["total"], "proveedor": order["proveedor"]}
    return {
        "ped_codigo": order["ped_codigo"], "pag_id": order["pag_id"], **told,
        **({"client_secret": secret} if secret else {}),
    }  # fmt: skip
