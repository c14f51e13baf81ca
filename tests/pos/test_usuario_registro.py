"""Asking for a user: anybody may, nobody but an administrator is believed, and no password is kept."""

import json
import secrets
from threading import Barrier, Thread

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from tests.conftest import as_login

from .acts import forbidden, refused

SECRET = "Clave-que-nadie-ve-7"


def form(**more):
    word = secrets.token_hex(4)
    return {
        "email": f"Nueva.{word}@Prueba.ec", "password": SECRET, "nombres": "Inés", "p_apellido": "Ñáñez",
        "fecha_nacimiento": "1999-12-31", "genero": "F", **more,
    }  # fmt: skip


@pytest.fixture
def ask(client, settings, request):
    """Ask from an address of one's own, so that no test waits for another's requests."""
    address = f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.{secrets.randbelow(250) + 1}"

    def send(headers=None, **more):
        return client.post(
            "/api/pos/usuario/register", json=form(**more), headers=headers,
            environ_base={"REMOTE_ADDR": address},
        )  # fmt: skip

    return send


@pytest.fixture
def register(pos):
    """Ask as the API does for a visitor, inside the rolled-back transaction."""
    with as_login(pos, "api_login") as act:

        def send(**more):
            sent = form(**more)
            sent.pop("password")
            return act("usuario_registrar", verificador=verifier("x", SECRET), **sent)["data"]

        yield send


def waiting(conn, email):
    return conn.execute(
        "SELECT u.usr_login, u.usr_estado, e.verificador FROM datos.usuario AS u"
        " LEFT JOIN datos.usuario_espera AS e USING (usr_login) WHERE u.usr_email = %s", (email.lower(),),
    ).fetchone()  # fmt: skip


def test_who_asks_waits_and_is_nobody_in_postgresql(client, auth, pos, ask):
    answer = ask(estado=True, id_role="admin", name="jefa")
    data = answer.json["data"]
    assert (answer.status_code, data["estado"], data["usr_estado"]) == (201, False, "PEN")
    assert not {"login", "role", "roles"} & data.keys()
    login, state, proof = waiting(pos, data["email"])
    assert state == "PEN" and proof.startswith("SCRAM-SHA-256$") and SECRET not in proof
    assert not pos.execute("SELECT FROM pg_roles WHERE rolname = %s", (login,)).fetchall()
    for who in (login, data["email"]):
        refusal = client.post("/api/pos/login", json={"user": who, "password": SECRET})
        assert (refusal.status_code, refusal.json["regla"]) == (401, "credenciales_invalidas")
    again = ask(email=data["email"])
    assert (again.status_code, again.json["regla"]) == (409, "usuario_email_unico")


def test_an_administrator_activates_who_waits_and_the_verifier_is_gone(client, auth, pos, ask):
    number = ask().json["data"]["id"]
    url, headers = f"/api/pos/usuario/{number}", auth("admin")
    row = client.get(url, headers=headers).json["data"]
    assert (row["usr_estado"], row["persona"]["nombres"], row["name"]) == ("PEN", "Inés", "Inés Ñáñez")
    assert client.patch(url, headers=headers, json={"estado": True}).json["regla"] == "usuario_sin_rol"
    assert client.patch(url, headers=headers, json={"id_role": 5}).json["regla"] == "usuario_pendiente"
    active = client.patch(url, headers=headers, json={"estado": True, "id_role": 5, "comision": 3})
    assert active.status_code == 200, active.text
    assert (active.json["data"]["roles"], active.json["data"]["estado"]) == (["ventas"], True)
    assert waiting(pos, row["email"])[1:] == ("ACT", None)
    for who in (row["login"], row["email"].upper()):
        inside = client.post("/api/pos/login", json={"user": who, "password": SECRET})
        assert inside.status_code == 200, inside.text
        assert inside.json["usuario"]["persona"]["p_apellido"] == "Ñáñez"
    told = pos.execute(
        "SELECT cor_plantilla FROM datos.correo WHERE cor_para = %s", (row["email"],)
    ).fetchall()
    assert told == [("cuenta_activada",)]


def test_an_administrator_registers_somebody_who_works_at_once(client, auth, ask):
    answer = ask(auth("admin"), id_role="cajero", name=f"caja_{secrets.token_hex(3)}", estado=None)
    row = answer.json["data"]
    assert (answer.status_code, row["estado"], row["roles"]) == (201, True, ["cajero"])
    assert row["login"] == row["name"]
    assert client.post("/api/pos/login", json={"user": row["login"], "password": SECRET}).status_code == 200
    assert ask(auth("admin")).json["regla"] == "usuario_sin_rol"
    assert ask(auth("admin"), id_role="postgres").json["regla"] == "usuario_rol_valido"
    later = ask(auth("admin"), estado=False, id_role="cajero").json["data"]
    assert (later["usr_estado"], later["roles"]) == ("PEN", [])


def test_another_member_of_the_staff_is_believed_no_more_than_a_visitor(auth, ask):
    data = ask(auth("adm_ventas"), estado=True, id_role=1).json["data"]
    assert data["usr_estado"] == "PEN" and "login" not in data


def test_a_request_is_discarded_whole(client, auth, pos, ask):
    data = ask().json["data"]
    url, headers = f"/api/pos/usuario/{data['id']}", auth("admin")
    person = client.get(url, headers=headers).json["data"]["persona"]["id"]
    client.patch(url, headers=headers, json={"establecimientos": [{"codigo": "001"}]})
    assert client.delete(url, headers=headers).json["message"] == "Solicitud descartada."
    assert client.get(url, headers=headers).status_code == 404
    assert waiting(pos, data["email"]) is None
    assert not pos.execute("SELECT FROM datos.persona WHERE per_id = %s", (person,)).fetchall()
    assert ask(email=data["email"]).status_code == 201


def test_the_login_is_made_of_what_there_is(pos, register):
    word = secrets.token_hex(3)
    cases = [
        ({"name": f"ana_{word}"}, f"ana_{word}"), ({"name": f"ana_{word}"}, f"ana_{word}2"),
        ({"name": "Ana Ruiz", "email": f"José.Núñez+{word}@x.ec"}, f"jose_nunez_{word}"),
        ({"email": f"9{word}@x.ec"}, f"u_9{word}"), ({"email": f"pg_{word}@x.ec"}, f"u_pg_{word}"),
        ({"name": f"pg_{word}", "email": f"z{word}@x.ec"}, f"z{word}"),
        ({"name": "postgres", "email": "a@x.ec"}, "postgres2"), ({"name": "ventas", "email": "b@x.ec"}, "ventas2"),
        ({"email": f"{'x' * 64}@{word}.ec"}, "x" * 41), ({"email": f"{'x' * 63}@{word}.ec"}, "x" * 36 + "2"),
        ({"email": f"a@{word}.ec"}, "u_a"), ({"email": f"{{}}@{word}.ec"}, "u_"),
    ]  # fmt: skip
    for sent, login in cases:
        data = register(**sent)
        pos.execute("RESET SESSION AUTHORIZATION")
        found = pos.execute(
            "SELECT usr_login FROM datos.usuario WHERE usr_id = %s", (data["id"],)
        ).fetchone()[0]
        pos.execute("SET SESSION AUTHORIZATION api_login")
        assert found.startswith(login) if login == "u_" else found == login, sent


def test_twenty_requests_at_once_for_one_name_are_twenty_logins(servers, settings, pos):
    """Two requests may find the same login free; both get one."""
    word, gate, made, failed = f"aprisa_{secrets.token_hex(3)}", Barrier(20), [], []
    statement = (
        "SELECT api.usuario_registrar(p_email => %s, p_verificador => %s, p_nombres => 'A', p_p_apellido => 'B',"
        " p_fecha_nacimiento => '2000-01-01', p_genero => 'F', p_name => %s)"
    )

    def run(number):
        with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
            conn.execute("SET SESSION AUTHORIZATION api_login")
            gate.wait()
            try:
                conn.execute(statement, (f"{word}.{number}@x.ec", verifier("x", SECRET), word))
                made.append(number)
            except psycopg.Error as exc:
                failed.append(exc)

    threads = [Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and len(made) == 20
    logins = pos.execute(
        "SELECT usr_login FROM datos.usuario WHERE usr_email LIKE %s", (f"{word}.%",)
    ).fetchall()
    assert len(set(logins)) == 20


@pytest.mark.parametrize("proof", ["", "clave", "md5" + "0" * 32, "SCRAM-SHA-256$1:x$y:z", SECRET])
def test_what_is_not_a_verifier_does_not_wait(register, pos, proof):
    with as_login(pos, "api_login") as act:
        sent = {key: value for key, value in form().items() if key != "password"}
        refused(act, "usuario_verificador_valido", "usuario_registrar", verificador=proof, **sent)


def test_nobody_reads_a_waiting_verifier(pos, people, register):
    register()
    for login in [*map(people.login, ("admin", "auditor", "ventas")), "api_login", "puente"]:
        with as_login(pos, login) as act:
            for attempt in (
                "SELECT verificador FROM datos.usuario_espera",
                "SELECT privado.usuario_espera_tomar('x')",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), pos.transaction():
                    pos.execute(attempt)
            if login != "api_login" and login != "puente":
                with as_login(pos, login):
                    assert act("acceso_obtener")
    pos.execute("SET ROLE pos_api")  # not even the owner of the acts
    with pytest.raises(psycopg.errors.InsufficientPrivilege), pos.transaction():
        pos.execute("SELECT verificador FROM datos.usuario_espera")
    pos.execute("RESET ROLE")


def test_no_password_and_no_verifier_is_in_the_trail(client, auth, pos, ask):
    number = ask().json["data"]["id"]
    change = {"estado": True, "id_role": "ventas", "password": "Otra-clave-larga-8"}
    assert client.patch(f"/api/pos/usuario/{number}", headers=auth("admin"), json=change).status_code == 200
    trail = json.dumps(pos.execute("SELECT antes, despues FROM datos.auditoria").fetchall())
    assert "SCRAM-SHA-256" not in trail and SECRET not in trail and "Otra-clave" not in trail


def test_old_requests_make_room_and_too_many_are_refused(pos, register):
    old = register()
    pos.execute("RESET SESSION AUTHORIZATION")
    pos.execute("UPDATE datos.usuario_espera SET solicitada_en = now() - interval '31 days'")
    pos.execute("SET SESSION AUTHORIZATION api_login")
    register()
    pos.execute("RESET SESSION AUTHORIZATION")
    assert waiting(pos, old["email"]) is None
    pos.execute(
        "INSERT INTO datos.usuario (usr_login, usr_estado)"
        " SELECT 'lleno_' || i, 'PEN' FROM generate_series(1, 1000) AS i"
    )
    pos.execute(
        "INSERT INTO datos.usuario_espera (usr_login, verificador)"
        " SELECT 'lleno_' || i, 'SCRAM-SHA-256$' FROM generate_series(1, 1000) AS i"
    )
    with as_login(pos, "api_login") as act:
        sent = {key: value for key, value in form().items() if key != "password"}
        assert refused(act, "usuario_espera_llena", "usuario_registrar",
                       verificador=verifier("x", SECRET), **sent) == "409"  # fmt: skip


def test_asking_over_and_over_from_one_address_is_slowed_down(ask):
    answers = [ask() for _ in range(8)]
    codes = [answer.status_code for answer in answers]
    assert codes[0] == 201 and codes[-1] == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert all(code == 201 for code in codes[: codes.index(429)])


def test_a_form_that_makes_no_sense_is_refused_by_name(ask):
    for wrong in ({"email": "x"}, {"password": "corta"}, {"nombres": ""}, {"fecha_nacimiento": "31/12/1999"},
                  {"p_apellido": None}, {"genero": None}):  # fmt: skip
        assert ask(**wrong).status_code == 400, wrong
    assert ask(fecha_nacimiento="2990-01-01").json["regla"] == "persona_nacimiento_posible"


def test_who_asks_by_sql_gets_no_further(pos, people, register):
    email = register()["email"]
    pos.execute("RESET SESSION AUTHORIZATION")
    login = waiting(pos, email)[0]
    with as_login(pos, people.login("ventas")) as act:
        forbidden(act, "usuario_on", login=login, roles=["admin"])
        forbidden(act, "usuario_actualizar", usuario=login, estado=True, roles=["admin"])


def test_the_doctor_sees_a_verifier_in_the_wrong_place(pos, register):
    def found():
        return {row[0] for row in pos.execute("SELECT privado.doctor_usuario_en_espera()").fetchall()}

    email = register()["email"]
    pos.execute("RESET SESSION AUTHORIZATION")
    login = waiting(pos, email)[0]
    assert login not in found()
    with pos.transaction(force_rollback=True):
        pos.execute("UPDATE datos.usuario SET usr_estado = 'INA' WHERE usr_login = %s", (login,))
        assert login in found()
    with pos.transaction(force_rollback=True):
        pos.execute("DELETE FROM datos.usuario_espera WHERE usr_login = %s", (login,))
        assert login in found()


def test_the_doctor_warns_of_who_was_kept_out_behind_our_back(pos, people, staff):
    login = staff("ventas")
    pos.execute(f"ALTER ROLE {login} NOLOGIN")
    assert (login,) in pos.execute("SELECT privado.aviso_usuario_sin_ingreso()").fetchall()
    people.login("admin")
    assert not pos.execute("SELECT privado.aviso_administrador()").fetchall()
    for (admin,) in pos.execute(
        "SELECT quote_ident(rolname) FROM pg_roles"
        " WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'admin', 'MEMBER')"
    ).fetchall():
        pos.execute(f"ALTER ROLE {admin} NOLOGIN")
    assert pos.execute("SELECT privado.aviso_administrador()").fetchall()
