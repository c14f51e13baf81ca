"""Charging an order: reserve, ask the provider, settle; and the sweep of what died in between.

No lock is held while the provider is asked, and what it did is written by the bridge's login: a shopper's own
connection can order, but never say that an order was paid.
"""

import logging
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import current_app

from ..db.call import call_json, call_service, runtime
from ..errors import Problem
from .pagos_cargo import Charge, Method, Opened, Payment
from .pagos_proveedor import NoAnswer, Provider, provider_of

log = logging.getLogger("daf.pagos")

SERVED = ("PAGADO", "FACTURADO", "ENVIADO", "ENTREGADO", "REEMBOLSADO")
DECLINED = "La tarjeta fue rechazada. No se cobró nada."
MORE = "El banco pide un paso más del comprador, que este pago no puede dar. No se cobró nada."
Order = dict[str, Any]


def method(card_number: str | None, payment_method: str | None) -> Method:
    """What to pay with, as today's provider reads it.

    Raises:
        Problem: 400 or 422, it can not be paid with that.
    """
    return provider_of(runtime().settings.pasarela).method(card_number, payment_method)


def checkout(how: Method, address: int | None, key: str | None) -> Order:
    """The paid order of the shopper's cart.

    Raises:
        Problem: 400 empty cart, 402 declined, 409 out of units or of time, 503 while the provider is silent.
    """
    order = _reserve(address, key)
    if order["pag_estado"] == "INICIADO":
        order, done = _charge(order, how)
        if done and done.outcome == "ABIERTO":
            _give_up(order, done)
            raise Problem(402, "pago_requiere_accion", MORE)
    return served(order)


def intent(how: Method | None, address: int | None, key: str | None) -> tuple[Order, str | None]:
    """The order of the shopper's cart and, while it can still be paid, what the buyer's browser pays it with.

    Raises:
        Problem: as ``checkout``.
    """
    order, secret = _reserve(address, key), None
    if order["pag_estado"] == "INICIADO":
        try:
            order, opened = _open(order, waiting=True)
            if opened.decided:
                order = _record(order, _provider(order).look(_payment(order)))
        except NoAnswer:
            raise _silence() from None
        secret = opened.client_secret
    if how and order["pag_estado"] == "INICIADO":
        order, _ = _charge(order, how)
    if order["pag_estado"] == "INICIADO" and order["ped_estado"] == "PENDIENTE_PAGO":
        return order, secret
    return served(order), None


def receipt(order: Order) -> tuple[dict[str, Any], int]:
    """What a paid order is answered with: 201 and its invoice, or 202 while the POS has not issued it."""
    invoice = {"fac_codigo": order["fac_codigo"], "fac_numero": order["fac_numero"]}
    if order["fac_codigo"] is None:
        invoice |= invoice_of(order["ped_codigo"]) or {}
    paid = {"ped_codigo": order["ped_codigo"], "total": order["total"], "fac_numero": invoice["fac_numero"]}
    if invoice["fac_codigo"] is None:
        message = "Pago recibido; su factura se emitirá en breve."
        return {"message": message, "fac_codigo": order["ped_codigo"], **paid}, 202
    return {"message": "Pago realizado.", "fac_codigo": invoice["fac_codigo"], **paid}, 201


def sweep(older_than: int = 60) -> int:
    """Resolve the payments nobody waits for any more and free what was never paid; how many were resolved.

    A provider that does not answer is left alone until the next sweep, and delays no other.
    """
    resolved, silent = 0, set()
    for intent in call_service("ecom", "puente", "pago_pendientes", segundos=older_than):
        if intent["proveedor"] in silent:
            continue
        try:
            resolved += _resolve(intent)
        except NoAnswer:
            silent.add(intent["proveedor"])
        except Exception:  # one that makes no sense, for the doctor to tell; the others do
            log.exception("payment %s left as it is", intent["pag_id"])
    call_service("ecom", "puente", "reserva_expirar")
    return resolved


def _resolve(pending: Order) -> int:
    """Ask what became of a payment and note it: what is to be given back is, what told of itself is looked at."""
    provider, payment = _provider(pending), _payment(pending)
    if pending["evento"] is not None:
        done = provider.look(payment)
        _record(pending, done)
        call_service(
            "ecom", "puente", "pago_evento_releido",
            proveedor=pending["proveedor"], evento=pending["evento"], estado=done.outcome,
        )  # fmt: skip
    elif pending["pag_estado"] == "POR_REEMBOLSAR":
        _record(pending, provider.give_back(payment))
    else:
        _record(pending, provider.settle(payment))
    return 1


def invoice_of(code: str) -> dict[str, Any] | None:
    """The invoice of a paid order, if the POS can issue it now."""
    try:
        issued: dict[str, Any] | None = current_app.extensions["daf_facturar"](code)
    except Exception:  # it is paid: whatever ails the other side, the sweeper will issue it
        log.exception("invoice of %s left to the sweeper", code)
        return None
    return issued


def _reserve(address: int | None, key: str | None) -> Order:
    """The order of the cart, which may be under way already. One that another provider began is that one's."""
    ours = runtime().settings.pasarela
    order: Order | None = call_json("checkout_reservar", direccion=address, clave=key, proveedor=ours)
    if order is None:
        raise _unpayable(call_json("carrito_mostrar"))
    if order["pag_estado"] == "INICIADO" and order["proveedor"] != ours:
        raise Problem(409, "pedido_en_curso", "Hay un pago en curso de este carrito; espere un momento.")
    return order


def _open(order: Order, waiting: bool) -> tuple[Order, Opened]:
    """The intent at its provider; its id there is noted before anything can be charged under it. One that it will not
    have ends the order at once.
    """
    try:
        opened = _provider(order).open(_payment(order))
    except Problem:
        _record(order, Charge("RECHAZADO", Decimal(order["total"]), order["referencia"]))
        raise
    if waiting or opened.reference != order["referencia"]:
        order = call_service(
            "ecom", "puente", "pago_abrir",
            pag_id=order["pag_id"], referencia=opened.reference, espera=waiting,
        )  # fmt: skip
    return order, opened


def _charge(order: Order, how: Method) -> tuple[Order, Charge | None]:
    """Charge an order under way, and what that did; nothing if somebody resolved it meanwhile."""
    try:
        order, _ = _open(order, waiting=False)
        if order["pag_estado"] != "INICIADO":
            return order, None
        done = _provider(order).charge(_payment(order), how)
    except NoAnswer:
        raise _silence() from None
    if done.outcome == "RECHAZADO":
        _give_up(order, done)
        raise Problem(402, "pago_rechazado", DECLINED)
    return _record(order, done), done


def _give_up(order: Order, done: Charge) -> None:
    """Note that an order was not paid, and then see to it that it never is. What comes in spite of it goes back."""
    _record(order, replace(done, outcome="RECHAZADO"))
    try:
        _record(order, _provider(order).settle(_payment(order)))
    except NoAnswer:
        log.warning("payment %s refused, and still open at its provider", order["pag_id"])


def _provider(order: Order) -> Provider:
    return provider_of(order["proveedor"])


def _payment(order: Order) -> Payment:
    return Payment(order["pag_id"], Decimal(order["total"]), order["ped_codigo"], order["referencia"])


def _silence() -> Problem:
    return Problem(
        503, "pago_en_verificacion",
        "Estamos verificando el pago. Vuelva a intentar en unos segundos: no se cobrará dos veces.",
        retry_after=5,
    )  # fmt: skip


def _record(order: Order, done: Charge) -> Order:
    """Note what a provider did. That nothing was decided is nothing to note."""
    if done.outcome == "ABIERTO":
        return order
    told: Order = call_service(
        "ecom", "puente", "pago_resolver",
        pag_id=order["pag_id"], estado=done.outcome, monto=done.amount,
        referencia=done.reference, marca=done.brand, ultimos4=done.last4,
    )  # fmt: skip
    return told


def served(order: Order) -> Order:
    """A paid order.

    Raises:
        Problem: why it is not.
    """
    if order["ped_estado"] in SERVED:
        return order
    if order["pag_estado"] == "RECHAZADO":
        raise Problem(402, "pago_rechazado", DECLINED)
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
