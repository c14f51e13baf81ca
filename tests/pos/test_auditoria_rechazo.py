"""A 403 that the database gave to staff is in the trail, and a loop of them is a few rows."""

import psycopg
import pytest

from daf_backend.http.refusals import KEY, Refusal
from tests.conftest import as_login

from .acts import forbidden

TOLD = (
    "SELECT usuario, sid, request_id, despues ->> 'regla', (despues ->> 'veces')::int FROM datos.auditoria"
    " WHERE tabla = 'RECHAZO' AND clave = %s AND despues ->> 'ruta' = %s ORDER BY aud_id"
)


@pytest.fixture
def told(servers):
    """The rows about a login and a route, read by whoever may."""

    def read(login, route, side="pos"):
        with psycopg.connect(servers.admin_conninfo(side)) as conn:
            return conn.execute(TOLD, (login, route)).fetchall()

    return read


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_un_rechazo_queda_con_quien_que_y_en_que_solicitud(client, people, staff, told, side):
    login = staff("ventas")
    route = f"/api/{side}/auditoria"
    headers = people.headers(login, side) | {"X-Request-Id": "rechazo-de-prueba"}
    assert client.get(f"{route}?limit=1", headers=headers).status_code == 403
    [(user, sid, request_id, rule, times)] = told(login, f"GET {route}", side)
    assert (user, request_id, rule, times) == ("api_login", "rechazo-de-prueba", "sin_permiso", 1)
    assert len(sid) == 36


def test_insistir_no_llena_la_auditoria(app, client, people, staff, told):
    login = staff("compras")
    headers = people.headers(login)
    for number in range(40):
        assert client.delete(f"/api/pos/cliente/CLI{number}", headers=headers).status_code == 403
    route = "DELETE /api/pos/cliente/<cli_codigo>"
    assert [row[-1] for row in told(login, route)] == [1]
    app.extensions[KEY].flush()
    assert [row[-1] for row in told(login, route)] == [1, 39]
    app.extensions[KEY].flush()
    assert len(told(login, route)) == 2


def test_lo_permitido_y_lo_que_no_existe_no_son_rechazos(client, people, staff, told):
    login = staff("ventas")
    headers = people.headers(login)
    assert client.get("/api/pos/cliente?page=1", headers=headers).status_code == 200
    assert client.get("/api/pos/cliente/CLI0", headers=headers).status_code == 404
    assert told(login, "GET /api/pos/cliente") == told(login, "GET /api/pos/cliente/<cli_codigo>") == []


def test_que_no_se_pueda_anotar_no_cambia_la_respuesta(app, caplog):
    with app.test_request_context():
        app.extensions[KEY].note(Refusal("pos", "nadie_asi", "", "GET /x", "sin_permiso"))
    assert "refusal not told" in caplog.text


def test_solo_el_servicio_de_sesiones_anota_rechazos(pos, people):
    for role in ("admin", "auditor", "ventas"):
        with as_login(pos, people.login(role)) as act:
            forbidden(act, "rechazo_anotar", login="x", sid="", ruta="x", regla="x")
    with as_login(pos, "puente") as act:
        forbidden(act, "rechazo_anotar", login="x", sid="", ruta="x", regla="x")
