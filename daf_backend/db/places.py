"""The books of a RolePool: who holds a place, who waits, whose turn it is.

No I/O, so it is quick; every call happens under the pool's lock.

Everything that frees something deals it out at once to those who wait. So whoever waits cannot be admitted,
and a newcomer who can be admitted overtakes nobody.

Logins take turns, whatever the number of requests each has waiting. A turn lasts at least QUANTUM: within it
a returned connection goes on to the next request of its own login, because giving the place to another login
costs a new connection, as much as 200 statements. When the queue is full, the login with most requests in it
yields.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

import psycopg

QUANTUM = 0.025  # seconds; five times what a connect costs


class Key(NamedTuple):
    """Whose connection it is, and what proved it."""

    login: str
    fingerprint: bytes


@dataclass(eq=False)
class Place:
    """One of the pool's places: being filled, lent or idle, always counted against the cap."""

    key: Key
    conn: psycopg.Connection | None = None
    predecessor: psycopg.Connection | None = None  # to be gone before `conn` is opened
    stale: bool = False  # its login was evicted: close it when it comes back
    born: float = 0.0
    used: float = 0.0
    turn: float = 0.0  # when its login got it from the others


@dataclass(eq=False)
class Waiter:
    """A request that waits for a place."""

    key: Key
    place: Place | None = None
    refused: str = ""
    ready: threading.Event = field(default_factory=threading.Event)


class Places:
    """At most ``cap`` places, ``per_login`` of one login, and ``queue`` requests waiting for one."""

    def __init__(self, cap: int, per_login: int, queue: int) -> None:
        self.cap, self.per_login, self.queue = cap, per_login, queue
        self.size = self.waiting = self.evictions = 0
        self._of: dict[str, set[Place]] = {}  # every place, by login
        self._idle: OrderedDict[Place, None] = OrderedDict()  # first the one idle for longest
        self._idle_of: dict[Key, list[Place]] = {}  # the same; last in, first out, so that few stay hot
        self._lines: OrderedDict[str, deque[Waiter]] = OrderedDict()  # who waits, by login, in order of turns

    @property
    def idle(self) -> int:
        """How many connections are open and not lent."""
        return len(self._idle)

    def admit(self, key: Key) -> Place | None:
        """A place for that key if there is one now: its own idle one, a free one, another's idle one."""
        if own := self._idle_of.get(key):
            place = self._wake(own[-1])
            place.turn = monotonic()
            return place
        held = self._of.get(key.login, ())
        if len(held) >= self.per_login:  # unless one of them lies idle under an earlier credential
            return self._replace(next((place for place in held if place in self._idle), None), key)
        if self.size < self.cap:
            return self._reserve(Place(key))
        return self._replace(next(iter(self._idle), None), key)

    def enqueue(self, key: Key) -> Waiter | None:
        """Wait for a place; None if the queue is full and no login has more in it than this one."""
        line = self._lines.get(key.login, ())
        if self.waiting >= self.queue:
            longest = max(self._lines.values(), key=len, default=deque[Waiter]())
            if len(longest) <= len(line) + 1:
                return None
            self.refuse(longest[-1], "others were waiting with fewer requests")
        waiter = Waiter(key)
        self._lines.setdefault(key.login, deque()).append(waiter)
        self.waiting += 1
        return waiter

    def withdraw(self, waiter: Waiter) -> None:
        """Wait no longer."""
        line = self._lines[waiter.key.login]
        line.remove(waiter)
        if not line:
            del self._lines[waiter.key.login]
        self.waiting -= 1

    def refuse(self, waiter: Waiter, why: str) -> None:
        """Send one away who waits."""
        self.withdraw(waiter)
        waiter.refused = why
        waiter.ready.set()

    def refuse_all(self, why: str) -> None:
        """Send everybody away."""
        for waiter in [waiter for line in self._lines.values() for waiter in line]:
            self.refuse(waiter, why)

    def give_back(self, place: Place) -> None:
        """A connection fit for more: to its own login within its turn, else to whoever is next, else idle."""
        place.used = monotonic()
        line = self._lines.get(place.key.login)
        if line and line[0].key == place.key and place.used - place.turn < QUANTUM:
            return self._serve(line[0], place)
        self._idle[place] = None
        self._idle_of.setdefault(place.key, []).append(place)
        return self._deal()

    def free(self, place: Place) -> None:
        """A place whose connection has gone."""
        self._forget(place)
        self._deal()

    def stale(self, login: str, key: Key | None = None) -> list[Place]:
        """Mark every place of a login, or of one key of it; take out those that lie idle, to be closed."""
        marked = [place for place in self._of.get(login, ()) if key is None or place.key == key]
        for place in marked:
            place.stale = True
        return self._wake_all(place for place in marked if place in self._idle)

    def overdue(self, before: float, at_most: int) -> list[Place]:
        """Take out some of those that lie idle since ``before``, to be closed."""
        old: list[Place] = []
        for place in self._idle:
            if place.used >= before or len(old) == at_most:
                break
            old.append(place)
        return self._wake_all(old)

    def drain(self) -> list[Place]:
        """Take out everything that lies idle, to be closed."""
        return self._wake_all(self._idle)

    def _deal(self) -> None:
        """Give what is free or idle to those who wait, in order of turns, while any can be admitted.

        A login at its own limit is passed over and keeps its turn.
        """
        dealt = True
        while dealt and self._lines:
            dealt = False
            for login in list(self._lines):
                if self.size >= self.cap and not self._idle:
                    return
                waiter = self._lines[login][0]
                if place := self.admit(waiter.key):
                    self._serve(waiter, place)
                    dealt = True

    def _serve(self, waiter: Waiter, place: Place) -> None:
        self.withdraw(waiter)
        if waiter.key.login in self._lines:
            self._lines.move_to_end(waiter.key.login)
        waiter.place = place
        waiter.ready.set()

    def _reserve(self, place: Place) -> Place:
        place.turn = monotonic()
        self._of.setdefault(place.key.login, set()).add(place)
        self.size += 1
        return place

    def _replace(self, victim: Place | None, key: Key) -> Place | None:
        """The place of an idle connection for another key; whoever gets it closes the old one first."""
        if victim is None:
            return None
        self.evictions += 1
        self._forget(self._wake(victim))
        return self._reserve(Place(key, predecessor=victim.conn))

    def _forget(self, place: Place) -> None:
        held = self._of[place.key.login]
        held.remove(place)
        if not held:
            del self._of[place.key.login]
        self.size -= 1

    def _wake(self, place: Place) -> Place:
        del self._idle[place]
        own = self._idle_of[place.key]
        own.remove(place)
        if not own:
            del self._idle_of[place.key]
        return place

    def _wake_all(self, places: Iterable[Place]) -> list[Place]:
        return [self._wake(place) for place in list(places)]
