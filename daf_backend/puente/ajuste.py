"""The settings, POS to shop: they travel with the catalogue, in the same numbered deliveries."""

from contextlib import suppress

from . import catalogo
from .sides import Sides


def llevar(sides: Sides) -> None:
    """Tell the shop at once what changed; another worker may be telling it already."""
    with suppress(catalogo.LateDelivery):
        catalogo.barrer(sides)
