"""Every caller at every door: what PostgreSQL lets through and refuses is what `tests/permisos.yaml` says."""

import json
import re

import pytest

from . import manifest
from .manifest import Entry

ENTRIES = manifest.read()
WITH_ROWS = [entry for entry in ENTRIES.values() if entry.fila]
ROWS = manifest.rows()
OVERSEERS = {"adm_bodega", "adm_compras", "adm_fact", "adm_ventas", "admin", "auditor", "contador"}


def documented(client, side) -> set[str]:
    answer = client.get(f"{manifest.PREFIXES[side]}/openapi.json")
    if answer.status_code == 404:
        return set()
    paths = json.loads(answer.text)["paths"]
    return {
        f"{method.upper()} {path.removeprefix(manifest.PREFIXES[side])}"
        for path, operations in paths.items()
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}
    }


@pytest.mark.parametrize("side", manifest.PREFIXES)
def test_every_route_is_named_and_nothing_else_is(client, probe, side):
    named = {entry.key for entry in ENTRIES.values() if entry.side == side}
    served = {key for where, key in probe.contracts if where == side}
    assert served == named, "python -m tests.permisos.generate proposes what is missing"
    assert documented(client, side) in (served, set())


def test_every_row_a_path_names_belongs_to_somebody_or_to_everybody():
    """A new parameter must choose: a `fila`, so that another's row is tried, `de_todos`, or `de_quien_ve_todo`."""
    everybodys, overseers = manifest.parameters("de_todos"), manifest.parameters("de_quien_ve_todo")
    for entry in ENTRIES.values():
        named = set(re.findall(r"\{(\w+)\}", entry.path))
        named -= {ROWS[entry.fila]["parametro"]} if entry.fila else set()
        assert named <= everybodys | overseers, f"{entry}: whose is {named}?"
        if named & overseers:
            assert entry.pueden <= OVERSEERS, (
                f"{entry}: {entry.pueden - OVERSEERS} see only their own: it needs a fila"
            )


def test_a_route_that_asks_postgresql_nothing_is_public_or_says_why():
    """Without an `acto` nothing proves that PostgreSQL decides; a body that validation refuses hides one (`cuerpo`)."""
    silent = [
        str(e)
        for e in ENTRIES.values()
        if not (e.acto or e.nota or e.pueden == set(manifest.callers(e.side)))
    ]
    assert not silent


def test_writing_the_manifest_again_changes_nothing():
    text = manifest.PATH.read_text("utf-8")
    assert manifest.write(ENTRIES, text) == text


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=map(str, ENTRIES.values()))
def test_each_caller_gets_through_or_not_as_the_manifest_says(probe, headers_of, tally, entry):
    wrong = []
    for caller in manifest.callers(entry.side):
        outcome = probe.knock(entry, headers_of(caller, entry.side))
        tally["celdas HTTP"] += 1
        if problem := verdict(entry, caller, outcome):
            wrong.append(f"{caller}: {problem} (answered {outcome}, asked {outcome.asked})")
    assert not wrong, "\n".join(wrong)


def verdict(entry: Entry, caller: str, outcome) -> str:
    """What is wrong with how a caller fared; nothing if all is well."""
    if outcome.status >= 500 and outcome.status != entry.esperado:
        return "broken"
    if caller not in entry.pueden:
        if not outcome.refused or outcome.status != entry.refusal(caller):
            return f"must be refused with {entry.refusal(caller)}"
        if entry.acto and outcome.status == 403 and not entry.actos & set(outcome.tried):
            return "refused by Python: PostgreSQL was never asked"
        return ""
    if outcome.refused:
        return "must get through"
    if entry.esperado and outcome.status != entry.esperado:
        return f"must be {entry.esperado}"
    if not entry.esperado and outcome.status in (401, 403):
        return "got through and was refused all the same"
    return "" if not entry.acto or entry.actos & set(outcome.asked) else f"never asked for {entry.acto}"


@pytest.mark.parametrize("entry", WITH_ROWS, ids=map(str, WITH_ROWS))
def test_a_row_of_another_branch_or_person_does_not_exist(probe, headers_of, rows, tally, entry):
    kind = ROWS[entry.fila]
    everyone, trio, wrong = set(kind["todas"].split()), rows.make(entry.fila, entry.side), []
    for caller in entry.pueden:
        headers = headers_of(caller, entry.side)
        mine = {"their own": trio.own, "a colleague's": trio.colleague, "another's": trio.other}
        seen = {whose: probe.knock(entry, headers, **row) for whose, row in mine.items() if row}
        tally["celdas HTTP con filas propias, de un colega y de otro"] += len(seen)
        hidden = caller not in everyone
        wanted = {
            "their own": 0,
            "a colleague's": 403 if caller in entry.colega else 0,
            "another's": 404 * hidden,
        }
        for whose, outcome in seen.items():
            said = outcome.status if outcome.status in (401, 403, 404) or outcome.status >= 500 else 0
            if said != wanted[whose]:
                wrong.append(f"{caller}: {whose} row answers {outcome}")
    assert not wrong, "\n".join(wrong)
