"""The system's own routes, under /api/v1."""

from collections.abc import Callable

from flask import Flask

from . import ajuste, arranque, metricas, revision, salud, vigencia

BLUEPRINTS = [ajuste.blp, arranque.blp, metricas.blp, salud.blp]

ALIASES: dict[str, str] = {}


def init_sistema(app: Flask) -> dict[str, Callable[[str], None]]:
    """Prepare what these routes keep in each process; the till's channels they want to hear, and their ears."""
    runtime = app.extensions["daf"]
    app.extensions["daf_revision"] = revision.Checkup(runtime)
    known = app.extensions["daf_vigencia"] = vigencia.SettingsVersion(runtime)
    return {vigencia.CHANNEL: known.forget}
