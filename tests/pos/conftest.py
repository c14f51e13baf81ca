"""What tests of the till share: a shop whose books must be right at the end of each test."""

from collections.abc import Iterator

import psycopg
import pytest

from daf_backend.db.servers import Servers
from tests.conftest import Act, People

from .counter import Counter


@pytest.fixture
def counter(pos: psycopg.Connection, people: People) -> Iterator[Counter]:
    """A shop inside a transaction that is rolled back; the doctor visits before."""
    shop = Counter(pos, people)
    yield shop
    shop.healthy()


@pytest.fixture
def boss(servers: Servers) -> Iterator[Act]:
    """The superuser, for what a race stands on, each call committed; the doctor visits after it."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        act = Act(conn)
        yield act
        broken = [row for row in act("doctor_revisar") if row["filas"] and row["nivel"] == "VIOLACION"]
        assert not broken, broken
