"""Metrics for an operator: what every process counted and what only the databases know, in Prometheus' text format."""

import hmac
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from ..db.call import runtime
from ..errors import DATABASE_FAILURES, Problem
from ..http.resource import Noun
from ..settings import SIDES

blp = Noun("metricas", __name__, description="Métricas para quien opera", idempotent=False)
LOOPBACK = {"127.0.0.1", "::1"}


@blp.get("/metrics", public=True)
def metricas_obtener() -> Response:
    """Las métricas de todos los procesos y de las dos bases, en el formato de texto de Prometheus."""
    _admit()
    text = current_app.extensions["daf_exposition"].scrape(_databases())
    return Response(text, content_type=CONTENT_TYPE_LATEST)


def _admit() -> None:
    """Only who has the operator's token; without one, in development, only this machine and nobody's proxy.

    Raises:
        Problem: 401 for everybody else.
    """
    settings = runtime().settings
    token = settings.metrics_token.get_secret_value()
    if token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        known = hmac.compare_digest(given.strip().encode(), token.encode())
        allowed = known and scheme.lower() == "bearer"
    else:
        near = request.remote_addr in LOOPBACK and "X-Forwarded-For" not in request.headers
        allowed = settings.env == "desarrollo" and near
    if not allowed:
        raise Problem(401, "metricas_token", "Las métricas son de quien opera el sistema.")


def _databases() -> Iterator[Metric]:
    """Queues, dead letters and delays of both sides; a side that is away says only that."""
    up = GaugeMetricFamily("daf_database_up", "Whether a database answers", labels=["side"])
    found: dict[str, GaugeMetricFamily] = {}
    for side in SIDES:
        try:
            told: list[dict[str, Any]] = runtime().ask(side, "api_login", "metrica_medir")
        except DATABASE_FAILURES:
            up.add_metric([side], 0)
            continue
        up.add_metric([side], 1)
        for row in told:
            name = f"daf_{row['metrica']}"
            family = found.setdefault(name, GaugeMetricFamily(name, row["descripcion"], labels=["side"]))
            family.add_metric([side], float(row["valor"]))
    yield from (up, *found.values())
