"""The mistake made for real: functions that execute what they are given, called through the application's own pool.

`session_user` is the login that PostgreSQL authenticated and a shopper is whom the API signed for, so a hole makes
nobody of another: the worst that it gives is what the caller is, or what the owner of the api functions may write in
the caller's own branch.
"""

import json
import re

import psycopg
import pytest
from flask import g

from daf_backend.auth import context
from daf_backend.db.call import call, runtime
from daf_backend.errors import DATABASE_FAILURES
from daf_backend.permisos import source

from ..conftest import PASSWORD

# Reviewed: each builds its text with format() out of catalog names, fixed words and what a pattern let pass.
EXECUTORS = {
    "rol_hacer", "rol_clave", "rol_grupos", "rol_ingreso", "rol_restablecer", "doctor_examinar", "metrica_examinar",
    "auditoria_cerrar", "auditoria_mes", "auditoria_mover", "limpieza_tabla",
    "sello_abrir", "sello_corte", "sello_leer", "sello_primera", "sello_retirar",
}  # fmt: skip

VULNERABLE = """
    CREATE FUNCTION api.{name}(p_texto text) RETURNS json
    LANGUAGE plpgsql {rights} AS $f$
    BEGIN
        EXECUTE 'SELECT ''' || p_texto || '''';
        RETURN json_build_object('session', session_user, 'current', current_user);
    END
    $f$"""
BECOME = [
    "SET ROLE pos_datos", "SET ROLE pos_api", "SET ROLE ecom_datos", "SET ROLE postgres", "SET ROLE admin",
    "SET ROLE api_login", "SET ROLE puente", "SET SESSION AUTHORIZATION postgres", "SET SESSION AUTHORIZATION {victim}",
    "SET ROLE {victim}", "SELECT set_config('role', 'admin', false)", "SELECT set_config('role', '{victim}', true)",
    "SELECT set_config('session_authorization', '{victim}', false)", "SELECT set_config('is_superuser', 'on', false)",
    "ALTER ROLE {attacker} SUPERUSER", "GRANT admin TO {attacker}", "CREATE ROLE intruso LOGIN SUPERUSER",
    "ALTER ROLE {victim} PASSWORD 'x'", "UPDATE pg_authid SET rolsuper = true", "SELECT rolpassword FROM pg_authid",
    "COPY (SELECT 1) TO PROGRAM 'true'", "CREATE FUNCTION api.mia() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SELECT privado.rol_clave('{victim}', '{proof}')", "SELECT privado.rol_crear('intruso', '{proof}', '{{admin}}')",
    "SELECT privado.rol_hacer('intruso', '{proof}', '{{admin}}')", "SELECT privado.rol_desconectar('{victim}')",
    "DELETE FROM datos.auditoria", "UPDATE datos.kardex SET krd_cantidad = 0",
    "ALTER TABLE datos.factura DISABLE TRIGGER ALL",
]  # fmt: skip
PROOF = f"SCRAM-SHA-256$4096:{'A' * 22}==${'B' * 43}=:{'C' * 43}="


@pytest.fixture(scope="module")
def vulnerable(servers):
    """Both functions on both sides: one that runs as its caller, one as the owner of the api functions."""
    grantees = {"pos": "ventas", "ecom": "ecom_cliente"}
    opened = [psycopg.connect(servers.admin_conninfo(side), autocommit=True) for side in grantees]
    try:
        for conn, (side, grantee) in zip(opened, grantees.items(), strict=True):
            for name, rights in (
                ("vulnerable_invocador", ""),
                ("vulnerable_definidor", "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"),
            ):
                conn.execute(VULNERABLE.format(name=name, rights=rights))
                conn.execute(f"ALTER FUNCTION api.{name}(text) OWNER TO {side}_api")
                conn.execute(f"GRANT EXECUTE ON FUNCTION api.{name}(text) TO {grantee}")
        yield ("vulnerable_invocador", "vulnerable_definidor")
    finally:
        for conn in opened:
            for name in ("vulnerable_invocador", "vulnerable_definidor"):
                conn.execute(f"DROP FUNCTION IF EXISTS api.{name}(text)")
            conn.close()


@pytest.fixture
def attack(app, people, vulnerable):
    """Have a function execute a statement in a request of a seller; its answer, or the SQLSTATE that stopped it."""
    attacker, victim = people.login("ventas"), people.login("admin")
    people.headers("ventas")

    def in_app(thing):
        with app.app_context():
            return thing()

    def run(function, statement):
        words = {"attacker": attacker, "victim": victim, "proof": PROOF}
        payload = "'; " + statement.format(**words) + "; SELECT '"
        with app.test_request_context("/api/pos/cliente", method="POST"):
            g.session = runtime().book.session("pos", people.tokens[f"pos:{attacker}"])
            try:
                return json.loads(call(function, texto=payload))
            except DATABASE_FAILURES as exc:
                return getattr(exc, "sqlstate", None)

    run.login = attacker
    run.session = lambda: in_app(lambda: runtime().book.session("pos", people.tokens[f"pos:{attacker}"]))
    return run


@pytest.mark.parametrize("function", ["vulnerable_invocador", "vulnerable_definidor"])
def test_the_vulnerable_functions_do_execute_what_they_are_given(attack, function):
    assert attack(function, "SELECT 1/0") == "22012"
    owner = "pos_api" if function == "vulnerable_definidor" else attack.login
    assert attack(function, "SELECT 1") == {"session": attack.login, "current": owner}


@pytest.mark.parametrize("function", ["vulnerable_invocador", "vulnerable_definidor"])
@pytest.mark.parametrize("statement", BECOME)
def test_an_injected_statement_makes_nobody_of_another(attack, auth, client, who, function, statement):
    said = attack(function, statement)
    assert said in ("42501", "55P02", "22023", "NG403", "NG409"), said  # denied, and not merely misspelt
    answer = client.get("/api/pos/access", headers=auth("ventas"))
    assert answer.json["roles"] == ["ventas"]
    assert who[-1] == (attack.login, attack.login, "none")


def test_an_owner_s_rights_still_see_only_the_caller_s_branch(attack, servers, staff):
    """The worst case, a hole in a write function: policies bind its owner too, and speak of session_user."""
    with psycopg.connect(
        servers.pos, user=staff("ventas", "002"), password=PASSWORD, autocommit=True
    ) as conn:
        conn.execute("SELECT api.factura_crear('CLI0000001')")
    count = "SELECT count(*) FROM datos.factura WHERE eta_codigo = '002'"
    hidden = f"DO $d$ BEGIN IF ({count}) > 0 THEN RAISE division_by_zero; END IF; END $d$"
    with psycopg.connect(servers.admin_conninfo("pos")) as conn:
        assert conn.execute(count).fetchone()[0] > 0
    assert (
        attack("vulnerable_definidor", hidden.replace("'", "''").replace("''", "'"))["session"]
        == attack.login
    )
    assert attack("vulnerable_definidor", hidden.replace("> 0", ">= 0")) == "22012"


@pytest.mark.parametrize("left", [
    "SET ROLE ventas", "SELECT set_config('daf.sid', 'de otro', false)", "SET search_path = public",
    "SELECT set_config('daf.contexto', 'forjado', false)", "SELECT pg_advisory_lock(42)", "LISTEN daf_sesion",
])  # fmt: skip
def test_what_a_hole_leaves_behind_is_gone_for_who_resets_and_changes_nobody_for_who_does_not(
    attack, auth, client, people, who, left
):
    """A call gives its connection back unreset, because no function of ours leaves anything (tests/db/test_tidy.py).
    If one did, the next request would still be the same person with its own identity; and a reset takes it all away.
    """
    attack("vulnerable_invocador", left)
    answer = client.get("/api/pos/auth/profile", headers=auth("ventas"))
    assert answer.status_code == 200 and answer.json["login"] == attack.login
    assert who[-1][0] == attack.login and who[-1][1] in (attack.login, "ventas")
    session = attack.session()
    pool = client.application.extensions["daf"].roles["pos"]
    with pool.connection(session.login, session.credential):  # no word that it is tidy
        pass
    with pool.connection(session.login, session.credential) as conn:
        assert conn.execute(
            "SELECT current_user::text, current_setting('role'), coalesce(current_setting('daf.sid', true), ''),"
            " coalesce(current_setting('daf.contexto', true), ''), current_setting('search_path'),"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),"
            " (SELECT count(*) FROM pg_listening_channels())"
        ).fetchone() == (attack.login, "none", "", "", '"$user", public', 0, 0)  # fmt: skip


# Shoppers ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shopper(app, servers, vulnerable):
    """A raw connection of ecom_cliente with the signed context of shopper 1, and the contexts others could offer."""
    with app.app_context():
        keyring = runtime().keyring
    conn = psycopg.connect(
        servers.ecom, user="ecom_cliente", password=keyring.services["ecom_cliente"], autocommit=True
    )
    own = context.sign(keyring.context, "shopper", "1", conn.info.backend_pid)
    kid, kind, _, until, pid, mac = own.split(".")
    offers = {
        "another's id under one's own signature": f"{kid}.{kind}.2.{until}.{pid}.{mac}",
        "another's context, of another connection": context.sign(keyring.context, "shopper", "2", 1),
        "a guest's mac for a shopper": context.sign(
            keyring.context, "guest", "2", conn.info.backend_pid
        ).replace(".c.", ".s."),
        "a key of one's own": context.sign({kid: b"x" * 32}, "shopper", "2", conn.info.backend_pid),
        "no signature": f"{kid}.{kind}.2.{until}.{pid}.{'0' * 64}",
        "SQL": "k.s.2') OR ('1'='1",
    }
    yield conn, own, offers
    conn.close()


@pytest.mark.parametrize("function", ["vulnerable_invocador", "vulnerable_definidor"])
def test_a_shopper_cannot_forge_another_s_context_through_a_hole(shopper, function):
    conn, own, offers = shopper
    for name, offered in offers.items():
        for local in ("true", "false"):
            with conn.transaction(force_rollback=True):
                conn.execute("SELECT set_config('daf.contexto', %s, true)", (own,))
                planted = offered.replace("'", "''")
                conn.execute(
                    f"SELECT api.{function}(%s)",
                    (f"'; SELECT set_config('daf.contexto', '{planted}', {local}); SELECT '",),
                )
                assert conn.execute("SELECT privado.comprador()").fetchone() == (None,), name
    with conn.transaction():
        conn.execute("SELECT set_config('daf.contexto', %s, true)", (own,))
        assert conn.execute("SELECT privado.comprador()").fetchone() == (1,)


@pytest.mark.parametrize("function", ["vulnerable_invocador", "vulnerable_definidor"])
@pytest.mark.parametrize("statement", [
    "SELECT ik FROM datos.contexto_clave", "INSERT INTO datos.contexto_clave VALUES ('k', 'x', 'x')",
    "SET ROLE ecom_datos", "SET ROLE ecom_api", "SET SESSION AUTHORIZATION puente",
    "SELECT clave FROM datos.usuario_clave",
])  # fmt: skip
def test_a_shopper_reaches_neither_keys_nor_owners_through_a_hole(shopper, function, statement):
    conn, _, _ = shopper
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"SELECT api.{function}(%s)", ("'; " + statement + "; SELECT '",))
    assert conn.execute("SELECT session_user::text, current_user::text").fetchone() == ("ecom_cliente",) * 2


# Before the mistake is made ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_only_reviewed_steps_execute_text_and_no_function_that_people_call(side):
    found = {
        name
        for name, function in source.functions(side).items()
        if re.search(r"\bEXECUTE\s", re.sub(r"--[^\n]*", "", function.body))
    }
    assert {name.removeprefix("privado.") for name in found} <= EXECUTORS
