"""`daf up` told to end at any moment, once or several times, by the terminal or by whoever runs it.

    python -m bench.endings --tries 60

One to three of SIGINT, SIGTERM and SIGHUP, from its first breath to a second after it serves; half the time just when
it has made a child. It must end soon, and nothing of its home may be left: no postmaster, no server, no worker.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from .harness import ROOT, _free_port

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 60.0  # from the first signal to the end
GRACE = 0.5  # what was killed may take this long to be gone


class Up:
    """One `daf up` over a home, with nobody to nurse it."""

    def __init__(self, home: Path) -> None:
        self.said = home / "said"
        own = {"DAF_HOME": str(home), "PYTHONPATH": str(ROOT), "DAF_WORKERS": "1"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DAF_")}
        own["DAF_PORT"] = str(_free_port())
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "daf_backend.cli", "up", "--sin-demo"],
                cwd=ROOT, env=kept | own, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                preexec_fn=_listen,
            )  # fmt: skip

    def wait(self, seconds: float, ready: bool = False, children: int = 0) -> float:
        """Wait so long, or until it serves, or until it has so many children; how long that was."""
        started = time.perf_counter()
        while self.process.poll() is None and time.perf_counter() - started < seconds:
            if ready and b"Ctrl-C" in self.said.read_bytes():
                break
            if children and len(psutil.Process(self.process.pid).children()) >= children:
                break
            time.sleep(0.001)
        return time.perf_counter() - started


def _listen() -> None:
    """A command started in the background ignores Ctrl-C; this one shall not."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def left(home: Path) -> list[str]:
    """Living processes that work in that home or were told of it."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            told = process.environ().get("DAF_HOME") == str(home)
            if (told or str(home) in words) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {words[:120]}")
        except psutil.Error:
            continue
    return found


def one(home: Path, chance: random.Random, longest: float) -> str:
    """Start, disturb, look; what was done and how it ended."""
    up = Up(home)
    if chance.random() < 0.5:
        up.wait(longest, children=chance.randint(1, 3))
        up.wait(chance.uniform(0, 0.03))
    else:
        up.wait(chance.uniform(0, longest))
    sent = []
    for _ in range(chance.randint(1, 3)):
        sent.append(chance.choice(SIGNALS))
        up.process.send_signal(sent[-1])
        up.wait(chance.uniform(0, 0.5))
    up.process.wait(PATIENCE)
    if left(home):
        time.sleep(GRACE)
    words = ", ".join(number.name for number in sent)
    if remains := left(home):
        raise SystemExit(f"{words}: {up.process.returncode}, and left behind\n" + "\n".join(remains))
    return f"{words}: {up.process.returncode}"


def main() -> None:
    """Try, and fail at the first that leaves something behind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tries", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20260101)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="daf-endings-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        home = Path(folder) / "home"
        home.mkdir(mode=0o755)
        first = Up(home)
        first.wait(120, ready=True)
        first.process.terminate()
        first.process.wait(PATIENCE)
        again = Up(home)
        longest = again.wait(120, ready=True) + 1
        again.process.terminate()
        again.process.wait(PATIENCE)
        started = time.perf_counter()
        for _ in range(given.tries):
            one(home, chance, longest)
        print(
            f"seed {given.seed}: {given.tries} endings in {time.perf_counter() - started:.0f} s, nothing left"
        )


if __name__ == "__main__":
    main()
