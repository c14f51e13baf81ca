"""The signals that end a command: each ends it in order, once, and none between an act and its being known.

An ending is an exception raised wherever we happen to be. That is well wherever something up the stack cleans up, and
wrong where nothing can yet (a server just started that nobody has noted) or where the cleaning is already under way.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def obey() -> None:
    """From now on each of them ends this process by an exception; one that was to be ignored still is (nohup)."""
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let an ending wait until the block is over."""
    came: list[int] = []
    handlers: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():  # nobody else is ever interrupted
        handlers = {number: signal.getsignal(number) for number in ENDINGS}
    held = [number for number, handler in handlers.items() if handler not in (None, signal.SIG_IGN)]
    try:
        for number in held:
            signal.signal(number, lambda number, _: came.append(number))
        yield
    finally:
        for number in held:
            signal.signal(number, handlers[number])
        for number in came[:1]:
            signal.raise_signal(number)


def _leave(number: int, frame: FrameType | None) -> None:
    for again in ENDINGS:
        signal.signal(again, signal.SIG_IGN)  # one asks to leave; more would interrupt the leaving
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)
