"""The voice of `daf demo`: numbered steps, and figures in two columns."""

from collections.abc import Callable
from decimal import Decimal

WIDTH = 26


class Narrator:
    """Tells a story in the terminal, in Spanish: its listener runs a shop."""

    def __init__(self, echo: Callable[[str], object]) -> None:
        self._echo = echo
        self._step = 0

    def title(self, words: str) -> None:
        """Open a chapter."""
        self._step = 0
        self._echo("")
        self._echo(f"── {words} {'─' * max(70 - len(words), 3)}")

    def step(self, words: str) -> None:
        """Say what happens next."""
        self._step += 1
        self._echo(f"{self._step:>2}. {words}")

    def figure(self, name: str, value: object) -> None:
        """Show one figure of the step."""
        self._echo(f"      {name:<{WIDTH}} {value}")

    def check(self, name: str, found: Decimal, wanted: Decimal) -> None:
        """Show a figure that must be what it is.

        Raises:
            AssertionError: it is not; a demonstration that lies is worse than none.
        """
        if found != wanted:
            raise AssertionError(f"{name}: {found}, y debía ser {wanted}")
        self.figure(name, f"{found}  ✓")
