"""Deploy: roles once per server, then per side one transaction of empty, migrate, load.

Structure (``migrations/``) moves forward once and is hash-checked; everything repeatable (functions, triggers,
policies, grants) is dropped and loaded again, so what the files say is exactly what is allowed. A failure leaves the
database as it was. Live traffic waits on our locks for at most a few seconds; if we cannot get them we step back and
try again rather than queue the shop behind us.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ..auth.keyring import Keyring, Ring
from ..auth.scram import verifier
from ..settings import SIDES, Settings, Side
from .embedded import Servers

SQL_ROOT = Path(__file__).resolve().parents[2] / "sql"
ATTEMPTS = 10
LOCK_TIMEOUT = "3s"
Echo = Callable[[str], object]

# The ledger of migrations, apart from the schemas a deploy empties or reads.
LEDGER = b"""
    CREATE SCHEMA IF NOT EXISTS despliegue;
    CREATE TABLE IF NOT EXISTS despliegue.migracion (
        nombre text PRIMARY KEY, sha256 text NOT NULL, aplicada_en timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS despliegue.estado (version bigint NOT NULL, desplegado_en timestamptz NOT NULL);
    INSERT INTO despliegue.estado SELECT 0, now() WHERE NOT EXISTS (SELECT FROM despliegue.estado);
"""


class DeployError(Exception):
    """A deploy that must not go on: a changed migration, or a server that cannot host us."""


class Migration(NamedTuple):
    """One forward step of the structure."""

    name: str
    digest: str
    text: str


def migrations(side: Side) -> list[Migration]:
    """Every migration of a side in order: the shared ones first, then its own."""
    return [
        Migration(
            f"{folder}/{path.name}", hashlib.sha256(path.read_bytes()).hexdigest(), path.read_text("utf-8")
        )
        for folder in ("comun", side)
        for path in sorted((SQL_ROOT / folder / "migrations").glob("*.sql"))
    ]


def capability_files(side: Side) -> list[Path]:
    """The repeatable files in load order: what empties first, the owners last, nouns between in any order."""
    comun = sorted((SQL_ROOT / "comun").glob("*.sql"))
    first, last = comun[0], [path for path in comun if path.name.startswith("9_")]
    between = [path for path in comun if path not in (first, *last)]
    nouns = (path for path in sorted((SQL_ROOT / side).glob("*.sql")) if path.name != "esquema.sql")
    return [first, *between, *nouns, *last]


def deploy(servers: Servers, settings: Settings, echo: Echo = print) -> None:
    """Bring both databases to what the files say. Needs the superuser (``servers.admin``).

    Raises:
        DeployError: a merged migration was edited, or the server cannot be used as it is.
        psycopg.Error: whatever PostgreSQL refused; nothing was changed on that side.
    """
    keyring = Keyring.load(settings, create=True)
    for side in SIDES:
        keeps_roles = side == "pos" or not servers.together
        with psycopg.connect(servers.admin_conninfo(side, "postgres"), autocommit=True) as conn:
            ensure_database(conn, str(conninfo_to_dict(getattr(servers, side))["dbname"]))
            if keeps_roles:
                _note_roles(servers.admin_conninfo(side))  # as they were found
            prepare_roles(conn, keyring)
        deploy_side(servers.admin_conninfo(side), side, keyring, echo)
        if keeps_roles:
            _note_roles(servers.admin_conninfo(side))
    _watch_costs(servers.admin_conninfo("pos"), echo)


def deploy_side(conninfo: str, side: Side, keyring: Keyring, echo: Echo = print) -> None:
    """One side, retried while live traffic holds the locks it needs."""
    for attempt in range(1, ATTEMPTS + 1):
        started = time.perf_counter()
        try:
            with psycopg.connect(conninfo) as conn:
                applied = _deploy_in(conn, side, keyring)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if attempt == ATTEMPTS:
                raise
            echo(f"  {side}: en uso, se reintenta ({attempt}/{ATTEMPTS})")
            time.sleep(0.2 * attempt)
        else:
            elapsed = time.perf_counter() - started
            echo(f"  {side}: {len(applied)} migraciones nuevas, código recargado en {elapsed:.1f} s")
            return


def _note_roles(conninfo: str) -> None:
    """What changed in the roles since somebody last looked goes into the audit trail."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        if conn.execute("SELECT FROM pg_proc WHERE proname = 'permiso_revisar'").fetchone() is not None:
            conn.execute("SELECT privado.permiso_revisar()")


def _watch_costs(conninfo: str, echo: Echo) -> None:
    """Reads of cost go to the log of a server that has pgaudit loaded; the others have no such setting."""
    with psycopg.connect(conninfo) as conn:
        if conn.execute("SELECT FROM pg_settings WHERE name = 'pgaudit.role'").fetchone() is not None:
            _run(conn, SQL_ROOT / "pgaudit.sql")
            echo("  pos: pgaudit anota quién lee los costos")


def _deploy_in(conn: psycopg.Connection, side: Side, keyring: Keyring) -> list[str]:
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('daf deploy'))")
    conn.execute(
        "SELECT set_config('daf.lado', %s, true), set_config('lock_timeout', %s, true),"
        " set_config('check_function_bodies', 'off', true), set_config('client_min_messages', 'warning', true)",
        (side, LOCK_TIMEOUT),
    )
    empty, *load = capability_files(side)
    _run(conn, empty)
    applied = _migrate(conn, side)
    _load(conn, load)
    if side == "ecom":
        install_context_keys(conn, keyring.context)
    # The audit trail and the ledgers are ours alone until we commit: months are made and seals begun now.
    conn.execute("SELECT privado.auditoria_preparar(), privado.sello_preparar()")
    conn.execute("UPDATE despliegue.estado SET version = version + 1, desplegado_en = clock_timestamp()")
    conn.commit()
    return applied


def _load(conn: psycopg.Connection, files: list[Path]) -> None:
    """Load every file. A policy or trigger may name a function of a later file: its file then waits for that one, so
    nobody keeps a list of what comes first. The last file (owners and outer walls) stays the last.
    """
    *waiting, last = files
    while waiting:
        blocked: list[Path] = []
        for path in waiting:
            try:
                with conn.transaction():
                    _run(conn, path)
            except psycopg.errors.UndefinedFunction:
                if path == waiting[-1] and len(blocked) == len(waiting) - 1:
                    raise  # a whole round without progress: nobody has that function
                blocked.append(path)
        waiting = blocked
    _run(conn, last)


def _run(conn: psycopg.Connection, path: Path) -> None:
    """Execute one file; name the file if PostgreSQL refuses it."""
    try:
        conn.execute(path.read_bytes())
    except psycopg.Error as exc:
        exc.add_note(f"in {path.relative_to(SQL_ROOT.parent)}")
        raise


def _migrate(conn: psycopg.Connection, side: Side) -> list[str]:
    """Apply what is pending as the owner of the tables; refuse if an applied file was edited."""
    conn.execute(LEDGER)
    done: dict[str, str] = dict(conn.execute("SELECT nombre, sha256 FROM despliegue.migracion").fetchall())
    applied = []
    for step in migrations(side):
        if done.get(step.name, step.digest) != step.digest:
            raise DeployError(f"{step.name} was edited after it was applied; write a new migration instead")
        if step.name in done:
            continue
        conn.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(f"{side}_datos")))
        try:
            conn.execute(step.text.encode())
        except psycopg.Error as exc:
            exc.add_note(f"in migration {step.name}")
            raise
        conn.execute("RESET ROLE")
        conn.execute(
            "INSERT INTO despliegue.migracion (nombre, sha256) VALUES (%s, %s)", (step.name, step.digest)
        )
        applied.append(step.name)
    return applied


def install_context_keys(conn: psycopg.Connection, ring: Ring) -> None:
    """Give the shop's database the keys that verify shopper contexts, prepared as HMAC pads."""
    conn.execute("DELETE FROM datos.contexto_clave")
    for kid, key in ring.items():
        block = key.ljust(64, b"\0")
        inner, outer = bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
        conn.execute(
            "INSERT INTO datos.contexto_clave (kid, ik, ok) VALUES (%s, %s, %s)", (kid, inner, outer)
        )


def prepare_roles(conn: psycopg.Connection, keyring: Keyring) -> None:
    """Roles and the services' passwords, under one lock: role DDL from two sessions at once races."""
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(hashtext('daf roles'))")
        conn.execute((SQL_ROOT / "roles.sql").read_bytes())
        set_passwords(conn, keyring.services)


def set_passwords(conn: psycopg.Connection, services: Mapping[str, str]) -> None:
    """Give the services their passwords: as verifiers, so nothing secret reaches the server's log."""
    for role, password in services.items():
        secret = sql.Literal(verifier(role, password))
        conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), secret))


def ensure_database(conn: psycopg.Connection, name: str) -> None:
    """Make a database, empty, unless it is there."""
    if conn.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
        )
