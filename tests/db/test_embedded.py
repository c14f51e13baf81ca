"""The embedded cluster: private, shared by whoever runs at once, and back after any death."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from daf_backend.db.embedded import Cluster, ClusterError, locate, running

HOLD = """
import sys, time
from pathlib import Path
from daf_backend.db.embedded import Cluster
with Cluster(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None) as cluster:
    print(cluster.pid, flush=True)
    time.sleep(float(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def folder():
    """A folder that the account which runs the server can reach, also when we are root."""
    with tempfile.TemporaryDirectory(prefix="daf-cluster-", ignore_cleanup_errors=True) as found:
        os.chmod(found, 0o755)
        yield Path(found)


@pytest.fixture
def place(folder):
    """The home that these tests share: each starts it and leaves it stopped and sound."""
    return folder / "shared"


@pytest.fixture
def spoilt(folder, request):
    """A home for one test, to be ruined."""
    return folder / request.node.name


@pytest.fixture
def bindir(settings):
    return Path(settings.pg_bindir) if settings.pg_bindir else None


@pytest.fixture
def cluster(place, bindir):
    found = Cluster(place, bindir)
    yield found
    found.stop()


def ask(cluster, query, *values):
    with psycopg.connect(cluster.servers.admin_conninfo("pos", "postgres")) as conn:
        return conn.execute(query, values).fetchone()


def hold(place, bindir, seconds):
    """Another process inside the same cluster; returns it and the postmaster it found."""
    command = [sys.executable, "-c", HOLD, str(place), str(bindir or ""), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process.stdout as said:
        return process, int(said.readline())


@contextmanager
def busy_backend(cluster):
    """A backend that never listens: in a loop, and nobody asks it to stop."""
    with psycopg.connect(cluster.servers.admin_conninfo("pos", "postgres"), autocommit=True) as conn:

        def spin():
            with suppress(psycopg.Error):
                conn.execute("DO 'BEGIN LOOP END LOOP; END'")

        thread = threading.Thread(target=spin, daemon=True)
        thread.start()
        time.sleep(0.2)
        yield conn.info.backend_pid
        thread.join(10)


def kill(pid):
    """kill -9, and wait for it to be so."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    assert gone(pid)


def gone(pid, patience=5.0):
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_it_is_private_and_durable(cluster, place):
    cluster.start()
    assert ask(
        cluster,
        "SELECT current_setting('listen_addresses'), current_setting('unix_socket_directories'),"
        " current_setting('fsync'), current_setting('data_checksums'), current_setting('lc_messages'),"
        " current_setting('log_statement')",
    ) == ("127.0.0.1", "", "on", "on", "C", "none")
    rules = "SELECT type, address, auth_method FROM pg_hba_file_rules"
    assert ask(cluster, rules) == ("host", "127.0.0.1", "scram-sha-256")
    assert ask(
        cluster, "SELECT rolpassword LIKE 'SCRAM-SHA-256%%' FROM pg_authid WHERE rolname = 'postgres'"
    )[0]
    secret = place / "keys" / "superuser"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.conninfo("postgres"), user="postgres", password="no")


def test_letters_sort_by_code_and_fold_as_unicode_does(cluster):
    cluster.start()
    assert ask(cluster, "SELECT lower('ÁÑÜ'), 'a' < 'B', 'Z' < 'é'") == ("áñü", False, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must not run the server itself")
def test_under_root_the_server_owns_its_data_and_nothing_else(cluster, place):
    cluster.start()
    assert psutil.Process(cluster.pid).uids().real != 0
    assert (place / "cluster" / "data").stat().st_uid != 0
    for other in ("keys", "keys/superuser", "cluster", "cluster/postgres.log", "cluster/pg_hba.conf"):
        assert (place / other).stat().st_uid == 0


def test_data_and_port_stay_between_starts(cluster):
    cluster.start()
    port = cluster.port
    with psycopg.connect(cluster.servers.admin_conninfo("pos", "postgres")) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 7 AS n")
    cluster.stop()
    assert cluster.pid is None
    cluster.start()
    assert (cluster.port, ask(cluster, "SELECT n FROM kept")) == (port, (7,))


def test_the_last_one_out_stops_it_whoever_started_it(place, bindir):
    starter, visitor = Cluster(place, bindir), Cluster(place, bindir)
    starter.start()
    pid = starter.pid
    visitor.start()
    assert visitor.pid == pid
    starter.stop()
    assert visitor.pid == pid and ask(visitor, "SELECT 1") == (1,)
    visitor.stop()
    assert gone(pid) and starter.pid is None


def test_a_visitor_leaves_it_running(cluster, place, bindir):
    cluster.start()
    visitor, pid = hold(place, bindir, 0)
    assert visitor.wait(10) == 0
    assert cluster.pid == pid and ask(cluster, "SELECT 1") == (1,)


def test_many_that_start_at_once_share_one_server(place, bindir):
    with ThreadPoolExecutor(4) as hands:
        found = list(hands.map(lambda _: hold(place, bindir, 3), range(4)))
    assert [process.wait(20) for process, _ in found] == [0] * 4
    pids = {pid for _, pid in found}
    assert len(pids) == 1 and gone(pids.pop())


def test_the_server_of_a_killed_process_is_adopted(cluster, place, bindir):
    owner, pid = hold(place, bindir, 60)
    owner.kill()
    owner.wait()
    assert psutil.pid_exists(pid)
    cluster.start()
    assert cluster.pid == pid
    cluster.stop()
    assert gone(pid)


def test_it_comes_back_after_kill_9_though_a_busy_backend_survives(cluster):
    cluster.start()
    with psycopg.connect(cluster.servers.admin_conninfo("pos", "postgres")) as conn:
        conn.execute("CREATE TABLE acknowledged AS SELECT 1 AS n")
    with busy_backend(cluster) as backend:
        kill(cluster.pid)
        assert psutil.pid_exists(backend)
        assert cluster.ensure()
        assert ask(cluster, "SELECT n FROM acknowledged") == (1,)
        assert gone(backend)
    assert not cluster.ensure()


def test_what_a_killed_server_left_running_ends_with_its_last_user(cluster):
    cluster.start()
    with busy_backend(cluster) as backend:
        kill(cluster.pid)
        assert psutil.pid_exists(backend)
        cluster.stop()
        assert gone(backend)


def test_it_comes_back_after_everything_was_killed(cluster, place, bindir):
    owner, pid = hold(place, bindir, 60)
    for victim in (owner.pid, *(child.pid for child in psutil.Process(pid).children()), pid):
        kill(victim)
    owner.wait()
    cluster.start()
    assert cluster.pid != pid and ask(cluster, "SELECT 1") == (1,)


def test_a_pid_file_that_names_a_stranger_is_forgotten(cluster, place):
    cluster.start()
    kill(cluster.pid)
    pid_file = place / "cluster" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert cluster.ensure()
    assert ask(cluster, "SELECT 1") == (1,)


def test_a_port_that_a_stranger_took_is_changed(cluster):
    cluster.start()
    port = cluster.port
    cluster.stop()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        cluster.start()
        assert cluster.port != port and ask(cluster, "SELECT 1") == (1,)


def test_a_ruined_home_says_what_is_wrong_with_it(spoilt, bindir):
    """First a start cut short, which is begun again; then another version's data; then a wrong setting."""
    cluster, data = Cluster(spoilt, bindir), spoilt / "cluster" / "data"
    data.with_suffix(".new").mkdir(parents=True)
    (data.with_suffix(".new") / "PG_VERSION").write_text("half")
    with cluster:
        assert ask(cluster, "SELECT 1") == (1,)
    version = (data / "PG_VERSION").read_text()
    (data / "PG_VERSION").write_text("14\n")
    with pytest.raises(ClusterError, match=r"son de PostgreSQL 14 .* DAF_PG_BINDIR"):
        cluster.start()
    (data / "PG_VERSION").write_text(version)
    (data / "postgresql.conf").write_text("shared_buffers = nonsense\n")
    started = time.monotonic()
    with pytest.raises(ClusterError, match="shared_buffers"):
        cluster.start()
    assert time.monotonic() - started < 5


def test_programs_that_are_not_there_are_named(spoilt):
    with pytest.raises(ClusterError, match="/nowhere"):
        Cluster(spoilt, Path("/nowhere")).start()


def test_without_a_cluster_there_is_nothing_to_locate(spoilt, settings):
    with pytest.raises(ClusterError, match="daf up"):
        locate(settings.model_copy(update={"home": spoilt}))


def test_external_servers_are_taken_as_given(spoilt, settings):
    dsn = "host=db.example dbname={} sslmode=verify-full"
    external = settings.model_copy(
        update={"home": spoilt, "pos_dsn": dsn.format("daf_pos"), "ecom_dsn": dsn.format("daf_ecom")}
    )
    with running(external) as servers:
        assert servers.place("ecom") == {"host": "db.example", "dbname": "daf_ecom", "sslmode": "verify-full"}
        with pytest.raises(ClusterError, match="DAF_ADMIN_DSN"):
            servers.admin_conninfo("pos")
    assert not spoilt.exists()
