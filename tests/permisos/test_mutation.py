"""The check is worth what it finds: faults drawn from a seed, each brought into the database and seen by name.

It is the check of `daf permisos --diff`. DAF_FAULTS and DAF_SEED draw more of them, or the same ones again.
"""

import os
import random
import re

import psycopg
import pytest

from daf_backend.permisos.drift import check

from . import faults_objects, faults_roles  # noqa: F401 (they fill the pool)
from .faults import POOL, Site, draw

COUNT = int(os.environ.get("DAF_FAULTS", "20"))
BEFORE: dict[
    str, set[object]
] = {}  # what the check says of each database as it is; nothing, if it was reviewed
SEED = int(os.environ.get("DAF_SEED", random.SystemRandom().randrange(10**6)))


@pytest.fixture(scope="module")
def person(callers) -> str:
    """The member of staff that some faults raise above the others."""
    return callers.login("cajero")


def found(request, side, reviewed, statement) -> set[str]:
    """What the check says of a fault that it did not say before; the fault is undone."""
    conn = request.getfixturevalue(side)
    if side not in BEFORE:
        BEFORE[side] = set(check(conn, side, reviewed))
    with conn.transaction(force_rollback=True):
        conn.execute(statement)
        return {str(drift) for drift in set(check(conn, side, reviewed)) - BEFORE[side]}


@pytest.mark.parametrize("number", range(COUNT))
def test_a_fault_is_found_and_named(request, reviewed, person, tally, number):
    dice = random.Random(f"{SEED} {number}")
    # one of each kind before the second of any
    kinds = random.Random(SEED).sample(sorted(POOL), len(POOL))
    side = dice.choice(["pos", "ecom"])
    fault = draw(kinds[number % len(kinds)], Site(side, reviewed, person, dice))
    said = found(request, side, reviewed, fault.statement)
    assert any(re.search(f": {re.escape(fault.item)}[,( ]", line) for line in said), (
        f"seed {SEED}: {fault}: {said}"
    )
    tally[f"faltas halladas, de {COUNT} sacadas con la semilla {SEED} de {len(POOL)} clases"] += 1


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_what_changes_nothing_is_no_fault(request, reviewed, person, side):
    assert found(request, side, reviewed, f"GRANT bodega TO {person}") == set()
    assert (
        found(request, side, reviewed, "GRANT EXECUTE ON FUNCTION api.acceso_obtener() TO personal") == set()
    )


def test_every_kind_of_fault_says_something_else(request, reviewed, person):
    """The pool is what it claims: each kind falls on a real object, and none is another under a new name."""
    said = {}
    for kind in POOL:
        for attempt in range(20):
            site = Site("ecom", reviewed, person, random.Random(f"{kind} {attempt}"))
            try:
                said[kind] = found(request, "ecom", reviewed, draw(kind, site).statement)
            except psycopg.errors.DependentObjectsStillExist:
                continue
            break
        assert said[kind], kind
    assert len({frozenset(lines) for lines in said.values()}) == len(POOL) >= 12
