"""`daf permisos` as an operator types it: real processes, against the session's server."""

import os
import subprocess
import sys

import psycopg
import pytest

from ..conftest import PASSWORD


@pytest.fixture
def daf(settings, servers):
    """Run `daf permisos`; its exit code and all it said."""

    def run(*words, typed=""):
        done = subprocess.run(
            [sys.executable, "-m", "daf_backend.cli", "permisos", *words],
            env={**os.environ, "DAF_HOME": str(settings.home), "DAF_PG_BINDIR": settings.pg_bindir},
            input=f"{typed}\n", start_new_session=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout

    return run


@pytest.fixture
def drift(servers):
    """A grant that somebody made by hand, and takes back."""
    with psycopg.connect(servers.admin_conninfo("ecom"), autocommit=True) as conn:
        conn.execute("GRANT SELECT ON datos.usuario_clave TO ventas")
        yield "ecom: datos.usuario_clave, SELECT: de más, «ventas»"
        conn.execute("REVOKE SELECT ON datos.usuario_clave FROM ventas")


def test_a_server_as_reviewed_has_no_difference(daf):
    assert daf("--diff") == (0, "0 diferencias con lo revisado\n")


def test_a_difference_is_a_line_and_an_exit_code(daf, drift):
    assert daf("--diff") == (1, f"{drift}\n1 diferencias con lo revisado\n")


def test_an_auditor_finds_it_too(daf, drift, callers):
    code, said = daf("--diff", "--as", callers.login("auditor"), typed=PASSWORD)
    assert code == 1 and drift in said


def test_the_page_and_the_summary_come_from_the_server(daf):
    code, said = daf("--markdown")
    assert code == 0 and "## adm_bodega\n" in said and "| `factura_anular` |" in said
    assert "roles, de ellos 11 que una persona puede tener" in daf()[1]
