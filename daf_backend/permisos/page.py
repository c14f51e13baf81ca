"""The permissions as people read them: a page per role, and how many things there are to permit."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from .. import ecom, pos
from ..db.catalog import Facts
from ..settings import SIDES, Side
from . import source
from .snapshot import Snapshot

_PACKAGES = {"pos": pos, "ecom": ecom}
_TITLES = {"pos": "Punto de venta", "ecom": "Tienda en línea"}
_API = "api."


def summary(found: Snapshot) -> str:
    """What there is to permit, counted."""
    lines = []
    for side in SIDES:
        acts = [item for item in found[side] if item.startswith(_API)]
        tables = [item for item, aspects in found[side].items() if aspects.get("es", "").startswith("tabla")]
        policies = [
            aspect for aspects in found[side].values() for aspect in aspects if aspect.startswith("política")
        ]
        granted = sum(len(_holders(found[side][item])) for item in acts)
        lines.append(
            f"{side}: {len(acts)} funciones con {granted} concesiones, {len(tables)} tablas, {len(policies)} políticas"
        )
    lines.append(f"{len(source.roles())} roles, de ellos {len(source.groups())} que una persona puede tener")
    return "\n".join(lines)


def page(found: Snapshot) -> str:
    """Who may do what, role by role, in Markdown."""
    lines = ["# Quién puede qué", "", "Lo que conceden las dos bases de datos, leído de su catálogo."]
    for role in (*source.groups(), "ecom_cliente", "ecom_publico", "api_login", "puente"):
        lines += ["", f"## {role}"]
        for side in SIDES:
            lines += _side(side, role, found[side])
    return "\n".join(lines)


def _side(side: Side, role: str, facts: Facts) -> Iterator[str]:
    mine = {role, "personal"} if role in source.groups() else {role}
    may = [item for item, aspects in facts.items() if item.startswith(_API) and mine & _holders(aspects)]
    if not may:
        return
    yield from (
        "",
        f"### {_TITLES[side]}",
        "",
        "| módulo | lee o hace | función | qué es |",
        "|---|---|---|---|",
    )
    yield from sorted(_row(side, item) for item in may)
    if tables := sorted(_tables(facts, mine)):
        yield from ("", "Lee: " + ", ".join(tables) + ".")


def _row(side: Side, item: str) -> str:
    function = source.functions(side).get(item)
    if function is None:
        return f"| ? | ? | `{item}` | no está en los archivos |"
    noun = Path(function.file).stem.lstrip("0123456789_")
    verb = "lee" if function.reads else "hace"
    return f"| {noun} | {verb} | `{item.removeprefix(_API)}` | {_sentence(side, item)} |"


def _sentence(side: Side, item: str) -> str:
    """What the view of that name tells people; for what no route offers, what its file says."""
    name = item.removeprefix(_API)
    for blueprint in _PACKAGES[side].BLUEPRINTS:
        view = getattr(sys.modules[blueprint.import_name], name, None)
        if view is not None and inspect.isfunction(view) and view.__doc__:
            return view.__doc__.partition("\n\n")[0]
    return source.functions(side)[item].sentence.partition(". ")[0].rstrip(".") + "."


def _tables(facts: Facts, mine: set[str]) -> Iterator[str]:
    for item, aspects in facts.items():
        if not item.startswith("datos.") or not aspects.get("es", "").startswith("tabla"):
            continue
        name = item.removeprefix("datos.")
        if mine & set(aspects.get("SELECT", "").split()):
            yield name
        elif columns := [
            a for a, who in aspects.items() if a.startswith("SELECT") and mine & set(who.split())
        ]:
            yield f"{name} ({len(columns)} columnas)"


def _holders(aspects: dict[str, str]) -> set[str]:
    return {role.rstrip("*") for role in aspects.get("EXECUTE", "").split()}
