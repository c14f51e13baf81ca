"""The refresh token: what renews a session without the password.

    dafr.<kid>.<sid>.<generation>.<secret>.<mac>

The first secret of a session is random; each later one is derived from the one before it and the KEK. So the same
token used twice gives the same next one, although the database holds only its digest. The session's row holds the
person's SCRAM keys sealed under HKDF(KEK, secret): a dump opens nothing, the KEK opens nothing, and neither do both
together. The MAC says that a token was once ours, so that nobody ends somebody's session with one they made up.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..db.pool import Credential
from .keyring import Ring
from .token import BadToken

PREFIX = "dafr"
_SHAPE = re.compile(
    rf"{PREFIX}\.(?P<kid>[A-Za-z0-9]{{1,16}})\.(?P<sid>[0-9a-f]{{32}})\.(?P<generation>[0-9]{{1,9}})"
    r"\.(?P<secret>[A-Za-z0-9_-]{43})\.(?P<mac>[A-Za-z0-9_-]{43})"
)


@dataclass(frozen=True)
class Refresh:
    """One refresh token: of which session, which generation, and made under which KEK."""

    kid: str
    sid: str
    generation: int
    secret: bytes = field(repr=False)

    def text(self, ring: Ring) -> str:
        """The token as its holder keeps it."""
        return f"{self._message()}.{_encode(self._mac(ring))}"

    def digest(self, ring: Ring) -> bytes:
        """What the session's row keeps of it."""
        return hashlib.sha256(self.text(ring).encode()).digest()

    def following(self, ring: Ring, kid: str) -> "Refresh":
        """The next generation's token; the same one however often it is asked for."""
        label = f"{self.sid}.{self.generation + 1}".encode()
        return Refresh(kid, self.sid, self.generation + 1, _key(ring[kid], b"next", self.secret, label))

    def seal(self, ring: Ring, credential: Credential) -> bytes:
        """A credential that only the holder of this token can open again."""
        nonce = secrets.token_bytes(12)
        keys = credential.client_key + credential.server_key
        return nonce + AESGCM(self._envelope_key(ring)).encrypt(nonce, keys, self._bound_to())

    def open(self, ring: Ring, envelope: bytes) -> Credential:
        """The credential of an envelope that was sealed for this token.

        Raises:
            BadToken: it was sealed for another.
        """
        try:
            keys = AESGCM(self._envelope_key(ring)).decrypt(envelope[:12], envelope[12:], self._bound_to())
        except (ValueError, InvalidTag) as exc:
            raise BadToken from exc
        return Credential(client_key=keys[:32], server_key=keys[32:])

    def _message(self) -> str:
        return f"{PREFIX}.{self.kid}.{UUID(self.sid).hex}.{self.generation}.{_encode(self.secret)}"

    def _mac(self, ring: Ring) -> bytes:
        return hmac.digest(_key(ring[self.kid], b"mac"), self._message().encode(), "sha256")

    def _envelope_key(self, ring: Ring) -> bytes:
        return _key(ring[self.kid], b"envelope", self.secret)

    def _bound_to(self) -> bytes:
        return f"{self.sid}|{self.generation}".encode()


def first(kid: str, sid: str) -> Refresh:
    """The refresh token of a session that is being opened."""
    return Refresh(kid, sid, 0, secrets.token_bytes(32))


def parse(ring: Ring, text: str) -> Refresh:
    """A token that this deployment made.

    Raises:
        BadToken: it is not one, or its KEK is gone.
    """
    found = _SHAPE.fullmatch(text)
    if found is None or found["kid"] not in ring:
        raise BadToken
    token = Refresh(found["kid"], str(UUID(found["sid"])), int(found["generation"]), _decode(found["secret"]))
    if not hmac.compare_digest(token.text(ring), text):
        raise BadToken
    return token


def _key(kek: bytes, use: bytes, secret: bytes = b"", label: bytes = b"") -> bytes:
    """A key of its own for each use, each secret and each label."""
    info = b"daf refresh " + use + b" v1 " + label
    return HKDF(algorithm=SHA256(), length=32, salt=secret or None, info=info).derive(kek)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
