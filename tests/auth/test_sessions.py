"""One's own sessions: where somebody is logged in, ending one there, and what a new password does to them."""

import uuid

import psycopg
import pytest

from tests.conftest import PASSWORD

from .conftest import SIDES

NEW = "Otra-clave-larga-2"


@pytest.mark.parametrize("side", SIDES)
def test_somebody_sees_where_they_are_logged_in_and_nothing_secret(person, side):
    here = person(side=side)
    there = here.enter(REMOTE_ADDR="10.1.2.3", HTTP_USER_AGENT="Caja 2")
    person(side=side)
    answer = here("GET", "/auth/sesiones")
    found = {row["sid"]: row for row in answer.json["data"]}
    assert len(found) == 2 and [row["actual"] for row in found.values()].count(True) == 1
    other = next(row for row in found.values() if not row["actual"])
    assert (other["direccion"], other["agente"]) == ("10.1.2.3", "Caja 2")
    columns = {"sid", "creada_en", "renovada_en", "vence_en", "direccion", "agente", "actual"}
    assert all(set(row) == columns for row in found.values())
    assert there("GET", "/auth/sesiones").json["data"] != answer.json["data"]  # `actual` is another


@pytest.mark.parametrize("side", SIDES)
def test_somebody_ends_another_session_of_theirs_at_once(events, person, side):
    here = person(side=side)
    there = here.enter()
    target = next(row["sid"] for row in here("GET", "/auth/sesiones").json["data"] if not row["actual"])
    assert here("DELETE", f"/auth/sesiones/{target}").status_code == 200
    assert here.lives and not there.lives and there.refresh().status_code == 401
    assert here("DELETE", f"/auth/sesiones/{target}").status_code == 404
    assert events(side, here.login)[-1] == ("SALIDA", {"sid": target})


@pytest.mark.parametrize("side", SIDES)
def test_nobody_ends_or_sees_the_session_of_somebody_else(person, side):
    me, other = person("admin", side), person("ventas", side)
    target = other("GET", "/auth/sesiones").json["data"][0]["sid"]
    for sid in (target, uuid.uuid4(), "no-es-una"):
        assert me("DELETE", f"/auth/sesiones/{sid}").status_code == 404
    assert other.lives
    assert target not in me("GET", "/auth/sesiones").text


@pytest.mark.parametrize("side", SIDES)
def test_the_same_with_psql(servers, person, side):
    me, other = person("admin", side), person("ventas", side)
    with psycopg.connect(getattr(servers, side), user=me.login, password=PASSWORD, autocommit=True) as conn:
        seen = conn.execute("SELECT DISTINCT sujeto FROM datos.sesion").fetchall()
        assert seen == [(me.login,)] != [(other.login,)]
        for column in ("secreto", "digesto", "refresco", "refresco_anterior", "sobre"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT {column} FROM datos.sesion")
        with pytest.raises(psycopg.Error) as refusal:
            conn.execute("SELECT api.sesion_cerrar(%s)", (uuid.uuid4(),))
        assert refusal.value.sqlstate == "NG404"


def test_a_new_password_leaves_one_session_that_goes_on_with_new_tokens(events, person):
    here = person()
    before, there = here.tokens, here.enter()
    answer = here("POST", "/auth/password", {"actual": PASSWORD, "nueva": NEW})
    assert answer.status_code == 200 and answer.json["message"]
    assert not here.lives and not there.lives
    assert here.refresh(before["refresh_token"]).status_code == 401
    here.tokens = answer.json
    assert here.lives and here("GET", "/auth/profile").json["login"] == here.login
    assert here.refresh().status_code == 200
    assert len(here("GET", "/auth/sesiones").json["data"]) == 1
    assert "CLAVE" in [event for event, _ in events("pos", here.login)]
    assert here.enter(NEW).lives


def test_a_new_password_at_the_till_ends_the_sessions_in_the_shop(app, person, staff):
    till = person()
    shop = type(till)(app, "ecom", till.login).enter()
    assert till("POST", "/auth/password", {"actual": PASSWORD, "nueva": NEW}).status_code == 200
    app.extensions["daf"].book.forget("ecom")
    assert not shop.lives and shop.refresh().status_code == 401


def test_the_profile_is_read_again_and_refused_when_disabled(app, dba, person):
    me = person()
    assert me("GET", "/auth/profile").json["nombre"] == me.login
    dba["pos"].execute("UPDATE datos.usuario SET usr_nombre = 'Otra' WHERE usr_login = %s", (me.login,))
    assert me("GET", "/auth/profile").json["nombre"] == "Otra"
    dba["pos"].execute(f"ALTER ROLE {me.login} NOLOGIN")
    app.extensions["daf"].book.forget("pos")
    assert me("GET", "/auth/profile").status_code == 401
