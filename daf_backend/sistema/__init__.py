"""The system's own routes, under /api/v1."""

from collections.abc import Callable

from flask import Flask

from . import ajuste, arranque, salud, vigencia

BLUEPRINTS = [ajuste.blp, arranque.blp, salud.blp]

ALIASES: dict[str, str] = {}


def init_sistema(app: Flask) -> dict[str, Callable[[str], None]]:
    """Prepare what these routes keep in each process; the till's channels they want to hear, and their ears."""
    known = app.extensions["daf_vigencia"] = vigencia.SettingsVersion(app.extensions["daf"])
    return {vigencia.CHANNEL: known.forget}
