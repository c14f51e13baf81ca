"""What every command shares: where it runs, how it ends, who it acts as, and how it says no."""

import os
from pathlib import Path
from typing import Any

import click
import psycopg

from ..db.backup import BackupError
from ..db.bootstrap import offer
from ..db.checks import UnsafeServer
from ..db.deploy import DeployError
from ..db.embedded import ClusterError, Servers
from ..db.endings import obey
from ..demo.client import Refused
from ..demo.password import demo_password
from ..errors import Problem
from ..importar import ImportFailed
from ..preflight import NotReady
from ..settings import Settings, get_settings

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = (BackupError, ClusterError, DeployError, ImportFailed, NotReady, Refused, UnsafeServer)


class Commands(click.Group):
    """A group that turns what we know how to say into one sentence, and a signal into an orderly end."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        obey()
        try:
            return super().invoke(ctx)
        except Problem as exc:
            raise click.ClickException(f"{exc.detail} [{exc.rule}]") from exc
        except REFUSALS as exc:
            raise click.ClickException(str(exc)) from exc
        except psycopg.OperationalError as exc:
            raise click.ClickException(f"PostgreSQL: {exc}") from exc


def load() -> Settings:
    """The settings, read in the project's folder: `.env` and `./uploads` are there, not where one calls."""
    os.chdir(ROOT)
    return get_settings()


def password_of(settings: Settings, login: str) -> str:
    """The password to act as a login: kept for the demo's people, asked for everybody else."""
    if login.startswith("demo_") and settings.env != "produccion":
        return demo_password(settings)
    answer: str = click.prompt(f"Contraseña de {login}", hide_input=True, err=True)
    return answer


def tell_token(servers: Servers, settings: Settings) -> None:
    """Say with what an empty deployment begins; nothing where there is a company already."""
    if found := offer(servers, settings):
        click.echo(f"No hay empresa todavía. El token de POST /api/v1/bootstrap, de un solo uso: {found}")
