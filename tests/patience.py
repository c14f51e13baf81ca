"""Waiting in tests for what must become true in time, on machines of any speed."""

import time
from collections.abc import Callable


def true_within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether a condition is true when it is asked after so many seconds, or before.

    What counts is when it was asked: a slow machine asks later, and that is no failure.
    """
    begun = time.monotonic()
    while True:
        asked = time.monotonic()
        if condition():
            return True
        if asked > begun + seconds:
            return False
        time.sleep(0.01)
