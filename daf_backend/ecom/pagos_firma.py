"""Signed messages: `t=<second>,v1=<HMAC>` over the raw body, as stripe signs them and the embedded provider too."""

from collections.abc import Iterable

from stripe import SignatureVerificationError, WebhookSignature

from .pagos_cargo import BadSignature

TOLERANCE = 300  # seconds that a message may be old


def verify(raw: bytes, signature: str, secrets: Iterable[str]) -> None:
    """Let a message through that one of the secrets signed lately.

    Raises:
        BadSignature: for everything else, alike.
    """
    for secret in secrets:
        try:
            WebhookSignature.verify_header(raw, signature, secret, TOLERANCE)
        except (SignatureVerificationError, UnicodeError):
            continue
        return
    raise BadSignature
