"""The `daf` command: everything an operator does, from a bare machine to a shop that sells."""

import click

from .audit import audit
from .backup import backup, restore
from .base import Commands
from .check import test
from .claves import claves
from .correo import correo
from .data import demo, doctor, importar, psql
from .people import usuario
from .permisos import permisos
from .serve import deploy, esquema, serve, worker
from .up import up

__all__ = ["main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """DAF Backend: una API, dos lados, y PostgreSQL decide."""


for command in (
    up, deploy, esquema, serve, worker, doctor, demo, usuario, importar, psql, backup, restore, claves,
    correo, audit, permisos,
    test,
):  # fmt: skip
    main.add_command(command)
