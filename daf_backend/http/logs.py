"""One JSON line per request, and the request id that ties answer, log and audit together.

A line says which route, never which path: no body, no query string, no code, no token is ever logged.
"""

import logging
import re
import secrets
import sys
import time
from typing import Any, TextIO

from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter

from .route import current_side

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = logging.getLogger("daf.http")


def configure_logging(level: str = "INFO") -> None:
    """Send every logger of the process to stderr as JSON lines."""
    logging.basicConfig(level=level, handlers=[json_handler(sys.stderr)], force=True)


def json_handler(stream: TextIO) -> logging.Handler:
    """A handler that writes each record as one JSON object on one line."""
    renamed = {"levelname": "level", "name": "logger"}
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            timestamp=True,
            rename_fields=renamed,
            json_ensure_ascii=False,
        )
    )
    return handler


def request_id() -> str:
    """The id of the request under way."""
    return str(g.get("request_id", ""))


def init_logs(app: Flask) -> None:
    """Time every request, answer its id and log its line. First in, so that it sees every answer last."""
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()
    offered = request.headers.get(HEADER)
    harmless = offered is not None and _ACCEPTED.fullmatch(offered)
    g.request_id = offered if harmless else secrets.token_hex(12)


def _finish(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    if log.isEnabledFor(logging.INFO):
        log.info("request", extra=_line(response))
    return response


def _line(response: Response) -> dict[str, Any]:
    rule, seen = request.url_rule, g._get_current_object()  # a proxy costs a lookup at every touch
    session = seen.get("session")  # set by the guard
    return {
        "method": request.method,
        "route": rule.rule if rule else None,
        "status": response.status_code,
        "regla": seen.get("regla"),  # set by errors.py when it refuses
        "ms": round((time.perf_counter() - seen.started) * 1000, 2),
        "request_id": seen.request_id,
        "side": current_side(),
        "kind": getattr(session, "kind", None),
        "login": getattr(session, "login", None),
    }
