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

    def wrong(self, place: str) -> None:
        """Count one more wrong.

        Raises:
            Problem: 429 while too much of it has not leaked away; that one is not counted.
        """
        with self._lock:
            count = self._count(place) + 1
            if count <= self._burst:
                self._counts.pop(place, None)  # so that the order of the dictionary is the order of hearing
                self._counts[place] = (count, monotonic())
                while len(self._counts) > PLACES:
                    del self._counts[next(iter(self._counts))]
                return
        wait = int((count - self._burst) / self._leak) + 1
        raise Problem(429, "demasiados_intentos", "Demasiados intentos. Espere un momento.", retry_after=wait)

    def _count(self, place: str) -> float:
        count, seen = self._counts.get(place, (0.0, 0.0))
        return max(count - (monotonic() - seen) * self._leak, 0.0)
