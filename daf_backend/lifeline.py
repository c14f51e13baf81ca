"""Who serves another process ends when that one does, however it died: no orphan keeps a port or a lock."""

import os
import signal
import threading
import time

PULSE = 0.5
GRACE = 5.0


def die_with(parent: int) -> None:
    """Watch from now on that our parent is still this process."""
    threading.Thread(target=_watch, args=(parent,), name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PULSE)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)
