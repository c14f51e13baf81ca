"""The system's own routes, under /api/v1."""

from . import salud

BLUEPRINTS = [salud.blp]

ALIASES: dict[str, str] = {}
