"""What the request under way is: its side and the promises its route was declared with.

Guard, call and logs ask here; nothing else needs to know how blueprints are registered.
"""

from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, request

SIDES_KEY = "daf_sides"  # app.extensions: registered blueprint name -> side


@dataclass(frozen=True, slots=True)
class Route:
    """The declaration of one verb of one noun."""

    public: bool = False  # answers without a token
    idempotent: bool = True  # a write that honours Idempotency-Key
    remembers: bool = False  # a read that notes what it answered, so not a read-only transaction
    status: int = 200
    takes: Any = None  # the schemas, for the tests that hold SQL and answers against them
    query: Any = None
    answers: Any = None


def current_route() -> Route | None:
    """The route of this request; nothing for an unknown path, a preflight, documentation and pictures."""
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    return getattr(current_app.view_functions.get(request.endpoint), "route", None)


def current_side() -> str | None:
    """The side this request is for: pos, ecom, sistema; nothing outside the three."""
    sides = current_app.extensions.get(SIDES_KEY, {})
    return cast("str | None", sides.get(request.blueprint))
