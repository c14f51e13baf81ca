"""People: the contract over HTTP, the rules in SQL."""

import pytest

from tests.conftest import as_login

from .acts import forbidden, refused

ANA = {
    "nombres": " Ana María ", "p_apellido": "Ñáñez", "fecha_nacimiento": "1990-02-28", "genero": "Femenino",
}  # fmt: skip


@pytest.fixture
def admin(pos, people):
    with as_login(pos, people.login("admin")) as act:
        yield act


def test_a_person_is_written_read_and_changed_over_http(client, auth):
    headers = auth("admin")
    made = client.post("/api/pos/persona", headers=headers, json={**ANA, "id_user_create": 99999})
    assert made.status_code == 201, made.text
    person = made.json["data"]
    assert (made.json["status"], person["nombres"], person["s_apellido"]) == (201, "Ana María", "")
    me = client.get("/api/pos/auth/profile", headers=headers).json["id"]
    assert person["id_user_create"] == person["id_user_update"] == me

    change = {"id": person["id"], "s_apellido": "Ruiz", "id_user_update": 1, "id_user_create": 1}
    changed = client.put("/api/pos/persona", headers=headers, json=change).json["data"]
    assert changed == {**person, "s_apellido": "Ruiz"}
    found = client.get("/api/pos/persona?search=nanez ruiz ana&page=1", headers=headers).json
    assert (found["status"], found["total"], found["data"][0]["id"]) == (200, 1, person["id"])
    assert client.get(f"/api/pos/persona/{person['id']}", headers=headers).json["data"] == changed


def test_who_wrote_is_who_is_connected(pos, people):
    with as_login(pos, people.login("admin")) as act:
        number = act("perfil_obtener")["id"]
        made = act("persona_crear", **ANA)["data"]
        assert made["id_user_create"] == number
    other = people.make("admin")
    with as_login(pos, other) as act:
        changed = act("persona_actualizar", id=made["id"], genero="Mujer")["data"]
        assert changed["id_user_create"] == number
        assert changed["id_user_update"] == act("perfil_obtener")["id"] != number


@pytest.mark.parametrize(("rule", "state", "datos"), [
    ("persona_nombres_largo", "23514", {"nombres": " "}),
    ("persona_apellido_largo", "23514", {"p_apellido": "x" * 61}),
    ("persona_nacimiento_posible", "23514", {"fecha_nacimiento": "1899-12-31"}),
    ("persona_nacimiento_posible", "422", {"fecha_nacimiento": "2990-01-01"}),
    ("persona_genero_forma", "23514", {"genero": "<b>"}),
    ("persona_identificacion_forma", "23514", {"identificacion": "17 100"}),
    ("persona_telefono_forma", "23514", {"telefono": "casa"}),
    ("persona_direccion_largo", "23514", {"direccion": "x" * 256}),
])  # fmt: skip
def test_each_rule_has_its_name(admin, rule, state, datos):
    assert refused(admin, rule, "persona_crear", **{**ANA, **datos}) == state


def test_one_identification_is_one_person(admin):
    admin("persona_crear", **ANA, identificacion="P-123456")
    assert refused(admin, "persona_identificacion_unica", "persona_crear", **ANA, identificacion="P-123456")
    admin("persona_crear", **ANA, identificacion="")
    admin("persona_crear", **ANA, identificacion="")


def test_an_unknown_person_is_404(client, auth, admin):
    assert refused(admin, "persona_existe", "persona_actualizar", id=10**9, genero="X") == "404"
    assert client.get("/api/pos/persona/2000000000", headers=auth("admin")).json["regla"] == "persona_existe"
    assert client.put("/api/pos/persona", headers=auth("admin"), json={"genero": "X"}).status_code == 400


def test_people_are_the_administrators_and_auditors_read_them(pos, people):
    with as_login(pos, people.login("auditor")) as act:
        assert "data" in act("persona_listar", page=1)
        forbidden(act, "persona_crear", **ANA)
    for role in "ventas adm_ventas cajero bodega contador".split():
        with as_login(pos, people.login(role)) as act:
            forbidden(act, "persona_listar")
            with pytest.raises(Exception, match="permission denied"), pos.transaction():
                pos.execute("SELECT nombres FROM datos.persona")


def test_a_change_is_in_the_audit_trail(pos, admin):
    number = admin("persona_crear", **ANA)["data"]["id"]
    admin("persona_actualizar", id=number, genero="Mujer")
    pos.execute("RESET SESSION AUTHORIZATION")
    rows = pos.execute(
        "SELECT operacion, antes ->> 'genero', despues ->> 'genero' FROM datos.auditoria"
        " WHERE tabla = 'persona' AND clave = %s ORDER BY aud_id", (str(number),),
    ).fetchall()  # fmt: skip
    assert rows == [("INSERT", None, "Femenino"), ("UPDATE", "Femenino", "Mujer")]
