"""The reviewed catalog, as a file that people read and diff: a line per function, a block per table.

Columns granted to the same roles stand together in the file, `SELECT (a, b)`, and apart in memory.
"""

import re
from pathlib import Path

import yaml

from ..db import catalog
from ..db.catalog import CLUSTER, Connection, Facts
from ..db.embedded import Servers
from ..settings import SIDES, Side
from . import source

Snapshot = dict[str, Facts]  # part ("roles", "pos", "ecom") -> object -> aspect -> value

PATH = catalog.FOLDER / "catalogo.yaml"
HEADER = """\
# What the two databases allow, whole: who runs each function and as whom, who reads each column, what policies and
# triggers say, what roles are. Written by `python -m tests.permisos.generate` and reviewed as a diff: what is not here
# is a drift, in the tests and on a server (`daf permisos --diff`). `*` after a role: it may pass that privilege on.
"""
WIDTH = 118
_COLUMN = re.compile(r"(\w+) \((.+)\)")


def see(conn: Connection, side: Side) -> Snapshot:
    """What a server allows on one side, its roles apart."""
    found = catalog.capture(conn, source.roles(), source.groups())
    whole = {item for item in found if item.startswith(CLUSTER)}
    return {
        "roles": {item: found[item] for item in whole},
        side: {item: aspects for item, aspects in found.items() if item not in whole},
    }


def see_all(servers: Servers, login: str | None = None, password: str = "") -> Snapshot:
    """What the servers allow, both sides."""
    found: Snapshot = {}
    for side in SIDES:
        with catalog.looking(servers, side, login, password) as conn:
            found |= see(conn, side)
    return found


def read(path: Path = PATH) -> Snapshot:
    """The snapshot that was shipped."""
    parts = yaml.safe_load(path.read_text("utf-8"))
    return {part: {item: _apart(aspects) for item, aspects in facts.items()} for part, facts in parts.items()}


def write(snapshot: Snapshot) -> str:
    """The text of a snapshot: the same catalog gives the same bytes."""
    lines = [HEADER]
    for part in ("roles", *SIDES):
        lines.append(f"{part}:")
        for item in sorted(snapshot[part]):
            lines += _block(item, _together(snapshot[part][item]))
        lines.append("")
    return "\n".join(lines)


def _block(item: str, aspects: dict[str, str]) -> list[str]:
    pairs = [f"{scalar(aspect)}: {scalar(aspects[aspect])}" for aspect in sorted(aspects, key=_order)]
    line = f"  {scalar(item)}: {{{', '.join(pairs)}}}"
    if len(line) <= WIDTH or len(pairs) <= 2:
        return [line]
    return [f"  {scalar(item)}:", *(f"    {pair}" for pair in pairs)]


def _order(aspect: str) -> tuple[int, str]:
    """What a thing is, who may use it, what its policies and triggers say."""
    place = 0 if aspect in ("es", "corre") else 1 if aspect[0].isupper() else 2
    return place, aspect


def scalar(text: str) -> str:
    """A text as YAML: bare where that is read back as it is, quoted elsewhere."""
    if re.fullmatch(r"[\w<][\w<>.() *=$/áéíóúñ-]*", text) and not re.search(r"^[-\d.]+$| $", text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _together(aspects: dict[str, str]) -> dict[str, str]:
    columns: dict[tuple[str, str], list[str]] = {}
    for aspect, value in aspects.items():
        if found := _COLUMN.fullmatch(aspect):
            columns.setdefault((found[1], value), []).append(found[2])
    plain = {aspect: value for aspect, value in aspects.items() if not _COLUMN.fullmatch(aspect)}
    return plain | {f"{verb} ({', '.join(sorted(names))})": value for (verb, value), names in columns.items()}


def _apart(aspects: dict[str, str]) -> dict[str, str]:
    result: dict[str, str] = {}
    for aspect, value in aspects.items():
        found = _COLUMN.fullmatch(aspect)
        for name in [f"{found[1]} ({column})" for column in found[2].split(", ")] if found else [aspect]:
            result[name] = str(value)
    return result
