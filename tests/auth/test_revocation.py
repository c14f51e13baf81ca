"""A session ends within a second, whoever ends it and however: by the API, or by a DBA with plain SQL."""

import threading
import time

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from tests.conftest import PASSWORD
from tests.patience import true_within

PROFILE = "/api/pos/auth/profile"
LIMIT = 1.0


@pytest.fixture
def dba(servers):
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        yield conn


@pytest.fixture
def open_session(client, staff):
    def enter(role="ventas"):
        name = staff(role)
        token = client.post("/api/pos/login", json={"user": name, "password": PASSWORD}).json["token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get(PROFILE, headers=headers).status_code == 200
        return name, headers

    return enter


def refused(client, headers):
    return client.get(PROFILE, headers=headers).status_code == 401


def refused_in_time(client, headers):
    """Whether the session is refused within the limit, and from then on."""
    return true_within(LIMIT, lambda: refused(client, headers)) and refused(client, headers)


BY_SQL = {
    "disable": "ALTER ROLE {name} NOLOGIN",
    "expire": "ALTER ROLE {name} VALID UNTIL '2000-01-01'",
    "password": "ALTER ROLE {name} PASSWORD '{verifier}'",
    "revoke_session": "UPDATE datos.sesion SET cerrada_en = now() WHERE sujeto = '{name}'",
    "delete_session": "DELETE FROM datos.sesion WHERE sujeto = '{name}'",
    "leave_staff": "REVOKE ventas FROM {name}",
}


@pytest.mark.parametrize("how", BY_SQL)
def test_plain_sql_reaches_open_sessions(client, dba, open_session, how):
    name, headers = open_session()
    dba.execute(BY_SQL[how].format(name=name, verifier=verifier(name, "otra")))
    assert refused_in_time(client, headers)


def test_a_disabled_login_loses_its_open_connections(client, dba, open_session):
    name, headers = open_session()

    def alone():
        return dba.execute("SELECT FROM pg_stat_activity WHERE usename = %s", (name,)).fetchone() is None

    assert not alone()
    dba.execute(f"ALTER ROLE {name} NOLOGIN")
    assert refused_in_time(client, headers)
    assert true_within(LIMIT, alone)


def test_losing_the_ear_changes_nothing_but_the_speed(client, dba, open_session):
    name, headers = open_session()
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'daf listen'"
    dba.execute(f"ALTER ROLE {name} NOLOGIN")
    dba.execute(cut)
    assert refused_in_time(client, headers)


def test_logout_ends_this_session_and_no_other(client, staff):
    name = staff("ventas")
    tokens = [
        client.post("/api/pos/login", json={"user": name, "password": PASSWORD}).json["token"] for _ in "ab"
    ]
    first, second = ({"Authorization": f"Bearer {token}"} for token in tokens)
    assert client.post("/api/pos/auth/logout", headers=first).status_code == 200
    assert client.get(PROFILE, headers=first).status_code == 401
    assert client.get(PROFILE, headers=second).status_code == 200


def test_changing_the_password_through_the_api_ends_every_session(client, open_session):
    name, headers = open_session()
    wrong = {"actual": "no es esta", "nueva": "Otra-clave-larga-2"}
    assert client.post("/api/pos/auth/password", json=wrong, headers=headers).status_code == 403
    right = {**wrong, "actual": PASSWORD}
    assert client.post("/api/pos/auth/password", json=right, headers=headers).status_code == 200
    assert refused_in_time(client, headers)
    login = {"user": name, "password": right["nueva"]}
    assert client.post("/api/pos/login", json=login).status_code == 200


def test_an_administrator_deactivates_a_person_in_the_middle_of_their_work(client, app, auth, open_session):
    name, headers = open_session()
    outcomes, stop = [], threading.Event()

    def work():
        mine = app.test_client()
        while not stop.is_set():
            outcomes.append((time.monotonic(), mine.get(PROFILE, headers=headers).status_code))

    worker = threading.Thread(target=work)
    worker.start()
    assert client.delete(f"/api/pos/usuario/{name}", headers=auth("admin")).status_code == 200
    off = time.monotonic()
    stop.wait(LIMIT + 0.2)
    stop.set()
    worker.join()
    assert {code for moment, code in outcomes if moment > off + LIMIT} <= {401}
    assert {code for _, code in outcomes} <= {200, 401, 503}


def test_only_an_administrator_deactivates_and_never_a_service(client, auth, people):
    target = people.login("bodega")
    assert client.delete(f"/api/pos/usuario/{target}", headers=auth("adm_ventas")).status_code == 403
    for service in ("postgres", "api_login", "pos_datos", "ventas", "personal"):
        assert client.delete(f"/api/pos/usuario/{service}", headers=auth("admin")).status_code == 404
    assert (
        client.delete(f"/api/pos/usuario/{people.login('admin')}", headers=auth("admin")).status_code == 409
    )
