"""`daf doctor`: the invariants, as SQL that must find no row, asked of both databases at any time."""

from collections.abc import Callable
from typing import NamedTuple

from .db.batch import Batch, open_admin_batch, open_batch
from .db.embedded import Servers
from .settings import SIDES, Side

Echo = Callable[[str], object]


class Finding(NamedTuple):
    """One invariant: how many rows break it, and the first of them. A warning breaks nothing."""

    side: Side
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


def report(findings: list[Finding], echo: Echo = print) -> int:
    """Print every invariant and what breaks it; how many rows break one."""
    for side in SIDES:
        echo(side.upper())
        for finding in findings:
            if finding.side == side:
                echo(f"  {finding.mark} {finding.description} [{finding.name}]")
                _examples(finding, echo)
    violations = sum(finding.rows for finding in findings if not finding.warning)
    echo(f"{len(findings)} invariantes, {violations} violaciones")
    return violations


def _examples(finding: Finding, echo: Echo) -> None:
    for example in finding.examples:
        echo(f"      {example}")
    if finding.rows > len(finding.examples):
        echo(f"      ... y {finding.rows - len(finding.examples)} más")


def _ask(batch: Batch, side: Side) -> list[Finding]:
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
