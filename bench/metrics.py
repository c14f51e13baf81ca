"""What counting costs a request, and one scrape of four worker processes while one of them is killed.

    python -m bench.metrics

The cost: requests straight to the WSGI application of this process, in turns with and without the counting: the
cheapest there is, and a read of the database as its caller; the ratio of the medians. Then the scrape of a real
server: how many processes it shows, how long it takes, and what is left of a worker after `kill -9`.
"""

import os
import re
import signal
import statistics
import time
import urllib.request
from typing import Any

import psutil
from flask import Flask
from werkzeug.test import create_environ

from daf_backend import create_app

from .harness import Stack, stack

TURNS, REQUESTS, LIMIT = 60, 50, 1.05
WORKERS = 4


def seconds(app: Flask, path: str, headers: dict[str, str]) -> float:
    """What one request takes, over a handful."""
    environ = create_environ(path, headers=headers)
    started = time.perf_counter()
    for _ in range(REQUESTS):
        for _part in app.wsgi_app({**environ}, _ignore):
            pass
    return (time.perf_counter() - started) / REQUESTS


def _ignore(status: str, headers: Any, exc_info: Any = None) -> Any:
    if not status.startswith("200"):
        raise AssertionError(status)


def cost(app: Flask, path: str, headers: dict[str, str]) -> float:
    """Ratio of a request with counting to one without, measured in turns."""
    hooks = app.after_request_funcs[None]
    count = next(hook for hook in hooks if hook.__name__ == "count")
    place, times = hooks.index(count), {True: list[float](), False: list[float]()}
    for turn in range(TURNS * 2):
        counting = turn % 2 == 0
        hooks[:] = [hook for hook in hooks if hook is not count]
        if counting:
            hooks.insert(place, count)
        times[counting].append(seconds(app, path, headers))
    hooks[:] = [hook for hook in hooks if hook is not count]
    hooks.insert(place, count)
    with_it, without = statistics.median(times[True]), statistics.median(times[False])
    print(
        f"{path:24} {without * 1e6:7.1f} us, counted {with_it * 1e6:7.1f} us, ratio {with_it / without:.3f}",
        flush=True,
    )
    return with_it / without


def scrape(shop: Stack) -> tuple[set[str], float, int]:
    """The processes one scrape shows alive, how long it took, and its size."""
    started = time.perf_counter()
    with urllib.request.urlopen(f"{shop.base_url}/api/v1/metrics") as answer:
        text = answer.read().decode()
    alive = set(re.findall(r'daf_process_up\{process="([^"]+)"\} 1\.0', text))
    return alive, time.perf_counter() - started, len(text)


def until_whole(shop: Stack) -> set[str]:
    """Wait until every worker and the bridge's are there."""
    give_up = time.monotonic() + 20
    while len(alive := scrape(shop)[0]) != WORKERS + 1:
        if time.monotonic() > give_up:
            raise AssertionError(f"a scrape shows {alive}")
        time.sleep(0.1)
    return alive


def kill_one(shop: Stack) -> None:
    """A worker dies without a word: its series and its socket go with it, a new one takes its place."""
    before = until_whole(shop)
    victim = next(name for name in before if name.startswith("serve-"))
    os.kill(int(victim.rpartition("-")[2]), signal.SIGKILL)
    while psutil.pid_exists(int(victim.rpartition("-")[2])):
        time.sleep(0.05)
    after = until_whole(shop)
    left = len(list((shop.settings.home / "run").iterdir()))
    _, took, size = scrape(shop)
    print(
        f"{len(before)} processes before, {len(after)} after a kill -9, {len(after - before)} of them new; "
        f"{left} sockets on disk; a scrape of {size // 1024} KB takes {took * 1000:.0f} ms", flush=True,
    )  # fmt: skip
    if victim in after or left != WORKERS + 1:
        raise AssertionError("a promise does not hold")


def run() -> None:
    """Both; raise if a promise does not hold."""
    with stack(workers=WORKERS, bridge=True) as shop:
        app = create_app(shop.settings.model_copy(update={"pool_max": 4, "workers": 1}))
        token = shop.login("demo_ventas")._headers["Authorization"]
        cost(app, "/api/v1/health/live", {})
        ratio = cost(app, "/api/pos/unidadmedida", {"Authorization": token})
        app.extensions["daf"].close()
        kill_one(shop)
    if ratio > LIMIT:
        raise AssertionError("a promise does not hold")


if __name__ == "__main__":
    run()
