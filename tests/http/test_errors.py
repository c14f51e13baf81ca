"""The one table: what failed decides the status, the constraint names the rule, and no inner text leaves."""

import psycopg
import psycopg_pool
import pytest
from werkzeug.exceptions import ServiceUnavailable

from daf_backend.db.pool import BadCredential, PoolTimeout, ServerAway
from daf_backend.errors import Problem, from_database

MEMBERS = {"type", "title", "status", "detail", "regla", "request_id", "message"}


@pytest.fixture
def raising(app, client):
    """Ask a route that raises this exception."""

    def ask(exc: BaseException):
        def view():
            raise exc

        app.add_url_rule("/lanza", "lanza", view)
        return client.get("/lanza")

    return ask


def test_un_error_inesperado_no_cuenta_nada(client):
    answer = client.get("/api/pos/falla")
    assert (answer.status_code, answer.json["regla"]) == (500, "error_interno")
    assert "secreto" not in answer.text


def test_un_rechazo_es_problem_json_y_lo_que_leen_los_clientes(raising):
    answer = raising(Problem(409, "cosa_abierta", "La cosa está cerrada.", retry_after=7))
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == MEMBERS
    assert answer.json["message"] == answer.json["detail"] == "La cosa está cerrada."
    assert answer.json["type"] == "/api/problemas/cosa_abierta"
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("exc", "status", "regla"),
    [
        (Problem(401), 401, "sin_sesion"),
        (Problem(429), 429, "demasiadas_solicitudes"),
        (BadCredential("ana"), 401, "sin_sesion"),
        (PoolTimeout("cola"), 503, "servidor_ocupado"),
        (psycopg_pool.PoolTimeout("cola"), 503, "servidor_ocupado"),
        (ServerAway("10.0.0.1"), 503, "no_disponible"),
        (psycopg.OperationalError("conexión a 10.0.0.1"), 503, "no_disponible"),
        (psycopg.DatabaseError("server closed the connection"), 503, "no_disponible"),
        (psycopg.DataError("NUL"), 400, "dato_mal_formado"),
        (psycopg.ProgrammingError("falta un parámetro"), 500, "error_interno"),
        (ServiceUnavailable(retry_after=3), 503, "no_disponible"),
    ],
)
def test_lo_que_no_viene_de_una_regla(raising, exc, status, regla):
    answer = raising(exc)
    assert (answer.status_code, answer.json["regla"]) == (status, regla)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    assert "10.0.0.1" not in answer.text


def raising_state(state: str, constraint: str = "") -> str:
    """A statement that fails the way `privado.rechazar` or the server itself would."""
    using = f"ERRCODE = '{state}', CONSTRAINT = '{constraint}'"
    return f"DO $$ BEGIN RAISE 'La mesa no existe.' USING {using}; END $$"


TABLES = """
    CREATE TEMP TABLE sala (id int PRIMARY KEY);
    CREATE TEMP TABLE mesa (
        id int NOT NULL CONSTRAINT mesa_unica PRIMARY KEY CONSTRAINT mesa_positiva CHECK (id > 0),
        sala int CONSTRAINT mesa_con_sala REFERENCES sala
    );
    INSERT INTO sala VALUES (1);
    INSERT INTO mesa VALUES (1, 1);
"""


@pytest.mark.parametrize(
    ("statement", "status", "regla"),
    [
        ("SELECT 1/0", 400, "dato_mal_formado"),
        ("SELECT 'x'::int", 400, "dato_mal_formado"),
        ("SELECT '99999999999'::int", 400, "dato_mal_formado"),
        ("SELECT nada()", 500, "error_interno"),
        ("INSERT INTO mesa VALUES (0, 1)", 422, "mesa_positiva"),
        ("INSERT INTO mesa VALUES (NULL, 1)", 422, "falta_dato"),
        ("INSERT INTO mesa VALUES (1, 1)", 409, "mesa_unica"),
        ("INSERT INTO mesa VALUES (2, 9)", 409, "mesa_con_sala"),
        ("DELETE FROM sala", 409, "mesa_con_sala"),
        (raising_state("NG404", "mesa_existe"), 404, "mesa_existe"),
        (raising_state("NG422"), 422, "regla"),
        (raising_state("NG418"), 500, "error_interno"),
        (raising_state("P0001"), 500, "error_interno"),
        (raising_state("23514"), 500, "error_interno"),
        (raising_state("40001"), 503, "ocupado"),
        (raising_state("40P01"), 503, "ocupado"),
        (raising_state("55P03"), 503, "ocupado"),
        (raising_state("53300"), 503, "no_disponible"),
        (raising_state("57P01"), 503, "no_disponible"),
        ("SET statement_timeout = 20; SELECT pg_sleep(1)", 503, "tiempo_agotado"),
        ("SET SESSION AUTHORIZATION pg_monitor; SELECT * FROM pg_authid", 403, "sin_permiso"),
    ],
)
def test_lo_que_postgresql_rechaza(pos, statement, status, regla):
    pos.execute(TABLES)
    with pytest.raises(psycopg.Error) as failed:
        pos.execute(statement)
    problem = from_database(failed.value)
    assert (problem.status, problem.rule) == (status, regla)
    assert (problem.retry_after is not None) == (status == 503)
    ours = (failed.value.sqlstate or "") in ("NG404", "NG422")
    assert (problem.detail == "La mesa no existe.") == ours


def test_una_restriccion_habla_con_su_comentario(pos):
    pos.execute(TABLES)
    with pytest.raises(psycopg.Error) as failed:
        pos.execute("INSERT INTO mesa VALUES (0, 1)")
    sentence = "La mesa lleva número positivo."
    assert from_database(failed.value, {"mesa_positiva": sentence}.get).detail == sentence


def test_un_rechazo_no_falla_por_no_hallar_sus_palabras(app, raising):
    def unavailable(constraint):
        raise ServerAway("10.0.0.1")

    app.extensions["daf_constraint_comment"] = unavailable
    answer = raising(psycopg.errors.UniqueViolation("Key (cli_mail)=(secreto) already exists"))
    assert (answer.status_code, answer.json["regla"]) == (409, "duplicado")
    assert "secreto" not in answer.text


def test_una_conexion_cortada_a_media_consulta_es_503(servers):
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        for statement in ("SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1"):
            with pytest.raises(psycopg.Error) as failed:
                conn.execute(statement)
            assert from_database(failed.value).status == 503
