"""Every rule that a refusal may name, with its status and its sentence, read from where they are written.

A rule is the name of a constraint (its sentence is the constraint's comment), a refusal of SQL (`privado.rechazar`) or
one of Python (`Problem`). Nobody keeps a second list: a new rule is on the page when its file is.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..db.deploy import SQL_ROOT
from ..errors import CROWDED, SQLSTATES, STATUSES, TITLES

_PACKAGE = Path(__file__).resolve().parents[1]
_TEXT = r"'((?:[^']|'')*)'"
_REFUSAL = re.compile(rf"rechazar\(\s*(\d{{3}}),\s*'(\w+)',\s*(?:format\(\s*)?{_TEXT}")
_COMMENT = re.compile(rf"COMMENT ON CONSTRAINT (\w+) ON [\w.]+ IS\s+{_TEXT}")
_CONSTRAINT = re.compile(r"CONSTRAINT (\w+)\s+(CHECK|UNIQUE|PRIMARY|FOREIGN|REFERENCES|EXCLUDE)")
_PROBLEM = re.compile(r'Problem\(\s*(\d{3}),\s*"(\w+)",\s*"([^"]*)"')


class Rule(NamedTuple):
    """What a caller may be told."""

    regla: str
    status: int
    detail: str

    @property
    def title(self) -> str:
        """What its status means."""
        return TITLES.get(self.status, TITLES[500])


@cache
def rules() -> tuple[Rule, ...]:
    """All of them, by name; a rule with two sentences stands there twice."""
    return tuple(sorted({*_general(), *_of_sql(), *_of_constraints(), *_of_python()}))


def _general() -> Iterator[Rule]:
    for kind in (*STATUSES.values(), *SQLSTATES.values(), CROWDED):
        yield Rule(kind.rule, kind.status, kind.detail)


def _of_sql() -> Iterator[Rule]:
    for path in SQL_ROOT.rglob("*.sql"):
        for status, rule, text in _REFUSAL.findall(path.read_text()):
            yield Rule(rule, int(status), _spoken(text))


def _of_constraints() -> Iterator[Rule]:
    text = "".join(path.read_text() for path in SQL_ROOT.glob("*/migrations/*.sql"))
    kinds = dict(_CONSTRAINT.findall(text))
    for name, sentence in _COMMENT.findall(text):
        yield Rule(name, 422 if kinds.get(name, "CHECK") == "CHECK" else 409, _spoken(sentence))


def _of_python() -> Iterator[Rule]:
    for path in _PACKAGE.rglob("*.py"):
        for status, rule, text in _PROBLEM.findall(path.read_text()):
            yield Rule(rule, int(status), text)


def _spoken(text: str) -> str:
    """A sentence without what `format` puts into it."""
    return re.sub(r"%(?:\d+\$)?[sIL]", "…", text.replace("''", "'")).replace("%%", "%")
