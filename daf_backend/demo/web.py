"""Units for the online shop: some products are published and get a quota that only the shop may sell."""

from .shop import Shop


def assign(shop: Shop) -> None:
    """Nothing is published yet."""
