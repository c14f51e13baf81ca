"""What an open session hands out: an access token and the refresh token of the same generation."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ..db.call import runtime
from ..db.pool import Credential
from ..settings import Side
from . import refresh, token
from .keyring import Keyring
from .origin import network, origin

Row = dict[str, Any]  # privado.sesion_ficha


@dataclass(frozen=True)
class Grant:
    """The keys and the refresh token of one generation of one session."""

    side: Side
    keyring: Keyring
    kids: token.Kids
    refresh: refresh.Refresh

    @classmethod
    def opening(cls, side: Side) -> "Grant":
        """Of a session that is about to be opened."""
        keyring = runtime().keyring
        kids = token.Kids.in_use(keyring, side)
        return cls(side, keyring, kids, refresh.first(kids.kek, str(uuid4())))

    @property
    def ring(self) -> dict[str, bytes]:
        """The side's KEKs."""
        return self.keyring.kek[self.side]

    def row(self, credential: Credential | None = None) -> Row:
        """What the session's row keeps of it."""
        sealed = {} if credential is None else {"sobre": self.refresh.seal(self.ring, credential)}
        return {
            "refresco": self.refresh.digest(self.ring), **sealed,
            "kid_kek": self.kids.kek, "kid_firma": self.kids.sign,
        }  # fmt: skip

    def tokens(self, row: Row, credential: Credential | None = None) -> dict[str, str]:
        """The tokens, as the wire carries them. The same for the same row."""
        staff = row["clase"] == "staff"
        access = token.issue(
            self.keyring, self.side, "staff" if staff else "shopper", subject=row["sujeto"], sid=row["sid"],
            expires=row["vence"], role=row["roles"][0] if staff else "cliente",
            secret=bytes.fromhex(row["secreto"]), credential=credential,
            generation=row["generacion"], issued=row["emitida"], kids=self.kids,
        )  # fmt: skip
        return {"token": access, "access_token": access, "refresh_token": self.refresh.text(self.ring)}


def opening_limits(side: Side) -> dict[str, float]:
    """How long a session of this side lives: its tokens, without a refresh, and at the latest."""
    return {**limits(side), "maxima": runtime().settings.session_absolute_hours}


def limits(side: Side) -> dict[str, float]:
    """How long each generation lives."""
    settings = runtime().settings
    hours = settings.pos_access_hours if side == "pos" else settings.ecom_access_hours
    return {"horas": hours, "inactiva": settings.session_idle_hours}


def opening_place() -> dict[str, str]:
    """Where a session is opened from."""
    return {**origin(), "red": network()}
