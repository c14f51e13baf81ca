"""What is said between us and whoever moves the money: the words of every provider."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from .pagos_tarjeta import Card

# ABIERTO: nothing was decided yet, the buyer still has something to do.
Outcome = Literal["ABIERTO", "CAPTURADO", "RECHAZADO", "ANULADO", "REEMBOLSADO"]
Told = Outcome | Literal["NO_DEVUELTO"]  # a refund that was thought done came to nothing
Method = Card | str  # a card, or the name that a provider knows one by


class NoAnswer(Exception):
    """The provider did not answer: what it did is unknown until it is asked again."""


class BadSignature(Exception):
    """Who sent this does not know the secret, or sent it too long ago."""


@dataclass(frozen=True)
class Payment:
    """An intent of ours as a provider is told of it: its key, its amount, and what the provider calls it."""

    pag_id: str
    amount: Decimal
    order: str
    reference: str | None = None


@dataclass(frozen=True)
class Charge:
    """What the provider did under a key."""

    outcome: Outcome
    amount: Decimal
    reference: str | None
    brand: str | None = None
    last4: str | None = None


@dataclass(frozen=True)
class Refund:
    """A part of a charge to give back, under a key of its own: its id and its turn, the next one after a refusal."""

    id: str
    pag_id: str
    reference: str
    amount: Decimal
    turn: int = 0

    @property
    def key(self) -> str:
        """What a provider that repeats its answers is asked under."""
        return f"reembolso:{self.id}" + (f":{self.turn}" if self.turn else "")


@dataclass(frozen=True)
class Opened:
    """An intent at its provider. Whoever has the secret can pay it and nothing else; it is not kept."""

    reference: str | None
    client_secret: str = field(repr=False)
    decided: bool = False  # something was done under it already: look


@dataclass(frozen=True)
class Event:
    """What a provider tells by itself. Without an outcome it is of no concern here."""

    id: str
    kind: str
    pag_id: str | None = None
    outcome: Told | None = None
    amount: Decimal | None = None
    reference: str | None = None
    brand: str | None = None
    last4: str | None = None


class Provider(Protocol):
    """Whoever moves the money. Each act may be repeated: done once per key, answered alike ever after.

    Every one of them but ``method`` and ``event`` may raise NoAnswer: it may or may not have happened.
    """

    SIGNATURE: str  # the header that signs its messages

    def method(self, card_number: str | None, payment_method: str | None) -> Method:
        """What to pay with out of what the buyer sent; a Problem if that is nothing."""

    def open(self, payment: Payment) -> Opened:
        """The intent at the provider, made if there is none; a Problem if it never will be. Nothing can be charged
        before it is open."""

    def charge(self, payment: Payment, method: Method) -> Charge:
        """Charge an open intent; a refused card is the end of it, ABIERTO if the buyer's bank asks for more."""

    def look(self, payment: Payment) -> Charge:
        """What was done under a key until now."""

    def settle(self, payment: Payment) -> Charge:
        """What was done under a key; if nothing was, give it up so that nothing ever will be. ABIERTO: being done."""

    def give_back(self, payment: Payment) -> Charge:
        """Return all that was charged under a key."""

    def refund(self, refund: Refund) -> Charge:
        """Return a part of a charge, once per refund: REEMBOLSADO, or RECHAZADO if it can not be returned."""

    def drop_refund(self, refund: Refund) -> Charge:
        """What became of a refund; RECHAZADO: nothing was returned, and from now on nothing ever will be."""

    def event(self, raw: bytes, signature: str) -> Event:
        """What a signed message says; BadSignature before anything of it is read, ValueError if it makes no sense."""
