"""The folder a backup is: written under another name, whole and on disk before it takes its own; checked when read."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MANIFEST, PEOPLE, PICTURES = "manifiesto.json", "personas.json", "imagenes.tar"
FORMAT = 1
LOCK = ".candado"
CHUNK = 1024 * 1024

Echo = Callable[[str], object]


class BackupError(Exception):
    """A backup cannot be taken, trusted or restored; the message is for the operator."""


@dataclass
class Manifest:
    """What a backup says of itself. ``migraciones`` and ``sellos`` are what its databases held."""

    tomado_en: str
    postgres: dict[str, int]  # major version of each side's server
    programas: int  # and of the pg_dump that wrote the dumps
    migraciones: dict[str, dict[str, str]]  # side: name: sha256
    sellos: dict[str, Any]
    partes: dict[str, dict[str, Any]] = field(default_factory=dict)  # file: bytes, sha256
    formato: int = FORMAT


def dump_of(side: str) -> str:
    """The file of a side's dump."""
    return f"{side}.dump"


@contextmanager
def draft(folder: Path, name: str) -> Iterator[Path]:
    """A folder to write a backup into; it becomes ``folder/name`` when the context ends well.

    Raises:
        BackupError: that name is taken.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_the_dead(folder)
    path, final = folder / f".{name}.parte", folder / name
    if final.exists():
        raise BackupError(f"ya hay algo en {final}: un respaldo no se escribe encima de nada")
    path.mkdir(mode=0o700)
    with os.fdopen(os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield path
            (path / LOCK).unlink()
            _sync(path)
            path.rename(final)
            _sync_folder(folder)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise


def seal(path: Path, manifest: Manifest) -> None:
    """Write the manifest over the parts that are there."""
    for part in sorted(path.iterdir()):
        if part.name != LOCK:
            manifest.partes[part.name] = {"bytes": part.stat().st_size, "sha256": digest(part)}
    write_json(path / MANIFEST, asdict(manifest))


def verify(path: Path, echo: Echo = print) -> Manifest:
    """Read a backup's manifest and hold every part against it.

    Raises:
        BackupError: it is no backup, of a format we do not know, or a part is not what was written.
    """
    try:
        manifest = Manifest(**json.loads((path / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise BackupError(f"{path} no es un respaldo: no se puede leer su {MANIFEST}") from exc
    if manifest.formato != FORMAT:
        raise BackupError(f"{path} es de formato {manifest.formato}; este programa lee el {FORMAT}")
    for name, part in manifest.partes.items():
        _hold(path / Path(name).name, part)
        echo(f"  {name:<16} {size(part['bytes']):>10}  íntegro")
    return manifest


def read_json(path: Path) -> Any:
    """A part that is JSON."""
    return json.loads(path.read_text("utf-8"))


def write_json(path: Path, what: Any) -> None:
    """A file of ours, nobody else's to read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(what, out, indent=2, ensure_ascii=False)


def digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size(count: int) -> str:
    """A number of bytes, to be read by people."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def _hold(path: Path, part: dict[str, Any]) -> None:
    if not path.is_file():
        raise BackupError(f"al respaldo le falta {path.name}")
    if path.stat().st_size != part["bytes"] or digest(path) != part["sha256"]:
        raise BackupError(f"{path.name} no es lo que se respaldó: cambió o está cortado")


def _forget_the_dead(folder: Path) -> None:
    """Remove what backups that were killed left: nobody holds their lock."""
    for path in folder.glob(".daf-*.parte"):
        try:
            with (path / LOCK).open("r+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except (FileNotFoundError, BlockingIOError):
            continue


def _sync(path: Path) -> None:
    for part in path.iterdir():
        part.chmod(0o600)
        with part.open("rb") as file:
            os.fsync(file.fileno())
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
