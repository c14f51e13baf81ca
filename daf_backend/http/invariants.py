"""The doctor over HTTP: the same sentences `daf doctor` prints, for whoever may ask it."""

import logging
from collections.abc import Iterable
from typing import Any

from flask import current_app

from ..db.call import call_patiently
from ..db.statement import parse
from .fields import Entero, Lista, Objeto, Opcion, Texto
from .resource import Noun
from .schema import Schema

PATIENCE = 60  # seconds: it reads the ledgers from their first row
SHOWN = 5
BETWEEN = "daf_doctor"  # app.extensions: asks both databases whether they agree, see puente/
AWAY = "No se pudo preguntar a las dos bases si cuentan lo mismo."

log = logging.getLogger("daf.doctor")


class Invariante(Schema):
    """One thing that must be true, how many rows break it, and the first of them."""

    lugar = Texto(20, required=True, metadata={"description": "Una base, o `entre los dos`"})
    invariante = Texto(63, required=True)
    nivel = Opcion("VIOLACION", "AVISO", required=True, metadata={"description": "Qué es si hay filas"})
    descripcion = Texto(300, required=True)
    filas = Entero(max=2**53, required=True)
    ejemplos = Lista(Texto(500), required=True)


class Revision(Schema):
    """Everything that was looked at."""

    invariantes = Entero(required=True)
    violaciones = Entero(max=2**53, required=True)
    data = Lista(Objeto(Invariante), required=True)


def wire_invariants(blp: Noun, side: str) -> None:
    """Give a side's noun its doctor; the till's also asks whether both databases agree."""

    @blp.get("/auditoria/invariantes", answers=Revision)
    def doctor_revisar() -> dict[str, Any]:
        """Lo que siempre debe ser cierto, y las filas que lo rompen; una revisión a la vez."""
        own = [{"lugar": side, **row} for row in parse(call_patiently("doctor_revisar", PATIENCE))]
        return _review(own + (_between() if side == "pos" else []))


def _review(rows: list[dict[str, Any]]) -> dict[str, Any]:
    broken = [row["filas"] for row in rows if row["nivel"] == "VIOLACION"]
    return {"invariantes": len(broken), "violaciones": sum(broken), "data": rows}


def _between() -> list[dict[str, Any]]:
    try:
        found = current_app.extensions[BETWEEN]()
    except Exception as exc:  # a side is away: what was learned of this one is still true
        log.warning("both sides not compared", exc_info=exc)
        return [_row("puente", "AVISO", AWAY, [str(type(exc).__name__)])]
    return [_row(each.name, "VIOLACION", each.description, map(_words, each.rows)) for each in found]


def _row(name: str, level: str, sentence: str, examples: Iterable[str]) -> dict[str, Any]:
    shown = [*examples]
    return {
        "lugar": "entre los dos", "invariante": name, "nivel": level, "descripcion": sentence,
        "filas": len(shown), "ejemplos": shown[:SHOWN],
    }  # fmt: skip


def _words(row: dict[str, Any]) -> str:
    return "  ".join(f"{key}={value}" for key, value in row.items())
