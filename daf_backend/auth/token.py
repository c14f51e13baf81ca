"""The bearer token: a signed JWT that carries the caller's database login and, sealed, its SCRAM keys.

Never the password. The keys are AES-256-GCM encrypted under HKDF(KEK, session secret): a token alone, the signing key
alone, the KEK alone or a dump of the database alone opens nothing, and closing the session row kills the ciphertext.
The additional data binds a sealed blob to the token it was made for (iss, aud, sub, sid, exp).
"""

import base64
import secrets
import time
from typing import Any, Literal

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
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "kind"]
Kind = Literal["staff", "shopper"]
Claims = dict[str, Any]


class BadToken(Exception):
    """The token does not verify; says nothing about why."""


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
) -> str:
    """Sign a token for one session; ``expires`` in unix seconds. Staff tokens seal their credential."""
    now = int(time.time())
    claims: Claims = {
        "iss": ISSUER, "aud": side, "sub": subject, "sid": sid, "jti": secrets.token_hex(8),
        "iat": now, "nbf": now, "exp": expires, "kind": kind, "role": role,
    }  # fmt: skip
    if credential is not None:
        claims["cred"] = _seal(keyring, claims, secret, credential)
    kid = next(iter(keyring.sign[side]))
    return jwt.encode(claims, keyring.sign[side][kid], ALGORITHM, headers={"kid": kid, "typ": TYPE})


def verify(keyring: Keyring, side: Side, token: str) -> Claims:
    """The claims of a token of this side.

    Raises:
        BadToken: wrong side, signature, type, algorithm or time, or a claim is missing.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = keyring.sign[side].get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise BadToken
        claims: Claims = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=side, issuer=ISSUER, options={"require": REQUIRED}
        )
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


def _seal(keyring: Keyring, claims: Claims, secret: bytes, credential: Credential) -> str:
    kid, kek = next(iter(keyring.kek[claims["aud"]].items()))
    nonce = secrets.token_bytes(12)
    keys = credential.client_key + credential.server_key
    blob = AESGCM(_content_key(kek, secret)).encrypt(nonce, keys, _bound_to(claims))
    return f"{kid}.{base64.urlsafe_b64encode(nonce + blob).decode('ascii')}"


def _content_key(kek: bytes, secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=secret, info=b"daf credential v1").derive(kek)


def _bound_to(claims: Claims) -> bytes:
    return "|".join(str(claims[name]) for name in ("iss", "aud", "sub", "sid", "exp")).encode()
