"""The embedded payment provider: deterministic, and as unreliable as a real one when asked to be.

It charges once per key and answers the same ever after; a key that was given up cannot be charged later.
These numbers decide what it does; every other valid card is approved.
"""

import hmac
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..db.call import call_service, runtime
from ..errors import Problem
from ..http.body import parse
from . import pagos_firma, pagos_tarjeta
from .pagos_cargo import Charge, Event, Method, NoAnswer, Opened, Outcome, Payment, Refund
from .pagos_tarjeta import Card

SIGNATURE = "Simulada-Signature"

DECLINED = {"4000000000000002", "4000000000009995", "5105105105105100"}
ANSWER_LOST = {"4000000000000119"}  # charged, but the answer gets lost the first time
UNREACHABLE = {"4000000000000259"}  # never charged, and nobody hears about that either
METHODS = {
    "pm_aprobada": "4242424242424242",
    "pm_rechazada": "4000000000000002",
    "pm_sin_respuesta": "4000000000000119",
    "pm_inalcanzable": "4000000000000259",
}

_OUTCOMES: dict[str, Outcome] = {
    "APROBADO": "CAPTURADO", "RECHAZADO": "RECHAZADO", "ANULADO": "ANULADO", "REEMBOLSADO": "REEMBOLSADO",
}  # fmt: skip
_EVENTS: dict[str, Outcome] = {
    "pago.capturado": "CAPTURADO", "pago.rechazado": "RECHAZADO", "pago.anulado": "ANULADO",
    "pago.reembolsado": "REEMBOLSADO",
}  # fmt: skip
_TOKEN = re.compile(r"([0-9a-f-]{36})_secret_([0-9a-f]{24})")


def method(card_number: str | None, payment_method: str | None) -> Method:
    """The card that was typed, or the one a payment method stands for.

    Raises:
        Problem: 400 if it is none.
    """
    number = METHODS.get(payment_method) if payment_method else card_number
    if number is None:
        raise Problem(400, "metodo_de_pago", "Ese método de pago no existe.")
    return pagos_tarjeta.read(number)


def open(payment: Payment) -> Opened:
    """Nothing to prepare: the book is written when something is done. The secret follows from the key."""
    return Opened(payment.reference, token(payment.pag_id, next(iter(runtime().keyring.gateway.values()))))


def charge(payment: Payment, method: Method) -> Charge:
    """Charge an amount to a card, once per key.

    Raises:
        NoAnswer: it may or may not have been charged.
    """
    if not isinstance(method, Card) or method.number in UNREACHABLE:
        raise NoAnswer
    verdict = "RECHAZADO" if method.number in DECLINED else "APROBADO"
    told = _ask(payment, verdict, marca=method.brand, ultimos4=method.last4)
    if method.number in ANSWER_LOST and told["nuevo"]:
        raise NoAnswer
    return _charge(told)


def look(payment: Payment) -> Charge:
    """What the book says; ABIERTO if it says nothing."""
    told = call_service("ecom", "puente", "simulada_mirar", clave=payment.pag_id)
    return _charged(told) if told else Charge("ABIERTO", payment.amount, None)


def settle(payment: Payment) -> Charge:
    """What was done under a key; if nothing was, give it up so that nothing ever will be."""
    return _charged(_ask(payment, "ANULADO"))


def give_back(payment: Payment) -> Charge:
    """Give back what was charged under a key."""
    return _charge(call_service("ecom", "puente", "simulada_reembolsar", clave=payment.pag_id))


def refund(refund: Refund) -> Charge:
    """Give back a part of what was charged under a key, once per refund and never more than was charged."""
    about = {"clave": refund.id, "cargo": refund.pag_id, "monto": refund.amount}
    return _refunded(refund, call_service("ecom", "puente", "simulada_devolver", **about))


def drop_refund(refund: Refund) -> Charge:
    """What was given back under the key of a refund; if nothing was, give the key up."""
    about = {"clave": refund.id, "cargo": refund.pag_id}
    return _refunded(refund, call_service("ecom", "puente", "simulada_dejar", **about))


def token(key: str, secret: bytes) -> str:
    """What names a payment to whoever may pay it."""
    return f"{key}_secret_{hmac.digest(secret, f'intento|{key}'.encode(), 'sha256').hex()[:24]}"


def event(raw: bytes, signature: str) -> Event:
    """What the provider says, once its signature holds. The intent is named by its secret.

    Raises:
        BadSignature: it was not signed with a key of ours, or too long ago.
        ValueError: it is signed and makes no sense.
    """
    keys = runtime().keyring.gateway.values()
    pagos_firma.verify(raw, signature, [key.hex() for key in keys])
    told = parse(raw)
    done = told["data"]["object"]
    found = _TOKEN.fullmatch(str(done.get("client_secret")))
    ours = found and any(hmac.compare_digest(found[0], token(found[1], key)) for key in keys)
    return Event(
        told["id"], told["type"], str(UUID(found[1])) if found and ours else None, _EVENTS.get(told["type"]),
        Decimal(done["monto"]) if "monto" in done else None,
        done.get("referencia"), done.get("marca"), done.get("ultimos4"),
    )  # fmt: skip


def _ask(payment: Payment, verdict: str, **card: str) -> dict[str, Any]:
    told: dict[str, Any] = call_service(
        "ecom", "puente", "simulada_cobrar",
        clave=payment.pag_id, monto=payment.amount, resultado=verdict, **card,
    )  # fmt: skip
    return told


def _refunded(refund: Refund, told: dict[str, Any]) -> Charge:
    done: Outcome = "REEMBOLSADO" if told["resultado"] == "REEMBOLSADO" else "RECHAZADO"
    return Charge(done, refund.amount, told["referencia"])


def _charged(told: dict[str, Any]) -> Charge:
    """What the book says of the charge itself: what was given back was captured."""
    done = _charge(told)
    return replace(done, outcome="CAPTURADO") if done.outcome == "REEMBOLSADO" else done


def _charge(told: dict[str, Any]) -> Charge:
    outcome, amount = _OUTCOMES[told["resultado"]], Decimal(told["monto"])
    return Charge(outcome, amount, told["referencia"], told["marca"], told["ultimos4"])
