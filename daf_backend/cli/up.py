"""`daf up`: from nothing to a shop that sells, in one command."""

import fcntl
import http.client
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

import click

from ..db.deploy import deploy
from ..db.embedded import Servers, cluster_of, locate
from ..db.staff import staff_logins
from ..demo.load import load as load_demo
from ..demo.password import demo_password
from ..demo.tell import first_sale
from ..serving import wait_for_port
from ..settings import Settings
from ..supervisor import Supervisor
from .base import load, tell_token

READY_SECONDS = 60.0


@click.command()
@click.option("--sin-demo", is_flag=True, help="Empezar vacío, sin la tienda de demostración.")
def up(sin_demo: bool) -> None:
    """Arranca todo: PostgreSQL, despliegue, servidor y trabajo de fondo."""
    settings, started = load(), time.perf_counter()
    with stack(settings, with_demo=not sin_demo) as (supervisor, first):
        if first:
            first_sale(settings, base_url(settings), click.echo)
        _announce(settings, first, time.perf_counter() - started)
        with suppress(KeyboardInterrupt):
            supervisor.run()
        click.echo("\nTerminando.")


@contextmanager
def stack(settings: Settings, with_demo: bool) -> Iterator[tuple[Supervisor, bool]]:
    """Everything up and ready, and whether this was the first time; all down at the end."""
    cluster = cluster_of(settings)
    with _only_one(settings), cluster or nullcontext():
        wait_for_port(settings)
        servers = cluster.servers if cluster else locate(settings)
        first = _prepare(servers, settings, with_demo)
        with Supervisor(settings, cluster, click.echo) as supervisor:
            _wait_until_ready(settings, supervisor)
            yield supervisor, first


def base_url(settings: Settings) -> str:
    """Where this machine finds the API."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{host}:{settings.port}"


def is_ready(settings: Settings) -> bool:
    """Whether an API of ours answers at our address and can serve."""
    conn = http.client.HTTPConnection(base_url(settings).removeprefix("http://"), timeout=3)
    try:
        conn.request("GET", "/api/v1/health/ready")
        answer = conn.getresponse()
        return answer.status == 200 and json.loads(answer.read())["estado"] == "ok"
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return False
    finally:
        conn.close()


def _prepare(servers: Servers, settings: Settings, with_demo: bool) -> bool:
    """Deploy, and fill an empty shop with the demonstration; whether nobody was in it."""
    if servers.admin is None:
        click.echo("Sin DAF_ADMIN_DSN no se despliega: las bases se usan como están.")
        return False
    click.echo("Desplegando")
    deploy(servers, settings, click.echo)
    people = staff_logins(servers.admin_conninfo("pos"))
    wanted = with_demo and settings.env == "desarrollo"
    if wanted and (not people or "demo_admin" in people):
        load_demo(servers, settings, click.echo)
    tell_token(servers, settings)
    return wanted and not people


def _wait_until_ready(settings: Settings, supervisor: Supervisor) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while not is_ready(settings):
        supervisor.tend()
        if time.monotonic() > give_up:
            logs = " y ".join(str(service.log) for service in supervisor.services)
            raise click.ClickException(f"el servidor no responde en {base_url(settings)}; vea {logs}")
        time.sleep(0.1)


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """One `daf up` per home: a second one would not see the first while its server is being replaced."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(settings.home / "up", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(f"ya hay un `daf up` en marcha con {settings.home}") from None
        yield


def _announce(settings: Settings, first: bool, seconds: float) -> None:
    url = base_url(settings)
    lines = [
        f"\nDAF atiende ({seconds:.1f} s)",
        f"  índice           {url}/api",
        f"  punto de venta   {url}/api/pos/docs",
        f"  tienda en línea  {url}/api/ecom/docs",
        f"  bitácoras        {settings.home / 'log'}",
    ]
    if first:
        lines.append("  usuarios         demo_admin, demo_ventas, demo_bodega... (demo_ y el rol)")
        lines.append(f"  contraseña       {demo_password(settings)}")
    lines.append("Ctrl-C termina. En otra terminal: ./daf demo, ./daf doctor, ./daf psql pos")
    click.echo("\n".join(lines))
