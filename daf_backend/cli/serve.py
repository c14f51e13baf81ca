"""Commands that deploy, and that run one process: what `daf up` does together, one by one."""

import click

from ..db import snapshot
from ..db.deploy import deploy as deploy_databases
from ..db.embedded import Cluster, running
from ..http.logs import configure_logging
from ..lifeline import die_with
from ..preflight import check
from ..puente.worker import main as work
from ..serving import serve as serve_http
from ..settings import SIDES
from .base import load, tell_token

# Who started us, when that is `daf up`: we end with it.
parent = click.option("--con", "parent", type=int, hidden=True)


@click.command()
def deploy() -> None:
    """Lleva las dos bases de datos a lo que dicen los archivos de sql/."""
    settings = load()
    with running(settings) as servers:
        deploy_databases(servers, settings, click.echo)
        tell_token(servers, settings)


@click.command()
def esquema() -> None:
    """Vuelve a escribir sql/<lado>/esquema.sql: las tablas como las dejan las migraciones."""
    settings = load()
    with running(settings) as servers:
        deploy_databases(servers, settings, click.echo)
        for side in SIDES:
            text = snapshot.dump(Cluster(settings.home).bindir / "pg_dump", servers.admin_conninfo(side))
            snapshot.path_of(side).write_text(text, "utf-8")


@click.command()
@parent
def serve(parent: int | None) -> None:
    """Atiende HTTP y nada más. La base ya está desplegada."""
    settings = load()
    if parent:
        die_with(parent)
    configure_logging(settings.log_level)
    with running(settings) as servers:
        check(settings, servers)
        serve_http(settings)


@click.command()
@parent
def worker(parent: int | None) -> None:
    """Atiende el trabajo de fondo: lleva los pedidos pagados al punto de venta."""
    settings = load()
    if parent:
        die_with(parent)
    configure_logging(settings.log_level)
    with running(settings) as servers:
        check(settings, servers)
        work(settings)
