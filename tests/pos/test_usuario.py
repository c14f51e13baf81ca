"""Users over HTTP: reading, changing, turning off and on; what each leaves in both databases."""

import secrets

import psycopg
import pytest

from tests.conftest import PASSWORD, as_login
from tests.patience import true_within

from .acts import forbidden, refused

PROFILE = "/api/pos/auth/profile"
SHOP = "/api/ecom/auth/sesiones"
LIMIT = 1.0


@pytest.fixture
def dba(servers):
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        yield conn


@pytest.fixture
def patch(client, auth):
    """Change a user as the session's administrator; the answer."""

    def change(who, role="admin", **datos):
        return client.patch(f"/api/pos/usuario/{who}", headers=auth(role), json=datos)

    return change


def enter(client, login, password=PASSWORD, side="pos"):
    return client.post(f"/api/{side}/auth/login", json={"user": login, "password": password})


def bearer(client, login, side="pos"):
    answer = enter(client, login, side=side)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json['token']}"}


def ends(client, path, headers):
    """Whether a session is refused within a second, and from then on."""

    def refuses():
        return client.get(path, headers=headers).status_code == 401

    return true_within(LIMIT, refuses) and refuses()


def test_a_user_is_read_by_number_login_and_email(client, auth, staff):
    login, headers = staff("ventas"), auth("admin")
    row = client.get(f"/api/pos/usuario/{login}", headers=headers).json["data"]
    assert (row["login"], row["role"], row["roles"], row["id_role"]) == (login, "ventas", ["ventas"], 5)
    assert (row["estado"], row["usr_estado"], row["persona"], row["comision"]) == (True, "ACT", None, 0)
    assert row["establecimientos"] == [{"codigo": "001", "punto_emision": "001", "principal": True}]
    for other in (row["id"], row["email"]):
        assert client.get(f"/api/pos/usuario/{other}", headers=headers).json["data"] == row
    for nobody in ("nadie_aqui", "0", "9" * 18, "9" * 40, "a@b.ec", "%27", "api_login", "ventas", "postgres"):
        assert client.get(f"/api/pos/usuario/{nobody}", headers=headers).status_code == 404, nobody


def test_a_page_of_users_filters_by_words_and_state(client, auth, staff, patch):
    word = f"busca{secrets.token_hex(3)}"
    one, two = staff("cajero"), staff("bodega")
    patch(one, name=f"Íñigo {word}")
    patch(two, name=f"Otra {word}", estado=False)

    def logins(query):
        page = client.get(f"/api/pos/usuario?{query}", headers=auth("admin")).json
        assert (page["status"], page["total"]) == (200, len(page["data"]))
        return [row["login"] for row in page["data"]]

    assert logins(f"search={word}&page=1") == logins(f"q={word}") == sorted([one, two])
    assert logins(f"search={word} inigo cajero") == [one]
    assert logins(f"search={word}&usr_estado=INA") == [two]
    assert client.get("/api/pos/usuario?usr_estado=X", headers=auth("admin")).status_code == 400


def test_a_login_made_by_a_database_administrator_is_seen_and_managed(client, auth, dba, patch):
    login = f"t_suelto_{secrets.token_hex(3)}"
    dba.execute(f"CREATE ROLE {login} LOGIN IN ROLE contador")
    row = client.get(f"/api/pos/usuario/{login}", headers=auth("admin")).json["data"]
    assert (row["id"], row["estado"], row["roles"]) == (None, True, ["contador"])
    row = patch(login, name="Ahora con ficha", roles=["contador", "auditor"]).json["data"]
    assert row["id"] and row["name"] == "Ahora con ficha" and row["roles"] == ["auditor", "contador"]


def test_only_what_is_sent_changes(client, auth, staff, patch):
    login = staff("ventas")
    before = client.get(f"/api/pos/usuario/{login}", headers=auth("admin")).json["data"]
    after = patch(login, name=" Ana ", comision="2.5").json["data"]
    assert after == {**before, "name": "Ana", "comision": 2.5}
    assert patch(login, email="").json["data"]["email"] is None
    assert patch(login).json["data"]["name"] == "Ana"
    assert patch(login, comision=100.5).status_code == 400
    taken = patch(login, email=f"{staff('ventas')}@prueba.ec".upper())
    assert (taken.status_code, taken.json["regla"]) == (409, "usuario_email_unico")


def test_roles_are_given_by_name_or_number_and_count_in_the_open_session(client, staff, patch):
    login = staff("ventas")
    mine = bearer(client, login)
    assert client.get("/api/pos/kardex-producto", headers=mine).status_code == 403
    row = patch(login, roles=["ventas", 3]).json["data"]
    assert (row["roles"], row["role"]) == (["ventas", "bodega"], "ventas")
    assert client.get("/api/pos/kardex-producto", headers=mine).status_code == 200
    assert client.get("/api/pos/access", headers=mine).json["access"]["BODEGA"] is True
    # a form that sends back what it read takes nothing away
    assert patch(login, id_role=row["id_role"], estado=True).json["data"]["roles"] == ["ventas", "bodega"]
    assert patch(login, id_role="cajero").json["data"]["roles"] == ["cajero"]
    assert client.get("/api/pos/kardex-producto", headers=mine).status_code == 403
    for wrong in (
        {"roles": []},
        {"roles": ["personal"]},
        {"id_role": "0"},
        {"id_role": 12},
        {"id_role": "pos_api"},
    ):
        assert patch(login, **wrong).json["regla"] == "usuario_rol_valido", wrong


def test_branches_are_replaced_whole_with_one_principal(client, auth, staff, patch):
    login = staff("ventas")
    row = patch(login, establecimientos=[{"codigo": "002"}, {"codigo": "001", "principal": True}]).json[
        "data"
    ]
    assert [(e["codigo"], e["principal"]) for e in row["establecimientos"]] == [("001", True), ("002", False)]
    row = patch(login, establecimientos=[{"codigo": "002", "punto_emision": "001"}]).json["data"]
    assert row["establecimientos"] == [{"codigo": "002", "punto_emision": "001", "principal": True}]
    two = [{"codigo": "001", "principal": True}, {"codigo": "002", "principal": True}]
    assert patch(login, establecimientos=two).json["regla"] == "usuario_establecimiento_un_principal"
    assert patch(login, establecimientos=[{"codigo": "999"}]).json["regla"] == (
        "usuario_establecimiento_punto_existe"
    )
    assert patch(login, establecimientos=[]).json["data"]["establecimientos"] == []


@pytest.mark.parametrize("how", ["patch", "delete"])
def test_turning_a_person_off_ends_their_work_on_both_sides(client, auth, dba, staff, patch, how):
    login = staff("ventas")
    mine, shop = bearer(client, login), bearer(client, login, "ecom")
    assert client.get(SHOP, headers=shop).status_code == 200
    if how == "patch":
        answer = patch(login, estado=False)
    else:
        answer = client.delete(f"/api/pos/usuario/{login}", headers=auth("admin"))
    assert (answer.status_code, answer.json["data"]["estado"]) == (200, False)
    count = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
    assert dba.execute(count, (login,)).fetchone()[0] == 0
    if how == "patch":  # the other time nobody asks in between, so nothing is noticed on the way
        assert ends(client, PROFILE, mine) and ends(client, SHOP, shop)
    assert enter(client, login).status_code == enter(client, login, side="ecom").status_code == 401

    on = patch(login, estado=True)
    assert (on.json["data"]["estado"], on.json["data"]["roles"]) == (True, ["ventas"])
    for path, old in ((PROFILE, mine), (SHOP, shop)):  # what ended stays ended
        assert client.get(path, headers=old).status_code == 401
    assert enter(client, login).status_code == 200


def test_a_new_password_from_an_administrator_ends_sessions_and_connections(client, dba, staff, patch):
    login = staff("ventas")
    mine, shop = bearer(client, login), bearer(client, login, "ecom")
    client.get(PROFILE, headers=mine)
    digest = "SELECT sha256(rolpassword::bytea) FROM pg_authid WHERE rolname = %s"
    before = dba.execute(digest, (login,)).fetchone()
    assert patch(login, password="corta").status_code == 400
    assert patch(login, password="Otra-clave-larga-ñ").status_code == 200
    assert dba.execute(digest, (login,)).fetchone() != before
    assert (
        dba.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", (login,)).fetchone()[0] == 0
    )
    assert ends(client, PROFILE, mine) and ends(client, SHOP, shop)
    assert enter(client, login).status_code == 401
    assert enter(client, login, "Otra-clave-larga-ñ").status_code == 200


def test_nobody_sets_their_own_password_without_the_old_one(people, patch):
    answer = patch(people.login("admin"), password="Otra-clave-larga-2")
    assert (answer.status_code, answer.json["regla"]) == (409, "usuario_clave_propia")


def test_a_login_that_ran_out_is_not_renewed_here(client, auth, dba, staff, patch):
    login = staff("ventas")
    dba.execute(f"ALTER ROLE {login} VALID UNTIL '2000-01-01'")
    row = client.get(f"/api/pos/usuario/{login}", headers=auth("admin")).json["data"]
    assert (row["estado"], row["usr_estado"]) == (False, "INA")
    answer = patch(login, estado=True)
    assert (answer.status_code, answer.json["regla"]) == (409, "usuario_vencido")


def test_a_change_sent_twice_happens_once(client, auth, pos, staff):
    login = staff("ventas")
    headers = {**auth("admin"), "Idempotency-Key": secrets.token_hex(8)}
    sent = {"password": "Otra-clave-larga-3", "roles": ["cajero"]}
    answers = [client.patch(f"/api/pos/usuario/{login}", headers=headers, json=sent) for _ in "ab"]
    assert answers[0].data == answers[1].data and answers[0].status_code == 200
    kept = pos.execute(
        "SELECT respuesta FROM datos.idempotencia WHERE clave = %s", (headers["Idempotency-Key"],)
    )
    assert "SCRAM" not in kept.fetchone()[0]
    events = "SELECT count(*) FROM datos.auditoria WHERE clave = %s AND despues ->> 'acto' = 'clave'"
    assert pos.execute(events, (login,)).fetchone() == (1,)


def test_a_change_is_all_or_nothing(client, auth, staff, patch):
    login = staff("ventas")
    answer = patch(login, name="No llega", password="Otra-clave-larga-2", roles=["cajero"], comision=1,
                   establecimientos=[{"codigo": "999"}])  # fmt: skip
    assert answer.status_code == 409
    row = client.get(f"/api/pos/usuario/{login}", headers=auth("admin")).json["data"]
    assert (row["name"], row["roles"], row["comision"]) == (login, ["ventas"], 0)
    assert enter(client, login).status_code == 200


def test_the_roles_say_what_the_catalog_gives(client, auth, pos):
    rows = client.get("/api/pos/usuario/rol", headers=auth("admin")).json["data"]
    assert [row["id"] for row in rows] == list(range(1, 12))
    assert all(row["descripcion"] for row in rows)
    by_name = {row["nombre"]: row["permisos"] for row in rows}
    assert "usuario_actualizar" in by_name["admin"] and "usuario_actualizar" not in by_name["ventas"]
    pos.execute("GRANT EXECUTE ON FUNCTION api.usuario_off(text) TO cajero")
    pos.execute("REVOKE EXECUTE ON FUNCTION api.factura_crear FROM ventas")
    seen = {row["nombre"]: row["permisos"] for row in as_admin(pos, "usuario_rol_listar")["data"]}
    assert "usuario_off" in seen["cajero"] and "usuario_off" not in by_name["cajero"]
    assert "factura_crear" not in seen["ventas"] and "factura_crear" in by_name["ventas"]


def as_admin(pos, name, **params):
    with as_login(pos, "postgres") as act:
        return act(name, **params)


def test_users_are_the_administrators_and_auditors_read_them(pos, people):
    with as_login(pos, people.login("auditor")) as act:
        assert act("usuario_obtener", usuario=people.login("auditor"))["data"]["role"] == "auditor"
        assert act("usuario_listar", page=1)["total"] >= 1
        forbidden(act, "usuario_actualizar", usuario=people.login("auditor"), name="x")
    for role in "adm_ventas ventas bodega cajero contador".split():
        with as_login(pos, people.login(role)) as act:
            for name in ("usuario_listar", "usuario_rol_listar"):
                forbidden(act, name)
            forbidden(act, "usuario_actualizar", usuario=people.login(role), roles=["admin"])
            forbidden(act, "usuario_off", login=people.login("admin"))


def test_the_trail_tells_who_gave_and_took_what(pos, people, staff):
    login, admin = staff("ventas"), people.login("admin")
    with as_login(pos, admin) as act:
        act("usuario_actualizar", usuario=login, roles=["cajero"], estado=False)
        act("usuario_actualizar", usuario=login, estado=True)
        assert refused(act, "usuario_rol_valido", "usuario_actualizar", usuario=login, roles=["dueño"])
    rows = pos.execute(
        "SELECT tabla, usuario, despues FROM datos.auditoria WHERE clave = %s AND operacion = 'EVENT'"
        " AND usuario = %s ORDER BY aud_id", (login, admin),
    ).fetchall()  # fmt: skip
    assert rows == [
        ("PERMISO", admin, {"otorgados": ["cajero"], "revocados": ["ventas"]}),
        ("USUARIO", admin, {"acto": "desactivado"}),
        ("USUARIO", admin, {"acto": "activado"}),
    ]
