"""Both databases as the bridge's own login, and telling "it said no" from "it could not be asked"."""

from dataclasses import dataclass
from typing import Any

from ..db.runtime import Runtime
from ..errors import Problem, from_database


@dataclass(frozen=True)
class Sides:
    """The two ends of the bridge. Each call is one statement and one transaction on its side."""

    runtime: Runtime

    def pos(self, name: str, /, **params: Any) -> Any:
        """Run ``api.<name>`` at the POS."""
        return self.runtime.ask("pos", "puente", name, **params)

    def shop(self, name: str, /, **params: Any) -> Any:
        """Run ``api.<name>`` at the shop."""
        return self.runtime.ask("ecom", "puente", name, **params)


def refusal(exc: Exception) -> Problem:
    """What a side refused, for good until somebody changes something.

    Raises:
        Exception: the same one, if nobody refused anything: a side is away, busy or being deployed. What was
            asked is not at fault and is asked again soon.
    """
    problem = exc if isinstance(exc, Problem) else from_database(exc)
    if problem.status == 503:
        raise exc
    return problem
