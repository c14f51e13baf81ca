"""Connections are handed from one request to the next without a reset, so no function may leave anything behind."""

import re

import pytest

from daf_backend.db.deploy import SQL_ROOT

FILES = sorted(path for side in ("comun", "pos", "ecom") for path in (SQL_ROOT / side).glob("*.sql"))
LEFTOVERS = {
    "a setting that outlives the transaction": r"set_config\s*\([^;]*?,\s*false\s*\)",
    "a session-level SET": r"^\s*SET\s+(?!(?:LOCAL|CONSTRAINTS|search_path)\b)(?:SESSION\s+)?\w+\s*(?:=|TO)\s",
    "a LISTEN": r"^\s*(?:LISTEN|UNLISTEN)\s",
    "a session-level advisory lock": r"pg_(?:try_)?advisory_lock",
    "a temporary table": r"CREATE\s+(?:LOCAL\s+)?TEMP",
    "a cursor that is held": r"WITH\s+HOLD",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_function_leaves_anything_in_its_session(path):
    code = re.sub(r"--[^\n]*", "", path.read_text("utf-8"))
    code = re.sub(r"UPDATE\s+[^;]*?;", "", code)  # whose SET is another word
    found = [name for name, pattern in LEFTOVERS.items() if re.search(pattern, code, re.M | re.I | re.S)]
    assert found == []
