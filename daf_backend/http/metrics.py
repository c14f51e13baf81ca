"""What one process counts of itself: requests, failures of the databases, pools, sessions, sweeps.

Labels are bounded: a route is its template, never a path; nothing that a caller types becomes a label. A request costs
one lock and one addition here (``bench.metrics`` measures it); everything else is read when somebody asks.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

import prometheus_client
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ..db.runtime import Runtime
from ..errors import describe

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "otra"

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Requests(Collector):
    """A histogram of latencies by method, route and status: one lock and one list per combination."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str, str], list[float]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (method, route, str(status))
        with self._lock:
            row = self._seen.get(key)
            if row is None:
                row = self._seen[key] = [0.0] * (len(BOUNDS) + 2)
            row[bisect_left(BOUNDS, seconds)] += 1
            row[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        """The family of all requests."""
        family = HistogramMetricFamily(
            "daf_http_request_seconds",
            "Requests and how long they took",
            labels=["method", "route", "status"],
        )
        with self._lock:
            rows = {key: list(row) for key, row in self._seen.items()}
        for key, (*counts, total) in rows.items():
            bounds = [*map(str, BOUNDS), "+Inf"]
            family.add_metric([*key], [*zip(bounds, accumulate(counts), strict=True)], total)
        yield family


class Pools(Collector):
    """The connections this process holds, as their pools count them, and the sessions it knows."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        """Gauges of now, and counters since the process began."""
        sizes = GaugeMetricFamily("daf_pool", "Connections as the callers' roles", labels=["side", "what"])
        events = CounterMetricFamily(
            "daf_pool_events", "What happened at the role pools", labels=["side", "event"]
        )
        for side, pool in self._runtime.roles.items():
            stats = pool.stats()
            for what in ("cap", "size", "idle", "waiting"):
                sizes.add_metric([side, what], stats.pop(what))
            for event, count in stats.items():
                events.add_metric([side, event], count)
        services = GaugeMetricFamily(
            "daf_service_pool", "Connections as the service logins", labels=["side", "login", "what"]
        )
        for (side, login), stats in self._runtime.service_stats().items():
            for what, number in stats.items():
                services.add_metric([side, login, what], number)
        yield from (sizes, events, services)
        book = getattr(self._runtime, "book", None)  # the worker of the bridge has none
        if book is not None:
            yield GaugeMetricFamily("daf_sessions_known", "Sessions kept in memory", value=book.known())


class Metrics:
    """The registry of one process and what is counted by hand."""

    def __init__(self, runtime: Runtime) -> None:
        self.registry = CollectorRegistry()
        self.requests = Requests()
        self.registry.register(self.requests)
        self.registry.register(Pools(runtime))
        ProcessCollector(registry=self.registry)
        self._failures = Counter(
            "daf_database_failures", "Statements the databases refused, by SQLSTATE class (NG: a rule of ours)",
            ["sqlstate_class"], registry=self.registry,
        )  # fmt: skip
        self._sweeps = Counter(
            "daf_sweeps", "Sweeps of the worker", ["sweep", "result"], registry=self.registry
        )
        self._swept = Gauge(
            "daf_sweep_last_success_timestamp_seconds", "When a sweep last ended well", ["sweep"],
            registry=self.registry,
        )  # fmt: skip

    def failed(self, exc: Exception) -> None:
        """Count a failure of a database; without a code, the kind of failure that had no time for one."""
        code = describe(exc)["sqlstate"]
        self._failures.labels(code[:2] if code else type(exc).__name__).inc()

    def swept(self, sweep: str, good: bool) -> None:
        """Count a sweep."""
        self._sweeps.labels(sweep, "ok" if good else "mal").inc()
        if good:
            self._swept.labels(sweep).set_to_current_time()


def count_requests(app: Flask, metrics: Metrics) -> None:
    """Count every request of the app."""
    observe = metrics.requests.observe

    def count(response: Response) -> Response:
        rule, method = request.url_rule, request.method
        observe(
            method if method in METHODS else OTHER,
            rule.rule if rule else OTHER,
            response.status_code,
            time.perf_counter() - g.started,  # set by logs.py
        )
        return response

    app.after_request(count)
