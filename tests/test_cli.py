"""The `daf` command as an operator types it: real processes, against the session's server."""

import os
import subprocess
import sys

import psycopg
import pytest

from .conftest import PASSWORD


@pytest.fixture(scope="module")
def daf(settings, servers):
    """Run a command; its exit code and all it said."""

    def run(*words, typed="", **environment):
        done = subprocess.run(
            [sys.executable, "-m", "daf_backend.cli", *words],
            env={**os.environ, "DAF_HOME": str(settings.home), "DAF_PG_BINDIR": settings.pg_bindir, **environment},
            input=f"{typed}\n", start_new_session=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def test_psql_enters_as_the_person_and_no_more(daf, staff):
    seller = staff("ventas")
    who = "SELECT session_user, current_user"
    assert daf("psql", "pos", "--as", seller, "-tAc", who, PGPASSWORD=PASSWORD) == (0, f"{seller}|{seller}\n")
    code, said = daf("psql", "pos", "--as", seller, "-c", "DELETE FROM datos.factura", PGPASSWORD=PASSWORD)
    assert code == 1 and "permission denied" in said
    code, said = daf("psql", "ecom", "--as", seller, "-c", who, PGPASSWORD="another")
    assert code == 2 and "password authentication failed" in said


def test_psql_without_a_person_is_the_superuser(daf):
    assert daf("psql", "ecom", "-tAc", "SELECT current_user, current_database()") == (
        0,
        "postgres|daf_ecom\n",
    )


def test_a_person_is_made_moved_and_turned_off_on_both_sides(daf, servers):
    person = {"user": "clara_ruiz", "password": "una clave ñandú"}
    code, said = daf(
        "usuario", "add", "clara_ruiz", "ventas", "--establecimiento", "001", "--clave", person["password"]
    )
    assert (code, said) == (0, "clara_ruiz puede entrar como ventas.\n")
    for side in (servers.pos, servers.ecom):
        psycopg.connect(side, **person).close()
    assert daf("usuario", "rol", "clara_ruiz", "bodega")[0] == 0
    with psycopg.connect(servers.pos, **person) as conn:
        assert conn.execute("SELECT pg_has_role('bodega', 'MEMBER'), pg_has_role('ventas', 'MEMBER')").fetchone() == (
            True, False,
        )  # fmt: skip
    assert daf("usuario", "off", "clara_ruiz")[0] == 0
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(servers.pos, **person)


def test_postgresql_says_no_in_a_sentence(daf, staff):
    code, said = daf("usuario", "add", "Pepe", "ventas", "--clave", "x")
    assert code == 1 and said.startswith("Error: El usuario lleva") and "[usuario_login_valido]" in said
    code, said = daf("usuario", "rol", staff("cajero"), "dueño")
    assert code == 1 and "[usuario_rol_valido]" in said


def test_an_administrator_may_and_a_seller_may_not(daf, staff, servers):
    admin, seller, other = staff("admin"), staff("ventas"), staff("ventas")
    code, said = daf("usuario", "off", other, "--como", seller, typed=PASSWORD)
    assert code == 1 and "[sin_permiso]" in said
    psycopg.connect(servers.pos, user=other, password=PASSWORD).close()
    assert daf("usuario", "off", other, "--como", admin, typed=PASSWORD)[0] == 0
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(servers.pos, user=other, password=PASSWORD)


def test_the_doctor_answers_who_may_ask(daf, staff):
    assert "invariantes" in daf("doctor", "--as", staff("auditor"), typed=PASSWORD)[1]
    code, said = daf("doctor", "--as", staff("ventas"), typed=PASSWORD)
    assert code == 1 and said.endswith("[sin_permiso]\n"), said


def test_the_doctor_tells_a_script_whether_all_is_well(daf):
    code, said = daf("doctor")
    assert code == (0 if said.endswith(" 0 violaciones\n") else 1), said
    assert all(place in said for place in ("POS", "ECOM", "ENTRE LOS DOS"))


def test_deploying_again_changes_nothing(daf):
    code, said = daf("deploy")
    assert code == 0 and said.count(" 0 migraciones nuevas") == 2


def test_without_a_server_nothing_starts(daf, tmp_path):
    code, said = daf(
        "serve", DAF_POS_DSN="host=127.0.0.1 port=1 dbname=x", DAF_ECOM_DSN="host=127.0.0.1 port=1 dbname=x"
    )
    assert code == 1 and said.startswith("Error: ") and "Traceback" not in said
