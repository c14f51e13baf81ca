"""Taking a backup of a deployment that works on meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from ...settings import SIDES, Settings, Side
from ..embedded import Servers
from . import archive, people, programs
from .archive import Echo, Manifest
from .cut import Snapshot, cut

# A dump holds structure and rows as their owners have them. Schemas api and privado a deploy writes; sessions end with
# a restore, and whoever steals a backup shall not have their halves of a key; failed logins are not worth keeping.
DUMP = (
    "--format=custom", "--exclude-schema=api", "--exclude-schema=privado", "--no-unlogged-table-data",
    "--exclude-table-data=datos.sesion", "--exclude-table-data=datos.contexto_clave",
    "--no-privileges", "--lock-wait-timeout=60s",
)  # fmt: skip
Pack = Callable[[Path], int]


@dataclass(frozen=True)
class Source:
    """What a backup is taken of. ``pack`` writes the pictures into a file and says how many there were."""

    servers: Servers
    settings: Settings
    pack: Pack


def backup(source: Source, folder: Path, echo: Echo = print) -> Path:
    """Take a backup; the folder it is in.

    Raises:
        BackupError: it could not be taken; nothing is left under its name.
    """
    taken = datetime.now(UTC)
    name = f"daf-{taken:%Y%m%d-%H%M%S}"
    with archive.draft(folder, name) as path, cut(source.servers) as sides:
        echo(f"Respaldo del {taken:%Y-%m-%d %H:%M:%S} UTC")
        place, version = programs.folder_for(source.settings, max(map(_major, sides.values())))
        manifest = Manifest(
            taken.isoformat(timespec="seconds"),
            {side: _major(at) for side, at in sides.items()},
            version,
            {side: _migrations(at.conn) for side, at in sides.items()},
            {side: _seals(at.conn) for side, at in sides.items()},
        )
        # Pictures first: a row of the snapshot may lose its picture to a newer one while we work.
        _tell(echo, path / archive.PICTURES, lambda part: f"{source.pack(part)} imágenes")
        _tell(echo, path / archive.PEOPLE, lambda part: _people(part, sides))
        for side in SIDES:
            _tell(
                echo,
                path / archive.dump_of(side),
                _dumper(place, source.servers, side, sides[side].name, echo),
            )
        archive.seal(path, manifest)
    return folder / name


def _tell(echo: Echo, part: Path, write: Callable[[Path], str]) -> None:
    """Write a part and say what became of it."""
    started = time.perf_counter()
    words = write(part)
    seconds = time.perf_counter() - started
    echo(f"  {part.name:<16} {archive.size(part.stat().st_size):>10}  {seconds:5.1f} s  {words}")


def _people(part: Path, sides: dict[Side, Snapshot]) -> str:
    found = {side: [person._asdict() for person in people.read(at.conn)] for side, at in sides.items()}
    archive.write_json(part, found)
    return f"{len(found['pos'])} personas"


def _dumper(place: Path, servers: Servers, side: Side, snapshot: str, echo: Echo) -> Callable[[Path], str]:
    def write(part: Path) -> str:
        arguments = (*DUMP, f"--snapshot={snapshot}", f"--file={part}")
        programs.run(place / "pg_dump", servers.admin_conninfo(side), *arguments, echo=echo, growing=part)
        return f"base de datos {side}"

    return write


def _major(at: Snapshot) -> int:
    return at.conn.info.server_version // 10_000


def _migrations(conn: psycopg.Connection) -> dict[str, str]:
    return dict(conn.execute("SELECT nombre, sha256 FROM despliegue.migracion ORDER BY nombre").fetchall())


def _seals(conn: psycopg.Connection) -> dict[str, Any]:
    """The last seal of each sealed table: what `daf audit verify` must find again after a restore."""
    if conn.execute("SELECT to_regclass('datos.sello')").fetchone() == (None,):
        return {}
    rows = conn.execute(
        "SELECT DISTINCT ON (tabla) tabla, numero, encode(sello, 'hex') FROM datos.sello ORDER BY tabla, numero DESC"
    )
    return {table: {"numero": number, "sello": digest} for table, number, digest in rows}
