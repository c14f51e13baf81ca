"""Every failure of a request, as the `application/problem+json` that errors.py says it is."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, current_app, g
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from ..errors import DATABASE_FAILURES, STATUSES, Problem, describe, from_database
from .logs import request_id
from .refusals import init_refusals, note_refusal

COMMENTS_KEY = "daf_constraint_comment"  # app.extensions: constraint name -> Spanish sentence or None
MIMETYPE = "application/problem+json"

log = logging.getLogger("daf.errors")


def respond(problem: Problem) -> Response:
    """The problem as a response."""
    g.regla = problem.rule
    text = json.dumps(problem.body(), ensure_ascii=False, separators=(",", ":"))
    return Response(text, problem.status, list(problem.headers()), mimetype=MIMETYPE)


def flatten(messages: Any, path: str = "") -> Iterator[str]:
    """marshmallow's tree of messages as "campo.0.dato: Sentence." lines."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            step = "" if key == "_schema" else str(key)
            yield from flatten(inner, ".".join(filter(None, (path, step))))
    elif isinstance(messages, list):
        for inner in messages:
            yield from flatten(inner, path)
    else:
        yield f"{path}: {messages}" if path else str(messages)


def init_problems(app: Flask, comment: Callable[[str], str | None] | None = None) -> None:
    """Install the handlers. `comment` finds the Spanish sentence of a constraint of the request's side."""
    app.extensions[COMMENTS_KEY] = comment or (lambda name: None)
    init_refusals(app)
    app.register_error_handler(Problem, respond)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
    for kind in DATABASE_FAILURES:
        app.register_error_handler(kind, _database)


def _invalid(exc: ValidationError) -> Response:
    errors = list(flatten(exc.messages))
    return respond(Problem(400, "datos_invalidos", "Revise los datos. " + " ".join(errors[:3]), errors))


def _http(exc: HTTPException) -> Response:
    if exc.response is not None and exc.code is None:  # abort(Response): somebody already answered
        return exc.response  # type: ignore[return-value]
    status = exc.code if exc.code in STATUSES else 500 if (exc.code or 500) >= 500 else 400
    unknown = Problem(404, "ruta_inexistente", "No existe esa ruta.")
    response = respond(unknown if status == 404 else Problem(status))
    for name, value in exc.get_headers():
        if name in ("Allow", "Retry-After"):  # 405 says what it does accept
            response.headers[name] = value
    return response


def _database(exc: Exception) -> Response:
    problem = from_database(exc, _sentence)
    _note(exc, problem.status)
    if metrics := current_app.extensions.get("daf_metrics"):
        metrics.failed(exc)
    if problem.status == 403 and getattr(g.get("session"), "kind", "anonymous") == "anonymous":
        problem = Problem(401)  # who has not said who they are may still say it
    if problem.status == 403:
        note_refusal(problem.rule)
    return respond(problem)


def _sentence(constraint: str) -> str | None:
    """The sentence of a constraint, if it can be had: a refusal must not fail for want of better words."""
    try:
        found: str | None = current_app.extensions[COMMENTS_KEY](constraint)
    except Exception as exc:
        log.warning("sentence", exc_info=exc, extra={"request_id": request_id()})
        return None
    return found


def _note(exc: Exception, status: int) -> None:
    """Log what operators act on: our bugs whole, the rest in one line, and who was denied what."""
    seen = {"request_id": request_id(), **describe(exc)}
    if status == 500:
        log.error("database", exc_info=exc, extra=seen)
    elif status in (403, 503):
        log.warning("database", extra=seen)


def _unexpected(exc: Exception) -> Response:
    log.error("unexpected", exc_info=exc, extra={"request_id": request_id()})
    return respond(Problem(500))
