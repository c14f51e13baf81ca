"""The catalog of a deployed server is what was reviewed, entirely; and the book it is kept in is faithful."""

import re

import psycopg
import pytest

from daf_backend.db.deploy import SQL_ROOT
from daf_backend.permisos import snapshot, source
from daf_backend.permisos.drift import check
from daf_backend.permisos.page import page, summary


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_the_server_allows_what_was_reviewed_and_nothing_else(servers, reviewed, side):
    with psycopg.connect(servers.admin_conninfo(side), autocommit=True) as conn:
        found = check(conn, side, reviewed)
    assert not found, "\n".join(
        ["`python -m tests.permisos.generate`, then read the diff:", *map(str, found)]
    )


def test_writing_the_snapshot_again_changes_nothing(reviewed):
    assert snapshot.write(reviewed) == snapshot.PATH.read_text("utf-8")


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_an_auditor_sees_the_same_catalog_as_a_superuser(servers, callers, as_person, side):
    auditor = snapshot.see(as_person(callers.login("auditor"), side), side)
    with psycopg.connect(servers.admin_conninfo(side), autocommit=True) as conn:
        assert auditor == snapshot.see(conn, side)


def test_the_roles_and_groups_of_the_files_are_those_of_the_server(pos):
    assert set(source.groups()) == set(pos.execute("SELECT privado.grupos()").fetchone()[0])
    known = pos.execute("SELECT count(*) FROM pg_roles WHERE rolname = ANY (%s)", (list(source.roles()),))
    assert known.fetchone() == (len(source.roles()),)


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_every_function_is_read_from_its_file(side, reviewed):
    ours = {item for item in reviewed[side] if item.startswith(("api.", "privado."))}
    assert ours == source.functions(side).keys()


def test_the_page_names_each_group_and_what_it_may_do(reviewed):
    text = page(reviewed)
    assert all(f"## {group}\n" in text for group in source.groups())
    seller = text.partition("## ventas\n")[2].partition("\n## ")[0]
    assert "| `factura_aprobar` |" in seller and "`factura_anular`" not in seller
    assert "políticas" in summary(reviewed)


def test_what_pgaudit_is_given_is_no_drift_and_who_takes_it_is(pos, callers, reviewed):
    """sql/pgaudit.sql runs only where the server has the extension; here without it, so that every server can say."""
    text = (SQL_ROOT / "pgaudit.sql").read_text("utf-8")
    before = set(check(pos, "pos", reviewed))
    pos.execute(re.sub(r"^CREATE EXTENSION.*?;", "", text, flags=re.M).encode())
    assert pos.execute(
        "SELECT has_column_privilege('pgaudit_costos', 'datos.kardex', 'krd_valor', 'SELECT')"
    ).fetchone()[0]
    assert set(check(pos, "pos", reviewed)) == before
    person = callers.login("cajero")
    pos.execute(f"GRANT pgaudit_costos TO {person}; ALTER ROLE pgaudit_costos LOGIN")
    said = [str(drift) for drift in set(check(pos, "pos", reviewed)) - before]
    assert sorted(said) == [
        f"roles: rol {name}, {what}" for name, what in
        sorted([("pgaudit_costos", "es: de más, «LOGIN»"), (person, "pertenece a: de más, «pgaudit_costos»")])
    ]  # fmt: skip
