"""Giving money back through stripe.

Refunds are looked for before they are made, because stripe forgets an idempotency key after a day; and until then it
repeats what it answered, so after a refusal another key is needed.
"""

import logging
from dataclasses import replace
from decimal import Decimal
from typing import Any

import stripe
from stripe import StripeClient

from .pagos_cargo import Charge, Outcome, Payment, Refund
from .pagos_stripe_cliente import asking, cents

log = logging.getLogger("daf.pagos")


def give_back(payment: Payment) -> Charge:
    """Return all of a charge; that somebody returned it by hand is as good."""
    try:
        return _refund(Refund(payment.pag_id, payment.pag_id, payment.reference or "", payment.amount))
    except stripe.InvalidRequestError as exc:
        given = exc.code == "charge_already_refunded"
        return Charge("REEMBOLSADO" if given else "RECHAZADO", payment.amount, payment.reference)


def refund(refund: Refund) -> Charge:
    """Return a part of a charge, once per refund."""
    try:
        return _refund(refund)
    except stripe.InvalidRequestError as exc:
        log.error("refund refused", extra={"reembolso": refund.id, "code": exc.code})
        return Charge("RECHAZADO", refund.amount, None)


def drop_refund(refund: Refund) -> Charge:
    """What became of a refund; its key is used up first, so that nothing that is still on its way becomes one."""
    with asking() as client:
        _use_up(client, refund)
        made = [each for each in _made(client, refund) if not _failed(each)]
    if made:
        return Charge("REEMBOLSADO", Decimal(made[0].amount) / 100, made[0].id)
    return Charge("RECHAZADO", refund.amount, None)


def _refund(refund: Refund) -> Charge:
    with asking() as client:
        if refund.turn:
            _use_up(client, replace(refund, turn=refund.turn - 1))
        known = _made(client, refund)
        good = [each for each in known if not _failed(each)]
        made = good[0] if good else next((each for each in known if _turn(each) == refund.turn), None)
        made = made or client.v1.refunds.create(_wish(refund), {"idempotency_key": refund.key})
    done: Outcome = "RECHAZADO" if _failed(made) else "REEMBOLSADO"
    return Charge(done, Decimal(made.amount) / 100, made.id)


def _wish(refund: Refund) -> Any:
    marks = {"reembolso": refund.id} | ({"vuelta": str(refund.turn)} if refund.turn else {})
    return {"payment_intent": refund.reference, "amount": cents(refund.amount), "metadata": marks}


def _made(client: StripeClient, refund: Refund) -> list[stripe.Refund]:
    """What stripe has of a refund: one at most that did not fail."""
    known = client.v1.refunds.list({"payment_intent": refund.reference, "limit": 100})
    return [each for each in known.data if _note(each, "reembolso") == refund.id]


def _use_up(client: StripeClient, refund: Refund) -> None:
    """Spend the key of a refund on something harmless: a key is good for one request, so what else comes under it is
    refused. If it was spent before, asking the same again says whether on the refund, on its refusal or on this, and
    while that is still being decided nobody knows (NoAnswer).
    """
    try:
        client.v1.payment_intents.update(
            refund.reference, {"metadata": {"reembolso_dejado": refund.key}}, {"idempotency_key": refund.key}
        )
    except stripe.IdempotencyError:
        try:
            client.v1.refunds.create(_wish(refund), {"idempotency_key": refund.key})
        except (stripe.InvalidRequestError, stripe.IdempotencyError) as exc:
            if exc.http_status == 409:
                raise


def _failed(made: stripe.Refund) -> bool:
    return made.status in ("failed", "canceled")


def _turn(made: stripe.Refund) -> int:
    return int(_note(made, "vuelta") or 0)


def _note(made: stripe.Refund, name: str) -> str | None:
    notes: Any = made.metadata or {}
    return str(notes[name]) if name in notes else None
