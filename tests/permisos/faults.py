"""Faults that somebody could bring into a deployed database, by mistake or not: the pool that the mutation draws from.

Each is a statement and the object a good check must name. What it falls on is drawn from the catalog that was reviewed.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from daf_backend.permisos.snapshot import Snapshot
from daf_backend.permisos.source import groups
from daf_backend.settings import Side


class Fault(NamedTuple):
    """What was done, and the object in which the check must see it."""

    kind: str
    statement: str
    item: str


class Site:
    """Where faults fall: one side's catalog, a member of staff, and the dice."""

    def __init__(self, side: Side, reviewed: Snapshot, person: str, dice: Random) -> None:
        self.side, self.person, self.dice = side, person, dice
        self.facts = reviewed[side]
        self.services = ["api_login", "puente"] + (["ecom_publico", "ecom_cliente"] if side == "ecom" else [])

    def role(self, but: str = "") -> str:
        """A group of staff that a list does not name, nor all of them; else a service; else everybody."""
        named = but.split()
        free = [role for role in groups() if role not in named and "personal" not in named]
        return self.dice.choice(free or [role for role in self.services if role not in named] or ["PUBLIC"])

    def item(self, wanted: Callable[[str, dict[str, str]], bool]) -> tuple[str, dict[str, str]]:
        """An object of the catalog."""
        return self.dice.choice(
            [(item, facts) for item, facts in sorted(self.facts.items()) if wanted(item, facts)]
        )

    def table(self, holding: str = "es") -> tuple[str, dict[str, str], str]:
        """A table with an aspect of a kind (`política`, `disparador`, `SELECT`), and that aspect."""

        def fits(item: str, facts: dict[str, str]) -> bool:
            return (
                facts.get("es", "").startswith("tabla")
                and "_<mes>" not in item
                and bool(_held(facts, holding))
            )

        item, facts = self.item(lambda item, facts: item.startswith("datos.") and fits(item, facts))
        return item, facts, self.dice.choice(_held(facts, holding))

    def function(self, runs: str = "") -> tuple[str, dict[str, str]]:
        """A function of ours that runs as `DEFINER` or `INVOKER`."""
        ours = ("api.", "privado.")
        return self.item(
            lambda item, facts: item.startswith(ours) and facts.get("corre", "").startswith(runs)
        )


def _held(facts: dict[str, str], holding: str) -> list[str]:
    return sorted(aspect for aspect in facts if aspect.split(" ")[0] == holding)


Maker = Callable[[Site], Fault | tuple[str, str]]
POOL: dict[str, Maker] = {}


def fault(maker: Maker) -> Maker:
    """Put a maker into the pool under its name."""
    POOL[maker.__name__] = maker
    return maker


def draw(kind: str, site: Site) -> Fault:
    """One fault of a kind."""
    statement, item = POOL[kind](site)
    return Fault(kind, statement, item)
