"""The demo being loaded: where it is, and how its people get in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from ..db.batch import Batch, open_batch
from ..db.embedded import Servers
from ..settings import Settings


@dataclass(frozen=True)
class Shop:
    """What every step of the load needs."""

    servers: Servers
    settings: Settings
    echo: Callable[[str], object]
    password: str = field(repr=False)

    def acting(self, login: str) -> AbstractContextManager[Batch]:
        """One transaction of that person at the POS."""
        return open_batch(self.servers.pos, login, self.password, label="demo")

    def count(self, login: str, listing: str) -> int:
        """How many rows a list function shows to that person."""
        with self.acting(login) as batch:
            return int(batch.call(listing, page=1, limit=1)["total"])
