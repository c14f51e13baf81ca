"""An administrator who tries to become more than one, in SQL and with real connections; and the last administrator."""

import contextlib
import secrets
from threading import Thread

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from tests.conftest import PASSWORD, as_login

SIDES = ["pos", "ecom"]
NOT_PEOPLE = [
    "postgres", "pos_datos", "pos_api", "ecom_datos", "ecom_api", "personal", "admin", "ventas", "auditor",
    "api_login", "ecom_publico", "ecom_cliente", "puente", "pg_read_all_data", "pg_execute_server_program",
]  # fmt: skip
HOSTILE = [
    "", "ab", "x" * 42, "Pepe", "con espacio", "ana;drop role ventas", 'ana" superuser --', "ana' password 'x",
    "pg_ana", "ñandu", "ana\nsuperuser", "1ana", "ana--", "ana superuser",
]  # fmt: skip
ROLES = (
    "SELECT (SELECT array_agg(a ORDER BY oid) FROM pg_authid AS a),"
    " (SELECT array_agg((roleid, member, admin_option) ORDER BY 1) FROM pg_auth_members)"
)
PROOF = verifier("x", PASSWORD)


@pytest.fixture
def dba(servers):
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        yield conn


@pytest.fixture(params=SIDES)
def side(request):
    return request.getfixturevalue(request.param), request.param


@contextlib.contextmanager
def nothing_changes(conn):
    """Whatever is tried inside, the cluster's roles and memberships stay as they were."""
    before = conn.execute(ROLES).fetchone()
    yield
    if conn.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
        conn.execute("RESET SESSION AUTHORIZATION")
    assert conn.execute(ROLES).fetchone() == before


def tried(act, name, /, **params):
    """The rule or the SQLSTATE of a refusal. Not being refused is the failure."""
    with pytest.raises(psycopg.Error) as caught:
        act(name, **params)
    return caught.value.diag.constraint_name or caught.value.sqlstate


def test_only_people_are_targets(side, people):
    conn, name = side
    admin = people.login("admin")
    with nothing_changes(conn), as_login(conn, admin) as act:
        for target in NOT_PEOPLE:
            assert tried(act, "usuario_off", login=target) == "usuario_existe", target
            assert tried(act, "usuario_on", login=target) == "usuario_existe", target
            assert tried(act, "usuario_rol", login=target, roles=["ventas"]) == "usuario_existe", target
            if name == "pos":
                for what in ({"estado": False}, {"verificador": PROOF}, {"roles": ["ventas"]}, {"name": "x"}):
                    assert tried(act, "usuario_actualizar", usuario=target, **what) == "usuario_existe", (
                        target
                    )


def test_no_name_is_sql_and_no_service_is_taken_over(side, people):
    conn, _ = side
    admin = people.login("admin")
    with nothing_changes(conn), as_login(conn, admin) as act:
        for login in HOSTILE:
            assert (
                tried(act, "usuario_crear", login=login, verificador=PROOF, rol="ventas")
                == "usuario_login_valido"
            )
            assert tried(act, "usuario_off", login=login) == "usuario_existe", login
            assert tried(act, "usuario_rol", login=login, roles=["admin"]) == "usuario_existe", login
        for login in NOT_PEOPLE:
            assert tried(act, "usuario_crear", login=login, verificador=PROOF, rol="ventas") in (
                "usuario_unico", "usuario_login_valido",
            ), login  # fmt: skip


@pytest.mark.parametrize("proof", [
    None, "", "clave en claro", "md5" + "0" * 32, PROOF + " SUPERUSER", PROOF + "' SUPERUSER --", PROOF[:-1],
    PROOF.replace("4096", "1"), PROOF.replace("4096", "9999999"), PROOF.replace("SCRAM", "scram"), f"\n{PROOF}",
])  # fmt: skip
def test_only_a_verifier_is_a_password(side, people, proof):
    conn, name = side
    admin, target = people.login("admin"), people.login("ventas")
    with nothing_changes(conn), as_login(conn, admin) as act:
        rule = "usuario_verificador_valido"
        assert tried(act, "usuario_crear", login="alguien_mas", verificador=proof, rol="ventas") == rule
        if name == "pos" and proof is not None:
            assert tried(act, "usuario_actualizar", usuario=target, verificador=proof) == rule


@pytest.mark.parametrize("roles", [
    ["postgres"], ["pos_api"], ["personal"], ["api_login"], ["pg_read_all_data"], ["ventas", "pos_datos"], [], None,
    ["ventas", None], [["ventas"], ["pos_datos"]], ["admin; GRANT postgres"], ["Admin"], [""],
])  # fmt: skip
def test_only_our_groups_are_given(side, people, roles):
    conn, name = side
    admin, target = people.login("admin"), people.login("cajero")
    with nothing_changes(conn), as_login(conn, admin) as act:
        assert tried(act, "usuario_rol", login=target, roles=roles) == "usuario_rol_valido"
        if (
            roles and name == "pos" and roles != ["Admin"]
        ):  # on the wire a role's name may be typed in capitals
            assert tried(act, "usuario_actualizar", usuario=target, roles=roles) == "usuario_rol_valido"


@pytest.mark.parametrize("power", [
    "ALTER ROLE {0} CREATEROLE", "ALTER ROLE {0} CREATEDB", "ALTER ROLE {0} BYPASSRLS", "ALTER ROLE {0} REPLICATION",
    "GRANT pg_read_all_data TO {0}", "GRANT pg_write_all_data TO {0}", "GRANT postgres TO {0}", "GRANT pos_api TO {0}",
    "GRANT api_login TO {0}",
])  # fmt: skip
def test_who_holds_more_than_our_groups_is_not_ours_to_manage(pos, people, power):
    """Who sets the password of a login can become it."""
    login = f"t_dba_{secrets.token_hex(3)}"
    with as_login(pos, people.login("admin")) as act:
        act("usuario_crear", login=login, verificador=PROOF, rol="ventas", email=f"{login}@x.ec")
    pos.execute(power.format(login))
    with nothing_changes(pos), as_login(pos, people.login("admin")) as act:
        for what in (
            {"verificador": PROOF},
            {"email": "mio@x.ec"},
            {"roles": ["admin"]},
            {"estado": True},
            {"name": "x"},
        ):
            assert tried(act, "usuario_actualizar", usuario=login, **what) == "usuario_reservado", what
        assert tried(act, "usuario_off", login=login) == "usuario_reservado"
        assert tried(act, "usuario_rol", login=login, roles=["admin"]) == "usuario_reservado"
    assert pos.execute("SELECT privado.clave_sujeto(%s)", (f"{login}@x.ec",)).fetchone() == (None,)


def test_the_steps_that_ask_for_no_permission_are_the_superusers_alone(side, people):
    conn, _ = side
    steps = ["rol_hacer(text, text, text[])", "rol_desconectar(text)"]
    reach = (
        "SELECT r.rolname FROM pg_roles AS r WHERE NOT r.rolsuper"
        " AND has_function_privilege(r.oid, %s::regprocedure, 'EXECUTE')"
    )
    for step in steps:
        assert conn.execute(reach, (f"privado.{step}",)).fetchall() == []
    with as_login(conn, people.login("admin")):
        for step in ("rol_hacer('x_y_z', 'v', '{admin}')", "rol_clave('x', 'v')", "rol_ingreso('x', true)",
                     "rol_grupos('x', '{admin}')", "rol_crear('x', 'v', '{admin}')"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(f"SELECT privado.{step}")


def test_the_service_may_only_end_what_may_no_longer_log_in(pos, dba, staff):
    login = staff("ventas")
    with psycopg.connect(dba.info.dsn, user=login, password=PASSWORD, autocommit=True) as mine:
        with as_login(pos, "api_login") as act:
            for target in (login, "postgres", "puente", "nadie"):
                assert act("usuario_terminar", login=target) == {"cerradas": 0}
        assert mine.execute("SELECT session_user").fetchone() == (login,)


def test_a_group_given_by_somebody_else_is_taken_away_too(pos, people, staff):
    """From PostgreSQL 16 on a membership goes only with the name of who gave it."""
    login = staff("cajero")
    pos.execute(
        "CREATE ROLE t_otorgante; GRANT ventas, bodega TO t_otorgante WITH ADMIN OPTION; GRANT personal TO t_otorgante"
    )
    pos.execute(f"SET ROLE t_otorgante; GRANT ventas TO {login}; RESET ROLE; GRANT ventas TO {login}")
    with as_login(pos, people.login("admin")) as act:
        assert act("usuario_rol", login=login, roles=["cajero"])["roles"] == ["cajero"]
    assert pos.execute("SELECT pg_has_role(%s, 'ventas', 'MEMBER')", (login,)).fetchone() == (False,)


def test_nobody_takes_their_own_administration_away(side, people):
    conn, name = side
    me = people.login("admin")
    with nothing_changes(conn), as_login(conn, me) as act:
        assert tried(act, "usuario_off", login=me) == "usuario_propio"
        assert tried(act, "usuario_rol", login=me, roles=["ventas"]) == "usuario_propio"
        if name == "pos":
            assert tried(act, "usuario_actualizar", usuario=me, estado=False) == "usuario_propio"
            assert tried(act, "usuario_actualizar", usuario=me, roles=["auditor"]) == "usuario_propio"
            # nor reads the trail of what they do
            assert (
                tried(act, "usuario_actualizar", usuario=me, roles=["admin", "auditor"]) == "usuario_propio"
            )
            assert act("usuario_actualizar", usuario=me, estado=True, id_role="admin")["status"] == 200


@pytest.fixture
def two_admins(dba, staff):
    """The only two administrators who can log in. Everybody else's right is given back at the end."""
    others = dba.execute(
        "SELECT quote_ident(rolname) FROM pg_roles"
        " WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'admin', 'MEMBER')"
    ).fetchall()
    pair = staff("admin"), staff("admin")
    for (other,) in others:
        dba.execute(f"ALTER ROLE {other} NOLOGIN")
    yield pair
    for (other,) in others:
        dba.execute(f"ALTER ROLE {other} LOGIN")
    for login in pair:
        dba.execute(f"ALTER ROLE {login} LOGIN; GRANT admin TO {login}")


def test_the_last_administrator_stays(dba, servers, two_admins):
    one, two = two_admins
    for side in SIDES:
        with psycopg.connect(servers.admin_conninfo(side)) as conn:  # a superuser: nobody's own account
            act = as_login(conn, "postgres")
            with nothing_changes(conn), act as do:
                do("usuario_off", login=one)
                assert tried(do, "usuario_off", login=two) == "usuario_ultimo_admin"
                assert tried(do, "usuario_rol", login=two, roles=["ventas"]) == "usuario_ultimo_admin"
                do("usuario_on", login=one)
                conn.execute(f"ALTER ROLE {one} VALID UNTIL '2000-01-01'")  # who cannot log in does not count
                assert tried(do, "usuario_off", login=two) == "usuario_ultimo_admin"
                conn.rollback()


def race(first, second, dba):
    """Run two acts on two real connections, the second while the first has not committed; how the second ended."""
    (one, act_one), (two, act_two) = first, second
    outcome = []

    def follow():
        try:
            two.execute(act_two)
            two.commit()
            outcome.append("hecho")
        except psycopg.Error as exc:
            outcome.append(exc.diag.constraint_name or exc.sqlstate)

    one.execute(act_one)
    thread = Thread(target=follow)
    thread.start()
    waits = "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
    while thread.is_alive() and not dba.execute(waits, (two.info.backend_pid,)).fetchall():
        thread.join(0.01)
    assert outcome in ([], ["57P01"])  # it waits for its turn, or has no connection left to wait on
    one.commit()
    thread.join()
    return outcome[0]


@pytest.mark.parametrize(("here", "there"), [("pos", "pos"), ("pos", "ecom"), ("ecom", "pos")])
@pytest.mark.parametrize("act", ["api.usuario_rol('{}', '{{ventas}}')", "api.usuario_off('{}')"])
def test_two_administrators_who_turn_on_each_other_leave_one(dba, servers, two_admins, here, there, act):
    one, two = two_admins
    with (
        psycopg.connect(getattr(servers, here), user=one, password=PASSWORD) as first,
        psycopg.connect(getattr(servers, there), user=two, password=PASSWORD) as second,
    ):
        acts = (first, f"SELECT {act.format(two)}"), (second, f"SELECT {act.format(one)}")
        assert race(*acts, dba) == ("42501" if "usuario_rol" in act else "57P01")
    left = dba.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND rolcanlogin AND pg_has_role(oid, 'admin', 'MEMBER')",
        ([one, two],),
    ).fetchall()
    assert left == [(one,)]


def test_two_superusers_who_turn_off_the_last_two_leave_one(dba, servers, two_admins):
    one, two = two_admins
    with (
        psycopg.connect(servers.admin_conninfo("pos")) as first,
        psycopg.connect(servers.admin_conninfo("ecom")) as second,
    ):
        acts = (first, f"SELECT api.usuario_off('{one}')"), (second, f"SELECT api.usuario_off('{two}')")
        assert race(*acts, dba) == "usuario_ultimo_admin"
