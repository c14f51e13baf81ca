"""Lists: the page query every list takes and the envelope every list answers.

Without ``page`` a list is a pick-list (all live rows, narrow, with an ETag). The arithmetic of pages is
SQL's (`privado.limite`, `privado.salto`, `privado.sobre`): here a page is only well formed.
"""

import re
from functools import cache
from typing import Any

from .fields import Booleano, Entero, Lista, Objeto, Texto
from .schema import Schema

PICK_LIST_MAX = 5000
_SEARCH_ALIASES = ("q", "name")
_WHOLE = re.compile(r"-?[0-9]{1,12}")


class PageQuery(Schema):
    """``page``, ``limit`` and ``search`` (also spelled ``q`` or ``name``). Subclass it to add filters."""

    page = Entero(
        min=1,
        max=10_000_000,
        metadata={"description": "Página; sin ella, la lista para elegir (en la tienda, la primera)"},
    )
    limit = Entero(min=1, max=PICK_LIST_MAX, metadata={"description": "Filas por página: 20, a lo sumo 100"})
    search = Texto(100, metadata={"description": "Texto buscado; también `q` o `name`"})

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold the aliases of ``search`` and clamp ``limit``, which is never a reason to refuse."""
        names = ["search", *(alias for alias in _SEARCH_ALIASES if alias not in self.load_fields)]
        words = next((data[name] for name in names if data.get(name)), None)
        data.pop("search", None)
        if words:
            data["search"] = words
        limit = data.get("limit")
        if isinstance(limit, str) and _WHOLE.fullmatch(limit):
            data["limit"] = min(max(int(limit), 1), PICK_LIST_MAX)
        return data


class Paginacion(Schema):
    """The page arithmetic again, where one client version looks for it."""

    page = Entero(required=True)
    limit = Entero(required=True)
    totalCount = Entero(required=True)
    totalPages = Entero(required=True)


class _Envelope(Schema):
    page = Entero(required=True)
    limit = Entero(required=True)
    count = Entero(required=True, metadata={"description": "Filas en todas las páginas; igual a total"})
    total = Entero(required=True)
    totalPages = Entero(required=True)
    totalExacto = Booleano(metadata={"description": "false: hay más de 10000 filas y no se contaron"})
    pagination = Objeto(Paginacion, required=True)


@cache
def envelope(row: type[Schema]) -> type[Schema]:
    """The list envelope around rows of this schema; one class per row class."""
    data = Lista(Objeto(row), required=True, max=PICK_LIST_MAX)
    return type(f"{row.__name__}Lista", (_Envelope,), {"data": data, "__module__": row.__module__})
