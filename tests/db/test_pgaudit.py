"""Where the server has pgaudit, a read of what things cost leaves a line with the reader's name."""

import os
import tempfile
from pathlib import Path

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from daf_backend.db import binaries
from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import Cluster
from daf_backend.settings import Settings
from tests.conftest import PASSWORD


def programs() -> Path | None:
    """The programs of an installed PostgreSQL that has the extension."""
    return next((b for b in binaries.system() if (b.parent / "lib" / "pgaudit.so").exists()), None)


@pytest.fixture(scope="module")
def audited():
    """A deployed server with pgaudit loaded: its servers and its log."""
    bindir = programs()
    if bindir is None:
        pytest.skip("no PostgreSQL of this machine has pgaudit (postgresql-15-pgaudit)")
    with tempfile.TemporaryDirectory(prefix="daf-pgaudit-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        home, said = Path(folder), []
        settings = Settings(_env_file=None, home=home, uploads=home / "uploads", pg_bindir=str(bindir))
        with Cluster(home, bindir) as cluster:
            with psycopg.connect(cluster.servers.admin_conninfo("pos", "postgres"), autocommit=True) as conn:
                conn.execute("ALTER SYSTEM SET shared_preload_libraries = 'pgaudit'")
        with Cluster(home, bindir) as cluster:
            deploy(cluster.servers, settings, said.append)
            deploy(cluster.servers, settings, said.append)  # a deploy takes grants away and gives them again
            assert any("pgaudit" in line for line in said)
            yield cluster.servers, home / "cluster" / "postgres.log"


def test_leer_costos_deja_quien_en_el_registro_y_leer_lo_demas_no(audited):
    servers, log = audited
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        for login, role in (("eva_conta", "contador"), ("eva_audita", "auditor")):
            conn.execute("SELECT api.usuario_crear(%s, %s, %s)", (login, verifier(login, PASSWORD), role))
    before = log.stat().st_size
    with psycopg.connect(servers.pos, user="eva_conta", password=PASSWORD) as conn:
        conn.execute("SELECT itm_codigo, krd_cantidad FROM datos.kardex")
        conn.execute("SELECT itm_codigo, krd_valor FROM datos.kardex")
        conn.execute("SELECT api.kardex_producto_listar()")
    lines = [line for line in log.read_text()[before:].splitlines() if "AUDIT: OBJECT" in line]
    assert lines and all("eva_conta@daf_pos" in line for line in lines)
    assert not any("krd_cantidad FROM" in line for line in lines)
    assert any("SELECT itm_codigo, krd_valor FROM datos.kardex" in line for line in lines)
    with psycopg.connect(servers.pos, user="eva_audita", password=PASSWORD) as conn:
        told = conn.execute("SELECT api.auditoria_costos()").fetchone()[0]
    assert told["activo"] is True and told["como"] is None
    assert "kardex.krd_valor" in told["columnas"] and "existencia.exi_valor" in told["columnas"]
