"""The bearer token: a signed JWT that carries the caller's database login and, sealed, its SCRAM keys.

Never the password. The keys are AES-256-GCM encrypted under HKDF(KEK, session secret): a token alone, the signing key
alone, the KEK alone or a dump of the database alone opens nothing, and closing the session row kills the ciphertext.
The additional data binds a sealed blob to the token it was made for (iss, aud, sub, sid, exp).

A token is a function of its session's generation and of the keys: asked for twice it is the same one, byte for byte.
"""

import base64
import hmac
import time
from typing import Any, Literal, NamedTuple

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..db.pool import Credential
from ..settings import Side
from .keyring import Keyring

ISSUER = "daf"
ALGORITHM = "HS256"
TYPE = "at+jwt"
SKEW = 60  # seconds that this clock and another's may differ; of the end of a token no clock is generous
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "kind"]
Kind = Literal["staff", "shopper"]
Claims = dict[str, Any]


class BadToken(Exception):
    """The token does not verify; says nothing about why."""


class Kids(NamedTuple):
    """The keys a token is made with: the one that signs, and the KEK."""

    sign: str
    kek: str

    @classmethod
    def in_use(cls, keyring: Keyring, side: Side) -> "Kids":
        """Those of a token that is made now."""
        return cls(next(iter(keyring.sign[side])), next(iter(keyring.kek[side])))


def issue(
    keyring: Keyring,
    side: Side,
    kind: Kind,
    *,
    subject: str,
    sid: str,
    expires: int,
    role: str,
    secret: bytes = b"",
    credential: Credential | None = None,
    generation: int = 0,
    issued: int | None = None,
    kids: Kids | None = None,
) -> str:
    """Sign a token for one generation of a session; times in unix seconds. Staff tokens seal their credential; the
    others, which carry none, a proof that whoever made them had the KEK as well.
    """
    kids = kids or Kids.in_use(keyring, side)
    now = int(time.time()) if issued is None else issued
    kek = keyring.kek[side][kids.kek]
    claims: Claims = {
        "iss": ISSUER, "aud": side, "sub": subject, "sid": sid, "jti": _jti(kek, sid, generation, now),
        "iat": now, "nbf": now - SKEW, "exp": expires, "kind": kind, "role": role,
    }  # fmt: skip
    sealed = _proof(kek, claims, secret) if credential is None else _seal(kek, claims, secret, credential)
    claims["cred"] = f"{kids.kek}.{sealed}"
    headers = {"kid": kids.sign, "typ": TYPE}
    return jwt.encode(claims, keyring.sign[side][kids.sign], ALGORITHM, headers=headers)


def verify(keyring: Keyring, side: Side, token: str, *, ended: bool = False) -> Claims:
    """The claims of a token of this side; ``ended``: of one that may be over, which proves only whose it was.

    Raises:
        BadToken: wrong side, signature, type, algorithm or time, or a claim is missing.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = keyring.sign[side].get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise BadToken
        claims: Claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=side, issuer=ISSUER,
            options={"require": REQUIRED, "verify_iat": False, "verify_exp": not ended},  # nbf says when it begins
        )  # fmt: skip
    except jwt.PyJWTError as exc:
        raise BadToken from exc
    return claims


def unseal(keyring: Keyring, claims: Claims, secret: bytes) -> Credential:
    """Open the credential of a verified staff token with its session's secret.

    Raises:
        BadToken: the blob belongs to another token or session, or its KEK is gone.
    """
    try:
        kid, _, blob = str(claims["cred"]).partition(".")
        raw = base64.urlsafe_b64decode(blob)
        kek = keyring.kek[claims["aud"]][kid]
        keys = AESGCM(_content_key(kek, secret)).decrypt(raw[:12], raw[12:], _bound_to(claims))
    except (KeyError, ValueError, InvalidTag) as exc:
        raise BadToken from exc
    return Credential(client_key=keys[:32], server_key=keys[32:])


def prove(keyring: Keyring, claims: Claims, secret: bytes) -> None:
    """Hold a verified shopper token against its session's secret: the signing key and a dump do not make one.

    Raises:
        BadToken: it was made without the KEK, or for another session.
    """
    kid, _, proof = str(claims.get("cred")).partition(".")
    kek = keyring.kek[claims["aud"]].get(kid)
    if kek is None or not hmac.compare_digest(proof, _proof(kek, claims, secret)):
        raise BadToken


def _proof(kek: bytes, claims: Claims, secret: bytes) -> str:
    return hmac.digest(_content_key(kek, secret), b"proof|" + _bound_to(claims), "sha256").hex()


def _jti(kek: bytes, sid: str, generation: int, issued: int) -> str:
    return hmac.digest(_content_key(kek, b"jti"), f"{sid}|{generation}|{issued}".encode(), "sha256")[:8].hex()


def _seal(kek: bytes, claims: Claims, secret: bytes, credential: Credential) -> str:
    """The nonce is derived from all that is sealed and bound, so it repeats only where everything does."""
    key, keys, bound = (
        _content_key(kek, secret),
        credential.client_key + credential.server_key,
        _bound_to(claims),
    )
    nonce = hmac.digest(key, b"|".join((b"nonce", claims["jti"].encode(), bound, keys)), "sha256")[:12]
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, keys, bound)).decode("ascii")


def _content_key(kek: bytes, secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=secret, info=b"daf credential v1").derive(kek)


def _bound_to(claims: Claims) -> bytes:
    return "|".join(str(claims[name]) for name in ("iss", "aud", "sub", "sid", "exp")).encode()
