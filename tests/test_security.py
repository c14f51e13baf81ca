"""What a thief of each secret can do and not do: the claims of SECURITY.md that no other test tries."""

import base64
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import jwt
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from daf_backend.auth import keyring as keys
from daf_backend.auth import token as tokens
from daf_backend.auth.keyring import SERVICES, Keyring
from daf_backend.db.backup import programs
from daf_backend.db.connect import BadCredential, Credential, connect
from daf_backend.settings import SIDES, child_environment

from .conftest import PASSWORD

ROOT = Path(__file__).parents[1]
ME = "/api/pos/auth/profile"
SHOPPER = {"email": "ladrona@prueba.ec", "password": "Clave-de-compra-1", "cli_ruc_ced": "1710034065"}


@pytest.fixture
def known(settings, servers):
    return Keyring.load(settings)


@pytest.fixture
def victim(client, staff, servers):
    """An administrator at work, with a hot connection; and what a dump says of their session and login."""
    login = staff("admin")
    token = client.post("/api/pos/auth/login", json={"user": login, "password": PASSWORD}).json["token"]
    assert client.get(ME, headers=bearer(token)).status_code == 200
    claims = jwt.decode(token, options={"verify_signature": False})
    with psycopg.connect(servers.admin_conninfo("pos")) as conn:
        secret = conn.execute("SELECT secreto FROM datos.sesion WHERE sid = %s", (claims["sid"],)).fetchone()[
            0
        ]
        verifier = conn.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (login,)).fetchone()[
            0
        ]
    stored, _, server = verifier.rpartition("$")[2].partition(":")
    return login, claims["sid"], secret, (base64.b64decode(stored), base64.b64decode(server))


@pytest.fixture(scope="module")
def shopper(app, servers):
    """A shopper with an open session; who failed to register or log in before, from here, is forgiven."""
    client = app.test_client()
    with psycopg.connect(servers.admin_conninfo("ecom"), autocommit=True) as conn:
        conn.execute("DELETE FROM datos.login_intento")
    body = {
        **SHOPPER,
        "cliente": {"cli_nombre": "Ladrona", "cli_telefono": "", "cli_celular": "", "ct_codigo": ""},
    }
    registered = client.post("/api/ecom/auth/register", json=body)
    assert registered.status_code == 201, registered.text
    answer = client.post("/api/ecom/auth/login", json={key: SHOPPER[key] for key in ("email", "password")})
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.fixture(scope="module")
def dumps(settings, servers, shopper, app, staff):
    """All that both databases hold, as text, while people are logged in."""
    login = staff("ventas")
    session = app.test_client().post("/api/pos/auth/login", json={"user": login, "password": PASSWORD}).json
    text = b""
    for side in SIDES:
        admin = conninfo_to_dict(servers.admin_conninfo(side))
        password = admin.pop("password")
        target = " ".join(f"{key}={value}" for key, value in admin.items())
        with psycopg.connect(servers.admin_conninfo(side)) as conn:
            place, _ = programs.folder_for(settings, conn.info.server_version // 10_000)
        text += subprocess.run(
            [place / "pg_dump", "-d", target], env=child_environment(PGPASSWORD=password), capture_output=True,
            check=True,
        ).stdout  # fmt: skip
    return text, session


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def forged(ring, victim, credential):
    """A token for the victim's own session, sealed and signed with the keys of ``ring``."""
    login, sid, secret, _ = victim
    return tokens.issue(
        ring, "pos", "staff", subject=login, sid=sid, expires=int(time.time()) + 600, role="admin",
        secret=secret, credential=credential,
    )  # fmt: skip


def test_the_signing_key_and_a_dump_without_the_kek_make_nobody_of_the_staff(client, known, victim):
    """Whatever is sealed under another KEK does not open, so no credential reaches the pool."""
    guess = Credential(client_key=b"c" * 32, server_key=victim[3][1])
    thief = replace(known, kek={side: {"k1": keys.fresh("k1", 0).key} for side in SIDES})
    assert client.get(ME, headers=bearer(forged(thief, victim, guess))).status_code == 401


def test_every_key_and_a_dump_together_still_lack_what_proves_a_password(client, known, victim, servers):
    """PostgreSQL keeps the ServerKey and a digest of the ClientKey. The ClientKey itself is nowhere at rest."""
    stored, server = victim[3]
    for client_key in (stored, server):
        best = Credential(client_key=client_key, server_key=server)
        assert client.get(ME, headers=bearer(forged(known, victim, best))).status_code == 401
        with pytest.raises(BadCredential):
            connect(servers.pos, victim[0], credential=best)


def test_the_signing_key_and_a_dump_without_the_kek_make_no_shopper(app, known, shopper, servers):
    """A shopper's token seals no credential, so it carries a proof of the KEK over its session's secret."""
    client, real = app.test_client(), jwt.decode(shopper["token"], options={"verify_signature": False})
    with psycopg.connect(servers.admin_conninfo("ecom")) as conn:
        query = "SELECT secreto FROM datos.sesion WHERE sid = %s"
        secret = conn.execute(query, (real["sid"],)).fetchone()[0]
    stranger = {"ecom": {kid: b"0" * 32 for kid in known.kek["ecom"]}}
    for ring, status in ((known, 200), (replace(known, kek=known.kek | stranger), 401)):
        token = tokens.issue(
            ring, "ecom", "shopper", subject=real["sub"], sid=real["sid"], expires=int(time.time()) + 600,
            role="cliente", secret=secret,
        )  # fmt: skip
        assert client.get("/api/ecom/auth/me", headers=bearer(token)).status_code == status


def test_a_dump_holds_no_password_token_or_key(dumps, shopper, settings):
    text, session = dumps
    secret = [PASSWORD, SHOPPER["password"]]
    for answer in (session, shopper):
        secret += [answer["token"], answer["token"].rpartition(".")[2], answer["refresh_token"]]
    for name in (*keys.RINGS[:-1], *SERVICES):
        text_of = keys.secret(settings, name)
        secret += [text_of, text_of.partition(":")[2].partition("@")[0] or text_of]
    assert len(text) > 10_000 and [word for word in secret if word and word.encode() in text] == []


@pytest.mark.parametrize("role", SERVICES)
def test_a_service_s_password_opens_no_table_to_write_and_no_other_role(role, known, servers):
    sides = ["ecom"] if role.startswith("ecom_") else SIDES
    for side in sides:
        with psycopg.connect(
            getattr(servers, side), user=role, password=known.services[role], autocommit=True
        ) as conn:
            writable = conn.execute(
                "SELECT array_agg(c.relname) FROM pg_class AS c WHERE c.relnamespace = 'datos'::regnamespace"
                " AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
            ).fetchone()
            assert writable == (None,)
            for other in ("postgres", f"{side}_datos", f"{side}_api", "admin", "personal"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(f"SET ROLE {other}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute("SELECT rolpassword FROM pg_authid")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute("SELECT secreto FROM datos.sesion")


def test_the_document_names_only_proofs_that_exist():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    tests = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 30 and named <= tests, named - tests
    benches = {path.stem for path in (ROOT / "bench").glob("*.py")}
    assert set(re.findall(r"`bench\.(\w+)`", text)) <= benches
    for path in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / path).exists(), path
