"""The embedded payment provider: deterministic, and as unreliable as a real one when asked to be.

It charges once per key and answers the same ever after; a key that was given up cannot be charged later.
These numbers decide what it does; every other valid card is approved.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ..db.call import call_service
from .pagos_tarjeta import Card

DECLINED = {"4000000000000002", "4000000000009995", "5105105105105100"}
ANSWER_LOST = {"4000000000000119"}  # charged, but the answer gets lost the first time
UNREACHABLE = {"4000000000000259"}  # never charged, and nobody hears about that either
METHODS = {
    "pm_aprobada": "4242424242424242",
    "pm_rechazada": "4000000000000002",
    "pm_sin_respuesta": "4000000000000119",
    "pm_inalcanzable": "4000000000000259",
}

Outcome = Literal["CAPTURADO", "RECHAZADO", "ANULADO", "REEMBOLSADO"]
_OUTCOMES: dict[str, Outcome] = {
    "APROBADO": "CAPTURADO", "RECHAZADO": "RECHAZADO", "ANULADO": "ANULADO", "REEMBOLSADO": "REEMBOLSADO",
}  # fmt: skip


class NoAnswer(Exception):
    """The provider did not answer: what it did is unknown until it is asked again."""


@dataclass(frozen=True)
class Charge:
    """What the provider did under a key."""

    outcome: Outcome
    amount: Decimal
    reference: str
    brand: str | None
    last4: str | None


def charge(key: str, amount: Decimal, card: Card) -> Charge:
    """Charge an amount to a card, once per key.

    Raises:
        NoAnswer: it may or may not have been charged.
    """
    if card.number in UNREACHABLE:
        raise NoAnswer
    verdict = "RECHAZADO" if card.number in DECLINED else "APROBADO"
    told = _ask(key, amount, verdict, marca=card.brand, ultimos4=card.last4)
    if card.number in ANSWER_LOST and told["nuevo"]:
        raise NoAnswer
    return _charge(told)


def settle(key: str, amount: Decimal) -> Charge:
    """What was done under a key; if nothing was, give it up so that nothing ever will be."""
    return _charge(_ask(key, amount, "ANULADO"))


def refund(key: str) -> Charge:
    """Give back what was charged under a key."""
    return _charge(call_service("ecom", "puente", "simulada_reembolsar", clave=key))


def _ask(key: str, amount: Decimal, verdict: str, **card: str) -> dict[str, Any]:
    told: dict[str, Any] = call_service(
        "ecom", "puente", "simulada_cobrar", clave=key, monto=amount, resultado=verdict, **card
    )
    return told


def _charge(told: dict[str, Any]) -> Charge:
    outcome, amount = _OUTCOMES[told["resultado"]], Decimal(told["monto"])
    return Charge(outcome, amount, told["referencia"], told["marca"], told["ultimos4"])
