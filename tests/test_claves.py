"""Changing keys while everything runs: nobody is logged out, and what was retired opens nothing."""

import os
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime

import psycopg
import pytest

from daf_backend import create_app
from daf_backend.auth import keyring, rotation
from daf_backend.auth.keyring import Keyring, LiveKeyring
from daf_backend.db.deploy import install_context_keys, set_passwords

from .conftest import PASSWORD

ME = "/api/pos/auth/profile"
NEW = {"email": "", "password": "Clave-larga-1", "nombre": "Eva"}


@pytest.fixture
def elsewhere(settings, servers, tmp_path):
    """A home of its own with a copy of the keys, over the session's databases; both are put back at the end."""
    shutil.copytree(settings.home / "keys", tmp_path / "keys")
    own = type(settings)(
        _env_file=None, home=tmp_path, uploads=tmp_path, session_check=0.2,
        pos_dsn=servers.pos, ecom_dsn=servers.ecom, admin_dsn=servers.admin, pool_max=4,
    )  # fmt: skip
    yield own
    known = Keyring.load(settings)
    with psycopg.connect(servers.admin_conninfo("ecom")) as conn:
        install_context_keys(conn, known.context)
        set_passwords(conn, known.services)


@pytest.fixture
def workers(elsewhere, monkeypatch):
    """Two processes' worth of the application."""
    monkeypatch.setattr(keyring, "PULSE", 0.05)
    apps = [create_app(elsewhere) for _ in range(2)]
    yield [app.test_client() for app in apps]
    for app in apps:
        app.extensions["daf"].close()


@pytest.fixture
def daf(elsewhere):
    """`daf claves`, as typed; its exit code and all it said."""

    def run(*words, **environment):
        given = {
            "DAF_HOME": str(elsewhere.home), "DAF_POS_DSN": elsewhere.pos_dsn, "DAF_ECOM_DSN": elsewhere.ecom_dsn,
            "DAF_ADMIN_DSN": elsewhere.admin_dsn.get_secret_value(),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "daf_backend.cli", "claves", *words],
            env={**os.environ, **given, **environment}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def secrets_in(settings):
    """Every secret of a home, as it would be printed."""
    words = set()
    for path in (settings.home / "keys").iterdir():
        for part in path.read_text().replace("@", ":").replace(",", ":").split(":"):
            words |= {part} if len(part) > 20 else set()
    return words


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def enter(client, login):
    answer = client.post("/api/pos/auth/login", json={"user": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer.json["token"]


def rotate(settings, name, ahead=0.3):
    """Add a key and wait until it is in use; its name."""
    entry = rotation.prepare(settings, name, ahead)
    rotation.add(settings, name, entry)
    time.sleep(max(entry.since - time.time(), 0) + 0.1)
    return entry.kid


def kid_of(token):
    import jwt

    return jwt.get_unverified_header(token)["kid"]


def test_a_new_key_waits_for_its_second_and_then_signs_while_the_old_one_verifies(elsewhere):
    live = LiveKeyring(elsewhere)
    entry = rotation.prepare(elsewhere, "firma_pos", 60)
    rotation.add(elsewhere, "firma_pos", entry)
    assert list(Keyring.load(elsewhere).sign["pos"]) == ["k1", entry.kid] and entry.kid == "k2"
    assert live.now().changes_at == float("inf")  # looked a moment ago; it looks again in half a second
    live._looked = 0.0
    assert live.now().changes_at == entry.since
    rotation._write(elsewhere, "firma_pos", str(entry._replace(since=1)) + ",")  # half of a line
    live._looked = 0.0
    assert list(live.now().sign["pos"]) == ["k1", "k2"], "what is not a ring changes nothing"


def test_rotating_the_signing_key_ends_no_session_and_retiring_it_ends_the_old_ones(
    elsewhere, workers, staff
):
    one, _ = workers
    login = staff("ventas")
    old = enter(one, login)
    assert rotate(elsewhere, "firma_pos") == "k2"
    new = enter(one, login)
    assert (kid_of(old), kid_of(new)) == ("k1", "k2")
    for client in workers:  # at once, on the process that never signed with it too
        assert [client.get(ME, headers=bearer(token)).status_code for token in (new, old)] == [200, 200]
    assert rotation.retire(elsewhere, "firma_pos", life=3600) == []
    assert rotation.retire(elsewhere, "firma_pos", life=0) == ["k1"]
    time.sleep(0.3)
    for client in workers:
        assert [client.get(ME, headers=bearer(token)).status_code for token in (new, old)] == [200, 401]


def test_rotating_the_kek_ends_no_session_and_retiring_it_ends_the_old_ones(elsewhere, workers, staff):
    one, other = workers
    login = staff("ventas")
    old = enter(one, login)
    rotate(elsewhere, "kek_pos")
    new = enter(one, login)
    assert [other.get(ME, headers=bearer(token)).status_code for token in (new, old)] == [200, 200]
    rotation.retire(elsewhere, "kek_pos", life=0)
    time.sleep(0.3)
    assert [other.get(ME, headers=bearer(token)).status_code for token in (new, old)] == [200, 401]


def test_the_shop_learns_a_context_key_before_anybody_signs_with_it(elsewhere, workers, daf, servers):
    code, said = daf("rotar", "contexto", "--en", "2")
    assert code == 0 and "k2" in said, said
    known = "SELECT array_agg(kid ORDER BY kid) FROM datos.contexto_clave"
    with psycopg.connect(servers.admin_conninfo("ecom"), autocommit=True) as conn:
        assert conn.execute(known).fetchone() == (["k1", "k2"],)
        answers = []
        while next(iter(Keyring.load(elsewhere).context)) == "k1" or len(answers) < 20:
            answers += [client.get("/api/ecom/carrito").status_code for client in workers]
            time.sleep(0.05)
        assert set(answers) == {200}
        rotation.retire(elsewhere, "contexto", life=0)
        assert daf("retirar", "contexto", "--ya")[1].startswith("contexto: nada")
        install_context_keys(conn, Keyring.load(elsewhere).context)
        assert conn.execute(known).fetchone() == (["k2"],)
        assert {client.get("/api/ecom/carrito").status_code for client in workers} == {200}


def test_the_services_get_new_passwords_under_open_pools(elsewhere, workers, daf, servers, staff):
    token = enter(workers[0], staff("ventas"))
    before = Keyring.load(elsewhere).services
    code, said = daf("rotar", "servicios")
    after = Keyring.load(elsewhere)
    assert code == 0 and not after.spare and not set(before.values()) & set(after.services.values()), said
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(servers.pos, user="api_login", password=before["api_login"])
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        old = [pid for (pid,) in conn.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'api_login'")]
        conn.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS p (pid)", (old,))
        while (
            conn.execute("SELECT FROM pg_stat_activity WHERE pid = ANY (%s)", (old,)).fetchone() is not None
        ):
            time.sleep(0.02)
    assert [client.get(ME, headers=bearer(token)).status_code for client in workers] == [200, 200]


def test_an_interrupted_change_of_passwords_lets_everybody_in_and_is_finished_later(
    elsewhere, workers, daf, staff
):
    own = Keyring.load(elsewhere).services
    for role in keyring.SERVICES:  # cut after the files, before PostgreSQL
        rotation.keep_passwords(elsewhere, role, own[role], f"elegida_para_{role}")
    assert enter(workers[0], staff("ventas"))
    assert daf("rotar", "servicios")[0] == 0
    assert Keyring.load(elsewhere).services["api_login"] == "elegida_para_api_login"
    assert enter(workers[1], staff("ventas"))


def test_the_command_tells_names_and_ages_and_never_a_key(elsewhere, daf):
    told = [
        daf()[1],
        daf("rotar", "firma", "--lado", "pos")[1],
        daf("rotar", "kek")[1],
        daf("retirar", "firma")[1],
    ]
    asked = time.time()
    told.append(daf()[1])
    assert "firma_pos: k2 desde " in told[1] and "kek_ecom: k2" in told[2]
    assert "nada que retirar todavía" in told[3]
    begins, state = re.search(r"firma_pos +k2 +desde (.{19}) +(por usar|en uso)", told[4]).groups()
    since = datetime.fromisoformat(f"{begins}+00:00").timestamp()  # whole seconds
    assert asked < since + 1 if state == "por usar" else since <= time.time()
    assert len(secrets_in(elsewhere)) >= 12 and not [
        word for word in secrets_in(elsewhere) if word in "".join(told)
    ]
    assert {oct(path.stat().st_mode & 0o777) for path in (elsewhere.home / "keys").iterdir()} == {"0o600"}
    assert len(rotation.describe(elsewhere, "firma_ecom")) == 1


def test_what_the_environment_gives_is_changed_where_it_is_kept(elsewhere, daf):
    ring = str(keyring.fresh("k9", 0))
    for words, name in ((("rotar", "firma"), "FIRMA_POS"), (("retirar", "kek"), "KEK_POS"),
                        (("rotar", "servicios"), "API_LOGIN")):  # fmt: skip
        code, said = daf(*words, **{f"DAF_SECRET_{name}": ring})
        assert code == 1 and f"DAF_SECRET_{name} viene del entorno" in said and ring not in said
    assert len(rotation.describe(elsewhere, "firma_pos")) == 1
