"""RolePool: a bounded pool of connections to one database where every caller has their own PostgreSQL login.

A pool hit skips PostgreSQL's own authentication, so the credential is part of the key: whoever holds another
password or other keys for the same login gets a connection of their own, or is refused. One cap for all
logins; a login that is not here takes the place of the connection idle for longest; who finds no place waits,
fairly (``places.py``), in a bounded queue.

Threads. One lock guards the books and is never held while talking to a server: a place is reserved under the
lock and filled outside it. A place is free only once its backend has exited, so the cap holds as the server
counts. The pool has no thread of its own; what is too old is closed by whoever comes by.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic

import psycopg

from .connect import BadCredential, Credential, PoolTimeout, ServerAway, connect, connect_error
from .lend import lend
from .places import Key, Place, Places, Waiter
from .reset import alive, hang_up
from .service import service_pool

__all__ = [
    "BadCredential", "Credential", "PoolTimeout", "RolePool", "ServerAway",
    "connect", "connect_error", "service_pool",
]  # fmt: skip

HOT = 0.05  # seconds: used so lately that looking at the socket (and letting go of the GIL) is not worth it
SWEEP = 2  # how many overdue connections one request closes on its way


class RolePool:
    """Connections to one database, each as the login that asked for it."""

    def __init__(
        self,
        conninfo: str,
        *,
        cap: int,
        per_login: int = 4,
        queue: int = 256,
        wait: float = 2.0,
        idle: float = 120.0,
        lifetime: float = 1800.0,
        options: str = "",
    ) -> None:
        self._conninfo, self._options = conninfo, options
        self._wait, self._max_idle, self._lifetime = wait, idle, lifetime
        self._places = Places(cap, per_login, queue)
        self._lock = threading.Lock()
        self._closed = False
        self._counts = dict.fromkeys(("hits", "misses", "denied", "refused", "timeouts"), 0)

    @contextmanager
    def connection(
        self, login: str, credential: Credential, *, tidy: bool = False
    ) -> Iterator[psycopg.Connection]:
        """Lend a connection of that login, opened with that very credential; ``tidy`` as in ``lend``.

        Raises:
            PoolTimeout: every place stayed taken, or too many were waiting.
            BadCredential: PostgreSQL refused the login.
            ServerAway: the server cannot be reached, or went away meanwhile.
        """
        place, conn = self._borrow(Key(login, credential.fingerprint()), credential)
        with lend(conn, tidy, partial(self._give_back, place)):
            yield conn

    def evict(self, login: str) -> None:
        """Forget every connection of a login; those lent or being opened are closed when they come back."""
        with self._lock:
            gone = self._places.stale(login)
        self._close(gone)

    def stats(self) -> dict[str, int]:
        """Numbers for /metrics."""
        books = self._places
        with self._lock:
            return self._counts | {
                "cap": books.cap, "size": books.size, "idle": books.idle,
                "waiting": books.waiting, "evictions": books.evictions,
            }  # fmt: skip

    def close(self) -> None:
        """Send away who waits and close what is idle; what is lent is closed when it comes back."""
        with self._lock:
            self._closed = True
            self._places.refuse_all("the pool was closed")
            gone = self._places.drain()
        self._close(gone)

    def _borrow(self, key: Key, credential: Credential) -> tuple[Place, psycopg.Connection]:
        place = self._take(key)
        conn = place.conn
        if conn is not None and self._usable(place, conn):
            self._counts["hits"] += 1  # unlocked: at worst a statistic is one short
            return place, conn
        self._counts["misses"] += 1
        return place, self._open(place, credential)

    def _take(self, key: Key) -> Place:
        """Get a place, waiting for it if need be."""
        waiter = None
        with self._lock:
            if self._closed:
                raise ServerAway("the pool is closed")
            place = self._places.admit(key)
            if place is None:
                waiter = self._places.enqueue(key)
        if waiter is not None:
            place = self._await(waiter)
        if place is None:
            self._counts["refused"] += 1
            raise PoolTimeout("too many requests wait for a connection")
        return place

    def _await(self, waiter: Waiter) -> Place:
        try:
            waiter.ready.wait(self._wait)
        finally:
            # A place may have come at the last moment: under the lock it is either ours or it will never
            # come.
            with self._lock:
                if waiter.place is None and not waiter.refused:
                    self._places.withdraw(waiter)
                    self._counts["timeouts"] += 1
        if waiter.place is None:
            self._counts["refused"] += bool(waiter.refused)
            raise PoolTimeout(waiter.refused or f"no connection in {self._wait:g} s")
        return waiter.place

    def _usable(self, place: Place, conn: psycopg.Connection) -> bool:
        """Whether an idle connection can be used as it is. Terminated or too old, it is to be replaced."""
        now = monotonic()
        idle_for = now - place.used
        fresh = now - place.born < self._lifetime and idle_for < self._max_idle
        if fresh and (idle_for < HOT or alive(conn)):
            return True
        place.conn, place.predecessor = None, conn
        return False

    def _open(self, place: Place, credential: Credential) -> psycopg.Connection:
        """Fill a place with a connection of its own, outside the lock."""
        try:
            if place.predecessor is not None:
                hang_up(place.predecessor)
                place.predecessor = None
            conn = connect(self._conninfo, place.key.login, credential=credential, options=self._options)
        except BaseException as exc:
            if isinstance(exc, BadCredential):
                self._deny(place.key)
            self._close([place])
            raise
        place.conn, place.born = conn, monotonic()
        return conn

    def _deny(self, key: Key) -> None:
        """PostgreSQL just refused this credential: what it opened earlier must not serve it any more.

        Only this key. Whoever tries wrong keys for a login must not cost its owner their connections.
        """
        with self._lock:
            self._counts["denied"] += 1
            gone = self._places.stale(key.login, key)
        self._close(gone)

    def _give_back(self, place: Place, fit: bool) -> None:
        now = monotonic()
        with self._lock:
            if fit and not place.stale and not self._closed and now - place.born < self._lifetime:
                self._places.give_back(place)
                gone = self._places.overdue(now - self._max_idle, SWEEP)
            else:
                gone = [place]
        self._close(gone)

    def _close(self, places: list[Place]) -> None:
        """Close the connections of places that are out of everybody's reach, then free the places."""
        for place in places:
            for conn in (place.conn, place.predecessor):
                if conn is not None:
                    hang_up(conn)
            with self._lock:
                self._places.free(place)
