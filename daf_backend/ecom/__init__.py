"""The shop's side: one line per noun, and the paths older clients know a noun by."""

from ..http.resource import Noun

BLUEPRINTS: list[Noun] = []

ALIASES: dict[str, str] = {}
