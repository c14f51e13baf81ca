"""`daf permisos`: who may do what, as the catalog says it; and where a server differs from what was reviewed."""

import sys

import click

from ..db.catalog import looking
from ..db.embedded import Servers, running
from ..permisos import snapshot
from ..permisos.drift import check
from ..permisos.page import page, summary
from ..settings import SIDES
from .base import load, password_of


@click.command()
@click.option("--diff", is_flag=True, help="Compara con lo revisado; termina en 1 si algo difiere.")
@click.option("--markdown", is_flag=True, help="Imprime quién puede qué, por rol.")
@click.option("--as", "login", metavar="LOGIN", help="Mirar como esta persona, no como el superusuario.")
def permisos(diff: bool, markdown: bool, login: str | None) -> None:
    """Dice quién puede qué según el catálogo de las dos bases."""
    settings = load()
    password = password_of(settings, login) if login else ""
    with running(settings) as servers:
        if diff:
            _compare(servers, login, password)
            return
        found = snapshot.see_all(servers, login, password)
    click.echo(page(found) if markdown else summary(found))


def _compare(servers: Servers, login: str | None, password: str) -> None:
    reviewed = snapshot.read()
    drifts = []
    for side in SIDES:
        with looking(servers, side, login, password) as conn:
            drifts += check(conn, side, reviewed)
    for line in dict.fromkeys(map(str, drifts)):  # roles are told by both servers, which may be one
        click.echo(line)
    click.echo(f"{len(set(drifts))} diferencias con lo revisado")
    if drifts:
        sys.exit(1)
