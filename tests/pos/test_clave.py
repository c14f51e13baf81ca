"""A forgotten password of staff: the code, whom it works for, and that nothing but the code changes a role."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from daf_backend.auth.scram import verifier

from ..conftest import PASSWORD
from ..patience import true_within

NEW = "Clave-nueva-2"


@pytest.fixture
def database(servers):
    """The POS database as superuser, committed; no letter or code is left over."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        for table in ("correo", "clave_codigo", "login_intento"):
            conn.execute(f"DELETE FROM datos.{table}")
        yield conn
        for table in ("correo", "clave_codigo", "login_intento"):
            conn.execute(f"DELETE FROM datos.{table}")


@pytest.fixture
def forget(app, client, database):
    """Somebody asks for a code and the worker answers: the code, or nothing if no letter was queued."""

    def ask(email):
        answer = client.post("/api/pos/auth/reset/code", json={"email": email})
        assert (answer.status_code, answer.json["message"]) == (
            202,
            "Si ese correo tiene una cuenta, le enviamos un código.",
        )
        app.extensions["daf"].ask("pos", "puente", "clave_atender")
        row = database.execute(
            "SELECT cor_datos ->> 'codigo' FROM datos.correo"
            " WHERE cor_para = lower(%s) AND cor_plantilla = 'clave_codigo' ORDER BY cor_id DESC LIMIT 1", (email,),
        ).fetchone()  # fmt: skip
        database.execute("DELETE FROM datos.login_intento")
        return row[0] if row else None

    return ask


@pytest.fixture
def confirm(client, database):
    """Try a code; the status."""

    def attempt(email, code, password=NEW):
        body = {"email": email, "code": code, "password": password}
        answer = client.post("/api/pos/auth/reset/confirm", json=body)
        database.execute("DELETE FROM datos.login_intento")
        if answer.status_code == 422:
            assert answer.json["regla"] == "codigo_vigente"
        return answer.status_code

    return attempt


def enters(client, login, password):
    return client.post("/api/pos/login", json={"user": login, "password": password}).status_code


def wrong(code):
    return f"{(int(code) + 1) % 10**8:08d}"


def test_con_el_codigo_se_pone_otra_clave_y_se_cierra_todo(
    client, staff, auth, servers, database, forget, confirm
):
    login = staff("ventas")
    headers, in_the_shop = auth(login), auth(login, "ecom")
    assert client.get("/api/ecom/auth/sesiones", headers=in_the_shop).status_code == 200
    open_connection = psycopg.connect(servers.pos, user=login, password=PASSWORD, autocommit=True)
    code = forget(f"{login.upper()}@prueba.ec")
    assert len(code) == 8 and code.isdigit()
    assert confirm(f"{login}@prueba.ec", code) == 200
    assert client.get("/api/pos/auth/profile", headers=headers).status_code == 401
    with pytest.raises(psycopg.OperationalError):
        open_connection.execute("SELECT 1")
    # The other database notices within a session check that the login changed.
    assert true_within(
        1, lambda: client.get("/api/ecom/auth/sesiones", headers=in_the_shop).status_code == 401
    )
    assert (enters(client, login, PASSWORD), enters(client, login, NEW)) == (401, 200)
    events = database.execute(
        "SELECT clave, despues FROM datos.auditoria WHERE tabla = 'CLAVE_RESTABLECIDA' AND clave = %s",
        (login,),
    ).fetchall()
    assert events == [(login, None)]
    told = "SELECT count(*) FROM datos.correo WHERE cor_plantilla = 'clave_cambiada' AND cor_para = %s"
    assert database.execute(told, (f"{login}@prueba.ec",)).fetchone() == (1,)


def test_un_codigo_sirve_una_vez(staff, forget, confirm):
    email = f"{staff('ventas')}@prueba.ec"
    code = forget(email)
    assert [confirm(email, code), confirm(email, code, "Clave-nueva-3")] == [200, 422]


def test_un_codigo_vale_cinco_intentos_y_quince_minutos(staff, database, forget, confirm):
    email = f"{staff('ventas')}@prueba.ec"
    code = forget(email)
    assert [confirm(email, wrong(code)) for _ in range(4)] == [422] * 4
    assert database.execute("SELECT cla_intentos FROM datos.clave_codigo").fetchone() == (4,)
    assert [confirm(email, wrong(code)), confirm(email, code)] == [422, 422]
    code = forget(email)
    database.execute("UPDATE datos.clave_codigo SET cla_vence = now()")
    assert confirm(email, code) == 422


def test_de_varios_codigos_vale_el_ultimo(staff, forget, confirm):
    email = f"{staff('ventas')}@prueba.ec"
    first, last = forget(email), forget(email)
    assert first != last
    assert [confirm(email, first), confirm(email, last), confirm(email, first)] == [422, 200, 422]


def test_el_codigo_de_una_persona_no_sirve_a_otra(staff, forget, confirm):
    me, other = (f"{staff('ventas')}@prueba.ec" for _ in range(2))
    mine = forget(me)
    forget(other)
    assert confirm(other, mine) == 422


def test_quien_no_tiene_cuenta_no_recibe_nada_y_la_respuesta_es_la_misma(database, forget, confirm):
    assert forget("nadie@correo.ec") is None
    assert confirm("nadie@correo.ec", "12345678") == 422
    assert database.execute("SELECT count(*) FROM datos.clave_codigo").fetchone() == (0,)


def test_pedir_no_consulta_a_nadie(pos):
    """Whoever the e-mail is of, asking leaves the same row; only the worker looks."""
    for email in ("demo@tienda.ec", "nadie@correo.ec"):
        pos.execute("SELECT api.clave_pedir(%s)", (email,))
    rows = pos.execute(
        "SELECT cla_sujeto, cla_hash, cla_vence, cla_intentos FROM datos.clave_codigo"
    ).fetchall()
    assert rows == [(None, None, None, 0)] * 2
    body = pos.execute("SELECT prosrc FROM pg_proc WHERE proname = 'clave_anotar'").fetchone()[0]
    assert "SELECT" not in body.upper()


def test_tres_codigos_en_quince_minutos_y_diez_al_dia(pos, staff):
    email = f"{staff('ventas')}@prueba.ec"

    def letters():
        pos.execute("SELECT api.clave_pedir(%s)", (email,))
        return pos.execute("SELECT api.clave_atender()").fetchone()[0]["atendidos"]

    assert [letters() for _ in range(5)] == [1, 1, 1, 0, 0]
    later = "UPDATE datos.clave_codigo SET cla_creado = cla_creado - interval '16 minutes'"
    told = 3
    for _ in range(4):
        pos.execute(later)
        told += sum(letters() for _ in range(3))
    assert told == 10


def test_lo_que_espero_demasiado_ya_no_se_atiende(pos, staff):
    pos.execute("SELECT api.clave_pedir(%s)", (f"{staff('ventas')}@prueba.ec",))
    pos.execute("UPDATE datos.clave_codigo SET cla_creado = now() - interval '16 minutes'")
    assert pos.execute("SELECT api.clave_atender()").fetchone()[0] == {"atendidos": 0}
    assert pos.execute("SELECT count(*) FROM datos.clave_codigo").fetchone() == (0,)


@pytest.mark.parametrize("change", [
    "UPDATE datos.usuario SET usr_estado = 'INA' WHERE usr_login = '{0}'",
    "ALTER ROLE {0} NOLOGIN",
    "ALTER ROLE {0} SUPERUSER",
    "ALTER ROLE {0} VALID UNTIL '2020-01-01'",
    "REVOKE ventas FROM {0}",
])  # fmt: skip
def test_quien_no_puede_ingresar_tampoco_restablece(pos, staff, change):
    login = staff("ventas")
    known = "SELECT privado.clave_sujeto(%s)"
    assert pos.execute(known, (f"{login}@prueba.ec",)).fetchone() == (login,)
    pos.execute(change.format(login))
    assert pos.execute(known, (f"{login}@prueba.ec",)).fetchone() == (None,)


@pytest.mark.parametrize(
    "role", ["api_login", "puente", "pos_api", "pos_datos", "postgres", "ventas", "personal"]
)
def test_ni_servicios_ni_duenos_ni_grupos_aunque_una_fila_lo_diga(pos, staff, role):
    login = staff("ventas")
    pos.execute("SET LOCAL session_replication_role = replica")  # foreign keys look away
    pos.execute("UPDATE datos.usuario SET usr_login = %s WHERE usr_login = %s", (role, login))
    found = pos.execute("SELECT privado.clave_sujeto(%s)", (f"{login}@prueba.ec",)).fetchone()
    assert found == (None,)


def test_quien_se_apago_despues_de_pedir_tampoco(pos, staff):
    login = staff("ventas")
    pos.execute("SELECT api.clave_pedir(%s)", (f"{login}@prueba.ec",))
    pos.execute("SELECT api.clave_atender()")
    letter = (
        "SELECT cor_datos ->> 'codigo' FROM datos.correo WHERE cor_para = %s ORDER BY cor_id DESC LIMIT 1"
    )
    code = pos.execute(letter, (f"{login}@prueba.ec",)).fetchone()[0]
    pos.execute("UPDATE datos.usuario SET usr_estado = 'INA' WHERE usr_login = %s", (login,))
    proof = verifier(login, NEW)
    before = pos.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (login,)).fetchone()
    answer = pos.execute("SELECT api.clave_restablecer(%s, %s, %s)", (f"{login}@prueba.ec", code, proof))
    assert answer.fetchone()[0] == {"sujeto": None}
    assert pos.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (login,)).fetchone() == before


def test_sin_codigo_la_funcion_del_superusuario_no_hace_nada(pos, staff):
    """Its owner could reach it through another function; it judges the code itself."""
    login = staff("admin")
    before = pos.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (login,)).fetchone()
    proof = verifier(login, NEW)
    for email in (f"{login}@prueba.ec", login, "' OR true --", ""):
        found = pos.execute("SELECT privado.rol_restablecer(%s, '00000000', %s)", (email, proof)).fetchone()
        assert found == (None,)
    for evil in ("x", "md5abc", "SCRAM-SHA-256$1:x$y:z'; ALTER ROLE postgres LOGIN; --"):
        with pytest.raises(psycopg.Error), pos.transaction():
            pos.execute("SELECT privado.rol_restablecer(%s, '00000000', %s)", (f"{login}@prueba.ec", evil))
    assert pos.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (login,)).fetchone() == before


def test_nadie_alcanza_los_codigos(pos, people):
    roles = pos.execute(
        "SELECT rolname FROM pg_roles WHERE NOT rolsuper"
        " AND has_any_column_privilege(rolname, 'datos.clave_codigo', 'SELECT, INSERT, UPDATE')"
    ).fetchall()
    assert {name for (name,) in roles} <= {"pos_datos", "pg_read_all_data", "pg_write_all_data"}
    stored = pos.execute(
        "SELECT count(*) FROM datos.clave_codigo WHERE octet_length(cla_hash) <> 32"
    ).fetchone()
    assert stored == (0,)


def test_dos_a_la_vez_con_el_mismo_codigo_gana_uno(app, client, staff, database, forget):
    login = staff("ventas")
    email, code = f"{login}@prueba.ec", forget(f"{login}@prueba.ec")

    def attempt(number):
        body = {"email": email, "code": code, "password": f"Clave-de-{number}-xyz"}
        return app.test_client().post("/api/pos/auth/reset/confirm", json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(attempt, range(4)))
    assert sorted(statuses) == [200, 422, 422, 422]
    database.execute("DELETE FROM datos.login_intento")
    assert enters(client, login, f"Clave-de-{statuses.index(200)}-xyz") == 200


def test_adivinar_a_la_vez_no_pasa_de_cinco_intentos(app, staff, database, forget):
    email = f"{staff('ventas')}@prueba.ec"
    code = forget(email)

    def attempt(number):
        with psycopg.connect(database.info.dsn, password=database.info.password, autocommit=True) as conn:
            guess = f"{(int(code) + 1 + number) % 10**8:08d}"
            row = conn.execute("SELECT api.clave_restablecer(%s, %s, %s)", (email, guess, verifier("x", NEW)))
            return row.fetchone()[0]["sujeto"]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(attempt, range(16))) == {None}
    assert database.execute("SELECT cla_intentos FROM datos.clave_codigo").fetchone() == (5,)


@pytest.mark.parametrize(
    "body", [{}, {"email": "sin arroba"}, {"email": "a@b.ec", "code": "1", "password": "corta"}]
)
def test_lo_mal_formado_es_400(client, body):
    assert client.post("/api/pos/auth/reset/confirm", json=body).status_code == 400


def test_pedir_muchas_veces_espera(client, database):
    statuses = [
        client.post("/api/pos/auth/reset/code", json={"email": "nadie@correo.ec"}).status_code
        for _ in range(7)
    ]
    assert statuses[:5] == [202] * 5 and statuses[-1] == 429
