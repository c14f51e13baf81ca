"""The provider stripe. Cards are typed at stripe and never seen here; what arrives is the name of a payment method.

An intent is made first and its id noted, and only then confirmed: money can only have moved under an id we know. The
intent itself is what charges once. Refunds are looked for before they are made, because stripe forgets an
idempotency key after a day. Requests are not retried here: whoever asked asks again, or the sweep does.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import stripe
from stripe import PaymentIntent, Refund, StripeClient

from ..db.call import runtime
from ..errors import Problem
from ..http.body import parse
from . import pagos_firma
from .pagos_cargo import Charge, Event, Method, NoAnswer, Opened, Outcome, Payment

log = logging.getLogger("daf.pagos")
logging.getLogger("stripe").setLevel(logging.WARNING)  # what it says below would show client secrets

SIGNATURE = "Stripe-Signature"

_CARD = ["latest_charge"]
# What is told, what it says of the intent, and which of its amounts that is about.
_EVENTS: dict[str, tuple[Outcome, str]] = {
    "payment_intent.succeeded": ("CAPTURADO", "amount_received"),
    "charge.succeeded": ("CAPTURADO", "amount_captured"),  # the same, and with what card
    "payment_intent.payment_failed": ("RECHAZADO", "amount"),
    "payment_intent.canceled": ("ANULADO", "amount"),
    "charge.refunded": ("REEMBOLSADO", "amount_refunded"),
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
    """The intent at stripe; the same key makes the same one."""
    with _asking() as client:
        if payment.reference:
            intent = client.v1.payment_intents.retrieve(payment.reference)
        else:
            intent = client.v1.payment_intents.create(
                {
                    "amount": _cents(payment.amount),
                    "currency": "usd",
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "metadata": {"pag_id": payment.pag_id, "ped_codigo": payment.order},
                },
                {"idempotency_key": payment.pag_id},
            )
    return Opened(intent.id, intent.client_secret or "", intent.status in ("succeeded", "canceled"))


def charge(payment: Payment, method: Method) -> Charge:
    """Confirm an open intent with a payment method.

    Raises:
        Problem: 400, stripe does not know the payment method.
        NoAnswer: it may or may not have been charged.
    """
    try:
        with _asking() as client:
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
    with _asking() as client:
        return _charge(client.v1.payment_intents.retrieve(payment.reference, {"expand": _CARD}))


def settle(payment: Payment) -> Charge:
    """What became of the intent; an open one is cancelled, so that nothing ever will."""
    if payment.reference is None:
        return Charge("ANULADO", payment.amount, None)
    try:
        with _asking() as client:
            return _charge(client.v1.payment_intents.cancel(payment.reference, {"expand": _CARD}))
    except stripe.InvalidRequestError:  # beyond cancelling: charged, cancelled before, or being charged now
        return look(payment)


def give_back(payment: Payment) -> Charge:
    """Return all of a charge; that somebody returned it by hand is as good."""
    try:
        return _refund(payment.pag_id, payment.reference or "", payment.amount)
    except stripe.InvalidRequestError as exc:
        given = exc.code == "charge_already_refunded"
        return Charge("REEMBOLSADO" if given else "RECHAZADO", payment.amount, payment.reference)


def refund(refund_id: str, pag_id: str, reference: str, amount: Decimal) -> Charge:
    """Return a part of a charge, once per refund."""
    try:
        return _refund(refund_id, reference, amount)
    except stripe.InvalidRequestError as exc:
        log.error("refund refused", extra={"reembolso": refund_id, "code": exc.code})
        return Charge("RECHAZADO", amount, None)


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
        done["payment_intent"] if done["object"] == "charge" else done["id"],
        card["brand"].upper() if card.get("brand") else None, card.get("last4"),
    )  # fmt: skip


def _key(notes: dict[str, Any]) -> str | None:
    """Our key among what an intent was marked with; the account may serve others, who mark theirs as they like."""
    try:
        return str(UUID(notes["pag_id"]))
    except (LookupError, ValueError, TypeError, AttributeError):
        return None


def _refund(refund_id: str, reference: str, amount: Decimal) -> Charge:
    with _asking() as client:
        known = client.v1.refunds.list({"payment_intent": reference, "limit": 100})
        made = next((each for each in known.data if _is_of(each, refund_id)), None)
        made = made or client.v1.refunds.create(
            {"payment_intent": reference, "amount": _cents(amount), "metadata": {"reembolso": refund_id}},
            {"idempotency_key": f"reembolso:{refund_id}"},
        )
    failed = made.status in ("failed", "canceled")
    return Charge("RECHAZADO" if failed else "REEMBOLSADO", Decimal(made.amount) / 100, made.id)


def _is_of(made: Refund, refund_id: str) -> bool:
    notes: Any = made.metadata or {}
    return "reembolso" in notes and notes["reembolso"] == refund_id


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


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


@contextmanager
def _asking() -> Iterator[StripeClient]:
    """The client; what is neither an answer nor a refusal of this very request leaves as NoAnswer."""
    settings = runtime().settings
    key = settings.stripe_key.get_secret_value()
    if not key:
        log.error("a payment of stripe, and no DAF_STRIPE_KEY")
        raise NoAnswer
    try:
        yield _client(key, settings.stripe_url, settings.stripe_timeout)
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as exc:
        about = {"why": type(exc).__name__, "status": exc.http_status, "code": exc.code}
        log.warning("stripe did not answer", extra=about)
        raise NoAnswer from None


@lru_cache(maxsize=4)
def _client(key: str, url: str, timeout: float) -> StripeClient:
    return StripeClient(
        key,
        base_addresses={"api": url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
    )
