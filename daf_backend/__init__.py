"""DAF Backend: one API, two sides, and PostgreSQL decides."""

from flask import Flask

from . import ecom, pos, sistema
from .auth.book import SessionBook
from .auth.guard import init_guard
from .auth.listen import start as start_listening
from .db.runtime import Runtime
from .http import init_http
from .http.alias import Aliases
from .http.exposition import init_metrics
from .http.openapi import PREFIXES, build_api
from .puente import init_puente
from .settings import Settings, Side, get_settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The application of one process. Make it in the worker that serves it: it opens connections.

    Raises:
        UnsafeServer: a database server would let logins in unchecked, or cannot hold our pools.
    """
    settings = settings or get_settings()
    app = Flask(__name__, static_folder=None)
    state = app.extensions["daf"] = Runtime(settings)
    state.book = SessionBook(state)
    places: dict[Side, str] = {"pos": state.servers.pos, "ecom": state.servers.ecom}
    start_listening(state.book, places, state.keys, {"pos": sistema.init_sistema(app)})

    init_http(app, settings, state.sentence)
    init_metrics(app, state, "serve")
    init_guard(app)
    build_api(app, "pos", "DAF: punto de venta", pos.BLUEPRINTS)
    build_api(app, "ecom", "DAF: tienda en línea", ecom.BLUEPRINTS)
    build_api(app, "sistema", "DAF: sistema", sistema.BLUEPRINTS)
    init_puente(app)
    app.wsgi_app = Aliases(app.wsgi_app, _aliases())  # type: ignore[method-assign]
    return app


def _aliases() -> dict[str, str]:
    """Every second name of a path, with its side's prefix."""
    return {
        PREFIXES[side] + alias: PREFIXES[side] + canonical
        for side, package in (("pos", pos), ("ecom", ecom))
        for alias, canonical in package.ALIASES.items()
    }
