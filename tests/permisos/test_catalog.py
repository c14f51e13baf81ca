"""The catalog of a deployed server is what was reviewed, entirely; and the book it is kept in is faithful."""

import psycopg
import pytest

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
