"""What the doctor watches can be broken on purpose, and says in Spanish what it watches."""

import re

from .tree import SQL, TESTS

CHECK = re.compile(r"^CREATE FUNCTION privado\.((?:doctor|aviso)_\w+)\(\) RETURNS SETOF text", re.M)
FOUND = {
    name: path for path in SQL.rglob("*.sql") for name in CHECK.findall(path.read_text(encoding="utf-8"))
}


def test_every_invariant_is_broken_by_a_test():
    """A check that nobody ever saw fail may be one that cannot."""
    tests = "".join(
        path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py") if path.parent.name != "house"
    )
    assert len(FOUND) > 20
    assert {name for name in FOUND if name.partition("_")[2] not in tests} == set()


def test_every_invariant_says_what_it_is(pos, ecom):
    for conn in (pos, ecom):
        mute = conn.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'privado'::regnamespace"
            " AND proname ~ '^(doctor|aviso)_' AND pronargs = 0 AND prorettype = 'text'::regtype"
            " AND coalesce(obj_description(oid, 'pg_proc'), '') !~ '^[A-ZÁÉÍÓÚÑ].{10,}[.]$'"
        ).fetchall()
        assert mute == []
