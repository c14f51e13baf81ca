"""Whether this process can serve, looked at no more than once a second however often somebody asks.

While one thread looks, the others answer what was seen last: probes never queue behind a database that is away.
"""

import shutil
import threading
from functools import cache
from time import monotonic

from ..db.deploy import migrations
from ..db.runtime import Runtime
from ..errors import DATABASE_FAILURES
from ..settings import SIDES, Side

AGE = 1.0
SPARE_DISK = 100 * 2**20

Parts = dict[str, str]


@cache
def shipped(side: Side) -> dict[str, str]:
    """The migrations this code was written for, and their digests."""
    return {step.name: step.digest for step in migrations(side)}


class Checkup:
    """What this process needs, part by part: ``ok`` or ``mal``."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._looking = threading.Lock()
        self._seen: Parts | None = None
        self._until = float("-inf")

    def parts(self) -> Parts:
        """The parts as they were within the last second, or when somebody last looked."""
        seen = self._seen
        if seen is not None and (monotonic() < self._until or self._looking.locked()):
            return seen
        with self._looking:
            if self._seen is None or monotonic() >= self._until:
                self._seen = self._look()
                self._until = monotonic() + AGE
            return self._seen

    def _look(self) -> Parts:
        ledgers = {side: self._ledger(side) for side in SIDES}
        found: dict[str, bool] = {side: ledger is not None for side, ledger in ledgers.items()}
        # A newer release may have deployed already: what it added to the ledger does not hinder this code.
        current = all(shipped(side).items() <= (ledgers[side] or {}).items() for side in SIDES)
        free = shutil.disk_usage(self._runtime.settings.home).free
        checks = {**found, "migraciones": current, "disco": free > SPARE_DISK}
        return {part: "ok" if good else "mal" for part, good in checks.items()}

    def _ledger(self, side: Side) -> dict[str, str] | None:
        """The migrations a database has; nothing if it does not answer."""
        try:
            ledger: dict[str, str] = self._runtime.ask(side, "api_login", "despliegue_migraciones")
        except DATABASE_FAILURES:
            return None
        return ledger
