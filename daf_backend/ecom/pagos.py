"""Pagos: checking a card, and paying for the cart."""

from marshmallow import ValidationError, validates_schema

from ..auth.guard import require_shopper
from ..errors import Problem
from ..http.fields import Booleano, Codigo, Entero, Money, Texto
from ..http.resource import Noun, Schema
from . import pagos_cobro, pagos_simulada, pagos_tarjeta

blp = Noun("pagos", __name__, description="Pagos")


class Tarjeta(Schema):
    """A card number; never echoed, logged or stored."""

    card_number = Texto(32, required=True, load_only=True)


class TarjetaValida(Schema):
    """What a number says of its card."""

    valid = Booleano(required=True)
    marca = Texto(20, required=True)


class Compra(Schema):
    """How the cart is paid, and where it goes."""

    card_number = Texto(32, load_only=True)
    payment_method = Codigo(60)
    direccion = Entero(max=2**63 - 1)
    idempotency = Texto(100)

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


@blp.post("/pagos/validate", takes=Tarjeta, answers=TarjetaValida, public=True, idempotent=False)
def tarjeta_validar(datos):
    """Comprueba un número de tarjeta y dice su marca."""
    return {"valid": True, "marca": pagos_tarjeta.read(datos["card_number"]).brand}


@blp.post("/pagos/checkout", takes=Compra, answers=Comprobante, status=201, also=(402,), alike=(202,))
def checkout(datos):
    """Paga el carrito: 201 con su factura, o 202 si la factura se emitirá después."""
    require_shopper()
    order = pagos_cobro.checkout(_card(datos), datos.get("direccion"), datos.get("idempotency"))
    return pagos_cobro.receipt(order)


def _card(datos):
    """The card that was typed, or the one a payment method stands for."""
    method = datos.get("payment_method")
    number = pagos_simulada.METHODS.get(method) if method else datos["card_number"]
    if number is None:
        raise Problem(400, "metodo_de_pago", "Ese método de pago no existe.")
    return pagos_tarjeta.read(number)
