"""sql/<side>/esquema.sql is what the migrations make: `./daf esquema` writes it again."""

import pytest

from daf_backend.db import snapshot


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_the_snapshot_is_what_the_migrations_make(servers, cluster, side):
    pg_dump = cluster.bindir / "pg_dump"
    fresh = snapshot.dump(pg_dump, servers.admin_conninfo(side))
    kept = snapshot.path_of(side).read_text("utf-8")
    assert words(fresh) == words(kept)


def words(text: str) -> list[str]:
    """The statements in no order: versions of pg_dump space and sort them differently."""
    return sorted(" ".join(statement.split()) for statement in text.split(";"))
