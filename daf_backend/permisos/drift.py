"""Where a server is not what was reviewed: each difference with the object it is in."""

from collections.abc import Iterator
from typing import NamedTuple

from ..db import catalog
from ..db.catalog import Connection, Facts
from ..settings import Side
from . import source
from .snapshot import Snapshot, see


class Drift(NamedTuple):
    """One difference; nothing expected is something too much, nothing found something that is gone."""

    place: str
    item: str
    aspect: str
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        where = f"{self.place}: {self.item}, {self.aspect}"
        if self.expected is None:
            return f"{where}: de más, «{self.found}»"
        if self.found is None:
            return f"{where}: falta, «{self.expected}»"
        if self.aspect.split(" ")[0].isupper():  # a privilege: its value is a list of roles
            return f"{where}: {self._roles()}"
        return f"{where}: se esperaba «{self.expected}» y hay «{self.found}»"

    def _roles(self) -> str:
        had, has = set((self.expected or "").split()), set((self.found or "").split())
        said = [("sobra", has - had), ("falta", had - has)]
        return "; ".join(f"{word} {' '.join(sorted(who))}" for word, who in said if who)


def compare(expected: Snapshot, found: Snapshot) -> list[Drift]:
    """Every difference in the parts that were looked at."""
    return [drift for part in found for drift in _differences(part, expected.get(part, {}), found[part])]


def check(conn: Connection, side: Side, expected: Snapshot) -> list[Drift]:
    """Every difference between one database and what was reviewed, the text of its functions included."""
    return compare(expected, see(conn, side)) + list(_rewritten(side, catalog.bodies(conn)))


def _differences(place: str, expected: Facts, found: Facts) -> Iterator[Drift]:
    for item in sorted(expected.keys() | found.keys()):
        had, has = expected.get(item, {}), found.get(item, {})
        for aspect in sorted(had.keys() | has.keys()):
            if had.get(aspect) != has.get(aspect):
                yield Drift(place, item, aspect, had.get(aspect), has.get(aspect))


def _rewritten(side: Side, running: dict[str, str]) -> Iterator[Drift]:
    """Functions whose text is not their file's. One that nobody wrote down is a difference of the catalog already."""
    for name, function in sorted(source.functions(side).items()):
        if name in running and running[name] != function.body:
            yield Drift(side, name, "texto", f"el de {function.file}", "otro")
