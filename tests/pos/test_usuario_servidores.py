"""`daf usuario` where the two databases share a server, and where they do not."""

import os
import tempfile
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from daf_backend.auth.keyring import Keyring
from daf_backend.cli import main
from daf_backend.cli import people as command
from daf_backend.db.deploy import deploy_side, ensure_database, prepare_roles
from daf_backend.db.embedded import Cluster, ClusterError, Servers
from daf_backend.db.sync import copy_staff, same_server
from tests.conftest import PASSWORD


@pytest.fixture
def daf(servers, settings, monkeypatch):
    """Run a `daf usuario` command against the session's server; its exit code and what it said."""

    def run(*words):
        monkeypatch.setattr(command, "load", lambda: settings)
        done = CliRunner().invoke(main, ["usuario", *words])
        return done.exit_code, done.output

    return run


@pytest.fixture(scope="module")
def apart(settings, servers):
    """The shop's database on a server of its own, whose superuser has the same password."""
    secret = conninfo_to_dict(servers.admin.get_secret_value())["password"]
    with tempfile.TemporaryDirectory(prefix="daf-test-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with Cluster(Path(folder), Path(settings.pg_bindir) if settings.pg_bindir else None) as other:
            keyring = Keyring.load(settings)
            with psycopg.connect(other.servers.admin_conninfo("pos", "postgres"), autocommit=True) as conn:
                prepare_roles(conn, keyring)
                ensure_database(conn, "daf_ecom")
            deploy_side(other.servers.admin_conninfo("ecom"), "ecom", keyring, echo=lambda line: None)
            with psycopg.connect(other.servers.admin_conninfo("ecom"), autocommit=True) as conn:
                conn.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(secret)))
            yield Servers(servers.pos, other.servers.ecom, servers.admin)


@pytest.fixture
def shop(apart):
    with psycopg.connect(apart.admin_conninfo("ecom"), autocommit=True) as conn:
        yield conn


@pytest.fixture
def till(servers):
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        yield conn


def enters(place, login, password=PASSWORD):
    """Whether PostgreSQL lets somebody in."""
    try:
        psycopg.connect(place, user=login, password=password).close()
    except psycopg.OperationalError:
        return False
    return True


def test_one_server_has_nothing_to_copy(daf):
    code, said = daf("sincronizar")
    assert code == 0 and "un servidor" in said


def test_a_person_is_turned_off_and_on_by_command_and_listed(daf, servers, staff):
    login = staff("cajero")
    assert daf("off", login) == (0, f"{login} ya no puede entrar.\n")
    assert not enters(servers.pos, login)
    line = next(line for line in daf("list")[1].splitlines() if line.startswith(f"{login} "))
    assert line.split()[1:4] == ["INA", "cajero", login]
    assert daf("on", login) == (0, f"{login} puede entrar.\n")
    assert enters(servers.ecom, login)
    assert daf("rol", login, "ventas", "bodega")[0] == 0
    assert "ventas,bodega" in daf("list")[1]


def test_the_staff_of_the_till_becomes_the_staff_of_the_shop(apart, shop, till, staff):
    seller, admin = staff("ventas"), staff("admin")
    assert not same_server(apart)
    changed, strangers = copy_staff(apart)
    assert {seller, admin} <= set(changed) and not strangers
    assert enters(apart.ecom, seller) and enters(apart.ecom, admin)
    assert copy_staff(apart) == ([], [])
    groups = "SELECT privado.roles_de(%s)"
    assert shop.execute(groups, (seller,)).fetchone() == (["ventas"],)

    till.execute(
        f"ALTER ROLE {admin} NOLOGIN; ALTER ROLE {seller} VALID UNTIL '2999-01-01'; GRANT admin TO {seller}"
    )
    till.execute(f"REVOKE ventas FROM {seller}")
    assert set(copy_staff(apart)[0]) == {seller, admin}
    assert shop.execute(groups, (seller,)).fetchone() == (["admin"],)
    assert enters(apart.ecom, seller) and not enters(apart.ecom, admin)
    assert copy_staff(apart) == ([], [])


def test_what_was_open_at_the_shop_ends_with_the_login_or_its_password(apart, shop, till, staff):
    gone, changed = staff("ventas"), staff("ventas")
    copy_staff(apart)
    with (
        psycopg.connect(apart.ecom, user=gone, password=PASSWORD) as first,
        psycopg.connect(apart.ecom, user=changed, password=PASSWORD) as second,
    ):
        for login in (gone, changed):
            shop.execute(
                "INSERT INTO datos.sesion (clase, sujeto, secreto, digesto, vence_en, termina_en)"
                " VALUES ('staff', %s, 'x', 'x', now() + '1 hour', now() + '1 day')", (login,),
            )  # fmt: skip
        till.execute(f"ALTER ROLE {gone} NOLOGIN; ALTER ROLE {changed} PASSWORD 'Otra-clave-1'")
        copy_staff(apart)
        for conn in (first, second):
            with pytest.raises(psycopg.OperationalError):
                conn.execute("SELECT 1")
    open_still = "SELECT count(*) FROM datos.sesion WHERE sujeto = ANY (%s) AND cerrada_en IS NULL"
    assert shop.execute(open_still, ([gone, changed],)).fetchone() == (0,)
    assert not enters(apart.ecom, changed) and enters(apart.ecom, changed, "Otra-clave-1")


def test_who_is_only_at_the_shop_is_named_and_left_alone(apart, shop, till, staff):
    shop.execute("CREATE ROLE t_solo_tienda LOGIN IN ROLE ventas")
    try:
        assert "t_solo_tienda" in copy_staff(apart)[1]
        assert shop.execute(
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = 't_solo_tienda'"
        ).fetchone() == (True,)
    finally:
        shop.execute("DROP ROLE t_solo_tienda")


def test_a_role_that_is_nobody_there_stops_everything(apart, shop, till, staff):
    login = staff("ventas")
    shop.execute(f"CREATE ROLE {login} SUPERUSER NOLOGIN")
    try:
        with pytest.raises(ClusterError, match=login):
            copy_staff(apart)
    finally:
        shop.execute(f"DROP ROLE {login}")
    assert login in copy_staff(apart)[0]
