"""Our SCRAM must be libpq's, letter for letter, or a password would log in that its own keys do not."""

import base64
import hashlib

import psycopg
import pytest
from psycopg import sql

from daf_backend.auth.scram import derive, saslprep, verifier
from daf_backend.db.connect import Credential, connect
from daf_backend.db.embedded import Cluster

PASSWORDS = [
    "clave",
    "con espacio y 'comillas' \\ $ñ",
    "Contraseña-ñandú",
    "Contrasen\u0303a",  # the same ñ as two characters
    "no\u00a0break\u3000space",
    "soft\u00adhyphen",
    "ﬁ Ⅸ ª ①",  # compatibility characters
    "مرحبا",  # right to left
    "مرحبا abc",  # both directions: SASLprep refuses it, libpq takes it raw
    "\u0627\u0031",
    "tab\tand bell\x07",  # ASCII is not prepared at all
    "ñ\x07",  # a control character SASLprep refuses
    "\u00ad",  # nothing is left of it
    "emoji 🙂",  # unassigned in the Unicode of SASLprep
    "⅑",  # unassigned in it as well, but not what it normalizes to
    "\ufffd\u200b",
    "한국어 密码 пароль",
]


def keys_in(stored: str) -> tuple[bytes, int, bytes, bytes]:
    """Salt, iterations, StoredKey and ServerKey of a verifier."""
    _, cost, keys = stored.split("$")
    iterations, salt = cost.split(":")
    client, server = keys.split(":")
    return base64.b64decode(salt), int(iterations), base64.b64decode(client), base64.b64decode(server)


@pytest.mark.parametrize("password", PASSWORDS)
def test_derived_keys_match_the_verifier_libpq_makes(password: str) -> None:
    salt, iterations, stored, server = keys_in(verifier("ana", password))
    keys = derive(password, salt, iterations)
    assert hashlib.sha256(keys.client_key).digest() == stored
    assert keys.server_key == server


@pytest.mark.parametrize(
    ("given", "prepared"),
    [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX")],
)
def test_saslprep_examples_of_rfc_4013(given: str, prepared: str) -> None:
    assert saslprep(given) == prepared


def test_one_and_two_character_accents_are_one_password() -> None:
    assert derive("ñandú", b"sal", 1) == derive("n\u0303andu\u0301", b"sal", 1)


def test_an_accented_password_logs_in_itself_and_by_its_keys(cluster: Cluster) -> None:
    password = "Contraseña ﬁna"
    stored = verifier("acentuada", password)
    salt, iterations, _, _ = keys_in(stored)
    with psycopg.connect(
        cluster.conninfo("postgres"), user="postgres", password=cluster.superuser_password, autocommit=True
    ) as admin:
        admin.execute(sql.SQL("CREATE ROLE acentuada LOGIN PASSWORD {}").format(stored))
    place = cluster.conninfo("postgres")
    for secret in ({"password": password}, {"credential": derive(password, salt, iterations)}):
        with connect(place, "acentuada", **secret) as conn:  # type: ignore[arg-type]
            assert conn.execute("SELECT session_user").fetchone() == ("acentuada",)


@pytest.mark.parametrize("password", ["", "corta\0da", "\ud800"])
def test_a_verifier_needs_a_password_that_postgres_can_hold(password: str) -> None:
    with pytest.raises(ValueError):
        verifier("ana", password)


def test_a_credential_shows_nothing() -> None:
    keys = derive("secreta", b"sal", 1)
    assert repr(keys) == str(keys) == f"{keys}" == "Credential()"
    assert keys.client_key not in keys.fingerprint()


def test_a_credential_is_two_whole_keys() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Credential(b"corta", bytes(32))
