"""Telling the caller's fault from the server's, when libpq gives nothing but text."""

import psycopg
import pytest
from psycopg import sql

from daf_backend.db.connect import BadCredential, ServerAway, connect, connect_error

from .conftest import Arena
from .logins import keys_of


@pytest.mark.parametrize("password", ["otra", "", "con\0nul", "\udcff", "' OR ''='", "x" * 5000])
def test_a_wrong_password_is_refused_whatever_it_looks_like(arena: Arena, password: str) -> None:
    login, _ = arena.login()
    with pytest.raises(BadCredential) as caught:
        connect(arena.conninfo, login, password=password)
    assert password[:4] not in str(caught.value) or not password


def test_an_unknown_login_is_refused_like_a_wrong_password(arena: Arena) -> None:
    with pytest.raises(BadCredential):
        connect(arena.conninfo, "nadie_de_nadie", password="x")
    with pytest.raises(BadCredential):
        connect(arena.conninfo, "nadie_de_nadie", credential=keys_of("x"))


@pytest.mark.parametrize("how", ["NOLOGIN", "VALID UNTIL '2001-01-01'", "PASSWORD NULL"])
def test_a_login_that_may_not_come_in_is_refused(arena: Arena, how: str) -> None:
    login, keys = arena.login()
    arena.alter(login, sql.SQL(how))  # type: ignore[arg-type]
    with pytest.raises(BadCredential):
        connect(arena.conninfo, login, credential=keys)


def test_a_login_without_access_to_the_database_is_refused(arena: Arena) -> None:
    login, keys = arena.login()
    arena.admin.execute("REVOKE CONNECT ON DATABASE daf_arena FROM PUBLIC")
    try:
        with pytest.raises(BadCredential):
            connect(arena.conninfo, login, credential=keys)
    finally:
        arena.admin.execute("GRANT CONNECT ON DATABASE daf_arena TO PUBLIC")


def test_a_server_that_is_full_is_not_the_callers_fault(arena: Arena) -> None:
    login, keys = arena.login()
    arena.alter(login, sql.SQL("CONNECTION LIMIT 0"))
    with pytest.raises(ServerAway):
        connect(arena.conninfo, login, credential=keys)


@pytest.mark.parametrize("place", ["host=127.0.0.1 port=1 dbname=x", "host=127.0.0.1 port=1,1 dbname=x"])
def test_a_server_that_is_not_there_is_away(place: str) -> None:
    with pytest.raises(ServerAway):
        connect(place, "ana", password="x")


def test_a_database_that_is_not_there_is_not_the_callers_fault(arena: Arena) -> None:
    login, keys = arena.login()
    with pytest.raises(ServerAway):
        connect(f"{arena.conninfo} dbname=no_hay", login, credential=keys)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('FATAL:  password authentication failed for user "ana"', BadCredential),
        ('FATAL:  role "ana" is not permitted to log in', BadCredential),
        ("connection failed: incorrect server signature", BadCredential),
        ("FATAL:  the database system is starting up", ServerAway),
        ("FATAL:  the database system is shutting down", ServerAway),
        ("FATAL:  sorry, too many clients already", ServerAway),
        ("FATAL:  remaining connection slots are reserved", ServerAway),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "ana"', ServerAway),
        ('authentication method requirement "scram-sha-256" failed', ServerAway),
        ("server closed the connection unexpectedly", ServerAway),
        ('FATAL:  la autentificación password falló para el usuario "ana"', ServerAway),
        ("", ServerAway),
    ],
)
def test_only_a_refusal_of_postgres_is_the_callers_fault(text: str, kind: type[Exception]) -> None:
    assert type(connect_error(psycopg.OperationalError(text))) is kind


def test_the_secret_is_in_no_message_and_no_repr(arena: Arena) -> None:
    login, _ = arena.login("secretísima")
    with connect(arena.conninfo, login, password="secretísima") as conn:
        assert "secret" not in repr(conn) + str(conn.info.get_parameters())
    with pytest.raises(BadCredential) as caught:
        connect(arena.conninfo, login, password="secretísimo")
    assert "secret" not in repr(caught.value) + repr(caught.value.__cause__)


def test_nothing_of_the_machines_own_configuration_counts(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, keys = arena.login()
    monkeypatch.setenv("PGPASSWORD", "clave")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=public")
    monkeypatch.setenv("PGCLIENTENCODING", "latin1")
    with pytest.raises(BadCredential):
        connect(arena.conninfo, login, password="")
    with connect(arena.conninfo, login, credential=keys, options="-c search_path=pg_catalog") as conn:
        row = conn.execute(
            "SELECT current_setting('search_path'), current_setting('client_encoding')"
        ).fetchone()
    assert row == ("pg_catalog", "UTF8")
