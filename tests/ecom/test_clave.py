"""A forgotten password of a shopper: the code, the new password, and the sessions it ends."""

import pytest

from .conftest import PASSWORD, cedula

NEW = "Compra-nueva-2"


@pytest.fixture(autouse=True)
def empty(admin):
    """No letter or code is left over."""
    for table in ("correo", "clave_codigo"):
        admin.conn.execute(f"DELETE FROM datos.{table}")


@pytest.fixture
def forget(app, client, admin):
    """Somebody asks for a code and the worker answers: the code, or nothing if no letter was queued."""

    def ask(email):
        answer = client.post("/api/ecom/auth/reset/code", json={"email": email})
        assert answer.status_code == 202
        app.extensions["daf"].ask("ecom", "puente", "clave_atender")
        row = admin.conn.execute(
            "SELECT cor_datos ->> 'codigo' FROM datos.correo WHERE cor_para = lower(%s)"
            " AND cor_plantilla = 'clave_codigo' ORDER BY cor_id DESC LIMIT 1", (email,),
        ).fetchone()  # fmt: skip
        return (answer.json, row[0] if row else None)

    return ask


def confirm(client, email, code, password=NEW):
    body = {"email": email, "code": code, "password": password}
    return client.post("/api/ecom/auth/reset/confirm", json=body)


def test_con_el_codigo_pone_otra_clave_y_cierra_sus_sesiones(client, admin, shopper, forget):
    me, other = shopper(), shopper()
    _, code = forget(me.email.upper())
    assert confirm(client, me.email, code).status_code == 200
    assert me("GET", "/auth/me").status_code == 401
    assert other("GET", "/auth/me").status_code == 200
    old = client.post("/api/ecom/auth/login", json={"email": me.email, "password": PASSWORD})
    assert old.status_code == 401
    me.login(NEW)
    stored = admin.conn.execute(
        "SELECT clave FROM datos.usuario_clave WHERE usr_id = %s", (me.id,)
    ).fetchone()[0]
    assert stored.startswith("$argon2id$") and NEW not in stored
    event = "SELECT count(*) FROM datos.auditoria WHERE tabla = 'CLAVE_RESTABLECIDA' AND clave = %s"
    assert admin.conn.execute(event, (str(me.id),)).fetchone() == (1,)
    told = "SELECT cor_plantilla FROM datos.correo WHERE cor_para = %s ORDER BY cor_id DESC LIMIT 1"
    assert admin.conn.execute(told, (me.email,)).fetchone() == ("clave_cambiada",)
    again = confirm(client, me.email, code, "Otra-mas-3")
    assert (again.status_code, again.json["regla"]) == (422, "codigo_vigente")


def test_sin_cuenta_la_respuesta_es_la_misma_y_no_sale_nada(client, shopper, forget):
    mine, code = forget(shopper().email)
    nobodys, nothing = forget("nadie@correo.ec")
    assert mine == nobodys and code and nothing is None
    refused = confirm(client, "nadie@correo.ec", code)
    assert (refused.status_code, refused.json["regla"]) == (422, "codigo_vigente")


def test_una_cuenta_cerrada_no_se_restablece_y_sus_correos_se_olvidan(client, admin, shopper, forget):
    me = shopper()
    _, code = forget(me.email)
    assert me("DELETE", "/auth").status_code == 200
    assert admin.conn.execute("SELECT count(*) FROM datos.correo").fetchone() == (0,)
    assert admin.conn.execute("SELECT count(*) FROM datos.clave_codigo").fetchone() == (0,)
    assert confirm(client, me.email, code).status_code == 422
    assert forget(me.email)[1] is None


def test_ni_los_compradores_ni_el_personal_alcanzan_los_codigos(admin, as_shopper):
    roles = admin.conn.execute(
        "SELECT rolname FROM pg_roles WHERE NOT rolsuper"
        " AND has_any_column_privilege(rolname, 'datos.clave_codigo', 'SELECT, INSERT, UPDATE')"
    ).fetchall()
    assert {name for (name,) in roles} <= {"ecom_datos", "pg_read_all_data", "pg_write_all_data"}
    callers = admin.conn.execute(
        "SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolcanlogin"
        " AND has_function_privilege(rolname, 'api.clave_restablecer(text, text, text)', 'EXECUTE')"
    ).fetchall()
    assert callers == [("api_login",)]


def test_al_registrarse_recibe_la_bienvenida(admin, client):
    ruc = cedula(910_001)
    body = {"email": "bienvenida@correo.ec", "password": PASSWORD, "cli_ruc_ced": ruc,
            "cliente": {"cli_nombre": "Nueva"}}  # fmt: skip
    assert client.post("/api/ecom/auth/register", json=body).status_code == 201
    row = admin.conn.execute(
        "SELECT cor_plantilla, cor_datos FROM datos.correo WHERE cor_para = 'bienvenida@correo.ec'"
    ).fetchone()
    assert row == ("cuenta_activada", {"nombre": "Nueva"})
