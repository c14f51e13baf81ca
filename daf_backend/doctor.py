"""`daf doctor`: the invariants, as SQL that must find no row, asked of both databases at any time.

Each side answers for itself; what must hold between them is the bridge's to know.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from .db.batch import Batch, open_admin_batch, open_batch
from .db.embedded import Servers
from .db.runtime import Runtime
from .puente import doctor as bridge
from .settings import SIDES, Settings

Echo = Callable[[str], object]
SHOWN = 5  # rows that break one invariant


class Finding(NamedTuple):
    """One invariant: how many rows break it, and the first of them. A warning breaks nothing."""

    place: str
    name: str
    description: str
    rows: int
    examples: list[str]
    warning: bool

    @property
    def mark(self) -> str:
        """How it looks at a glance."""
        return "✓" if not self.rows else "!" if self.warning else "✗"


def review(servers: Servers, login: str | None = None, password: str = "") -> list[Finding]:
    """Ask both databases, as the superuser or as a login that may.

    Raises:
        Problem: that login may not, or a server is away.
    """
    found = []
    for side in SIDES:
        if login:
            session = open_batch(getattr(servers, side), login, password, label="daf doctor")
        else:
            session = open_admin_batch(servers.admin_conninfo(side), label="daf doctor")
        with session as batch:
            found += _ask(batch, side)
    return found


def between(settings: Settings) -> list[Finding]:
    """Ask whether both databases tell the same story, as the bridge's own login.

    Raises:
        Exception: a side is away, so nothing can be said.
    """
    runtime = Runtime(settings)
    try:
        found = bridge.check(runtime)
    finally:
        runtime.close()
    return [
        Finding(
            "entre los dos", each.name, each.description, len(each.rows), list(map(_row, each.rows)), False
        )
        for each in found
    ]


def report(findings: list[Finding], echo: Echo = print) -> int:
    """Print every invariant, the warnings there are, and what breaks them; how many rows break an invariant."""
    place = ""
    for finding in findings:
        if finding.warning and not finding.rows:
            continue
        if finding.place != place:
            place = finding.place
            echo(place.upper())
        echo(f"  {finding.mark} {finding.description} [{finding.name}]")
        _examples(finding, echo)
    invariants = [finding for finding in findings if not finding.warning]
    violations = sum(finding.rows for finding in invariants)
    echo(f"{len(invariants)} invariantes, {violations} violaciones")
    return violations


def _examples(finding: Finding, echo: Echo) -> None:
    for example in finding.examples[:SHOWN]:
        echo(f"      {example}")
    if finding.rows > SHOWN:
        echo(f"      ... y {finding.rows - SHOWN} más")


def _row(row: dict[str, Any]) -> str:
    return "  ".join(f"{key}={value}" for key, value in row.items())


def _ask(batch: Batch, side: str) -> list[Finding]:
    return [
        Finding(
            side,
            row["invariante"],
            row["descripcion"],
            row["filas"],
            row["ejemplos"],
            row["nivel"] == "AVISO",
        )
        for row in batch.call("doctor_revisar") or []
    ]
