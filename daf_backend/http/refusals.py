"""What the database refused a member of staff (403), told to the audit trail after the rollback.

The first refusal of a login at a route is told at once. The next ones are counted, and told as one number when the
minute is over: a process writes at most two rows a minute for each login and route, however fast somebody
insists. What a process counted in its last minute ends with it; that it happened was told.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask, current_app, g, request

from ..db.call import call_service
from ..db.runtime import Runtime
from ..errors import DATABASE_FAILURES, describe
from ..settings import Side

KEY = "daf_refusals"
MINUTE = 60.0

log = logging.getLogger("daf.audit")


class Refusal(NamedTuple):
    """Who was refused what, and under which rule."""

    side: Side
    login: str
    sid: str
    ruta: str
    regla: str


class Refusals:
    """The refusals of the minute under way."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._seen: Counter[Refusal] = Counter()

    def note(self, refusal: Refusal) -> None:
        """Tell it, or count it if it was told within this minute."""
        with self._lock:
            first, idle = refusal not in self._seen, not self._seen
            self._seen[refusal] += 0 if first else 1
        if idle:
            timer = threading.Timer(MINUTE, self.flush)
            timer.daemon = True
            timer.start()
        if first:
            _tell(call_service, refusal, 1)

    def flush(self) -> None:
        """Tell what was counted, and begin a new minute."""
        with self._lock:
            seen, self._seen = self._seen, Counter()
        runtime: Runtime = self._app.extensions["daf"]
        for refusal, times in seen.items():
            if times:
                _tell(runtime.ask, refusal, times)


def _tell(ask: Callable[..., Any], refusal: Refusal, times: int) -> None:
    """The answer to the refused is on its way whatever happens here."""
    side, *what = refusal
    try:
        ask(
            side,
            "api_login",
            "rechazo_anotar",
            **dict(zip(refusal._fields[1:], what, strict=True)),
            veces=times,
        )
    except DATABASE_FAILURES as exc:
        log.warning("refusal not told", extra={"refusal": refusal._asdict(), **describe(exc)})


def init_refusals(app: Flask) -> None:
    """Give the app its count."""
    app.extensions[KEY] = Refusals(app)


def note_refusal(rule: str) -> None:
    """Tell the trail that the caller of this request was refused; for staff alone."""
    session = g.get("session")
    if getattr(session, "kind", None) == "staff":
        ruta = f"{request.method} {request.url_rule.rule if request.url_rule else ''}"
        noted: Refusals = current_app.extensions[KEY]
        noted.note(Refusal(session.side, session.login, session.sid, ruta, rule))
