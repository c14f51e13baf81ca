"""The report of the bad rows of an import."""

import csv
import tempfile
from pathlib import Path
from typing import TextIO

from .reader import RowError

SHOWN = 10  # bad rows also told in the terminal


class Report:
    """The bad rows, written beside the file as they are found, so that none of them is held in memory."""

    def __init__(self, source: Path) -> None:
        self._path = source.with_name(source.name + ".errores.csv")
        self._out: TextIO | None = None
        self.count = 0
        self.first: list[RowError] = []

    @property
    def written(self) -> Path | None:
        """Where the report is; None if every row was good."""
        return self._path if self.count else None

    def write(self, errors: list[RowError]) -> None:
        """Add bad rows."""
        if errors and self._out is None:
            self._out = self._open()
            csv.writer(self._out).writerow(RowError._fields)
        if errors and self._out is not None:
            csv.writer(self._out).writerows(errors)
        self.first.extend(errors[: SHOWN - len(self.first)])
        self.count += len(errors)

    def _open(self) -> TextIO:
        try:
            return self._path.open("w", encoding="utf-8", newline="")
        except OSError:  # somebody else's folder, or a read-only one
            self._path = Path(tempfile.mkdtemp(prefix="daf-")) / self._path.name
            return self._path.open("w", encoding="utf-8", newline="")

    def __enter__(self) -> "Report":
        return self

    def __exit__(self, *_: object) -> None:
        if self._out is not None:
            self._out.close()
