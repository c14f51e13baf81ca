"""Charging an order: reserve, ask the provider, settle; and the sweep of what died in between.

No lock is held while the provider is asked, and what it did is written by the bridge's login: a shopper's own
connection can order, but never say that an order was paid.
"""

import logging
from decimal import Decimal
from typing import Any

from flask import current_app

from ..db.call import call_json, call_service
from ..errors import Problem
from . import pagos_simulada as provider
from .pagos_tarjeta import Card

log = logging.getLogger("daf.pagos")

SERVED = ("PAGADO", "FACTURADO", "ENVIADO", "ENTREGADO")
Order = dict[str, Any]


def checkout(card: Card, address: int | None, key: str | None) -> Order:
    """The paid order of the shopper's cart.

    Raises:
        Problem: 400 empty cart, 402 declined, 409 out of units or of time, 503 while the provider is silent.
    """
    order: Order | None = call_json("checkout_reservar", direccion=address, clave=key)
    if order is None:
        raise _unpayable(call_json("carrito_mostrar"))
    if order["pag_estado"] == "INICIADO":
        try:
            order = _record(order, provider.charge(order["pag_id"], Decimal(order["total"]), card))
        except provider.NoAnswer:
            raise Problem(
                503, "pago_en_verificacion",
                "Estamos verificando el pago. Vuelva a intentar en unos segundos: no se cobrará dos veces.",
                retry_after=5,
            ) from None  # fmt: skip
    return _served(order)


def receipt(order: Order) -> tuple[dict[str, Any], int]:
    """What a paid order is answered with: 201 and its invoice, or 202 while the POS has not issued it."""
    invoice = {"fac_codigo": order["fac_codigo"], "fac_numero": order["fac_numero"]}
    if order["fac_codigo"] is None:
        invoice |= _invoice(order["ped_codigo"]) or {}
    paid = {"ped_codigo": order["ped_codigo"], "total": order["total"], "fac_numero": invoice["fac_numero"]}
    if invoice["fac_codigo"] is None:
        message = "Pago recibido; su factura se emitirá en breve."
        return {"message": message, "fac_codigo": order["ped_codigo"], **paid}, 202
    return {"message": "Pago realizado.", "fac_codigo": invoice["fac_codigo"], **paid}, 201


def sweep(older_than: int = 60) -> int:
    """Resolve the payments nobody waits for any more and free what was never paid; how many were resolved."""
    resolved = 0
    for intent in call_service("ecom", "puente", "pago_pendientes", segundos=older_than):
        key = intent["pag_id"]
        refunding = intent["pag_estado"] == "POR_REEMBOLSAR"
        done = provider.refund(key) if refunding else provider.settle(key, Decimal(intent["monto"]))
        _record(intent, done)
        resolved += 1
    call_service("ecom", "puente", "reserva_expirar")
    call_service("ecom", "puente", "carrito_limpiar")
    return resolved


def _invoice(code: str) -> dict[str, Any] | None:
    """The invoice of a paid order, if the POS can issue it now."""
    try:
        issued: dict[str, Any] | None = current_app.extensions["daf_facturar"](code)
    except Exception:  # it is paid: whatever ails the other side, the sweeper will issue it
        log.exception("invoice of %s left to the sweeper", code)
        return None
    return issued


def _record(order: Order, done: provider.Charge) -> Order:
    told: Order = call_service(
        "ecom", "puente", "pago_resolver",
        pag_id=order["pag_id"], estado=done.outcome, monto=done.amount,
        referencia=done.reference, marca=done.brand, ultimos4=done.last4,
    )  # fmt: skip
    return told


def _served(order: Order) -> Order:
    if order["ped_estado"] in SERVED:
        return order
    if order["pag_estado"] == "RECHAZADO":
        raise Problem(402, "pago_rechazado", "La tarjeta fue rechazada. No se cobró nada.")
    raise Problem(409, "pedido_vencido", "El pedido ya no está vigente. Si algo se cobró, se devolverá.")


def _unpayable(cart: dict[str, Any]) -> Problem:
    """Why a cart was not charged. It was just shown again, so its total now is the one to agree to."""
    if not cart["detalles"]:
        return Problem(400, "carrito_vacio", "El carrito está vacío.")
    total = cart["carrito"]["total"]
    return Problem(
        409,
        "precio_cambio",
        f"El total cambió: ahora es {total}. Revíselo y vuelva a pagar; no se cobró nada.",
    )
