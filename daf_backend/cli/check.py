"""`daf test`: everything CI runs, in the order in which it fails cheapest."""

import subprocess
import sys
import time
from pathlib import Path

import click

from ..db import binaries
from ..settings import child_environment
from .base import load

KINDS = ("embedded", "system")
# A process per core, each with a server of its own, and a file of tests in one of them.
PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
CHECKS = {
    "estilo": ["ruff", "check", "."],
    "formato": ["ruff", "format", "--check", "."],
    "tipos": ["mypy"],
}


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--servers", default=",".join(KINDS), show_default=True, help="Con qué PostgreSQL.")
@click.option("--ci", is_flag=True, envvar="CI", help="Falla si no se probó con los dos PostgreSQL.")
@click.argument("argumentos", nargs=-1, type=click.UNPROCESSED)
def test(servers: str, ci: bool, argumentos: tuple[str, ...]) -> None:
    """Estilo, tipos y pruebas; lo que siga se le pasa a pytest."""
    given = load().pg_bindir
    bindirs = {"DAF_PG_BINDIR": given} if given else _bindirs(servers.split(","))
    if ci and len(bindirs) < len(KINDS):
        raise click.ClickException("en CI se prueba con dos PostgreSQL, embebido y del sistema, y falta uno")
    results = {name: _run(name, command) for name, command in CHECKS.items()}
    for kind, bindir in bindirs.items():
        name = f"pruebas, PostgreSQL {binaries.major(Path(bindir))} ({kind})"
        results[name] = _run(name, ["pytest", *(argumentos or PARALLEL)], DAF_PG_BINDIR=bindir)
    click.echo()
    for name, (passed, seconds) in results.items():
        click.echo(f"{'✓' if passed else '✗'} {name}: {seconds:.1f} s")
    if not all(passed for passed, _ in results.values()):
        sys.exit(1)


def _bindirs(kinds: list[str]) -> dict[str, str]:
    """Where each kind of server has its programs; a machine without a system PostgreSQL lacks that kind."""
    if unknown := set(kinds) - set(KINDS):
        raise click.BadParameter(f"no se conoce {', '.join(unknown)}", param_hint="--servers")
    found = {"embedded": binaries.wheel(), "system": next(iter(binaries.system()), None)}
    for kind in kinds:
        if found[kind] is None:
            click.echo(f"No hay PostgreSQL de tipo {kind} en esta máquina: esa vuelta no se hace.")
    return {kind: str(found[kind]) for kind in kinds if found[kind]}


def _run(name: str, command: list[str], **environment: str) -> tuple[bool, float]:
    click.secho(f"── {name}", bold=True)
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *command], env=child_environment(**environment))
    return done.returncode == 0, time.perf_counter() - started
