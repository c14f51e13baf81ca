"""A log that other processes write: private, appended to, and never more than twice its limit."""

import os
import shutil
from pathlib import Path
from typing import IO

LIMIT = 16 * 1024 * 1024


def append(path: Path) -> IO[bytes]:
    """Open it for a process that is about to start."""
    shorten(path)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def shorten(path: Path) -> None:
    """Set aside what is in it once that is too much. Its writers keep it open and append, so it is emptied in place."""
    if not path.exists() or path.stat().st_size <= LIMIT:
        return
    draft = path.with_suffix(".log.new")
    draft.unlink(missing_ok=True)
    with path.open("rb") as old, os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as new:
        shutil.copyfileobj(old, new)
    draft.replace(path.with_suffix(".log.1"))
    os.truncate(path, 0)
