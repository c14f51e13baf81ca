"""Entry: every spelling of a login gets in, and every failure is told the same."""

import pytest

from ..conftest import PASSWORD
from .conftest import Tab, keys

MODULES = {
    "PRODUCTO",
    "MATERIA_PRIMA",
    "CLIENTE",
    "PROVEEDOR",
    "ESTANDAR",
    "FACTURA",
    "ORDENCOMPRA",
    "BODEGA",
}


@pytest.mark.parametrize("path", ["/login", "/login/", "/auth/login", "/auth/login/"])
def test_ingresar_con_cada_nombre_de_los_campos(tab, people, path):
    for who in ("user", "usuario", "nombre_usuario", "email"):
        for secret in ("password", "contrasena"):
            answer = tab(None).post(path, {who: people.login("cajero"), secret: PASSWORD})
            keys(answer, "message token access_token refresh_token role roles usuario")
            assert answer["token"] == answer["access_token"]
            assert (answer["role"], answer["roles"]) == ("cajero", ["cajero"])


def test_ingresar_por_formulario(client, people):
    form = {"usuario": people.login("cajero"), "contrasena": PASSWORD}
    assert client.post("/api/pos/login", data=form).status_code == 200


def test_un_ingreso_que_falla_dice_siempre_lo_mismo(tab, people):
    login = people.login("cajero")
    told = {
        tab(None).refused(401, "credenciales_invalidas", "POST", "/login", {"user": who, "password": secret})[
            "message"
        ]
        for who, secret in (
            (login, "otra-clave"),
            ("nadie_asi", PASSWORD),
            ("postgres", PASSWORD),
            ("a b", "x"),
        )
    }
    assert len(told) == 1
    for body in ({}, {"user": login}, {"password": PASSWORD}):
        tab(None).refused(400, "datos_invalidos", "POST", "/login", body)


def test_el_acceso_se_calcula_de_los_permisos(tab):
    for role, modules in (("admin", MODULES), ("ventas", {"CLIENTE", "FACTURA"}), ("contador", None)):
        for path in ("/access", "/auth/access"):
            answer = tab(role).get(path)
            keys(answer, "role roles access permisos")
            assert set(answer["access"]) == MODULES
            assert answer["role"] == role
            assert modules is None or modules <= {name for name, may in answer["access"].items() if may}
    assert not tab("ventas").get("/access")["access"]["ORDENCOMPRA"]


def test_la_sesion_se_muestra_se_renueva_y_se_cierra(tab, staff, app):
    login = staff("ventas")
    nobody = tab(None)
    first, second = (nobody.post("/login", {"user": login, "password": PASSWORD}) for _ in range(2))
    me = Tab(app.test_client(), "/api/pos", {"Authorization": f"Bearer {first['token']}"})
    assert me.get("/auth/profile")["login"] == login
    sessions = me.get("/auth/sesiones")["data"]
    assert len(sessions) == 2
    other = next(row["sid"] for row in sessions if not row["actual"])
    assert me.delete(f"/auth/sesiones/{other}")["message"]
    renewed = nobody.post("/auth/refresh", {"refresh_token": first["refresh_token"]})
    keys(renewed, "token access_token refresh_token")
    me.refused(
        403, "clave_actual", "POST", "/auth/password", {"actual": "no es esta", "nueva": "otra-clave-1"}
    )
    changed = me.post("/auth/password", {"actual": PASSWORD, "nueva": "otra-clave-1"})
    me.headers = {"Authorization": f"Bearer {changed['token']}"}
    assert me.post("/auth/logout")["message"]
    me.refused(401, "token_invalido", "GET", "/auth/profile")
    dead = Tab(app.test_client(), "/api/pos", {"Authorization": f"Bearer {second['token']}"})
    dead.refused(401, "token_invalido", "GET", "/access")
