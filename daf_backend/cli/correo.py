"""`daf correo`: the letters that did not leave, and another try for one."""

from typing import Any

import click

from ..db.batch import Batch, open_admin_batch
from ..db.embedded import Servers, running
from ..settings import SIDES, Side
from .base import load

SHOWN = 50
WAITING = ("PENDIENTE", "ENVIANDO", "MUERTO")


@click.group(invoke_without_command=True)
@click.pass_context
def correo(ctx: click.Context) -> None:
    """Muestra los correos que esperan y los que se dejaron de intentar, en las dos bases."""
    if ctx.invoked_subcommand is None:
        with running(load()) as servers:
            shown = sum(_list(servers, side) for side in SIDES)
        if not shown:
            click.echo("Ningún correo espera.")


@correo.command()
@click.argument("lado", type=click.Choice(SIDES))
@click.argument("numero", type=int)
def reintentar(lado: Side, numero: int) -> None:
    """Vuelve a intentar un correo."""
    with running(load()) as servers, open_admin_batch(servers.admin_conninfo(lado)) as batch:
        click.echo(batch.call("correo_reintentar", cor_id=numero)["message"])


def _list(servers: Servers, side: Side) -> int:
    """Print one side's letters that did not leave; how many."""
    with open_admin_batch(servers.admin_conninfo(side)) as batch:
        rows = [row for state in WAITING for row in _of_state(batch, state)]
    for row in rows:
        where = row["email"] or f"cliente {row['cli_ruc_ced']}"
        told = f"{row['intentos']} intentos {row['error']}".rstrip()
        click.echo(f"{side} {row['id']} {row['estado']} {row['plantilla']} para {where}: {told}")
    return len(rows)


def _of_state(batch: Batch, state: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.call("correo_listar", page=1, limit=SHOWN, estado=state)["data"]
    return rows
