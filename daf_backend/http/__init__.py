"""HTTP: everything between a socket and a view, and nothing a business rule could live in."""

from collections.abc import Callable

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ..settings import Settings
from .body import ExactJSON, StrictForms
from .docs import init_docs
from .files import init_files
from .headers import init_headers
from .logs import init_logs
from .problems import init_problems
from .unread import init_unread

MAX_BODY = 6 * 1024 * 1024  # a picture of 5 MB and its form
MAX_FORM_PARTS = 100


def init_http(app: Flask, settings: Settings, comment: Callable[[str], str | None] | None = None) -> None:
    """Prepare the app before any route is added. `comment` finds the Spanish sentence of a constraint."""
    app.json = ExactJSON(app)
    app.request_class = StrictForms
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_PARTS=MAX_FORM_PARTS)
    # Both slash forms answer and nothing redirects: a redirect is fatal after a preflight.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    init_logs(app)
    init_unread(app)
    init_headers(app, settings.origins)
    init_problems(app, comment)
    init_files(app, settings)
    init_docs(app)
