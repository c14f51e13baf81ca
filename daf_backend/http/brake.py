"""A brake on what a place keeps doing wrong, in one process: for what costs nothing to refuse and writes nothing."""

import threading
from time import monotonic

from ..errors import Problem

PLACES = 4096  # remembered at once; the one heard of longest ago is forgotten first


class Brake:
    """A count per place that leaks away; whoever is over it waits, and is told how long."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst, self._leak = burst, per_second
        self._counts: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def check(self, place: str) -> None:
        """Let a place through that has not done too much wrong.

        Raises:
            Problem: 429 until enough of it has leaked away.
        """
        over = self._count(place) - self._burst
        if over >= 0:
            wait = int((over + 1) / self._leak) + 1
            raise Problem(
                429, "demasiados_intentos", "Demasiados intentos. Espere un momento.", retry_after=wait
            )

    def wrong(self, place: str) -> None:
        """Count one more."""
        with self._lock:
            count = self._count(place) + 1
            self._counts.pop(place, None)  # so that the order of the dictionary is the order of hearing
            self._counts[place] = (count, monotonic())
            while len(self._counts) > PLACES:
                del self._counts[next(iter(self._counts))]

    def _count(self, place: str) -> float:
        count, seen = self._counts.get(place, (0.0, 0.0))
        return max(count - (monotonic() - seen) * self._leak, 0.0)
