"""Letters that staff write: queued and named, counted, never a relay; and what an administrator sees of them."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ..conftest import as_login

BODY = {"email": "ana@correo.ec", "subject": "Su pedido", "message": "Ya llegó.", "name": "Ana"}


@pytest.fixture
def database(servers):
    """The POS database as superuser, committed; no letter is left over."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        conn.execute("DELETE FROM datos.correo")
        yield conn
        conn.execute("DELETE FROM datos.correo")


@pytest.fixture
def outbox(pos):
    """The POS database as superuser, nothing of it committed; no letter of others is in it."""
    pos.execute("DELETE FROM datos.correo")
    return pos


def post(client, headers, **changes):
    return client.post("/api/pos/mail", json={**BODY, **changes}, headers=headers)


def test_enviar_deja_el_correo_en_la_bandeja_y_en_la_auditoria(client, auth, people, database):
    answer = post(client, auth("ventas"))
    assert (answer.status_code, answer.json) == (202, {"message": "Correo en camino."})
    row = database.execute(
        "SELECT cor_plantilla, cor_para, cor_estado, usr_id, cor_vence, cor_datos FROM datos.correo"
    ).fetchone()
    login = people.login("ventas")
    assert row[:5] == ("mensaje", "ana@correo.ec", "PENDIENTE", login, None)
    assert row[5] == {
        "asunto": "Su pedido", "mensaje": "Ya llegó.", "nombre": "Ana", "responder_a": f"{login}@prueba.ec",
    }  # fmt: skip
    trail = database.execute(
        "SELECT usuario, clave, despues::text FROM datos.auditoria WHERE tabla = 'CORREO' ORDER BY aud_id DESC"
    ).fetchone()
    assert trail[:2] == (login, "ana@correo.ec") and "Su pedido" in trail[2] and "Ya llegó" not in trail[2]


def test_sin_sesion_no_se_envia_nada(client, database):
    assert post(client, {}).status_code == 401
    assert database.execute("SELECT count(*) FROM datos.correo").fetchone() == (0,)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "sin arroba"}, {"email": "a@b.ec,c@d.ec"}, {"email": "a@b.ec\r\nBcc: c@d.ec"}, {"email": ""},
        {"subject": "a" * 151}, {"message": ""}, {"message": "a" * 5001}, {"name": None},
    ],
)  # fmt: skip
def test_lo_mal_formado_no_se_encola(client, auth, database, changes):
    assert post(client, auth("ventas"), **changes).status_code == 400
    assert database.execute("SELECT count(*) FROM datos.correo").fetchone() == (0,)


def test_veinte_por_hora_y_persona(client, auth, database):
    for number in range(20):
        assert post(client, auth("ventas"), email=f"persona{number}@correo.ec").status_code == 202
    refused = post(client, auth("ventas"), email="otra@correo.ec")
    assert (refused.status_code, refused.json["regla"]) == (429, "mail_por_hora")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert post(client, auth("bodega"), email="otra@correo.ec").status_code == 202
    database.execute("UPDATE datos.correo SET cor_creado = cor_creado - interval '61 minutes'")
    assert post(client, auth("ventas"), email="otra@correo.ec").status_code == 202


def test_cinco_por_hora_y_destino_escriba_quien_escriba(client, auth, database):
    for role in ("ventas", "bodega", "ventas", "cajero", "contador"):
        assert post(client, auth(role)).status_code == 202
    assert post(client, auth("bodega"), email="ANA@correo.ec").status_code == 429
    assert post(client, auth("bodega"), email="luis@correo.ec").status_code == 202


def test_a_la_vez_tampoco_pasan_mas(app, auth, database):
    headers = auth("ventas")

    def send(number):
        return post(app.test_client(), headers, email="ana@correo.ec").status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(pool.map(send, range(12)))
    assert statuses.count(202) == 5 and set(statuses) <= {202, 429, 503}
    assert database.execute("SELECT count(*) FROM datos.correo").fetchone() == (5,)


def test_el_limite_es_de_la_base_tambien_con_psql(pos, people):
    with as_login(pos, people.login("ventas")) as act:
        for _ in range(5):
            act("mail_enviar", email="uno@correo.ec", subject="a", message="b", name="c")
        with pytest.raises(psycopg.Error) as refused:
            act("mail_enviar", email="uno@correo.ec", subject="a", message="b", name="c")
    assert refused.value.sqlstate == "NG429"


def test_la_misma_clave_de_idempotencia_envia_uno(client, auth, database):
    headers = {**auth("ventas"), "Idempotency-Key": "un-correo"}
    assert [post(client, headers).status_code for _ in range(2)] == [202, 202]
    assert database.execute("SELECT count(*) FROM datos.correo").fetchone() == (1,)


def test_el_administrador_ve_los_sobres_y_nunca_el_contenido(client, auth, database):
    post(client, auth("ventas"))
    post(client, auth("ventas"), email="luis@correo.ec")
    database.execute("UPDATE datos.correo SET cor_estado = 'MUERTO' WHERE cor_para = 'luis@correo.ec'")
    answer = client.get("/api/pos/mail?page=1", headers=auth("admin"))
    assert answer.status_code == 200 and answer.json["total"] == 2
    assert [row["email"] for row in answer.json["data"]] == ["luis@correo.ec", "ana@correo.ec"]
    assert "Ya llegó" not in answer.text and "Su pedido" not in answer.text
    dead = client.get("/api/pos/mail?estado=MUERTO&page=1", headers=auth("admin")).json["data"]
    assert [row["estado"] for row in dead] == ["MUERTO"]
    for role in ("ventas", "contador", "auditor"):
        assert client.get("/api/pos/mail", headers=auth(role)).status_code == 403


def test_ni_el_administrador_lee_el_contenido_con_psql(pos, people):
    with as_login(pos, people.login("admin")) as act:
        for query in ("SELECT cor_datos FROM datos.correo", "UPDATE datos.correo SET cor_para = 'x@y.ec'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), pos.transaction():
                act.conn.execute(query)


def test_reintentar_es_del_administrador_y_de_lo_que_no_se_envio(client, auth, database):
    post(client, auth("ventas"))
    letter = database.execute("SELECT cor_id FROM datos.correo").fetchone()[0]
    database.execute("UPDATE datos.correo SET cor_estado = 'MUERTO', cor_intentos = 20")
    again = f"/api/pos/mail/{letter}/reintentar"
    assert client.post(again, headers=auth("ventas")).status_code == 403
    assert client.post(again, headers=auth("admin")).status_code == 200
    row = database.execute(
        "SELECT cor_estado, cor_intentos, cor_proximo <= now() FROM datos.correo"
    ).fetchone()
    assert row == ("PENDIENTE", 0, True)
    database.execute("UPDATE datos.correo SET cor_estado = 'ENVIADO', cor_datos = NULL")
    sent = client.post(again, headers=auth("admin"))
    assert (sent.status_code, sent.json["regla"]) == (409, "correo_por_enviar")
    assert client.post("/api/pos/mail/999999/reintentar", headers=auth("admin")).status_code == 404


def test_veinte_intentos_lo_dan_por_muerto_con_pausas_cada_vez_mayores(outbox):
    outbox.execute("SELECT privado.correo_encolar('mensaje', 'ana@correo.ec', '{\"a\": 1}')")
    pauses = []
    for _ in range(20):
        outbox.execute("UPDATE datos.correo SET cor_proximo = now()")
        row = outbox.execute("SELECT api.correo_tomar()").fetchone()[0][0]
        outbox.execute("SELECT api.correo_fallar(%s, %s, 'SMTP 451')", (row["id"], row["intento"]))
        pauses.append(
            outbox.execute(
                "SELECT extract(EPOCH FROM cor_proximo - now())::float FROM datos.correo"
            ).fetchone()[0]
        )
    assert 3.7 < pauses[0] < 6.3 and all(2600 < pause < 4600 for pause in pauses[12:])
    assert outbox.execute("SELECT cor_estado, cor_datos FROM datos.correo").fetchone() == ("MUERTO", {"a": 1})
    assert outbox.execute("SELECT api.correo_tomar()").fetchone()[0] == []


def test_quien_perdio_su_turno_ya_no_dice_que_fallo(outbox):
    outbox.execute("SELECT privado.correo_encolar('mensaje', 'ana@correo.ec', '{}')")
    first = outbox.execute("SELECT api.correo_tomar()").fetchone()[0][0]
    outbox.execute("UPDATE datos.correo SET cor_proximo = now()")  # its three minutes are over
    second = outbox.execute("SELECT api.correo_tomar()").fetchone()[0][0]
    assert (second["id"], second["uid"], second["intento"]) == (first["id"], first["uid"], 2)
    late = outbox.execute("SELECT api.correo_fallar(%s, 1, 'tarde', true)", (first["id"],)).fetchone()[0]
    assert late == {"estado": None}
    assert outbox.execute("SELECT api.correo_enviado(%s)", (first["id"],)).fetchone()[0] == {"enviado": True}
    assert outbox.execute("SELECT cor_estado FROM datos.correo").fetchone() == ("ENVIADO",)
