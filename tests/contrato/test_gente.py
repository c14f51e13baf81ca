"""People and letters: `{status, message, data}`, and who writes is taken from the token."""

import pytest

from .conftest import envelope, keys, serial

PERSONA = (
    "id nombres p_apellido s_apellido fecha_nacimiento genero identificacion telefono direccion fecha_alta"
    " id_user_create id_user_update"
)


def who() -> dict[str, str]:
    """What everybody has."""
    return {
        "nombres": "Rosa",
        "p_apellido": f"Paz {serial()}",
        "fecha_nacimiento": "1990-05-01",
        "genero": "Femenino",
    }


def said(answer, status: int = 200):
    """The data of an answer that says what was done."""
    assert (answer["status"], bool(answer["message"])) == (status, True)
    return answer["data"]


def test_una_persona_se_registra(till):
    made = said(till.post("/persona", {**who(), "id_user_create": 999_999}, 201), 201)
    keys(made, PERSONA)
    assert made["id_user_create"] != 999_999
    changed = said(
        till.put("/persona", {"id": made["id"], "telefono": "022222222", "id_user_update": 999_999})
    )
    assert (changed["telefono"], changed["nombres"]) == ("022222222", "Rosa")
    assert changed["id_user_update"] != 999_999
    assert said(till.get(f"/persona/{made['id']}"))["id"] == made["id"]
    assert said(till.get("/persona?page=1"))
    till.refused(404, "persona_existe", "GET", "/persona/999999999")
    till.refused(400, "datos_invalidos", "POST", "/persona", {"nombres": "Rosa"})


@pytest.fixture
def asked() -> dict[str, str]:
    """What somebody asks for a user with."""
    return {**who(), "email": f"rosa{serial()}@prueba.ec", "password": "Clave-de-rosa-1"}


def test_un_usuario_de_principio_a_fin(till, tab, asked, servers):
    roles = said(till.get("/usuario/rol"))
    keys(roles[0], "id nombre descripcion permisos")
    seller = next(role for role in roles if role["nombre"] == "ventas")
    waiting = said(tab(None).post("/usuario/register", {**asked, "estado": True, "id_role": 1}, 201), 201)
    assert (waiting["estado"], waiting["usr_estado"]) == (False, "PEN")
    tab(None).refused(401, "credenciales_invalidas", "POST", "/login",
                      {"user": asked["email"], "password": asked["password"]})  # fmt: skip
    tab(None).refused(400, "datos_invalidos", "POST", "/usuario/register", {})
    given = {"estado": True, "id_role": seller["id"], "password": ""}  # a form's field left empty
    changed = said(till.ask("PATCH", f"/usuario/{waiting['id']}", given))
    assert (changed["estado"], changed["role"]) == (True, "ventas")
    inside = tab(None).post("/login", {"email": asked["email"], "password": asked["password"]})
    assert inside["role"] == "ventas"
    assert said(till.get(f"/usuario/{waiting['id']}"))["login"] == changed["login"]
    assert said(till.get("/usuario?page=1"))
    assert said(till.delete(f"/usuario/{changed['login']}"))["estado"] is False
    tab(None).refused(401, "credenciales_invalidas", "POST", "/login",
                      {"user": asked["email"], "password": asked["password"]})  # fmt: skip


def test_un_correo_se_encola(till):
    letter = {"email": "quien@prueba.ec", "subject": "Hola", "message": "Un mensaje", "name": "Ana"}
    assert till.post("/mail", letter, 202)["message"]
    row = envelope(till.get("/mail?page=1"))[0]
    assert (row["email"], row["estado"]) == ("quien@prueba.ec", "PENDIENTE")
    assert "message" not in row
    assert till.post(f"/mail/{row['id']}/reintentar")["message"]
    till.refused(404, "correo_existe", "POST", "/mail/999999999/reintentar")


def test_el_auditor_lee_lo_hecho(till, tab):
    eye = tab("auditor")
    made = said(till.post("/persona", who(), 201), 201)
    rows = eye.get("/auditoria?page=1&tabla=persona")["data"]
    assert str(made["id"]) in [row["clave"] for row in rows]
    assert "data" in eye.get("/auditoria/sellos?page=1")
    assert till.get("/auditoria/invariantes")
    till.refused(403, "sin_permiso", "GET", "/auditoria")
