"""One moment of two databases that share no transaction.

Each side is read in a snapshot of its own. Two snapshots make one story if the later one holds no consequence of what
the earlier one has not seen. So the POS is read first and the shop a moment later, and in between the bridge tells the
shop nothing: each of its calls to the shop holds a lock, shared, that we hold alone for these milliseconds
(`statement.TURN`). Then all that the shop knows of the POS the POS has in its snapshot, and all the POS knows of the
shop happened before. What is on its way is what would be on its way had both servers died at that moment, and the
bridge's sweeps are made for that. (The other order loses invoices the shop already names; without the lock either
order loses something, now and then.) Nobody but the bridge waits.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import psycopg

from ...settings import SIDES, Side
from ..embedded import Servers
from ..statement import TURN
from .archive import BackupError

ORDER: tuple[Side, ...] = ("pos", "ecom")
PATIENCE = "20s"


class Snapshot(NamedTuple):
    """A side as it was at the cut: an open transaction to read it with, and the name pg_dump joins it by."""

    conn: psycopg.Connection
    name: str


@contextmanager
def cut(servers: Servers) -> Iterator[dict[Side, Snapshot]]:
    """Both sides at one moment, for as long as the context. A deploy waits until its end.

    Raises:
        BackupError: the bridge was in the middle of something for too long.
    """
    with ExitStack() as stack:
        conns = {side: stack.enter_context(psycopg.connect(servers.admin_conninfo(side))) for side in SIDES}
        for conn in conns.values():
            conn.execute("SELECT pg_advisory_lock_shared(hashtext('daf deploy'))")
            conn.commit()
            conn.isolation_level, conn.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        with psycopg.connect(servers.admin_conninfo("ecom")) as gate:
            _close(gate)
            snapshots = {side: Snapshot(conns[side], _export(conns[side])) for side in ORDER}
        yield snapshots


def _close(gate: psycopg.Connection) -> None:
    """Have the bridge tell the shop nothing until this transaction ends."""
    gate.execute("SELECT set_config('lock_timeout', %s, true)", (PATIENCE,))
    try:
        gate.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (TURN,))
    except psycopg.errors.LockNotAvailable:
        raise BackupError("el puente no suelta la tienda; pruebe de nuevo en un momento") from None


def _export(conn: psycopg.Connection) -> str:
    row = conn.execute("SELECT pg_export_snapshot()").fetchone()
    return str(row[0]) if row else ""
