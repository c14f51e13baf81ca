"""A backup of the session's databases and homes to restore it into, for the tests of both."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from daf_backend.db.backup import backup, restore
from daf_backend.db.backup.restore import Target
from daf_backend.db.backup.take import Source
from daf_backend.db.embedded import Servers, running
from daf_backend.http import files
from daf_backend.settings import Settings

TABLES = """
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = 'datos'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p' ORDER BY 1
"""


def silent(line: str) -> None:
    """Nobody reads the story here."""


@dataclass
class Place:
    """A deployment to restore into."""

    settings: Settings
    servers: Servers

    def restore(self, path: Path, save: Callable[[], object] | None = None) -> None:
        """Restore a backup here."""
        target = Target(self.servers, self.settings, partial(files.unpack, self.settings), save)
        restore(path, target, silent)

    def backup(self, folder: Path) -> Path:
        """Back this place up."""
        return backup(Source(self.servers, self.settings, partial(files.pack, self.settings)), folder, silent)

    def admin(self, side: str = "pos", dbname: str = "") -> psycopg.Connection:
        """A connection of the superuser."""
        return psycopg.connect(self.servers.admin_conninfo(side, dbname), autocommit=True)

    def rows(self, side: str) -> dict[str, tuple[int, str]]:
        """Of each table, how many rows there are and a digest of all they say."""
        with self.admin(side) as conn:
            found = {}
            for (table,) in conn.execute(TABLES).fetchall():
                everything = "coalesce(string_agg(t::text, '|' ORDER BY t::text), '')"
                row = conn.execute(f"SELECT count(*), md5({everything}) FROM datos.{table} AS t").fetchone()
                assert row is not None
                found[table] = (row[0], row[1])
        return found


@contextmanager
def place(settings: Settings, bindir: str = "") -> Iterator[Place]:
    """A clean home with a server of its own."""
    with TemporaryDirectory(prefix="daf-restaura-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        own = Settings(  # type: ignore[call-arg]
            _env_file=None, home=Path(folder), uploads=Path(folder) / "uploads", session_check=0.2,
            pg_bindir=bindir or settings.pg_bindir,
        )  # fmt: skip
        with running(own) as servers:
            yield Place(own, servers)
