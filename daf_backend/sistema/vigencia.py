"""Which version of the settings holds, known by each worker: asked when it may be old, forgotten when a NOTIFY says so.

The version is all a worker keeps: who may read which setting is the database's to say, so what is answered is read as
the caller. Knowing the version is enough to tell a client that what it has still holds, without a connection.
"""

import threading
from time import monotonic

from ..db.runtime import Runtime

CHANNEL = "daf_ajuste"
MAX_AGE = 0.5  # seconds a version counts without a NOTIFY, which may be lost


class SettingsVersion:
    """The version this worker knows. Shared by its threads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._known, self._until, self._heard = 0, float("-inf"), 0

    def current(self) -> int:
        """The version of the settings, at most half a second old.

        Raises:
            ServerAway, PoolTimeout: the database could not be asked.
        """
        if monotonic() < self._until:
            return self._known
        heard, until = self._heard, monotonic() + MAX_AGE  # before asking: the answer may be that old
        version: int = self._runtime.ask("pos", "api_login", "ajuste_vigente")
        with self._lock:
            if heard == self._heard:  # else it changed while we asked
                self._known, self._until = version, until
        return version

    def forget(self, _message: str = "") -> None:
        """A setting changed, or may have while nobody listened: ask next time."""
        with self._lock:
            self._heard += 1
            self._until = float("-inf")
