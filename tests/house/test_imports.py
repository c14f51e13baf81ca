"""Who may know whom: nouns know the trunk, the trunk knows no noun, and each outside thing has one door."""

import ast
import re

import pytest

from .tree import PACKAGE, ROOT, dotted, imports, is_noun, modules, tree

TRUNK = {"settings", "errors", "auth", "db", "http"}
NOUNS = {"pos", "ecom", "sistema"}
EVERYTHING = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()} - {"__init__"}
ALL = [path for path in modules() if path != PACKAGE / "__init__.py"]


def names(paths):
    return [str(path.relative_to(PACKAGE)) for path in paths]


def part(module: str) -> str | None:
    """The part of the house a module belongs to, or nothing for what is not ours."""
    found = re.fullmatch(r"daf_backend\.(\w+)(\..*)?", module)
    return found[1] if found and found[1] in EVERYTHING else None


def known(path) -> set[str]:
    """The parts of the house a file imports."""
    return {found for module in imports(path) if (found := part(module))}


@pytest.mark.parametrize("path", ALL, ids=names(ALL))
def test_each_part_imports_only_what_it_may(path):
    own = part(dotted(path))
    if own in TRUNK:
        assert known(path) <= TRUNK
    elif own in NOUNS:
        assert known(path) <= TRUNK | {own}


@pytest.mark.parametrize("side", sorted(NOUNS))
def test_a_noun_never_imports_its_sibling(side):
    """A sub-noun (`factura_detalle`) may use its noun's schemas; modules without routes are anybody's."""
    nouns = {path.stem for path in modules(side) if is_noun(path)}
    for path in modules(side):
        prefix = f"daf_backend.{side}."
        siblings = {
            name.removeprefix(prefix).split(".")[0] for name in imports(path) if name.startswith(prefix)
        }
        strangers = {name for name in siblings & nouns if not path.stem.startswith(f"{name}_")}
        assert path.name == "__init__.py" or not strangers, f"{path.stem} imports {strangers}"


def doors(found) -> set[str]:
    """Parts of the house whose files satisfy a question."""
    return {part(dotted(path)) or "" for path in modules() if found(path)}


def test_only_the_database_parts_import_psycopg():
    def asks(path):
        return any(module.split(".")[0] in ("psycopg", "psycopg_pool") for module in imports(path))

    assert doors(asks) <= {"db", "errors", "cli"}


def test_only_settings_reads_the_environment():
    def asks(path):
        text = path.read_text(encoding="utf-8")
        return bool(re.search(r"\bos\.(environ|getenv|putenv)\b|from os import .*environ|dotenv", text))

    assert doors(asks) <= {"settings"}


def test_only_files_opens_the_uploads_folder():
    for path in modules():
        text = path.read_text(encoding="utf-8")
        if path not in (PACKAGE / "http" / "files.py", PACKAGE / "settings.py"):
            uses = [line for line in text.splitlines() if re.search(r"\.uploads\b", line)]
            assert all("init_files(" in line for line in uses), path


def test_sql_text_lives_in_sql():
    """Only `db/` writes SQL in Python: the one call, the ledger of migrations, the life of a connection."""
    verb = re.compile(
        r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|GRANT|REVOKE|CALL|DO) "
    )
    for path in modules():
        if part(dotted(path)) in ("db", "cli"):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not verb.match(node.value), f"{path.relative_to(ROOT)}:{node.lineno}"


def test_nothing_of_this_machine_is_written_down():
    for path in [*modules(), *(ROOT / "sql").rglob("*.sql")]:
        assert not re.search(r"/(root|work|home/\w+)/", path.read_text(encoding="utf-8")), path
