"""Restoring a backup into a clean deployment, or in the place of one that is given up.

Everything is made beside what is there: each side in a database of another name, deployed with today's code, complete.
Only then, in one transaction per server, the people are written and the databases take their names. So a restore that
dies half way has changed nothing that works, and the next one begins anew.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ...auth.keyring import Keyring
from ...settings import SIDES, Settings, Side
from ..deploy import deploy_side, ensure_database, migrations, prepare_roles
from ..embedded import Servers
from . import archive, people, programs
from .archive import BackupError, Echo, Manifest
from .people import Person

DRAFT, GIVEN_UP = "_restaurando", "_reemplazada"
# What names code of ours: a deploy makes it again. The dump has no grants.
REPEATABLE = ("TRIGGER", "POLICY")


@dataclass(frozen=True)
class Target:
    """Where to restore. ``unpack`` puts the pictures of a file in their folder and says how many were new; ``save``
    takes a backup of what is about to be replaced.
    """

    servers: Servers
    settings: Settings
    unpack: Callable[[Path], int]
    save: Callable[[], object] | None = None

    def name(self, side: Side) -> str:
        """The database of a side."""
        return str(conninfo_to_dict(getattr(self.servers, side))["dbname"])

    def open(self, side: Side, dbname: str = "postgres") -> psycopg.Connection:
        """A connection of the superuser to a side's server."""
        return psycopg.connect(self.servers.admin_conninfo(side, dbname), autocommit=True)


def restore(path: Path, target: Target, echo: Echo = print) -> None:
    """Restore a backup; without ``target.save`` only where there is nothing.

    Raises:
        BackupError: the backup is not sound, or the place is not fit for it; nothing was changed.
    """
    echo("Comprobando el respaldo")
    manifest = archive.verify(path, echo)
    staff = {side: people.load(rows) for side, rows in archive.read_json(path / archive.PEOPLE).items()}
    place = _fit(manifest, target)
    keyring = Keyring.load(target.settings, create=True)
    for side in SIDES:
        with target.open(side) as conn:
            prepare_roles(conn, keyring)
    _refuse_strangers(staff, target)
    if target.save and any(_holds_something(target, side) for side in SIDES):
        echo("Respaldando lo que se va a reemplazar")
        target.save()
    for side in SIDES:
        _build(path, side, target, place, manifest, keyring, echo)
    echo(f"  {target.unpack(path / archive.PICTURES)} imágenes nuevas")
    for login in _take_places(target, staff):
        echo(f"  {login} no está en el respaldo: ya no puede entrar")


def _fit(manifest: Manifest, target: Target) -> Path:
    """Refuse a place that is in use, holds something or is too old; the programs to restore with."""
    for side in SIDES:
        known = {step.name: step.digest for step in migrations(side)}
        if newer := [
            name for name, digest in manifest.migraciones[side].items() if known.get(name) != digest
        ]:
            raise BackupError(f"el respaldo es de una versión más nueva que este programa: trae {newer[0]}")
        if _holds_something(target, side) and target.save is None:
            raise BackupError(
                f"en {target.name(side)} ya hay datos: use `--reemplazar`, que antes los respalda, u otro DAF_HOME"
            )
    versions = [_refuse_busy(target, side) for side in SIDES]
    if min(versions) < manifest.programas:
        raise BackupError(
            f"el respaldo se hizo con los programas de PostgreSQL {manifest.programas} y este servidor es"
            f" {min(versions)}: restaure en uno de la {manifest.programas} o más nuevo"
        )
    return programs.folder_for(target.settings, max(versions))[0]


def _holds_something(target: Target, side: Side) -> bool:
    name = target.name(side)
    with target.open(side) as conn:
        if conn.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            return False
    with target.open(side, name) as conn:
        return conn.execute("SELECT to_regclass('despliegue.migracion')").fetchone() != (None,)


def _refuse_busy(target: Target, side: Side) -> int:
    """Nobody may be connected to what is about to go; the server's version."""
    with target.open(side) as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
            (target.name(side),),
        ).fetchone()
        if row and row[0]:
            raise BackupError(
                f"hay {row[0]} conexiones abiertas a {target.name(side)}: detenga `daf up`, `daf serve` y `daf worker`"
            )
        return conn.info.server_version // 10_000


def _refuse_strangers(staff: dict[str, list[Person]], target: Target) -> None:
    """Logins that are here already are only written over when that was asked for."""
    for side in SIDES:
        with target.open(side) as conn:
            others = people.strangers(conn, staff[side])
        if others and target.save is None:
            raise BackupError(
                f"en este servidor ya existen {', '.join(others)}, con otros datos: use `--reemplazar`"
            )


def _build(
    path: Path, side: Side, target: Target, place: Path, manifest: Manifest, keyring: Keyring, echo: Echo
) -> None:
    """A side, complete, under its other name."""
    name = target.name(side) + DRAFT
    with target.open(side) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        ensure_database(conn, name)
    echo(f"Restaurando {side}")
    dump, admin = path / archive.dump_of(side), target.servers.admin_conninfo(side, name)
    with programs.contents(place, dump, REPEATABLE) as wanted:
        arguments = ("--exit-on-error", "--no-privileges", f"--use-list={wanted}", str(dump))
        programs.run(place / "pg_restore", admin, *arguments, echo=echo)
    deploy_side(admin, side, keyring, echo)
    _note(admin, path, manifest)


def _note(admin: str, path: Path, manifest: Manifest) -> None:
    """The audit trail says that from here on this is a restored database, and of what."""
    with psycopg.connect(admin, autocommit=True) as conn:
        told = {"respaldo": path.name, "tomado_en": manifest.tomado_en, "partes": manifest.partes}
        conn.execute(
            "SELECT privado.evento('RESTAURACION', %s, %s::jsonb)", (manifest.tomado_en, json.dumps(told))
        )
        conn.execute("ANALYZE")


def _take_places(target: Target, staff: dict[str, list[Person]]) -> list[str]:
    """People and names, in one transaction for each server; who was on the staff and is not in the backup."""
    left: list[str] = []
    for sides in _by_server(target):
        with target.open(sides[0]) as conn, conn.transaction():
            conn.execute("SELECT pg_advisory_xact_lock(hashtext('daf roles'))")
            everybody = {person.login: person for side in reversed(sides) for person in staff[side]}
            left += people.write(conn, [*everybody.values()])
            for side in sides:
                _rename(conn, target.name(side))
        with target.open(sides[0]) as conn:
            for side in sides:
                old = sql.Identifier(target.name(side) + GIVEN_UP)
                conn.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(old))
    return left


def _rename(conn: psycopg.Connection, name: str) -> None:
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    if conn.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None:
        conn.execute(rename.format(sql.Identifier(name), sql.Identifier(name + GIVEN_UP)))
    conn.execute(rename.format(sql.Identifier(name + DRAFT), sql.Identifier(name)))


def _by_server(target: Target) -> list[list[Side]]:
    """The sides, together when one server has both. Of a login that both know differently the POS's word counts."""
    systems: dict[str, list[Side]] = {}
    for side in SIDES:
        with target.open(side) as conn:
            row = conn.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
        systems.setdefault(str(row and row[0]), []).append(side)
    return [*systems.values()]
