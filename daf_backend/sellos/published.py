"""The published seals: a file a side, one head a line, only ever added to.

Best kept where the database's superuser cannot write it again: DAF_SEALS names a folder, for example a share that
takes appends only. A line cut short by a crash stays where it is and the seal is written again after it.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Head = dict[str, Any]
Last = tuple[str, int, str]  # table, number and hash of its last seal


class Published:
    """The file of one side."""

    def __init__(self, folder: Path, side: str) -> None:
        self.path = folder / f"{side}.jsonl"
        self._read_to = 0
        self._last: dict[str, Last] = {}

    def last(self) -> list[Last]:
        """The last seal of each table, reading what is new since it was asked before."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            size = 0
        if size < self._read_to:  # another file by now
            self._read_to, self._last = 0, {}
        if size > self._read_to:
            with self.path.open("rb") as lines:
                lines.seek(self._read_to)
                for line in lines:
                    self._note(line)
        return [*self._last.values()]

    def append(self, heads: Iterable[Head]) -> int:
        """Add heads and wait until they are on the disk; how many."""
        lines = [json.dumps(head, ensure_ascii=False, separators=(",", ":")) + "\n" for head in heads]
        if lines:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                _write(file, _cut_short(file) + "".join(lines).encode())
                os.fsync(file)
            finally:
                os.close(file)
        return len(lines)

    def heads(self) -> Iterator[tuple[int, Head | None]]:
        """Every line with its number; nothing for one that cannot be read."""
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, parsed(line)

    def _note(self, line: bytes) -> None:
        if line.endswith(b"\n"):
            self._read_to += len(line)
            if head := parsed(line):
                self._last[head["tabla"]] = (head["tabla"], head["numero"], head["sello"])


def parsed(line: bytes) -> Head | None:
    """The head a line holds, if it holds one."""
    try:
        head = json.loads(line)
        return head if {"tabla", "numero", "sello", "epoca", "sellado_en"} <= head.keys() else None
    except (ValueError, AttributeError):
        return None


def _cut_short(file: int) -> bytes:
    """What ends a line that a crash left without its end."""
    size = os.fstat(file).st_size
    return b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""


def _write(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]
