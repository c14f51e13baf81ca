"""Headers every answer carries: who may read it from a browser, and what a browser may do with it."""

from flask import Flask, Response, request
from flask_cors import CORS
from werkzeug.exceptions import NotFound

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
ALLOWED = [
    "Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id", "X-Cart-Token", "If-None-Match",
]  # fmt: skip
EXPOSED = ["X-Request-Id", "X-Cart-Token", "Retry-After", "ETag", "Location"]
PREFLIGHT_SECONDS = 24 * 3600

_HARDENING = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def init_headers(app: Flask, origins: list[str]) -> None:
    """Answer preflights for these origins and harden every response, errors included."""
    app.before_request(_preflight)
    app.after_request(_harden)
    CORS(
        app,
        origins=origins,
        methods=METHODS,
        allow_headers=ALLOWED,
        expose_headers=EXPOSED,
        always_send=False,
        max_age=PREFLIGHT_SECONDS,
        supports_credentials=False,  # the token is a header; cookies are not used
    )


def _preflight() -> Response | None:
    """Grant the preflight of a path that does not exist: a browser lets nobody read the 404 behind a refused one."""
    asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return Response() if asked and isinstance(request.routing_exception, NotFound) else None


def _harden(response: Response) -> Response:
    for name, value in _HARDENING.items():
        response.headers.setdefault(name, value)
    if request.method != "OPTIONS":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
