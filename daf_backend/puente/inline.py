"""Trying a step of the bridge at once, beside the request that asked for it, for a short time only.

The request has committed; what it wants of the other side is written down and will be done. So it waits at
most ``bridge_timeout`` for the answer and goes on without. The step itself is not stopped: every step may
be repeated.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from .sides import refusal

T = TypeVar("T")

WORKERS = 4

log = logging.getLogger("daf.puente")


class Attempts:
    """A few threads that requests hand steps to. More steps than threads are left to the worker, and so is
    everything for ``rest`` seconds after a step that nobody answered: not every request waits for a side that is away.
    """

    def __init__(self, wait: float, rest: float = 3.0) -> None:
        self.rest = rest
        self._wait = wait
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="daf-puente")
        self._free = threading.BoundedSemaphore(WORKERS)
        self._resting_until = float("-inf")

    def run(self, step: Callable[..., T], /, *args: object) -> T | None:
        """The answer of ``step(*args)``; nothing if it did not come in time, or failed, which is logged."""
        if monotonic() < self._resting_until or not self._free.acquire(blocking=False):
            return None
        future = self._pool.submit(self._attempt, step, *args)
        try:
            return future.result(self._wait)
        except TimeoutError:
            self._rest("no answer in time")
        except Exception as exc:
            self._judge(exc)
        return None

    def _attempt(self, step: Callable[..., T], /, *args: object) -> T:
        try:
            return step(*args)
        finally:
            self._free.release()

    def _judge(self, exc: Exception) -> None:
        try:
            problem = refusal(exc)
        except Exception:
            self._rest(str(exc))
        else:
            log.error("inline step refused", extra={"regla": problem.rule}, exc_info=exc)

    def _rest(self, why: str) -> None:
        self._resting_until = monotonic() + self.rest
        log.warning("inline steps left to the worker", extra={"why": why})
