"""The contract test: every answer that any test gets is held against the schema its route declares.

A pytest plugin, so that no test has to ask for it: what the document promises is checked wherever the real
application answers. PostgreSQL writes the answers, so nothing else would notice a key that changed its name.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask, Response, request, request_finished
from marshmallow import Schema, fields

from daf_backend.http.exact import Entero, Money
from daf_backend.http.exact import _Exact as Exact
from daf_backend.http.fields import Booleano, Fecha, FechaHora, Libre, Lista, Mapa, Objeto, Opcion
from daf_backend.http.route import current_route

MONEY = re.compile(r"-?[0-9]+\.[0-9]{2}")


@pytest.fixture(autouse=True)
def answers_keep_their_contract(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect what the answers of this test break, and fail the test with it."""
    broken: list[str] = []

    def listen(sender: Flask, response: Response, **_: Any) -> None:
        broken.extend(violations(response))

    with ExitStack() as stack:
        if "app" in request.fixturenames:
            app = request.getfixturevalue("app")
            stack.enter_context(request_finished.connected_to(listen, app))
        yield
    assert not broken, "\n".join(broken)


def violations(response: Response) -> Iterator[str]:
    """What a successful answer breaks of its route's declaration."""
    route = current_route()
    if route is None or response.status_code >= 300 or request.method == "HEAD":
        return
    where = f"{request.method} {request.url_rule}"
    if response.status_code not in (route.status, 202):
        yield f"{where}: answers {response.status_code}, declares {route.status}"
    if route.answers is not None and response.is_json:
        for breach in differences(route.answers, response.get_json()):
            yield f"{where}: {breach}"


def differences(schema: Schema, data: Any, path: str = "") -> Iterator[str]:
    """Where data is not what a schema says: missing, unknown or of another type."""
    if schema.many:
        yield from _list(lambda item, at: differences(_one(schema), item, at), data, path)
        return
    if not isinstance(data, dict):
        yield f"{path or 'the answer'} is not an object"
        return
    known = {field.data_key or name: field for name, field in schema.fields.items() if not field.load_only}
    yield from (f"{path}{key} is not declared" for key in data.keys() - known.keys())
    for key, field in known.items():
        if key in data:
            yield from _value(field, data[key], f"{path}{key}")
        elif field.required:
            yield f"{path}{key} is missing"


def _one(schema: Schema) -> Schema:
    return type(schema)(only=schema.only, exclude=schema.exclude)


def _list(check: Any, data: Any, path: str) -> Iterator[str]:
    if not isinstance(data, list):
        yield f"{path or 'the answer'} is not a list"
        return
    for place, item in enumerate(data):
        yield from check(item, f"{path}[{place}].")


def _value(field: fields.Field, value: Any, path: str) -> Iterator[str]:
    if value is None:
        if not field.allow_none:
            yield f"{path} is null"
    elif isinstance(field, Objeto):
        yield from differences(field.schema, value, f"{path}.")
    elif isinstance(field, Lista):
        yield from _list(lambda item, at: _value(field.inner, item, at.rstrip(".")), value, path)
    elif isinstance(field, Mapa):
        for key, inner in value.items():
            yield from _value(field.value_field, inner, f"{path}.{key}")
    elif not _fits(field, value):
        yield f"{path} is {value!r}"


def _fits(field: fields.Field, value: Any) -> bool:
    if isinstance(field, Libre):
        return True
    if isinstance(field, Money):
        return isinstance(value, str) and MONEY.fullmatch(value) is not None
    if isinstance(field, Booleano):
        return isinstance(value, bool)
    if isinstance(field, Exact | Entero):
        return not isinstance(value, bool | str) and not field_errors(field, value)
    if isinstance(field, Opcion | Fecha | FechaHora):
        return not field_errors(field, value)
    return isinstance(value, str) and len(value) <= getattr(field, "max", len(value))


def field_errors(field: fields.Field, value: Any) -> bool:
    """Whether the field itself would refuse this value."""
    try:
        field.deserialize(value)
    except ValueError:
        return True
    return False
