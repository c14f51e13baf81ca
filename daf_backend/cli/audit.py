"""`daf audit`: whether what was written is still what was written, and the proof of it for others."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from ..db.embedded import running
from ..db.question import Ask, questions
from ..db.runtime import Runtime
from ..puente import sello
from ..puente.sides import Sides
from ..sellos.export import CHECKER, export
from ..sellos.published import Published
from ..sellos.verify import Report, theirs, verify
from ..settings import SIDES, Settings, Side
from .base import load, password_of

EACH = 2.0  # seconds between lines of progress
SHOWN = 20

person = click.option("--as", "login", metavar="LOGIN", help="Preguntar como esta persona, un auditor.")
one_side = click.option("--lado", type=click.Choice(SIDES), help="Solo este lado.")
start = click.option("--desde", default="", metavar="N|FECHA", help="Desde este sello o este momento.")


@click.group()
def audit() -> None:
    """Sellos de la auditoría, el kardex y el libro."""


@audit.command("verify")
@one_side
@start
@click.option("--tabla", default="", help="Solo esta tabla.")
@person
def verify_command(lado: Side | None, desde: str, tabla: str, login: str | None) -> None:
    """Compara filas y sellos; termina en 1 y nombra la primera ventana y fila que no sean lo sellado."""
    settings = load()
    with _asking(settings, login) as asks:
        reports = [_verify(settings, asks, side, desde, tabla) for side in SIDES if lado in (None, side)]
    if not any(report.states for report in reports):
        raise click.ClickException("esa tabla no se sella")
    wrong = sum([_tell(report) for report in reports if report.states])
    if wrong:
        sys.exit(1)


@audit.command("export")
@click.argument("carpeta", type=click.Path(file_okay=False, resolve_path=True, path_type=Path))
@one_side
@start
@person
def export_command(carpeta: Path, lado: Side | None, desde: str, login: str | None) -> None:
    """Escribe lo sellado, fila por fila, para que otro lo compruebe sin la base ni este programa."""
    settings = load()
    carpeta.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _asking(settings, login) as asks:
        for side in SIDES:
            if lado in (None, side):
                path, published = carpeta / f"{side}.export.jsonl", settings.seals_folder / f"{side}.jsonl"
                click.echo(f"{path}: {export(asks[side], path, desde)} sellos con sus filas")
                click.echo(f"  se comprueba con: python {CHECKER.name} {path.name} {published}")
    click.echo(f"El programa que comprueba, sin nada más que Python: {CHECKER}")


@audit.command()
def sellar() -> None:
    """Sella y publica ahora lo que el trabajo de fondo sella cada minuto."""
    settings = load()
    with running(settings):
        runtime = Runtime(settings)
        try:
            for side in SIDES:
                windows = sello.barrer(Sides(runtime), side, Published(settings.seals_folder, side))
                click.echo(f"{side}: {windows} ventanas selladas")
        finally:
            runtime.close()


@contextmanager
def _asking(settings: Settings, login: str | None) -> Iterator[dict[Side, Ask]]:
    """Both databases, asked as that person or as the superuser."""
    password = password_of(settings, login) if login else ""
    with running(settings) as servers, ExitStack() as stack:
        places = {side: getattr(servers, side) if login else servers.admin_conninfo(side) for side in SIDES}
        yield {
            side: stack.enter_context(questions(place, login, password, label="daf audit"))
            for side, place in places.items()
        }


def _verify(settings: Settings, asks: dict[Side, Ask], side: Side, since: str, only: str) -> Report:
    other: Side = "ecom" if side == "pos" else "pos"
    file = Published(settings.seals_folder, side)
    copies = {str(file.path): file.heads(), f"la base {other}": theirs(asks[other])}
    return verify(asks[side], side, copies, since, only, _progress())


def _progress() -> Callable[[str, int, int, int], None]:
    """Say how far it is every now and then: a trail of years takes minutes."""
    said = time.monotonic()

    def progress(table: str, window: int, last: int, rows: int) -> None:
        nonlocal said
        if time.monotonic() - said > EACH:
            said = time.monotonic()
            click.echo(f"  {table}: ventana {window} de {last}, {rows} filas", err=True)

    return progress


def _tell(report: Report) -> int:
    """Print what was compared and what was found; how much is wrong."""
    wrong = report.wrong
    click.echo(
        f"{'✗' if wrong else '✓'} {report.side}: {report.windows} sellos, {report.rows} filas,"
        f" {len(report.states)} tablas, {len(wrong)} hallazgos"
    )
    for finding in wrong[:SHOWN]:
        click.echo(f"  ✗ {finding}")
    if len(wrong) > SHOWN:
        click.echo(f"  ... y {len(wrong) - SHOWN} más")
    for finding in report.warnings:
        click.echo(f"  ! {finding}")
    return len(wrong)
