"""A big shop beside a small one: what its size costs a request.

    python -m bench.big --products 100000 --moves 10

Two deployments live at once, one of 1,000 products and one of 100,000, each with ten movements a product: a million
rows of kardex in the big one. The same requests are sent to both in turns over HTTP: first pages, searches, and pages
deep in the kardex. The claim is that the median of each in the big shop is at most 1.5 times that in the small one.
A search for a word that one product in sixty has is measured too and not claimed: in the big shop it finds a hundred
times as much. The goods come in by plain SQL, which is fast, and the doctor of the big one has to find them consistent.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from daf_backend.demo.client import Client
from daf_backend.demo.data import LUGARES

from .big_data import Catalogue, fill
from .harness import Stack, stack

SMALL = 1000
CLAIM = 1.5


@dataclass
class Shop:
    """One deployment and those who ask it."""

    stack: Stack
    goods: Catalogue
    chance: random.Random
    last: int = 0
    people: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for login in ("demo_ventas", "demo_bodega", "demo_adm_bodega"):
            self.people[login] = self.stack.login(login)
        self.people["anybody"] = Client(self.stack.base_url)
        self.last = self.stack.query("pos", "SELECT max(krd_codigo) FROM datos.kardex")[0][0]

    def any(self) -> int:
        """Some product's number."""
        return self.chance.randrange(self.goods.count)

    def deep(self) -> int:
        """A cursor somewhere in the older half of the kardex."""
        return self.chance.randrange(self.last // 10, self.last // 2)

    def category(self) -> str:
        return self.goods.category(self.any())

    def code(self) -> str:
        return self.goods.code(self.any())

    def words(self) -> str:
        """Two words of some product's name, the second first."""
        name = self.goods.name(self.any()).split()
        return quote(f"{name[2]} {name[0]}")

    def word(self) -> str:
        """A word that one product in sixty has."""
        return quote(self.goods.name(self.any()).split()[0])

    def typo(self) -> str:
        """The same with two letters of the longer word changed about."""
        name = self.goods.name(self.any()).split()
        word = name[2]
        return quote(f"{name[0]} {word[:2]}{word[3]}{word[2]}{word[4:]}")


Ask = Callable[[Shop], str]

REQUESTS: dict[str, tuple[str, Ask]] = {
    "pos list, page 1": ("demo_ventas", lambda s: "/api/pos/producto?page=1&limit=20"),
    "pos list, one category": ("demo_ventas", lambda s: f"/api/pos/producto?page=1&cat_codigo={s.category()}"),
    "pos search, two words": ("demo_ventas", lambda s: f"/api/pos/producto/search?page=1&name={s.words()}"),
    "pos search, a typing error": ("demo_ventas", lambda s: f"/api/pos/producto/search?page=1&name={s.typo()}"),
    "pos search, a code": ("demo_ventas", lambda s: f"/api/pos/producto/search?page=1&name={s.code()}"),
    "pos by barcode": ("demo_ventas", lambda s: f"/api/pos/producto?barras={s.goods.bars(s.any())}"),
    "pos one product": ("demo_ventas", lambda s: f"/api/pos/producto/{s.code()}"),
    "kardex, page 1": ("demo_bodega", lambda s: "/api/pos/kardex-producto?page=1"),
    "kardex, deep cursor": ("demo_bodega", lambda s: f"/api/pos/kardex-producto?cursor={s.deep()}"),
    "kardex, deep cursor, every branch": ("demo_adm_bodega", lambda s: f"/api/pos/kardex-producto?cursor={s.deep()}"),
    "kardex of a product": ("demo_bodega", lambda s: f"/api/pos/producto/{s.code()}/kardex?cursor=0"),
    "kardex search, two words": ("demo_bodega", lambda s: f"/api/pos/kardex-producto/search?page=1&name={s.words()}"),
    "shop list, page 1": ("anybody", lambda s: "/api/ecom/producto?page=1"),
    "shop search, two words": ("anybody", lambda s: f"/api/ecom/producto?q={s.words()}"),
    "shop search, a typing error": ("anybody", lambda s: f"/api/ecom/producto?q={s.typo()}"),
    "pos search, a common word": ("demo_ventas", lambda s: f"/api/pos/producto/search?page=1&name={s.word()}"),
    "shop search, a common word": ("anybody", lambda s: f"/api/ecom/producto?q={s.word()}"),
    "shop one product": ("anybody", lambda s: f"/api/ecom/producto/{s.code()}"),
}  # fmt: skip

UNCLAIMED = {name for name in REQUESTS if name.endswith("a common word")}


def median(shops: list[Shop], who: str, ask: Ask, rounds: int) -> list[float]:
    """The median of each shop in milliseconds; they are asked in turns."""
    times: list[list[float]] = [[] for _ in shops]
    for turn in range(rounds + 5):
        for shop, own in zip(shops, times, strict=True):
            path = ask(shop)
            started = time.perf_counter()
            answer: Any = shop.people[who].get(path)
            took = time.perf_counter() - started
            assert answer.get("data", True) != [], path  # something was found
            if turn >= 5:
                own.append(took * 1000)
    return [statistics.median(own) for own in times]


def compare(shops: list[Shop], rounds: int) -> float:
    """Print every request's medians; the worst ratio."""
    worst = 0.0
    print(f"{'':36}{'small':>9}{'big':>9}   ratio", flush=True)
    for name, (who, ask) in REQUESTS.items():
        small, big = median(shops, who, ask, rounds)
        told = "" if name in UNCLAIMED else f"   {big / small:4.2f}"
        print(f"{name:36}{small:6.2f} ms{big:6.2f} ms{told}", flush=True)
        worst = max(worst, big / small if told else 0)
    return worst


def main() -> None:
    """Fill both, ask both, and fail if size costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--moves", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20260101)
    options = parser.parse_args()
    with ExitStack() as open_stacks:
        shops = []
        for count in (SMALL, options.products):
            running = open_stacks.enter_context(stack(workers=1))
            started = time.perf_counter()
            goods = Catalogue(count, options.seed)
            rows = fill(running, goods, options.moves, LUGARES[0][2])
            print(
                f"{count:,} products, {rows:,} rows of kardex: {time.perf_counter() - started:.0f} s",
                flush=True,
            )
            shops.append(Shop(running, goods, random.Random(options.seed)))
        worst = compare(shops, options.rounds)
        print(f"doctor of the big one: {shops[1].stack.doctor()} invariants hold", flush=True)
    print(f"worst ratio {worst:.2f}, claimed {CLAIM}")
    sys.exit(worst > CLAIM)


if __name__ == "__main__":
    main()
