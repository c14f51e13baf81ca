"""A server must prove that it checks passwords before we serve from it."""

import os
import tempfile
from pathlib import Path

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from daf_backend.db.checks import Facts, UnsafeServer, inspect, refuse_oversubscription
from daf_backend.db.embedded import Cluster
from daf_backend.settings import Settings


@pytest.fixture(scope="module")
def other_cluster(settings):
    """A cluster of this module's own, whose rules it may bend; api_login's password is 'clave'."""
    with tempfile.TemporaryDirectory(prefix="daf-test-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        bindir = Path(settings.pg_bindir) if settings.pg_bindir else None
        with Cluster(Path(folder), bindir) as cluster:
            with psycopg.connect(cluster.servers.admin.get_secret_value(), autocommit=True) as conn:
                conn.execute(f"CREATE ROLE api_login LOGIN PASSWORD '{verifier('api_login', 'clave')}'")
                yield cluster, conn


def rule(conn, line):
    """Make one line the whole of pg_hba.conf, as a careless administrator would."""
    path = Path(conn.execute("SHOW hba_file").fetchone()[0])
    path.write_text(f"host all postgres 127.0.0.1/32 scram-sha-256\n{line}\n")
    conn.execute("SELECT pg_reload_conf()")
    while conn.execute("SELECT count(*) FROM pg_hba_file_rules WHERE line_number = 2").fetchone()[0] != 1:
        pass


def test_a_server_that_checks_passwords_is_accepted(other_cluster):
    cluster, conn = other_cluster
    rule(conn, "host all all 127.0.0.1/32 scram-sha-256")
    assert inspect(cluster.conninfo("postgres"), "pos", "clave").max_connections > 20


def test_a_server_that_trusts_is_refused(other_cluster):
    cluster, conn = other_cluster
    rule(conn, "host all all 127.0.0.1/32 trust")
    with pytest.raises(UnsafeServer, match="without checking"):
        for _ in range(50):  # the postmaster reads the new rules a moment after it was told to
            inspect(cluster.conninfo("postgres"), "pos", "clave")


def test_a_server_that_refuses_for_another_reason_is_refused(other_cluster):
    cluster, conn = other_cluster
    rule(conn, "host all all 127.0.0.1/32 reject")
    with pytest.raises(UnsafeServer):
        for _ in range(50):
            inspect(cluster.conninfo("postgres"), "pos", "clave")


def test_pools_that_could_exhaust_the_server_are_refused():
    settings = Settings(_env_file=None, workers=4)
    facts = {"pos": Facts(max_connections=100), "ecom": Facts(max_connections=100)}
    with pytest.raises(UnsafeServer, match="DAF_POOL_MAX"):
        refuse_oversubscription(settings, facts, cap=20)
    refuse_oversubscription(settings, facts, cap=10)
