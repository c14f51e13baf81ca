"""DAF Backend: one API, two sides, and PostgreSQL decides."""

from flask import Flask

from . import ecom, pos, sistema
from .auth.book import SessionBook
from .auth.guard import init_guard
from .auth.listen import start as start_listening
from .db.runtime import Runtime
from .http import init_http
from .http.openapi import build_api
from .puente.pedido import facturar
from .settings import Settings, get_settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """The application of one process. Make it in the worker that serves it: it opens connections."""
    settings = settings or get_settings()
    app = Flask(__name__, static_folder=None)

    state = Runtime(settings)
    state.book = SessionBook(state)
    app.extensions["daf"] = state
    app.extensions["daf_facturar"] = facturar
    start_listening(state.book, {"pos": state.servers.pos, "ecom": state.servers.ecom}, state.keyring)

    init_http(app, settings)
    init_guard(app)
    build_api(app, "pos", "DAF: punto de venta", pos.BLUEPRINTS, pos.ALIASES)
    build_api(app, "ecom", "DAF: tienda en línea", ecom.BLUEPRINTS, ecom.ALIASES)
    build_api(app, "sistema", "DAF: sistema", sistema.BLUEPRINTS, sistema.ALIASES)
    return app
