"""Serving HTTP: granian's workers, each with an application of its own made after the fork."""

import os
import signal
import socket
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from .http.logs import configure_logging
from .lifeline import die_with
from .preflight import NotReady
from .settings import Settings, get_settings

if TYPE_CHECKING:
    from flask import Flask

KILL_SECONDS = 3
IDLE_SECONDS = 75  # longer than proxies keep a line (60), or their next request may meet our hanging up
ORPHAN_SECONDS = 6.0  # what the workers of a killed server take to notice and leave the port


def wait_for_port(settings: Settings) -> None:
    """Two servers of one account can share a port, each with half of the requests; so look first.

    Raises:
        NotReady: somebody has it.
    """
    give_up = time.monotonic() + ORPHAN_SECONDS
    while _taken(settings):
        if time.monotonic() > give_up:
            raise NotReady(f"el puerto {settings.port} ya está en uso: libérelo o cambie DAF_PORT")
        time.sleep(0.2)


def serve(settings: Settings) -> None:
    """Serve until told to stop. A worker that dies is replaced."""
    wait_for_port(settings)
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
        http1_settings=HTTP1Settings(header_read_timeout=IDLE_SECONDS * 1000),
    )
    server.serve(target_loader=partial(_application, os.getpid()))


def _taken(settings: Settings) -> bool:
    with suppress(OSError), socket.create_connection((settings.host, settings.port), timeout=1):
        return True
    return False


def _application(parent: int, _target: str) -> "Flask":
    """What a worker runs first: it must not outlive its server, which may be killed without a word."""
    from . import create_app

    signal.signal(
        signal.SIGTERM, signal.SIG_DFL
    )  # the server's own only notes it: who is not serving yet just ends
    die_with(parent)
    settings = get_settings()
    configure_logging(settings.log_level)
    return create_app(settings)
