"""`tests/permisos.yaml`: who may use each route, as it was reviewed; read, expanded and written.

An entry is `METHOD /path: {acto, pueden, ...}`. `acto` is the api function that decides, `pueden` the callers it lets
through (`personal` is every group of staff, `todos` everybody). What else an entry may say is in the file's own header.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from daf_backend.permisos.snapshot import scalar
from daf_backend.permisos.source import groups

PATH = Path(__file__).resolve().parents[1] / "permisos.yaml"
PREFIXES = {"pos": "/api/pos", "ecom": "/api/ecom", "sistema": "/api/v1"}
STAFF = groups()
STRANGERS = {"pos": ("anonimo",), "ecom": ("comprador", "invitado", "anonimo"), "sistema": ("anonimo",)}
KEYS = ("acto", "pueden", "fila", "colega", "esperado", "negado", "cuerpo", "camino", "nota")


def callers(side: str) -> tuple[str, ...]:
    """Everybody who may knock at a side."""
    return (*STAFF, *STRANGERS[side])


@dataclass(frozen=True)
class Entry:
    """One route: what it takes to reach the database, and who must get through."""

    side: str
    method: str
    path: str  # of the side, `/cliente/{cli_codigo}`
    acto: str = ""
    pueden: frozenset[str] = frozenset()
    fila: str = ""
    colega: frozenset[str] = frozenset()
    esperado: int | None = None
    negado: dict[str, int] = field(default_factory=dict)
    cuerpo: dict[str, Any] = field(default_factory=dict)
    camino: dict[str, str] = field(default_factory=dict)
    nota: str = ""

    @property
    def actos(self) -> set[str]:
        """The functions that decide: more than one where different callers take different ones."""
        return set(self.acto.split())

    @property
    def key(self) -> str:
        """How the manifest names it."""
        return f"{self.method} {self.path}"

    @property
    def url(self) -> str:
        """The path with its parameters still to fill."""
        return PREFIXES[self.side] + self.path

    def refusal(self, caller: str) -> int:
        """The status that says no to a caller: who is known is forbidden, who is not must log in."""
        return self.negado.get(caller, 401 if caller in ("anonimo", "invitado") else 403)

    def __str__(self) -> str:
        return f"{self.side} {self.key}"


def read(path: Path = PATH) -> dict[tuple[str, str], Entry]:
    """Every entry, by side and key."""
    parts = yaml.safe_load(path.read_text("utf-8"))
    return {(entry.side, entry.key): entry for side in PREFIXES for entry in _entries(side, parts[side])}


def rows(path: Path = PATH) -> dict[str, dict[str, Any]]:
    """The kinds of rows that somebody owns."""
    return yaml.safe_load(path.read_text("utf-8"))["filas"]


def parameters(kind: str, path: Path = PATH) -> set[str]:
    """The path parameters of a kind that no `fila` owns: `de_todos`, `de_quien_ve_todo`."""
    return set(yaml.safe_load(path.read_text("utf-8"))[kind].split())


def write(entries: dict[tuple[str, str], Entry], old: str) -> str:
    """The file again: its head as people wrote it, its routes in order."""
    lines = [old[: old.index("\npos:")].rstrip()]
    for side in PREFIXES:
        mine = [entry for entry in entries.values() if entry.side == side]
        lines += ["", f"{side}:", *(_line(entry) for entry in sorted(mine, key=lambda e: (e.path, e.method)))]
    return "\n".join(lines) + "\n"


def _entries(side: str, routes: dict[str, dict[str, Any]] | None) -> Iterator[Entry]:
    for key, said in (routes or {}).items():
        method, path = key.split(" ", 1)
        unknown = said.keys() - set(KEYS)
        assert not unknown, f"{key}: {unknown}"
        said |= {name: frozenset(_expand(side, said.get(name, ""))) for name in ("pueden", "colega")}
        refused = said.get("negado", {}).items()
        said["negado"] = {caller: status for words, status in refused for caller in _expand(side, words)}
        yield Entry(side, method, path, **said)


def _expand(side: str, words: str) -> Iterator[str]:
    for word in (words or "").split():
        if word == "todos":
            yield from callers(side)
        elif word == "personal":
            yield from STAFF
        else:
            assert word in callers(side), f"nobody on side {side} is {word}"
            yield word


def _fold(side: str, who: frozenset[str]) -> str:
    if who == frozenset(callers(side)):
        return "todos"
    if frozenset(STAFF) <= who:
        return " ".join(["personal", *sorted(who - frozenset(STAFF))])
    return " ".join(sorted(who))


def _line(entry: Entry) -> str:
    said = {name: getattr(entry, name) for name in KEYS if hasattr(entry, name)}
    said |= {name: _fold(entry.side, said[name]) for name in ("pueden", "colega")}
    statuses = sorted(set(entry.negado.values()))
    said["negado"] = {
        _fold(entry.side, frozenset(who for who, status in entry.negado.items() if status == wanted)): wanted
        for wanted in statuses
    }
    pairs = [f"{name}: {_value(value)}" for name, value in said.items() if value or name == "pueden"]
    return f"  {scalar_key(entry.key)}: {{{', '.join(pairs)}}}"


def scalar_key(key: str) -> str:
    """A key as YAML; braces need quotes."""
    return f"'{key}'" if "{" in key else key


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(key)}: {_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return scalar(value) if value else "''"
    return yaml.safe_dump(value).split("\n")[0]
