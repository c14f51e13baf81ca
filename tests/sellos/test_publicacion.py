"""Seals leave the database: into a file and into the other database, whatever breaks in between."""

import json
import re
from pathlib import Path

import pytest

from daf_backend.puente import sello
from daf_backend.sellos.published import Published
from daf_backend.sellos.verify import SENTENCES, WARNINGS
from daf_backend.settings import SIDES

from .conftest import OTHER

ROOT = Path(__file__).resolve().parents[2]


def heads(trail, side):
    return [json.loads(line) for line in (trail.folder / f"{side}.jsonl").read_text().splitlines()]


def keys(found):
    return [(each["tabla"], each["numero"], each["sello"]) for each in found]


@pytest.mark.parametrize("side", SIDES)
def test_el_archivo_y_la_otra_base_tienen_cada_sello_una_vez(trail, side):
    inside = trail.query(side, "SELECT tabla, numero, encode(sello, 'hex') FROM datos.sello ORDER BY 1, 2")
    there = trail.query(
        OTHER[side], "SELECT tabla, numero, sello FROM datos.sello_ajeno ORDER BY tabla, numero"
    )
    assert sorted(keys(heads(trail, side))) == inside == there
    assert (trail.folder / f"{side}.jsonl").stat().st_mode & 0o777 == 0o600


def test_publicar_otra_vez_no_repite(trail):
    before = (trail.folder / "pos.jsonl").read_bytes()
    trail.seal()
    assert (trail.folder / "pos.jsonl").read_bytes() == before


def test_una_linea_cortada_se_escribe_de_nuevo(trail, tmp_path):
    file = Published(tmp_path, "pos")
    sello.publicar(trail.sides.pos, file)
    whole = file.path.read_bytes()
    file.path.write_bytes(whole[:-40])
    again = Published(tmp_path, "pos")
    assert sello.publicar(trail.sides.pos, again) == 1
    assert again.path.read_bytes() == whole[:-40] + b"\n" + whole.splitlines(keepends=True)[-1]
    report = trail.verify("pos", folder=tmp_path)
    assert (report.wrong, [each.problem for each in report.warnings]) == ([], ["linea_ilegible"])


def test_un_archivo_editado_o_con_un_hueco_se_nombra(trail, tmp_path):
    lines = (trail.folder / "pos.jsonl").read_text().splitlines(keepends=True)
    place = next(at for at, line in enumerate(lines) if '"tabla":"kardex","numero":5' in line)
    copy = tmp_path / "pos.jsonl"
    copy.write_text("".join([*lines[:place], *lines[place + 1 :]]))
    assert [each[1:4] for each in trail.verify("pos", folder=tmp_path).wrong] == [
        ("kardex", 5, "copia_incompleta")
    ]
    edited = json.loads(lines[place]) | {"filas": 0}
    copy.write_text("".join([*lines[:place], json.dumps(edited) + "\n", *lines[place + 1 :]]))
    assert [each[1:4] for each in trail.verify("pos", folder=tmp_path).wrong] == [
        ("kardex", 5, "copia_editada")
    ]


def test_la_otra_base_ausente_no_impide_sellar_ni_publicar(trail, tmp_path):
    class Away(type(trail.sides)):
        def shop(self, name, /, **params):
            raise ConnectionError

    trail.query("pos", "SELECT privado.evento('PRUEBA', 'sola')")
    file = Published(tmp_path, "pos")
    with pytest.raises(ConnectionError):
        sello.barrer(Away(trail.sides.runtime), "pos", file)
    assert keys(heads_of(file)) and trail.sides.pos("sello_sellar")["ventanas"] == 0


def heads_of(file):
    return [head for _, head in file.heads() if head]


def test_una_segunda_version_de_un_sello_se_guarda_junto_a_la_primera(trail):
    """What the other database received stays, even if this one now says something else."""
    forged = json.dumps([heads(trail, "pos")[-1] | {"sello": "00"}])
    with trail.tampering("ecom") as sql:
        before = sql("SELECT count(*) FROM datos.sello_ajeno")[0][0]
        assert sql("SELECT api.sello_recibir(%s)", forged) == [({"nuevos": 1},)]
        assert sql("SELECT api.sello_recibir(%s)", forged) == [({"nuevos": 0},)]
        assert sql("SELECT count(*) FROM datos.sello_ajeno")[0][0] == before + 1


def test_muchos_sellos_se_publican_por_paginas(trail, tmp_path, monkeypatch):
    monkeypatch.setattr(sello, "PAGE", 3)
    file = Published(tmp_path, "pos")
    sello.publicar(trail.sides.pos, file)
    assert sorted(keys(heads_of(file))) == sorted(keys(heads(trail, "pos")))


def test_un_archivo_de_otra_vida_se_completa_entero(trail, tmp_path):
    """The last line names a seal this database never had: everything is sent again, after it."""
    foreign = heads(trail, "pos")[-1] | {"sello": "00", "numero": 10**6}
    (tmp_path / "pos.jsonl").write_text(json.dumps(foreign) + "\n")
    file = Published(tmp_path, "pos")
    sello.publicar(trail.sides.pos, file)
    table = [head for head in heads_of(file)[1:] if head["tabla"] == foreign["tabla"]]
    assert [head["numero"] for head in table] == [*range(1, len(table) + 1)]
    assert sello.publicar(trail.sides.pos, file) == 0


def test_todo_lo_que_se_puede_encontrar_tiene_su_frase():
    code = "".join(path.read_text("utf-8") for path in (ROOT / "sql" / "comun").glob("sello*.sql"))
    named = set(re.findall(r"sello_hallazgo\(\s*p_(?:tabla|sello)[^']*?, '(\w+)'", code))
    named |= set(re.findall(r"THEN '(fila_\w+)' ELSE '(fila_\w+)'", code)[0])
    named |= set(re.findall(r"(?:THEN|ELSE) '(restaurada|sello_\w+)'", code))
    assert len(named) > 8 and named <= SENTENCES.keys() | WARNINGS.keys()
