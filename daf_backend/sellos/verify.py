"""`daf audit verify`: rows against seals, seals against each other, seals against what was published.

The database compares rows with seals, a few thousand rows a question; here the published file and the other
database's copy are read line by line and asked about. Nothing is held but the findings, so a trail of years takes
time and no memory.

A finding names a table, a seal's number (the window) and, where rows are at fault, the row. A warning is what people
have to judge: seals of before a restore, a copy that is missing or late, rows that wait for their seal.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from ..db.question import Ask
from ..settings import Side
from .published import Head
from .verify_export import seal_of

LATE = timedelta(minutes=10)
MOST = 100  # findings of one table: beyond, it is the first that matters
PAGE = 1000
SENTENCES = {
    "fila_cambiada": "la fila no es la que se selló",
    "fila_de_mas": "la fila no estaba cuando se selló",
    "fila_falta": "falta una fila sellada",
    "del_futuro": "una fila o ventana que todavía no puede existir",
    "sello_editado": "el sello no dice lo que decía",
    "sello_cambiado": "el sello es otro",
    "sello_falta": "falta el sello",
    "ventana_suelta": "la ventana no sigue a la anterior",
    "sin_sellos": "no hay ningún sello",
    "sin_texto": "falta la función que dice cómo se sella",
    "epoca_repetida": "los sellos fingen una restauración",
    "copia_editada": "la copia publicada fue editada",
    "copia_incompleta": "a la copia publicada le falta este sello",
}
WARNINGS = {
    "restaurada": "se publicó antes de una restauración, que no lo trajo: lo que cubría no está",
    "copia_atrasada": "la copia no llega hasta aquí",
    "sin_copia": "no hay copia publicada con qué comparar",
    "sin_sellar": "hay filas que nadie sella",
    "linea_ilegible": "una línea de la copia no se puede leer",
    "retiradas": "filas exportadas y retiradas",
    "otra_base": "los sellos son de antes de una restauración",
}

Heads = Iterable[tuple[int, Head | None]]
Progress = Callable[[str, int, int, int], object]  # table, window reached, last window, rows read


class Finding(NamedTuple):
    """One thing that is not as it was sealed."""

    side: str
    table: str
    number: int
    problem: str
    row: int | None
    detail: str

    @property
    def warning(self) -> bool:
        """Whether it is for people to judge."""
        return self.problem in WARNINGS

    def __str__(self) -> str:
        place = f"{self.table} ventana {self.number}" if self.table else self.side
        row = "" if self.row is None else f", fila {self.row}"
        sentence = (SENTENCES | WARNINGS)[self.problem]
        return f"{place}{row}: {sentence} [{self.problem}] {self.detail}".rstrip()


@dataclass
class Report:
    """What was compared on one side, and what was found."""

    side: Side
    states: list[dict[str, Any]] = field(default_factory=list)
    windows: int = 0
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def wrong(self) -> list[Finding]:
        """What is wrong for certain, the first window of each table first."""
        return sorted((each for each in self.findings if not each.warning), key=lambda each: each[:3])

    @property
    def warnings(self) -> list[Finding]:
        """What people have to judge."""
        return [each for each in self.findings if each.warning]


def verify(
    ask: Ask,
    side: Side,
    copies: Mapping[str, Heads],
    since: str = "",
    only: str = "",
    progress: Progress = lambda *_: None,
) -> Report:
    """Compare everything of one side that was sealed from ``since`` on: a number, a date, or nothing for all.

    ``copies`` are published seals by the name of where they come from, read as they are asked for; ``only`` names a
    table.
    """
    states = [state for state in ask("sello_estado", desde=since or None) if only in ("", state["tabla"])]
    report = Report(side, states)
    starts = {state["tabla"]: state["desde"] for state in report.states}
    for state in report.states:
        report.findings += [_finding(side, each) for each in state["hallazgos"]]
        report.findings += _state_warnings(side, state)
        if not state["con_texto"]:
            report.findings.append(Finding(side, state["tabla"], state["ultimo"], "sin_texto", None, ""))
            continue
        for answer in _windows(ask, state["tabla"], state["desde"]):
            report.windows += answer["ventanas"]
            report.rows += answer["filas"]
            report.findings += [_finding(side, each) for each in answer["hallazgos"]]
            progress(f"{side}.{state['tabla']}", answer["siguiente"] - 1, state["ultimo"], report.rows)
    for name, heads in copies.items() if states else ():
        report.findings += Copy(ask, report, name, starts).compare(heads)
    return report


def theirs(ask: Ask) -> Iterator[tuple[int, Head]]:
    """The other database's copy of this side's seals, in the order in which it came."""
    after = 0
    while page := ask("sello_ajeno_leer", despues=after, limite=PAGE):
        for after, head in page:
            yield after, head


class Copy:
    """One copy of a side's seals, kept where that side's superuser should not reach."""

    def __init__(self, ask: Ask, report: Report, name: str, starts: dict[str, int]) -> None:
        self._ask, self._report, self._name, self._starts = ask, report, name, starts
        self._reached: dict[str, int] = {}
        self._found: dict[tuple[str, str, int], Finding] = {}  # a copy sent again holds its seals twice

    def compare(self, heads: Heads) -> list[Finding]:
        """What the copy and the database do not agree on."""
        lines = iter(heads)
        while page := [*islice(lines, PAGE)]:
            page = [(line, head) for line, head in page if not head or head["tabla"] in self._starts]
            for line, head in page:
                self._alone(line, head)
            self._together([head for _, head in page if head])
        self._late()
        return [*self._found.values()]

    def _alone(self, line: int, head: Head | None) -> None:
        """What is wrong with a copy whatever the database says: edited, or with a gap."""
        if head is None:
            self._say("", line, "linea_ilegible")
            return
        table, number, reached = head["tabla"], head["numero"], self._reached.get(head["tabla"], 0)
        if seal_of(head) != head["sello"]:
            self._say(table, number, "copia_editada")
        if number > reached + 1:
            self._say(table, reached + 1, "copia_incompleta")
        self._reached[table] = number

    def _together(self, heads: list[Head]) -> None:
        """Ask the database about those heads."""
        asked = [
            [head[key] for key in ("tabla", "numero", "sello", "epoca", "sellado_en")]
            for head in heads
            if head["numero"] >= self._starts[head["tabla"]]
        ]
        for each in self._ask("sello_cotejar", sellos=json.dumps(asked)) if asked else []:
            self._say(each["tabla"], each["numero"], each["problema"])

    def _late(self) -> None:
        if not self._reached:
            self._say("", 0, "sin_copia")
            return
        for state in self._report.states:
            reached = self._reached.get(state["tabla"], 0)
            if reached < state["ultimo"] and _age(state["sellado_en"]) > LATE:
                self._say(state["tabla"], reached + 1, "copia_atrasada")

    def _say(self, table: str, number: int, problem: str) -> None:
        """Keep every error up to a limit, and the first of each kind of warning."""
        finding = Finding(self._report.side, table, number, problem, None, f"según {self._name}")
        key = (table, problem, 0 if finding.warning else number)
        if len(self._found) < MOST:
            self._found.setdefault(key, finding)


def _windows(ask: Ask, table: str, start: int) -> Iterator[dict[str, Any]]:
    """The answers of the database, until it has compared all its windows or found enough."""
    number, found = start, 0
    while found < MOST:
        answer = ask("sello_comparar", tabla=table, numero=number)
        if answer["siguiente"] is None:
            return
        yield answer
        number, found = answer["siguiente"], found + len(answer["hallazgos"])


def _state_warnings(side: str, state: dict[str, Any]) -> Iterator[Finding]:
    if state["retiradas"]:
        detail = f"las ventanas hasta {state['retiradas']} se retiraron: sus filas pueden faltar"
        yield Finding(side, state["tabla"], state["retiradas"], "retiradas", None, detail)
    if state["pendiente"] and _age(state["pendiente"]) > LATE:
        detail = f"hay filas sin sello desde {state['pendiente']}"
        yield Finding(side, state["tabla"], state["ultimo"], "sin_sellar", None, detail)
    if state["aqui"] is False:
        detail = "esta base viene de una copia y todavía no selló nada aquí"
        yield Finding(side, state["tabla"], state["ultimo"], "otra_base", None, detail)


def _finding(side: str, answer: dict[str, Any]) -> Finding:
    return Finding(
        side, answer["tabla"], answer["numero"], answer["problema"], answer["fila"], answer["detalle"] or ""
    )


def _age(moment: str | None) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment) if moment else timedelta(0)
