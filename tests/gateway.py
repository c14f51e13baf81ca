"""The embedded provider's side of a message: what it says of a payment, signed as it signs."""

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from stripe import WebhookSignature

KINDS = {
    "CAPTURADO": "pago.capturado", "RECHAZADO": "pago.rechazado", "ANULADO": "pago.anulado",
    "REEMBOLSADO": "pago.reembolsado",
}  # fmt: skip
_serial = itertools.count(1)


def sign(body: str, secret: str, age: float = 0) -> str:
    """The header of a message that was signed so many seconds ago."""
    return WebhookSignature.generate_signature_header(body, secret, int(time.time() - age))


@dataclass
class Message:
    """Something a provider says, to be delivered as often as one likes."""

    app: Flask
    body: str
    signature: str = field(repr=False)
    provider: str = "simulada"

    def deliver(self, **changes: Any) -> Any:
        """Send it; the response."""
        header = "Stripe-Signature" if self.provider == "stripe" else "Simulada-Signature"
        sent = {"body": self.body, "signature": self.signature, **changes}
        return self.app.test_client().post(
            f"/api/ecom/pagos/webhook/{self.provider}",
            data=sent["body"], headers={header: sent["signature"], "Content-Type": "application/json"},
        )  # fmt: skip


@dataclass
class Simulada:
    """The embedded provider, telling."""

    app: Flask

    @property
    def secret(self) -> str:
        """What it signs with."""
        return next(iter(self.app.extensions["daf"].keyring.gateway.values())).hex()

    def says(self, outcome: str, client_secret: str, amount: str, *, age: float = 0, **more: Any) -> Message:
        """A message about a payment; ``kind`` and ``id`` may be given."""
        kind = more.pop("kind", KINDS.get(outcome, outcome))
        id_ = more.pop("id", f"evt_{next(_serial)}_{time.time_ns()}")
        about = {"client_secret": client_secret, "monto": amount, **more}
        body = json.dumps({"id": id_, "type": kind, "data": {"object": about}})
        return Message(self.app, body, sign(body, self.secret, age))
