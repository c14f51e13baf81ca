"""A signal, at whatever moment, ends a command and leaves no server behind; a child never keeps one."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from daf_backend.db.embedded import Cluster

# A command inside the cluster, and a signal at a chosen moment of it. A server that starts is nothing yet but a child.
COMMAND = """
import os, signal, sys
from pathlib import Path
from daf_backend.db.embedded import Cluster
from daf_backend.db.endings import obey
from daf_backend.db.postmaster import Postmaster

home, bindir, moment, number, both = sys.argv[1:]
owner, name = {"spawn": (Postmaster, "_spawn"), "leave": (Cluster, "__exit__"), "stop": (Postmaster, "stop")}[moment]
real = getattr(owner, name)

def disturbed(*given):
    os.kill(os.getpid(), int(number))
    return real(*given)

def slow(self, command, log):
    child = real(self, ["/bin/sh", "-c", 'sleep 0.3; exec "$@"', "sh", *command], log)
    os.kill(os.getpid(), int(number))
    return child

setattr(owner, name, slow if moment == "spawn" else disturbed)
obey()
with Cluster(Path(home), Path(bindir) if bindir else None):
    if both:
        os.kill(os.getpid(), int(both))
"""
# A user of the cluster whose child waits for its input to end.
FORKED = """
import os, sys, time
from pathlib import Path
from daf_backend.db.embedded import Cluster
Cluster(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None).start()
if os.fork():
    time.sleep(60)
print("forked", flush=True)
sys.stdin.read()
os._exit(0)
"""
CODES = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: -signal.SIGINT}


@pytest.fixture(scope="module")
def place(settings):
    """A home that is there already, its server stopped."""
    with tempfile.TemporaryDirectory(prefix="daf-signals-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        home = Path(folder) / "home"
        with Cluster(home, bindir(settings)):
            pass
        yield home


@pytest.fixture(autouse=True)
def nothing_left(place):
    """Whatever a failed test left is ended here; a passing one leaves nothing."""
    yield
    for process in servers(place):
        process.kill()


def bindir(settings):
    return Path(settings.pg_bindir) if settings.pg_bindir else None


def servers(place):
    """Living processes that were told to serve that home's data."""
    data = str(place / "cluster" / "data")
    return [each for each in psutil.process_iter() if alive(each) and data in each.cmdline()]


def alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE and bool(process.cmdline())
    except psutil.Error:
        return False


def run(place, settings, moment, number, both=""):
    """The command's exit code."""
    words = [str(place), str(bindir(settings) or ""), moment, str(int(number)), str(both and int(both))]
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        preexec_fn=lambda: [signal.signal(each, signal.SIG_DFL) for each in CODES],
        timeout=60,
    ).returncode


@pytest.mark.parametrize(
    ("moment", "number"), [("spawn", signal.SIGTERM), ("leave", signal.SIGHUP), ("stop", signal.SIGINT)]
)
def test_a_signal_at_a_bad_moment_leaves_no_server(place, settings, moment, number):
    assert run(place, settings, moment, number) == CODES[number]
    assert not servers(place)


@pytest.mark.parametrize(("moment", "first"), [("leave", signal.SIGINT), ("stop", signal.SIGTERM)])
def test_a_second_signal_does_not_interrupt_the_leaving(place, settings, moment, first):
    assert run(place, settings, moment, signal.SIGINT, first) == CODES[first]
    assert not servers(place)


def test_what_a_user_forked_is_no_user(place, settings):
    """The workers of a killed server live on for a moment; who stops the cluster then must not leave it to them."""
    cluster = Cluster(place, bindir(settings))
    cluster.start()
    command = [sys.executable, "-c", FORKED, str(place), str(bindir(settings) or "")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "forked\n"
        child.kill()
        child.wait()
        cluster.stop()
        assert not servers(place)
