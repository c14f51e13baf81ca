"""The provider stripe. Cards are typed at stripe and never seen here; what arrives is the name of a payment method.

An intent is made first and its id noted, and only then confirmed: money can only have moved under an id we know. The
intent itself is what charges once. Giving back is in pagos_stripe_reembolso.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

import stripe
from stripe import PaymentIntent

from ..db.call import runtime
from ..errors import Problem
from ..http.body import parse
from . import pagos_firma
from .pagos_cargo import Charge, Event, Method, NoAnswer, Opened, Outcome, Payment, Told
from .pagos_stripe_cliente import asking, cents
from .pagos_stripe_reembolso import drop_refund as drop_refund
from .pagos_stripe_reembolso import give_back as give_back
from .pagos_stripe_reembolso import refund as refund

SIGNATURE = "Stripe-Signature"

_CARD = ["latest_charge"]
# What is told, what it says of the intent, and which of its amounts that is about.
_EVENTS: dict[str, tuple[Told, str]] = {
    "payment_intent.succeeded": ("CAPTURADO", "amount_received"),
    "charge.succeeded": ("CAPTURADO", "amount_captured"),  # the same, and with what card
    "payment_intent.payment_failed": ("RECHAZADO", "amount"),
    "payment_intent.canceled": ("ANULADO", "amount"),
    "charge.refunded": ("REEMBOLSADO", "amount_refunded"),
    "refund.failed": ("NO_DEVUELTO", "amount"),  # days later, say: the card was closed
}


def method(card_number: str | None, payment_method: str | None) -> Method:
    """The payment method the browser was given by stripe.

    Raises:
        Problem: 422 for a card number, which must not travel here; 400 for anything else.
    """
    if card_number:
        raise Problem(
            422,
            "tarjeta_en_claro",
            "No envíe el número de la tarjeta: tokenícela con la librería del proveedor.",
        )
    if not payment_method or not payment_method.startswith("pm_"):
        raise Problem(400, "metodo_de_pago", "Ese método de pago no existe.")
    return payment_method


def open(payment: Payment) -> Opened:
    """The intent at stripe; the same key makes the same one.

    Raises:
        Problem: 422, it is less than stripe charges.
    """
    try:
        with asking() as client:
            if payment.reference:
                intent = client.v1.payment_intents.retrieve(payment.reference)
            else:
                intent = client.v1.payment_intents.create(_wish(payment), {"idempotency_key": payment.pag_id})
    except stripe.InvalidRequestError as exc:
        if exc.code not in (
            "amount_too_small",
            "parameter_invalid_integer",
        ):  # the second one is said of nothing
            raise
        raise Problem(
            422, "pago_monto_minimo", "El total es menor que lo mínimo que se cobra con tarjeta."
        ) from None
    return Opened(intent.id, intent.client_secret or "", intent.status in ("succeeded", "canceled"))


def _wish(payment: Payment) -> Any:
    return {
        "amount": cents(payment.amount),
        "currency": "usd",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"pag_id": payment.pag_id, "ped_codigo": payment.order},
    }


def charge(payment: Payment, method: Method) -> Charge:
    """Confirm an open intent with a payment method.

    Raises:
        Problem: 400, stripe does not know the payment method.
        NoAnswer: it may or may not have been charged.
    """
    try:
        with asking() as client:
            confirmed = client.v1.payment_intents.confirm(
                payment.reference or "",
                {"payment_method": str(method), "expand": _CARD},
                {"idempotency_key": f"{payment.pag_id}:{method}"},
            )
    except stripe.CardError:
        return Charge("RECHAZADO", payment.amount, payment.reference)
    except stripe.InvalidRequestError as exc:
        if exc.code == "payment_intent_unexpected_state":  # somebody else confirmed it, or gave it up
            return look(payment)
        raise Problem(400, "metodo_de_pago", "Ese método de pago no existe.") from None
    if confirmed.status == "processing":  # stripe will know, we cannot wait
        raise NoAnswer
    return _charge(confirmed)


def look(payment: Payment) -> Charge:
    """What became of the intent; one whose id we never noted was never confirmed."""
    if payment.reference is None:
        return Charge("ABIERTO", payment.amount, None)
    with asking() as client:
        return _charge(client.v1.payment_intents.retrieve(payment.reference, {"expand": _CARD}))


def settle(payment: Payment) -> Charge:
    """What became of the intent; an open one is cancelled, so that nothing ever will."""
    if payment.reference is None:
        return Charge("ANULADO", payment.amount, None)
    try:
        with asking() as client:
            return _charge(client.v1.payment_intents.cancel(payment.reference, {"expand": _CARD}))
    except stripe.InvalidRequestError:  # beyond cancelling: charged, cancelled before, or being charged now
        return look(payment)


def event(raw: bytes, signature: str) -> Event:
    """What stripe says, once its signature holds.

    Raises:
        BadSignature: it was not signed with our secret, or too long ago.
        ValueError: it is signed and makes no sense.
    """
    secret = runtime().settings.stripe_webhook_secret.get_secret_value()
    pagos_firma.verify(raw, signature, [secret] if secret else [])
    told = parse(raw)
    done, (outcome, amount) = told["data"]["object"], _EVENTS.get(told["type"], (None, ""))
    if outcome is None:
        return Event(told["id"], told["type"])
    card = (done.get("payment_method_details") or {}).get("card") or {}
    return Event(
        told["id"], told["type"], _key(done.get("metadata") or {}), outcome,
        Decimal(done[amount]) / 100,
        done["id"] if done["object"] == "payment_intent" else done["payment_intent"],
        card["brand"].upper() if card.get("brand") else None, card.get("last4"),
    )  # fmt: skip


def _key(notes: dict[str, Any]) -> str | None:
    """Our key among what an intent was marked with; the account may serve others, who mark theirs as they like."""
    try:
        return str(UUID(notes["pag_id"]))
    except (LookupError, ValueError, TypeError, AttributeError):
        return None


def _charge(intent: PaymentIntent) -> Charge:
    outcomes: dict[str, Outcome] = {"succeeded": "CAPTURADO", "canceled": "ANULADO"}
    charged: Any = intent.latest_charge
    details = None if charged is None or isinstance(charged, str) else charged.payment_method_details
    card = details.card if details else None
    cents = intent.amount_received if intent.status == "succeeded" else intent.amount
    return Charge(
        outcomes.get(intent.status, "ABIERTO"), Decimal(cents) / 100, intent.id,
        card.brand.upper() if card and card.brand else None, card.last4 if card else None,
    )  # fmt: skip
