"""Import a product list: a CSV file, streamed, as one person, all of it or none of it.

The file names its columns as the contract does (``prd_nombre``, ``prd_precio_venta``, ...). The rules are
those of ``api.producto_importar`` under that person's own grants. Bad rows do not stop the reading: all are
found and reported, and then nothing is kept.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from ..db.batch import Batch, open_batch
from ..db.embedded import locate
from ..settings import Settings
from .reader import COLUMNS, ImportFailed, ProductReader, Row, RowError, open_list
from .report import Report

__all__ = ["ImportFailed", "ImportResult", "RowError", "importar_productos"]

LINE_EVERY = 10_000  # rows between two lines of progress where there is no terminal

Echo = Callable[[str], object]
Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportResult:
    """What an import did. ``created`` is 0 when any row was bad."""

    read: int
    created: int
    rejected: int
    seconds: float
    report: Path | None


def importar_productos(
    settings: Settings, login: str, password: str, path: Path, echo: Echo = print
) -> ImportResult:
    """Import the products of a file as that login: every row, or, if any is bad, none.

    Raises:
        ImportFailed: the file is not a product list.
        Problem: the login may not import, or the database is away.
    """
    started = time.perf_counter()
    report, read, created = Report(path), 0, 0
    with open_list(path) as text, report, _progress(path, echo) as advance:
        reader = ProductReader(text)
        with open_batch(locate(settings).pos, login, password) as batch:
            for rows, faults in reader.chunks():
                done, refused = _send(batch, rows)
                read, created = read + len(rows) + len(faults), created + done
                report.write(sorted([*faults, *refused]))
                advance(read, text.buffer.tell())
            if report.count:
                batch.rollback()
    kept = 0 if report.count else created
    result = ImportResult(read, kept, report.count, time.perf_counter() - started, report.written)
    _tell(result, report, echo)
    return result


def _send(batch: Batch, rows: list[Row]) -> tuple[int, list[RowError]]:
    """One call for many rows: how many were good, and what was wrong with each of the others."""
    arrays = {c.parameter: [row.cells.get(c.parameter) for row in rows] for c in COLUMNS.values()}
    answer = batch.call("producto_importar", **arrays)
    faults = [RowError(rows[e["fila"] - 1].fila, e["regla"], e["mensaje"]) for e in answer["errores"]]
    return int(answer["creados"]), faults


@contextmanager
def _progress(path: Path, echo: Echo) -> Iterator[Advance]:
    """A bar on a terminal, a line now and then anywhere else. Both follow the bytes read."""
    size = path.stat().st_size
    if sys.stderr.isatty():
        with click.progressbar(length=size, label=path.name, file=sys.stderr) as bar:
            yield lambda _read, position: bar.update(position - bar.pos)
        return

    told = 0

    def line(read: int, position: int) -> None:
        nonlocal told
        if read // LINE_EVERY > told:
            told = read // LINE_EVERY
            echo(f"  {read:,} filas ({100 * position // size} %)")

    yield line


def _tell(result: ImportResult, report: Report, echo: Echo) -> None:
    speed = result.read / max(result.seconds, 0.001)
    if result.rejected:
        for error in report.first:
            echo(f"  fila {error.fila}: {error.mensaje} [{error.regla}]")
        echo(f"No se importó nada: {result.rejected:,} de {result.read:,} filas con errores.")
        echo(f"Ver {result.report}")
    else:
        echo(f"{result.created:,} productos importados en {result.seconds:.1f} s ({speed:,.0f} filas/s)")
