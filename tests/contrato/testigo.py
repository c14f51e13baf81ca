"""The witness: a test that the table names succeeds at every route that it is named for.

A pytest plugin, so that the table may name any test of the suite and cannot say more than what the test did.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request_finished
from flask import request as asked

from .rutas import TESTS, proved_by

_PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


@pytest.fixture(autouse=True)
def proves_its_routes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Note what the test asked, if the table names it."""
    name = f"{request.path.relative_to(TESTS)}::{request.function.__name__}"
    expected, answered = set(proved_by().get(name, ())), set[str]()

    def listen(sender: Flask, response: Response, **_: Any) -> None:
        if response.status_code < 300:
            answered.add(f"{asked.method} {_PARAMETER.sub(_braces, str(asked.url_rule or ''))}")

    if not expected:
        yield
        return
    with request_finished.connected_to(listen):
        yield
    assert expected <= answered, f"{name} never succeeded at {sorted(expected - answered)}"


def _braces(parameter: re.Match[str]) -> str:
    return "{" + parameter[1] + "}"
