"""What an auditor takes away, and what an outsider can check with Python and nothing else."""

import json
import os
import subprocess
import sys

import pytest

from daf_backend.auth.scram import verifier
from daf_backend.db.question import over
from daf_backend.sellos.export import CHECKER, export

from ..conftest import PASSWORD, Act

AUDITOR = "s_auditor"


def check(path, published):
    """The outsider: an isolated Python without site-packages, in another folder."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKER), str(path), str(published)],
        capture_output=True, text=True, cwd="/", env={},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def taken(trail, tmp_path):
    """An export of the POS, and where its seals were published."""
    path = tmp_path / "pos.export.jsonl"
    assert export(over(trail.conns["pos"], "test"), path) > 16
    return path, trail.folder / "pos.jsonl"


def rewritten(taken, change):
    """The export after somebody changed its line of kardex 5."""
    path, published = taken
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if (line["sello"]["tabla"], line["sello"]["numero"]) == ("kardex", 5):
            change(line)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines if line))
    return path, published


def test_el_programa_de_fuera_cabe_en_una_pagina():
    assert len(CHECKER.read_text().splitlines()) <= 60


def test_lo_exportado_es_lo_sellado(taken):
    assert check(*taken) == (0, "as it was sealed\n")
    assert taken[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda line: line["filas"].reverse(), "kardex 5: 2 rows sealed, 2 here"),
        (lambda line: line["filas"].append("[1]"), "kardex 5: not as sealed: [1]"),
        (lambda line: line["filas"].pop(), "kardex 5: 2 rows sealed, 1 here"),
        (lambda line: line["sello"].__setitem__("filas", 1), "kardex 5: is not the seal that was published"),
        (lambda line: line.__setitem__("hojas", "00" * 16), "kardex 5: is not the seal that was published"),
        (lambda line: line.clear(), "kardex 6: does not follow the seal before it"),
    ],
)  # fmt: skip
def test_lo_cambiado_despues_se_nombra(taken, change, said):
    code, output = check(*rewritten(taken, change))
    assert code == 1 and said in output


def test_lo_que_se_publico_y_falta_se_nombra(taken):
    path, published = taken
    *others, last = path.read_text().splitlines(keepends=True)
    path.write_text("".join(others))
    number = json.loads(last)["sello"]["numero"]
    assert f"kardex {number}: was published, and is not here" in check(path, published)[1]


def test_un_cambio_en_la_base_se_ve_en_lo_exportado(trail, tmp_path):
    row = trail.some_row("pos", "auditoria")
    window = trail.window("pos", "auditoria", row)
    path = tmp_path / "changed.jsonl"
    with trail.tampering("pos") as sql:
        sql("UPDATE datos.auditoria SET usuario = 'nadie' WHERE aud_id = %s", row)
        export(over(trail.conns["pos"], "test"), path)
    code, output = check(path, trail.folder / "pos.jsonl")
    assert code == 1 and f"auditoria {window}: not as sealed: [{row}, " in output


@pytest.fixture(scope="module")
def daf(deployed):
    """Run `daf audit`; its exit code and all it said."""
    proof = verifier(AUDITOR, PASSWORD)  # one for both sides: a salt is random
    for side, conn in deployed.conns.items():
        Act(conn)(
            "usuario_crear", login=AUDITOR, verificador=proof, rol="auditor",
            **({"email": "s@prueba.ec", "nombre": "S", "eta_codigo": "001"} if side == "pos" else {}),
        )  # fmt: skip

    def run(*words, typed=""):
        own = deployed.settings
        given = {
            "DAF_HOME": str(own.home), "DAF_POS_DSN": own.pos_dsn, "DAF_ECOM_DSN": own.ecom_dsn, "DAF_POOL_MAX": "4",
            "DAF_ADMIN_DSN": own.admin_dsn.get_secret_value(), "DAF_SEALS": str(deployed.folder),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "daf_backend.cli", "audit", *words], env={**os.environ, **given},
            input=f"{typed}\n", start_new_session=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def test_la_orden_verify_dice_que_todo_esta_y_termina_en_cero(trail, daf):
    code, said = daf("verify")
    assert code == 0 and "✓ pos: " in said and "✓ ecom: " in said and "✗" not in said


def test_la_orden_verify_nombra_ventana_y_fila_y_termina_en_uno(trail, daf):
    row = trail.some_row("pos", "kardex")
    window = trail.window("pos", "kardex", row)
    ((old,),) = trail.query("pos", "SELECT krd_razon FROM datos.kardex WHERE krd_codigo = %s", row)
    change = "UPDATE datos.kardex SET krd_razon = %s WHERE krd_codigo = %s"
    trail.query("pos", "SET session_replication_role = replica")
    try:
        trail.query("pos", change, "Otra", row)
        code, said = daf("verify", "--as", AUDITOR, typed=PASSWORD)
    finally:
        trail.query("pos", change, old, row)
        trail.query("pos", "SET session_replication_role = origin")
    assert (
        code == 1
        and f"kardex ventana {window}, fila {row}: la fila no es la que se selló [fila_cambiada]" in said
    )


def test_la_orden_export_sirve_a_un_auditor_y_a_nadie_menos(trail, daf, tmp_path):
    code, said = daf("export", str(tmp_path / "a"), "--as", AUDITOR, typed=PASSWORD)
    assert code == 0, said
    for side in ("pos", "ecom"):
        assert check(tmp_path / "a" / f"{side}.export.jsonl", trail.folder / f"{side}.jsonl")[0] == 0
    code, said = daf("export", str(tmp_path / "b"), "--as", "s_bodega", typed=PASSWORD)
    assert code == 1 and "Error:" in said


def test_la_orden_sellar_sella_y_publica(trail, daf):
    trail.query("pos", "SELECT privado.evento('PRUEBA', 'a mano')")
    code, said = daf("sellar")
    assert (code, said) == (0, "pos: 1 ventanas selladas\necom: 0 ventanas selladas\n")
    assert daf("sellar")[1] == "pos: 0 ventanas selladas\necom: 0 ventanas selladas\n"
