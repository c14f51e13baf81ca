"""Asking stripe: its client, and telling a refusal from silence. Requests are not retried here: whoever asked asks
again, or the sweep does.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache

import stripe
from stripe import StripeClient

from ..db.call import runtime
from .pagos_cargo import NoAnswer

log = logging.getLogger("daf.pagos")
logging.getLogger("stripe").setLevel(logging.WARNING)  # what it says below would show client secrets


def cents(amount: Decimal) -> int:
    """An amount as stripe counts it."""
    return int(amount * 100)


@contextmanager
def asking() -> Iterator[StripeClient]:
    """The client; what is neither an answer nor a refusal of this very request leaves as NoAnswer."""
    settings = runtime().settings
    key = settings.stripe_key.get_secret_value()
    if not key:
        log.error("a payment of stripe, and no DAF_STRIPE_KEY")
        raise NoAnswer
    try:
        yield _client(key, settings.stripe_url, settings.stripe_timeout)
    except (stripe.CardError, stripe.InvalidRequestError):
        raise
    except stripe.StripeError as exc:
        about = {"why": type(exc).__name__, "status": exc.http_status, "code": exc.code}
        log.warning("stripe did not answer", extra=about)
        raise NoAnswer from None


@lru_cache(maxsize=4)
def _client(key: str, url: str, timeout: float) -> StripeClient:
    return StripeClient(
        key,
        base_addresses={"api": url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
    )
