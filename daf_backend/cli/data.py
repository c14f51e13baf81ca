"""Commands that look at or fill the databases: demo, doctor, import, psql."""

import shutil
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import click

from .. import doctor as doctors
from ..db import binaries
from ..db.embedded import Servers, running
from ..demo.tell import tell
from ..importar import importar_productos
from ..settings import SIDES, Settings, child_environment
from .base import load, password_of
from .up import base_url, is_ready, stack


@click.command()
@click.option("--as", "login", metavar="LOGIN", help="Preguntar como esta persona, no como el superusuario.")
def doctor(login: str | None) -> None:
    """Comprueba que existencias, kardex, libro y numeración cuadran; termina en 1 si algo no."""
    _consult(load(), login)


@click.command()
def demo() -> None:
    """Cuenta una venta en cada lado, con sus cifras, y termina con el doctor."""
    settings = load()
    if settings.env == "produccion":
        raise click.ClickException("en producción no hay tienda de demostración")
    with nullcontext() if is_ready(settings) else stack(settings, with_demo=True):
        if tell(settings, base_url(settings), click.echo):
            sys.exit(1)


@click.group("import")
def importar() -> None:
    """Carga datos desde archivos."""


@importar.command()
@click.argument("archivo", type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path))
@click.option("--como", required=True, metavar="LOGIN", help="La persona que importa; sus permisos deciden.")
def productos(archivo: Path, como: str) -> None:
    """Importa productos de un CSV: todos, o ninguno y un informe de las filas malas."""
    settings = load()
    password = password_of(settings, como)
    with running(settings):
        result = importar_productos(settings, como, password, archivo, click.echo)
    if result.rejected:
        sys.exit(1)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("lado", type=click.Choice(SIDES))
@click.option("--as", "login", metavar="LOGIN", help="Entrar de verdad como esta persona.")
@click.argument("argumentos", nargs=-1, type=click.UNPROCESSED)
def psql(lado: str, login: str | None, argumentos: tuple[str, ...]) -> None:
    """Abre psql en un lado; lo que siga se le pasa tal cual."""
    settings = load()
    with running(settings) as servers:
        who = _person(settings, login) if login else _superuser(servers)
        place = " ".join(f"{key}={value}" for key, value in servers.place(lado).items())
        # The password travels in the environment: a command line is everybody's to read.
        environment = child_environment(PGUSER=who[0], **({"PGPASSWORD": who[1]} if who[1] else {}))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is psql's: it cancels the query
        sys.exit(subprocess.run([_program(settings), "-d", place, *argumentos], env=environment).returncode)


def _consult(settings: Settings, login: str | None) -> None:
    password = password_of(settings, login) if login else ""
    with running(settings) as servers:
        findings = doctors.review(servers, login, password) + doctors.between(settings)
        violations = doctors.report(findings, click.echo)
    if violations:
        sys.exit(1)


def _person(settings: Settings, login: str) -> tuple[str, str]:
    """Only the demo's passwords are kept; psql itself asks for anybody else's."""
    return login, password_of(settings, login) if login.startswith("demo_") else ""


def _superuser(servers: Servers) -> tuple[str, str]:
    admin = servers.superuser()
    return admin["user"], admin.get("password", "")


def _program(settings: Settings) -> str:
    """The psql that came with the server's programs, else the machine's."""
    bindir = binaries.find(Path(settings.pg_bindir) if settings.pg_bindir else None)
    found = shutil.which("psql", path=str(bindir)) or shutil.which("psql")
    if found is None:
        raise click.ClickException("no hay psql en esta máquina")
    return found
