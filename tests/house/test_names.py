"""Names are parseable, so that one grep finds a concept from URL to column and a test can check it."""

import ast
import inspect
import re
import textwrap

import pytest

from .tree import PACKAGE, ROOT, SIDES, SQL, TESTS, functions, is_noun, is_view, modules, tree

CALLERS = {"call": 0, "call_json": 0, "call_service": 2}
NOUN_MODULES = [path for side in SIDES for path in modules(side) if is_noun(path)]


def calls(path):
    """Every (api function, sent parameters, whether a whole body is sent too) a file names."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLERS:
            place = CALLERS[node.func.id]
            if len(node.args) > place and isinstance(node.args[place], ast.Constant):
                given = {keyword.arg for keyword in node.keywords}
                yield node.args[place].value, given - {None}, None in given


def parameters(conn):
    """The parameters of every api function, without their prefix."""
    rows = conn.execute(
        "SELECT proname, coalesce(proargnames, '{}') FROM pg_proc WHERE pronamespace = 'api'::regnamespace"
    )
    return {name: {argument.removeprefix("p_") for argument in arguments} for name, arguments in rows}


@pytest.mark.parametrize("side", SIDES)
def test_what_python_calls_exists_in_sql_with_those_parameters(side, request):
    api = parameters(request.getfixturevalue(side))
    for path in modules(side):
        for name, given, _ in calls(path):
            assert name in api, f"{path.relative_to(ROOT)} calls api.{name}"
            assert given <= api[name], (
                f"{path.relative_to(ROOT)}: api.{name} does not take {given - api[name]}"
            )


@pytest.mark.parametrize("side", SIDES)
def test_a_body_sent_whole_has_only_fields_the_function_takes(side, request, app):
    """`call("x", **datos)`: every field of the schema is a parameter of `api.x`."""
    api = parameters(request.getfixturevalue(side))
    for endpoint, view in app.view_functions.items():
        route = getattr(view, "route", None)
        if route is None or not endpoint.startswith(f"{side}_"):
            continue
        for name, fields in sent_whole(view.__wrapped__, route):
            assert fields <= api[name], f"{endpoint}: api.{name} does not take {fields - api[name]}"


def sent_whole(view, route):
    """The (function, fields) pairs of a view that passes its body or query on as it came."""
    shapes = {"datos": route.takes, "query": route.query}
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(view)))))
    taken_out = {
        node.args[0].value
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "pop"
    }
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLERS:
            name = node.args[CALLERS[node.func.id]]
            for keyword in node.keywords:
                whole = (
                    keyword.value.id if keyword.arg is None and isinstance(keyword.value, ast.Name) else None
                )
                if isinstance(name, ast.Constant) and shapes.get(whole) is not None:
                    fields = shapes[whole].load_fields.items()
                    yield name.value, {field.attribute or key for key, field in fields} - taken_out


@pytest.mark.parametrize("path", NOUN_MODULES, ids=[str(p.relative_to(PACKAGE)) for p in NOUN_MODULES])
def test_a_noun_is_the_same_word_in_three_trees(path):
    """`factura_detalle` may keep its SQL in its noun's file, but the word must lead there from each tree."""
    side, words = path.parent.name, path.stem.split("_")
    spellings = {"_".join(words[:length]) for length in range(1, len(words) + 1)}
    sql = {
        file.stem.lstrip("0123456789_") for folder in (side, "comun") for file in (SQL / folder).glob("*.sql")
    }
    assert spellings & sql, f"no sql/{side}/{path.stem}.sql"
    tests = [file for part in (side, "auth", "puente") for file in (TESTS / part).glob("*.py")]
    said = " ".join(file.stem + file.read_text(encoding="utf-8") for file in tests)
    assert any(re.search(rf"\b(test_)?{word}", said) for word in spellings), f"no test says {path.stem}"


def test_every_view_says_in_one_spanish_sentence_what_it_does():
    for side in (*SIDES, "sistema"):
        for path in modules(side):
            for function in filter(is_view, functions(path)):
                where = f"{path.relative_to(ROOT)}: {function.name}"
                summary = (ast.get_docstring(function) or "").partition("\n\n")[0]
                assert re.fullmatch(r"[A-ZÁÉÍÓÚ][^\n]{5,120}\.", summary.replace("\n", " ")), where
                assert re.fullmatch(r"[a-z][a-z0-9_]+", function.name), where


def test_paths_are_lower_case_ascii_words(app):
    segment = r"(/[a-z0-9][a-z0-9_.-]*|/<([a-z]+:)?[a-z][a-z0-9_]*>)"
    for rule in app.url_map.iter_rules():
        assert re.fullmatch(rf"{segment}+", rule.rule.replace("/_ui/", "/ui/")), rule.rule


def test_sql_files_are_tidy_and_migrations_are_numbered():
    for path in SQL.rglob("*.sql"):
        text = path.read_text(encoding="utf-8")
        assert "\t" not in text, path
        assert not re.search(r"[ \r]+$", text, re.M), path
        assert text.endswith("\n"), path
        if path.parent.name == "migrations":
            assert re.fullmatch(r"\d{4}_[a-z_]+\.sql", path.name), path


def test_migration_numbers_are_unique_on_each_side():
    for side in SIDES:
        files = [*(SQL / side / "migrations").glob("*.sql"), *(SQL / "comun" / "migrations").glob("*.sql")]
        numbers = [path.name[:4] for path in files]
        assert len(numbers) == len(set(numbers)), side


def test_migrations_hold_structure_and_capability_files_hold_code():
    code = re.compile(r"^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE|POLICY|TRIGGER)|^GRANT", re.M)
    structure = re.compile(r"^(CREATE TABLE|ALTER TABLE .* ADD COLUMN|CREATE (UNIQUE )?INDEX)", re.M)
    for path in SQL.rglob("*.sql"):
        if path.name == "esquema.sql":  # generated from the migrations, and never loaded
            continue
        wrong = code if path.parent.name == "migrations" else structure
        assert not wrong.search(path.read_text(encoding="utf-8")), path


def test_a_test_is_a_sentence():
    for path in TESTS.rglob("test_*.py"):
        for function in functions(path):
            if function.name.startswith("test_"):
                assert function.name.count("_") >= 2, f"{path.relative_to(ROOT)}: {function.name}"
