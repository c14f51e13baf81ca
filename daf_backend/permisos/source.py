"""What the files of ``sql/`` say that the catalog does not: which roles are ours, each function's text and sentence."""

import re
from functools import cache
from typing import NamedTuple

from ..db.deploy import SQL_ROOT, capability_files
from ..settings import Side

_FUNCTION = re.compile(
    r"((?:^--[^\n]*\n)*)^CREATE (?:OR REPLACE )?FUNCTION ([\w.]+)\b(.*?)\bAS (\$\w*\$)(.*?)\4", re.S | re.M
)


class Function(NamedTuple):
    """A function as its file has it."""

    file: str
    sentence: str
    reads: bool
    body: str


@cache
def roles() -> tuple[str, ...]:
    """Every role of ours: owners, groups, services."""
    named = [name for array in re.findall(r"ARRAY\[(.*?)\]", _roles_sql(), re.S) for name in _names(array)]
    return tuple(sorted(named))


@cache
def groups() -> tuple[str, ...]:
    """The groups a person may be given."""
    granted = re.search(r"^GRANT personal TO\s+(.*?);", _roles_sql(), re.S | re.M)
    return tuple(sorted(re.findall(r"\w+", granted[1]))) if granted else ()


@cache
def functions(side: Side) -> dict[str, Function]:
    """Every function that a deploy of this side loads, by its qualified name."""
    found = {}
    for path in capability_files(side):
        for comment, name, header, _, body in _FUNCTION.findall(path.read_text("utf-8")):
            sentence = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
            reads = bool(re.search(r"\b(STABLE|IMMUTABLE)\b", header))
            found[name] = Function(str(path.relative_to(SQL_ROOT.parent)), sentence, reads, body)
    return found


def _roles_sql() -> str:
    return (SQL_ROOT / "roles.sql").read_text("utf-8")


def _names(array: str) -> list[str]:
    return re.findall(r"'(\w+)'", array)
