"""A product list as rows: UTF-8 with or without BOM, commas or semicolons, read a chunk at a time.

Only the form is judged here (an encoding, a header, a number); every rule about a product is PostgreSQL's.
"""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TextIO

CHUNK = 1_000  # rows a call: beyond this PostgreSQL gains nothing and our memory grows

Cell = str | Decimal | None


class ImportFailed(Exception):
    """The file as a whole cannot be imported; the sentence is for its owner."""


class RowError(NamedTuple):
    """One bad row: its number in the file (the header is row 1), the rule and the sentence."""

    fila: int
    regla: str
    mensaje: str


class Column(NamedTuple):
    """A column of the file: the array parameter it fills, and its decimals if it is a number."""

    parameter: str
    decimals: int | None = None


class Row(NamedTuple):
    """A well-formed row: its number in the file and its cells by parameter."""

    fila: int
    cells: dict[str, Cell]


COLUMNS = {
    "prd_codigo_barras": Column("codigos_barras"),
    "prd_nombre": Column("nombres"),
    "prd_desc_corta": Column("desc_corta"),
    "prd_desc_larga": Column("desc_larga"),
    "um_venta": Column("um"),
    "cat_codigo": Column("categoria"),
    "prd_precio_venta": Column("precio", 2),
    "prd_costo": Column("costo", 6),
    "prd_stock": Column("stock", 3),
    "iva_codigo": Column("iva"),
    "prd_promocion": Column("promocion", 4),
    "prd_prioridad": Column("prioridad"),
    "prd_stock_minimo": Column("stock_minimo", 3),
    "prd_tipo": Column("tipo"),
    "prd_img": Column("imagen"),
}
REQUIRED = ("prd_nombre", "prd_precio_venta")
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.(\d+))?")


def open_list(path: Path) -> TextIO:
    """A file opened the way `ProductReader` expects it."""
    return path.open(encoding="utf-8-sig", newline="")


class ProductReader:
    """Reads a product list a chunk at a time: UTF-8 with or without BOM, commas or semicolons."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        header = self._line()
        self._delimiter = ";" if header.count(";") > header.count(",") else ","
        names = next(csv.reader([header], delimiter=self._delimiter), [])
        self._names = [name.strip().lower() for name in names]
        self._check_header()

    def chunks(self, size: int = CHUNK) -> Iterator[tuple[list[Row], list[RowError]]]:
        """The rows of the file in order, the well-formed and the bad ones apart."""
        records = enumerate(csv.reader(self._text, delimiter=self._delimiter, strict=True), start=2)
        while taken := self._take(records, size):
            rows, faults = [], []
            for fila, record in taken:
                if any(cell.strip() for cell in record):
                    parsed = self._parse(fila, record)
                    rows.append(parsed) if isinstance(parsed, Row) else faults.append(parsed)
            yield rows, faults

    def _line(self) -> str:
        try:
            return self._text.readline()
        except UnicodeDecodeError as exc:
            raise ImportFailed("El archivo no está en UTF-8.") from exc

    def _take(self, records: Iterator[tuple[int, list[str]]], size: int) -> list[tuple[int, list[str]]]:
        try:
            return list(islice(records, size))
        except UnicodeDecodeError as exc:
            raise ImportFailed("El archivo no está en UTF-8.") from exc
        except csv.Error as exc:
            raise ImportFailed(f"El archivo no es un CSV bien formado: {exc}.") from exc

    def _check_header(self) -> None:
        """An unknown name is refused, not ignored: a misspelt ``prd_costo`` would lose every cost."""
        unknown = [name or "(vacía)" for name in self._names if name not in COLUMNS]
        missing = [name for name in REQUIRED if name not in self._names]
        twice = sorted({name for name in self._names if self._names.count(name) > 1})
        for names, what in ((unknown, "desconocidas"), (missing, "que faltan"), (twice, "repetidas")):
            if names:
                raise ImportFailed(f"Columnas {what}: {', '.join(names)}. Se conocen: {', '.join(COLUMNS)}.")

    def _parse(self, fila: int, record: list[str]) -> Row | RowError:
        if len(record) != len(self._names):
            wanted = f"La fila tiene {len(record)} columnas y la cabecera {len(self._names)}."
            return RowError(fila, "fila_columnas", wanted)
        cells: dict[str, Cell] = {}
        for name, text in zip(self._names, map(str.strip, record), strict=True):
            fault = self._judge(name, text)
            if fault:
                return RowError(fila, *fault)
            column = COLUMNS[name]
            number = text and column.decimals is not None
            cells[column.parameter] = Decimal(self._point(text)) if number else text or None
        return Row(fila, cells)

    def _judge(self, name: str, text: str) -> tuple[str, str] | None:
        """The rule and the sentence that this text breaks in that column."""
        decimals = COLUMNS[name].decimals
        if not text and name in REQUIRED:
            return "campo_obligatorio", f"Falta {name}."
        if "\0" in text:
            return "texto_invalido", f"{name} lleva un carácter nulo."
        if text and decimals is not None:
            match = _NUMBER.fullmatch(self._point(text))
            if match is None or len(match[1] or "") > decimals:
                return "numero_invalido", f"{name} debe ser un número de hasta {decimals} decimales."
        return None

    def _point(self, text: str) -> str:
        """A sheet that separates columns with ``;`` writes a decimal comma, so there it is a point."""
        return text.replace(",", ".", 1) if self._delimiter == ";" and "." not in text else text
