"""Small things stay small: the ceilings of the house. What passes one splits by sub-noun, never by kind."""

import re

import pytest

from .tree import ROOT, SIDES, SQL, TESTS, body_lines, functions, is_view, modules

CEILINGS = [
    *[(path, 250) for path in modules()],
    *[(path, 300) for path in TESTS.rglob("*.py")],
    *[
        (path, 300)
        for side in (*SIDES, "comun")
        for path in (SQL / side).glob("*.sql")
        if path.name != "esquema.sql"  # generated, and a list
    ],
]
BODY = re.compile(
    r"^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) ([\w.]+).*?AS (\$\w*\$)(.*?)\2", re.S | re.M
)


@pytest.mark.parametrize(("path", "ceiling"), CEILINGS, ids=[str(p.relative_to(ROOT)) for p, _ in CEILINGS])
def test_a_file_fits_its_budget(path, ceiling):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= ceiling


def test_a_function_fits_on_a_screen():
    for path in modules():
        for function in functions(path):
            limit = 8 if is_view(function) else 25
            assert body_lines(function) <= limit, f"{path.relative_to(ROOT)}: {function.name}"


def test_a_sql_function_fits_on_a_page():
    for path in SQL.rglob("*.sql"):
        for name, _, body in BODY.findall(path.read_text(encoding="utf-8")):
            assert len(body.strip().splitlines()) <= 60, f"{path.relative_to(ROOT)}: {name}"
