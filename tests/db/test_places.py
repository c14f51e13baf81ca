"""The books of the pool, without a server: caps, turns, and that nobody waits who need not."""

import random
from typing import cast

import psycopg
import pytest

from daf_backend.db import places
from daf_backend.db.places import Key, Place, Places, Waiter

ANA, EVA, LUZ = (Key(name, b"") for name in ("ana", "eva", "luz"))


@pytest.fixture(autouse=True)
def no_quantum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns last no time, unless a test says otherwise."""
    monkeypatch.setattr(places, "QUANTUM", 0.0)


def admitted(books: Places, key: Key) -> Place:
    """A lent place with a connection in it."""
    place = books.admit(key)
    assert place is not None
    place.conn = place.conn or cast(psycopg.Connection, object())
    return place


def waiting(books: Places, key: Key) -> Waiter:
    """A request that found no place."""
    assert books.admit(key) is None
    waiter = books.enqueue(key)
    assert waiter is not None
    return waiter


def test_an_idle_connection_serves_its_own_key_only() -> None:
    books = Places(cap=2, per_login=2, queue=0)
    mine = admitted(books, ANA)
    books.give_back(mine)
    assert admitted(books, Key("ana", b"otra")) is not mine
    assert admitted(books, ANA) is mine


def test_at_the_cap_the_connection_idle_for_longest_gives_its_place() -> None:
    books = Places(cap=2, per_login=2, queue=0)
    old, young = admitted(books, ANA), admitted(books, EVA)
    books.give_back(old)
    books.give_back(young)
    heir = books.admit(LUZ)
    assert heir is not None and heir.predecessor is old.conn and heir.conn is None
    assert (books.size, books.evictions) == (2, 1)


def test_at_its_own_limit_a_login_replaces_its_connection_of_an_earlier_credential() -> None:
    books = Places(cap=9, per_login=1, queue=0)
    before = admitted(books, ANA)
    books.give_back(before)
    after = books.admit(Key("ana", b"nueva"))
    assert after is not None and after.predecessor is before.conn


def test_a_freed_place_goes_to_who_waits_longest_one_per_login() -> None:
    books = Places(cap=1, per_login=1, queue=9)
    place: Place | None = admitted(books, LUZ)
    line = [waiting(books, key) for key in (ANA, ANA, ANA, EVA)]
    served: list[Waiter] = []
    while place is not None and len(served) < len(line):
        books.free(place)
        served += [waiter for waiter in line if waiter.place and waiter not in served]
        place = served[-1].place
    assert [waiter.key.login for waiter in served] == ["ana", "eva", "ana", "ana"]


def test_within_its_turn_a_login_keeps_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "QUANTUM", 60.0)
    books = Places(cap=1, per_login=1, queue=9)
    lent = admitted(books, ANA)
    other, own = waiting(books, EVA), waiting(books, ANA)
    books.give_back(lent)
    assert own.place is lent and other.place is None


def test_after_its_turn_a_login_gives_its_connection_up() -> None:
    books = Places(cap=1, per_login=1, queue=9)
    lent = admitted(books, ANA)
    other, own = waiting(books, EVA), waiting(books, ANA)
    books.give_back(lent)
    assert own.place is None and other.place is not None and other.place.predecessor is lent.conn


def test_a_login_at_its_limit_does_not_hold_up_the_others() -> None:
    books = Places(cap=2, per_login=1, queue=9)
    _, theirs = admitted(books, ANA), admitted(books, EVA)
    own, other = waiting(books, ANA), waiting(books, LUZ)
    books.give_back(theirs)
    assert own.place is None and other.place is not None


def test_in_a_full_queue_the_login_with_most_requests_yields() -> None:
    books = Places(cap=1, per_login=1, queue=3)
    admitted(books, LUZ)
    greedy = [waiting(books, ANA) for _ in range(3)]
    assert books.enqueue(ANA) is None
    assert books.enqueue(EVA) is not None
    assert [bool(waiter.refused) for waiter in greedy] == [False, False, True]
    assert books.waiting == 3


def test_an_evicted_login_keeps_nothing() -> None:
    books = Places(cap=3, per_login=3, queue=0)
    lent, resting = admitted(books, ANA), admitted(books, ANA)
    books.give_back(resting)
    assert books.stale("ana") == [resting]
    assert lent.stale and books.idle == 0
    assert books.stale("nadie") == []


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_the_books_balance(seed: int) -> None:
    """A random life; after each step the limits hold and nobody waits who could be served."""
    dice = random.Random(seed)
    books = Places(cap=dice.randint(1, 5), per_login=dice.randint(1, 3), queue=6)
    lent: list[Place] = []
    queue: list[Waiter] = []
    for _ in range(400):
        step(books, dice, lent, queue)
        for waiter in [w for w in queue if w.ready.is_set()]:
            queue.remove(waiter)
            lent += [waiter.place] if waiter.place else []
        check(books, lent, queue)


def step(books: Places, dice: random.Random, lent: list[Place], queue: list[Waiter]) -> None:
    """One thing that happens to a pool."""
    act = dice.choice(["come", "come", "come", "return", "return", "break", "leave", "evict", "sweep"])
    if act == "come":
        key = Key(f"l{dice.randint(1, 4)}", bytes([dice.randint(1, 2)]))
        place = books.admit(key)
        waiter = None if place else books.enqueue(key)
        lent += [place] if place else []
        queue += [waiter] if waiter else []
    elif act in ("return", "break") and lent:
        place = lent.pop(dice.randrange(len(lent)))
        place.conn = cast(psycopg.Connection, object())
        (books.free if act == "break" or place.stale else books.give_back)(place)
    elif act == "leave" and queue:
        books.withdraw(queue.pop(dice.randrange(len(queue))))
    elif act == "evict":
        for place in books.stale(f"l{dice.randint(1, 4)}"):
            books.free(place)
    elif act == "sweep":
        for place in books.overdue(float("inf"), 1):
            books.free(place)


def check(books: Places, lent: list[Place], queue: list[Waiter]) -> None:
    """The invariants."""
    held = [place.key.login for place in lent] + [place.key.login for place in books._idle]
    assert books.size == len(held) <= books.cap
    assert all(held.count(login) <= books.per_login for login in held)
    assert len(queue) == books.waiting <= books.queue
    assert sorted(map(id, books._idle)) == sorted(id(p) for own in books._idle_of.values() for p in own)
    for waiter in queue:  # nobody waits who could be served
        login = waiter.key.login
        assert waiter.key not in books._idle_of
        assert (books.size == books.cap and not books.idle) or held.count(login) == books.per_login
        assert held.count(login) < books.per_login or all(p.key.login != login for p in books._idle)
