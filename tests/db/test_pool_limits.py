"""The cap, the limits and the queue, as the server counts them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from daf_backend.db.pool import Credential, PoolTimeout, RolePool, ServerAway

from .conftest import Arena, PoolMaker

Login = tuple[str, Credential]


@contextmanager
def in_threads(*acts: Callable[[], Any]) -> Iterator[list[Any]]:
    """Run all at once; what each returned or raised, in their order, once the block has ended."""
    results: list[Any] = [None] * len(acts)

    def run(n: int, act: Callable[[], Any]) -> None:
        try:
            results[n] = act()
        except Exception as exc:
            results[n] = exc

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    yield results
    for thread in threads:
        thread.join()


def hold(pool: RolePool, login: Login, seconds: float = 0.0) -> int:
    """Borrow, keep for a while, return; the backend it was."""
    with pool.connection(*login) as conn:
        time.sleep(seconds)
        return conn.info.backend_pid


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread to get there."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.002)


def test_the_cap_holds_for_all_logins_together(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=3)
    logins = [arena.login() for _ in range(8)]
    most = 0
    with in_threads(*(lambda login=login: hold(pool, login, 0.01) for login in logins * 4)) as results:
        for _ in range(40):
            most = max(most, len(arena.backends()))
            time.sleep(0.005)
    assert all(isinstance(result, int) for result in results), results
    assert 0 < most <= 3


def test_one_login_cannot_take_all_places(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=4, per_login=2, wait=0.1)
    greedy, modest = arena.login(), arena.login()
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(pool.connection(*greedy))
        with pytest.raises(PoolTimeout, match=r"0\.1 s"):
            hold(pool, greedy)
        hold(pool, modest)
    assert pool.stats()["timeouts"] == 1


def test_the_one_idle_for_longest_makes_way(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=2)
    old, young, new = (arena.login() for _ in range(3))
    for login in (old, young, new):
        hold(pool, login)
    assert [len(arena.backends(login)) for login, _ in (old, young, new)] == [0, 1, 1]


def test_a_returned_connection_goes_to_its_own_login_first(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=1)
    login = arena.login()
    with pool.connection(*login) as conn:
        pid = conn.info.backend_pid
        threads = in_threads(lambda: hold(pool, login))
        results = threads.__enter__()
        until(lambda: pool.stats()["waiting"] == 1)
    threads.__exit__(None, None, None)
    assert results == [pid]


def test_a_login_with_many_requests_does_not_starve_another(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=1, wait=10)
    greedy, modest = arena.login(), arena.login()
    finished: list[str] = []

    def served(login: Login) -> None:
        hold(pool, login, 0.03)  # longer than a turn
        finished.append(login[0])

    with pool.connection(*greedy):
        first = in_threads(*[lambda: served(greedy)] * 8)
        first.__enter__()
        until(lambda: pool.stats()["waiting"] == 8)
        second = in_threads(lambda: served(modest))
        second.__enter__()
        until(lambda: pool.stats()["waiting"] == 9)
    for threads in (first, second):
        threads.__exit__(None, None, None)
    assert finished.index(modest[0]) <= 1


def test_a_full_queue_refuses_at_once(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=1, queue=0)
    login = arena.login()
    with pool.connection(*login):
        started = time.monotonic()
        with pytest.raises(PoolTimeout, match="too many"):
            hold(pool, login)
    assert time.monotonic() - started < 0.5
    assert pool.stats()["refused"] == 1


def test_a_failed_connect_gives_its_place_to_who_waits(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=1)
    (login, keys), other = arena.login(), arena.login()
    wrong = Credential(bytes(32), keys.server_key)
    with in_threads(*[lambda: hold(pool, (login, wrong))] * 4, *[lambda: hold(pool, other)] * 4) as results:
        pass
    assert [type(result).__name__ for result in results] == ["BadCredential"] * 4 + ["int"] * 4
    assert pool.stats()["waiting"] == 0


def test_idle_and_old_connections_are_replaced(arena: Arena, make_pool: PoolMaker) -> None:
    login, other = arena.login(), arena.login()
    for limits in ({"idle": 0.05}, {"lifetime": 0.05}):
        pool = make_pool(**limits)
        first = hold(pool, login)
        time.sleep(0.06)
        assert hold(pool, login) != first
    pool = make_pool(idle=0.05)
    hold(pool, login)
    time.sleep(0.06)
    hold(pool, other)
    assert pool.stats()["size"] == 1, "whoever comes by closes what is overdue"


def test_a_closed_pool_serves_nobody_and_keeps_nothing(arena: Arena, make_pool: PoolMaker) -> None:
    pool = make_pool(cap=1)
    login = arena.login()
    with pool.connection(*login):
        threads = in_threads(lambda: hold(pool, login))
        results = threads.__enter__()
        until(lambda: pool.stats()["waiting"] == 1)
        pool.close()
        threads.__exit__(None, None, None)
    assert isinstance(results[0], PoolTimeout)
    with pytest.raises(ServerAway):
        hold(pool, login)
    assert arena.backends(login[0]) == []


def test_the_pool_starts_no_thread(arena: Arena, make_pool: PoolMaker) -> None:
    before = threading.active_count()
    pool = make_pool(cap=4)
    for login in [arena.login() for _ in range(8)]:
        hold(pool, login)
    assert threading.active_count() == before
