"""`daf backup` and `daf restore`: a deployment in a folder, and back."""

import sys
from functools import partial
from pathlib import Path

import click

from .. import doctor as doctors
from ..db.backup import backup as take
from ..db.backup import restore as put_back
from ..db.backup import verify
from ..db.backup.restore import Target
from ..db.backup.take import Source
from ..db.embedded import Servers, running
from ..http import files
from ..settings import Settings
from .base import load

FOLDER = click.Path(file_okay=False, resolve_path=True, path_type=Path)


@click.command()
@click.argument("carpeta", type=FOLDER, required=False)
@click.option("--verificar", is_flag=True, help="Comprueba el respaldo que hay en esa carpeta; no hace otro.")
def backup(carpeta: Path | None, verificar: bool) -> None:
    """Respalda las dos bases, las personas y las imágenes mientras todo sigue atendiendo.

    Deja una carpeta con fecha dentro de CARPETA (si no se dice, DAF_HOME/respaldos). No lleva claves: lo restaurado
    hace las suyas, y todos entran de nuevo con su contraseña de siempre.
    """
    settings = load()
    if verificar:
        if carpeta is None:
            raise click.UsageError("diga qué carpeta comprobar")
        click.echo(f"Respaldo del {verify(carpeta, click.echo).tomado_en}: íntegro")
        return
    with running(settings) as servers:
        _save(settings, servers, carpeta or settings.home / "respaldos")


@click.command()
@click.argument("respaldo", type=FOLDER)
@click.option("--reemplazar", is_flag=True, help="Aunque ya haya datos: se respaldan antes y se reemplazan.")
def restore(respaldo: Path, reemplazar: bool) -> None:
    """Restaura un respaldo donde no hay nada, lo despliega y termina con el doctor."""
    settings = load()
    with running(settings) as servers:
        save = partial(_save, settings, servers, settings.home / "respaldos") if reemplazar else None
        put_back(respaldo, Target(servers, settings, partial(files.unpack, settings), save), click.echo)
        findings = doctors.review(servers) + doctors.between(settings)
        violations = doctors.report(findings, click.echo)
    click.echo("Restaurado. Las sesiones de antes terminaron: todos entran con su contraseña de siempre.")
    if violations:
        sys.exit(1)


def _save(settings: Settings, servers: Servers, folder: Path) -> None:
    path = take(Source(servers, settings, partial(files.pack, settings)), folder, click.echo)
    click.echo(f"{path}\nSin las claves de DAF_HOME/keys: no hacen falta para restaurar.")
