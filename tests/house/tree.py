"""The source tree as the house tests read it: files, the modules they import, the functions they hold."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "daf_backend"
SQL = ROOT / "sql"
TESTS = ROOT / "tests"
SIDES = ("pos", "ecom")


def modules(*parts: str) -> list[Path]:
    """Every Python file below a folder of the package."""
    return sorted(PACKAGE.joinpath(*parts).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """A file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def dotted(path: Path) -> str:
    """The module name of a file: `daf_backend.pos.factura`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, absolute; `from . import a` counts as importing `a`."""
    package = dotted(path).split(".") if path.name == "__init__.py" else dotted(path).split(".")[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            target = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{target}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Every function of a file, methods and inner ones too."""
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef))


def is_noun(path: Path) -> bool:
    """Whether a module declares routes: `blp = Noun(...)`."""
    targets = [target for node in tree(path).body if isinstance(node, ast.Assign) for target in node.targets]
    return any(isinstance(target, ast.Name) and target.id == "blp" for target in targets)


def is_view(function: ast.FunctionDef) -> bool:
    """Whether a noun's blueprint declares it."""
    verbs = {"get", "post", "put", "patch", "delete"}
    return any(
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr in verbs
        for mark in function.decorator_list
    )


def body_lines(function: ast.FunctionDef) -> int:
    """The lines of a function's body without its docstring."""
    body = function.body
    first = body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0
