"""The doctor over HTTP, and the seals: for whom, how often, and that they say what the command says."""

import psycopg
import pytest

from daf_backend.doctor import review


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_el_doctor_se_lee_por_http_como_en_la_orden(client, people, servers, side):
    answer = client.get(f"/api/{side}/auditoria/invariantes", headers=people.headers("auditor", side))
    assert answer.status_code == 200, answer.text
    told = {(row["lugar"], row["invariante"], row["descripcion"]) for row in answer.json["data"]}
    assert {(f.place, f.name, f.description) for f in review(servers) if f.place == side} <= told
    assert any(lugar == "entre los dos" for lugar, _, _ in told) == (side == "pos")
    assert answer.json["invariantes"] == sum(row["nivel"] == "VIOLACION" for row in answer.json["data"])


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_solo_auditor_y_admin_llegan_al_doctor_y_solo_el_auditor_a_los_sellos(client, people, side):
    for role, doctor, seals in (("admin", 200, 403), ("auditor", 200, 200), ("contador", 403, 403)):
        headers = people.headers(role, side)
        assert client.get(f"/api/{side}/auditoria/invariantes", headers=headers).status_code == doctor
        assert client.get(f"/api/{side}/auditoria/sellos", headers=headers).status_code == seals


def test_dos_revisiones_a_la_vez_son_una(client, auth, servers):
    with psycopg.connect(servers.admin_conninfo("pos")) as busy:
        busy.execute("SELECT api.doctor_revisar()")
        answer = client.get("/api/pos/auditoria/invariantes", headers=auth("auditor"))
        assert (answer.status_code, answer.json["regla"]) == (429, "doctor_en_curso")
        assert answer.headers["Retry-After"] == "5"
        busy.rollback()
    assert client.get("/api/pos/auditoria/invariantes", headers=auth("auditor")).status_code == 200


def test_con_la_otra_base_lejos_se_dice_lo_que_se_pudo_ver(app, client, auth, monkeypatch):
    def away():
        raise OSError

    monkeypatch.setitem(app.extensions, "daf_doctor", away)
    answer = client.get("/api/pos/auditoria/invariantes", headers=auth("admin"))
    assert answer.status_code == 200
    [last] = [row for row in answer.json["data"] if row["lugar"] == "entre los dos"]
    assert (last["nivel"], last["filas"], last["ejemplos"]) == ("AVISO", 1, ["OSError"])


def test_la_revision_no_toca_el_limite_de_las_demas_preguntas(app, client, people):
    headers = people.headers("auditor")
    assert client.get("/api/pos/auditoria/invariantes", headers=headers).status_code == 200
    runtime = app.extensions["daf"]
    session = runtime.book.session("pos", headers["Authorization"].removeprefix("Bearer "))
    with runtime.roles["pos"].connection(session.login, session.credential) as conn:
        assert conn.execute("SHOW statement_timeout").fetchone() == ("10s",)
        assert conn.execute("SHOW transaction_read_only").fetchone() == ("off",)
