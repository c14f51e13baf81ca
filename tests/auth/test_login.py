"""Logging in: PostgreSQL verifies, one message for every failure, and guesses slow down."""

import psycopg
import pytest

from daf_backend.auth import login, throttle
from daf_backend.db.call import call_service
from daf_backend.db.pool import connect
from tests.conftest import PASSWORD

LOGIN = "/api/pos/login"


@pytest.fixture
def forgive(servers):
    """Forget failed attempts, which other tests of this address would meet."""
    yield
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        conn.execute("TRUNCATE datos.login_intento")


def test_login_answers_the_session_and_the_person(client, staff):
    name = staff("ventas")
    answer = client.post(LOGIN, json={"user": name, "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json["token"] == answer.json["access_token"]
    assert (answer.json["role"], answer.json["roles"]) == ("ventas", ["ventas"])
    assert answer.json["usuario"]["establecimiento"] == "001"


@pytest.mark.parametrize("field", ["user", "usuario", "nombre_usuario", "email"])
@pytest.mark.parametrize("secret", ["password", "contrasena"])
def test_login_takes_every_name_a_client_sends(client, staff, field, secret):
    name = staff("bodega")
    typed = f"{name}@prueba.ec" if field == "email" else name.upper()
    assert client.post(LOGIN, json={field: typed, secret: PASSWORD}).status_code == 200


def test_incomplete_is_400(client):
    assert client.post(LOGIN, json={"user": "ana"}).status_code == 400
    assert client.post(LOGIN).status_code == 400


def test_every_failure_reads_the_same(client, staff, forgive, settings):
    name = staff("ventas")
    tries = [(name, "equivocada"), ("nadie_existe", "x"), ("postgres", "x"), ("pos_datos", "x"), ("ventas", "x"),
             ("api_login", "x"), ("puente", "x"), ("no;vale", "x"), ("x@y.ec", "x")]  # fmt: skip
    answers = [client.post(LOGIN, json={"user": user, "password": word}) for user, word in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json["message"] for answer in answers}) == 1


def test_a_name_that_is_nobodys_costs_what_a_wrong_password_costs(client, staff, forgive, monkeypatch):
    """Whoever measures how long a refusal takes learns nothing: the same is asked of PostgreSQL."""
    asked = []

    def noted(side, service, name, **params):
        asked.append(name)
        return call_service(side, service, name, **params)

    def tried(conninfo, who, **secret):
        asked.append("connect")
        return connect(conninfo, who, **secret)

    monkeypatch.setattr(throttle, "call_service", noted)
    monkeypatch.setattr(login, "connect", tried)
    for side in ("pos", "ecom"):
        seen = []
        for user in (staff("ventas"), "nadie_existe"):
            answer = client.post(f"/api/{side}/auth/login", json={"user": user, "password": "equivocada"})
            assert answer.status_code == 401
            seen.append(asked.copy())
            asked.clear()
        assert seen[0] == seen[1] == ["ingreso_contar", "connect", "ingreso_fallido"]


def test_services_and_superusers_cannot_enter_even_with_their_password(client, settings, cluster, forgive):
    from daf_backend.auth.keyring import Keyring

    keyring = Keyring.load(settings)
    for user, word in [*keyring.services.items(), ("postgres", cluster.superuser_password)]:
        secret = word.get_secret_value() if hasattr(word, "get_secret_value") else word
        assert client.post(LOGIN, json={"user": user, "password": secret}).status_code == 401, user


def test_guessing_is_slowed_down_for_that_name_at_that_address_only(client, staff, forgive):
    name, other = staff("ventas"), staff("ventas")
    codes = [client.post(LOGIN, json={"user": name, "password": "no"}).status_code for _ in range(8)]
    assert codes[:5] == [401] * 5 and codes[-1] == 429
    answer = client.post(LOGIN, json={"user": name, "password": PASSWORD})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1
    assert client.post(LOGIN, json={"user": other, "password": PASSWORD}).status_code == 200
    elsewhere = {"REMOTE_ADDR": "127.9.9.9"}
    assert (
        client.post(LOGIN, json={"user": name, "password": PASSWORD}, environ_base=elsewhere).status_code
        == 200
    )


def test_a_password_with_accents_logs_in_and_works(client, staff):
    name = staff("ventas", password="Contraseña-ñandú-9ª")
    answer = client.post(LOGIN, json={"user": name, "password": "Contraseña-ñandú-9ª"})
    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get("/api/pos/auth/profile", headers=headers).json["login"] == name


def test_access_is_what_the_catalog_grants(client, auth):
    seen = client.get("/api/pos/access", headers=auth("ventas")).json
    assert seen["access"]["FACTURA"] is True and seen["access"]["BODEGA"] is False
    assert "factura_aprobar" in seen["permisos"] and "usuario_crear" not in seen["permisos"]


EXPECTED = {
    "bodega": {"PRODUCTO", "BODEGA"}, "adm_bodega": {"PRODUCTO", "BODEGA"},
    "ventas": {"PRODUCTO", "CLIENTE", "FACTURA"}, "adm_ventas": {"PRODUCTO", "CLIENTE", "FACTURA"},
    "adm_fact": {"PRODUCTO", "CLIENTE", "FACTURA"}, "compras": set(), "adm_compras": set(),
    "admin": {"PRODUCTO", "CLIENTE", "FACTURA", "BODEGA"},
}  # fmt: skip
BUILT = {"PRODUCTO", "CLIENTE", "FACTURA", "BODEGA"}


@pytest.mark.parametrize("role", EXPECTED)
def test_access_follows_the_map_the_clients_know(client, auth, role):
    access = client.get("/api/pos/access", headers=auth(role)).json["access"]
    assert {module for module, open_ in access.items() if open_} & BUILT == EXPECTED[role]
