"""Seals: each side's worker sweep. Close its windows, publish them to the file, tell the other database.

Every step may be repeated: windows are sealed once under a lock, heads are told apart by their hash, and what is to be
sent is what the receiver does not have.
"""

import json
from typing import Any

from ..db.question import Ask
from ..sellos.published import Published
from ..settings import Side
from .sides import Sides

EVERY = 60.0
PAGE = 500
ROUNDS = 100  # of windows in one sweep: what is left waits for the next one


def barrer(sides: Sides, side: Side, file: Published) -> int:
    """Seal one side and publish; how many windows were sealed.

    Raises:
        Exception: a side is away. What was sealed is sealed; the rest is done by the next sweep.
    """
    here, there = (sides.pos, sides.shop) if side == "pos" else (sides.shop, sides.pos)
    windows = sellar(here)
    publicar(here, file)
    avisar(here, there)
    return windows


def sellar(here: Ask) -> int:
    """Seal all there is; how many windows."""
    windows = 0
    for _ in range(ROUNDS):
        answer = here("sello_sellar")
        windows += answer["ventanas"]
        if not answer["quedan"]:
            break
    return windows


def publicar(here: Ask, file: Published) -> int:
    """Add to the file what it lacks; how many heads."""
    sent = 0
    while heads := here("sello_siguientes", ultimos=_json(file.last()), limite=PAGE):
        sent += file.append(heads)
    return sent


def avisar(here: Ask, there: Ask) -> int:
    """Tell the other database what it lacks; how many heads it did not have."""
    new = 0
    known = there("sello_recibidos")
    while heads := here("sello_siguientes", ultimos=_json(known), limite=PAGE):
        new += there("sello_recibir", sellos=_json(heads))["nuevos"]
        last = {head["tabla"]: [head["tabla"], head["numero"], head["sello"]] for head in heads}
        known = [*({seal[0]: seal for seal in known} | last).values()]
    return new


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
