"""The table of routes: which test proves which route, and what the requests of a test really asked."""

from collections import defaultdict
from functools import cache
from pathlib import Path

import yaml

TESTS = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("rutas.yaml")
SIDES = {"pos": "/api/pos", "ecom": "/api/ecom", "sistema": "/api/v1"}
VERBS = ("get", "post", "put", "patch", "delete")


@cache
def table() -> dict[str, str]:
    """``"GET /api/pos/cliente"`` -> ``"test_maestros.py::test_la_ficha_de_un_cliente"``."""
    read = yaml.safe_load(TABLE.read_text())
    return {
        f"{route.split(' ', 1)[0]} {SIDES[side]}{route.split(' ', 1)[1]}": test
        for side in SIDES
        for test, routes in read[side].items()
        for route in routes
    }


@cache
def coming() -> frozenset[str]:
    """Routes that are promised and not there yet."""
    return frozenset(yaml.safe_load(TABLE.read_text())["por_venir"])


@cache
def proved_by() -> dict[str, list[str]]:
    """The table the other way round."""
    found: dict[str, list[str]] = defaultdict(list)
    for route, test in table().items():
        found[test].append(route)
    return dict(found)


def documented(document: dict) -> dict[str, dict]:
    """The operations of an OpenAPI document by ``"GET /path"``."""
    return {
        f"{verb.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
        if verb in VERBS
    }
