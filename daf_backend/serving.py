"""Serving HTTP: granian's workers, each with an application of its own made after the fork."""

import os
from functools import partial
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from .http.logs import configure_logging
from .lifeline import die_with
from .settings import Settings, get_settings

if TYPE_CHECKING:
    from flask import Flask

KILL_SECONDS = 3


def serve(settings: Settings) -> None:
    """Serve until told to stop. A worker that dies is replaced."""
    server = Granian(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads,
        log_level=LogLevels.warning,  # the line per request is ours, see http/logs.py
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
    )
    server.serve(target_loader=partial(_application, os.getpid()))


def _application(parent: int, _target: str) -> "Flask":
    """What a worker runs first: it must not outlive its server, which may be killed without a word."""
    from . import create_app

    die_with(parent)
    settings = get_settings()
    configure_logging(settings.log_level)
    return create_app(settings)
