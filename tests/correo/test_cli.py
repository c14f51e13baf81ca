"""`daf correo` as an operator types it: what did not leave, and another try."""

import os
import subprocess
import sys

import psycopg
import pytest


@pytest.fixture
def daf(settings, servers):
    """Run `daf correo`; its exit code and all it said."""

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", "daf_backend.cli", "correo", *words],
            env={**os.environ, "DAF_HOME": str(settings.home), "DAF_PG_BINDIR": settings.pg_bindir},
            start_new_session=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def dead(servers):
    """A dead letter at the shop, and one at the POS that lost its code: their ids."""
    ids = {}
    for side, data, kept in (("ecom", '{"nombre": ""}', True), ("pos", '{"codigo": "12345678"}', False)):
        with psycopg.connect(servers.admin_conninfo(side), autocommit=True) as conn:
            conn.execute("DELETE FROM datos.correo")
            conn.execute("SELECT privado.correo_encolar('cuenta_activada', 'ana@correo.ec', %s)", (data,))
            row = conn.execute("SELECT api.correo_tomar()").fetchone()[0][0]
            conn.execute("SELECT api.correo_fallar(%s, 1, 'destinatario rechazado 550', true)", (row["id"],))
            held = conn.execute("SELECT cor_datos IS NOT NULL FROM datos.correo").fetchone()
            assert held == (kept,)
            ids[side] = str(row["id"])
    yield ids
    for side in ids:
        with psycopg.connect(servers.admin_conninfo(side), autocommit=True) as conn:
            conn.execute("DELETE FROM datos.correo")


def test_dead_letters_are_listed_and_one_is_tried_again(daf, dead, servers):
    code, said = daf()
    assert code == 0 and "12345678" not in said
    for side in ("ecom", "pos"):
        line = f"{side} {dead[side]} MUERTO cuenta_activada para ana@correo.ec: 1 intentos destinatario rechazado 550"
        assert line in said.splitlines()
    assert daf("reintentar", "ecom", dead["ecom"]) == (0, "El correo se intentará ahora.\n")
    with psycopg.connect(servers.admin_conninfo("ecom")) as conn:
        assert conn.execute("SELECT cor_estado, cor_intentos FROM datos.correo").fetchone() == (
            "PENDIENTE",
            0,
        )
    code, said = daf("reintentar", "pos", dead["pos"])
    assert code == 1 and "correo_caducado" in said


def test_without_letters_it_says_so(daf, servers):
    for side in ("pos", "ecom"):
        with psycopg.connect(servers.admin_conninfo(side), autocommit=True) as conn:
            conn.execute("DELETE FROM datos.correo")
    assert daf() == (0, "Ningún correo espera.\n")
