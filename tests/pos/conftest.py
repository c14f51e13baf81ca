"""What tests of the till share: a shop whose books must be right at the end of each test."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import People

from .counter import Counter


@pytest.fixture
def counter(pos: psycopg.Connection, people: People) -> Iterator[Counter]:
    """A shop inside a transaction that is rolled back; the doctor visits before."""
    shop = Counter(pos, people)
    yield shop
    shop.healthy()
