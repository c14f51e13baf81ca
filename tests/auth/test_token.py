"""The token: what it must not hold, and what a thief of any one secret cannot do with it."""

import base64
import json
import time

import jwt
import pytest

from daf_backend.auth import token as tokens
from daf_backend.auth.keyring import Keyring
from daf_backend.auth.token import BadToken
from daf_backend.db.pool import Credential
from tests.conftest import PASSWORD

PROFILE = "/api/pos/auth/profile"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def login(client, staff):
    """Log a fresh salesperson in: (login, token, claims)."""

    def enter(role="ventas", side="pos"):
        name = staff(role)
        answer = client.post(f"/api/{side}/auth/login", json={"user": name, "password": PASSWORD})
        assert answer.status_code == 200
        token = answer.json["token"]
        return name, token, jwt.decode(token, options={"verify_signature": False})

    return enter


@pytest.fixture
def keyring(settings, servers):
    return Keyring.load(settings)


def resign(keyring, claims, side="pos"):
    """What the thief of a signing key can do: sign any claims."""
    kid, key = next(iter(keyring.sign[side].items()))
    return jwt.encode(claims, key, "HS256", headers={"kid": kid, "typ": tokens.TYPE})


def test_no_claim_holds_the_password_or_its_keys(login, keyring, client):
    _, token, claims = login()
    haystack = json.dumps([jwt.get_unverified_header(token), claims]).encode()
    blobs = [haystack]
    for part in (*token.split("."), claims["cred"].partition(".")[2]):
        blobs.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    state = client.application.extensions["daf"]
    session = state.book.session("pos", token)
    needles = [PASSWORD.encode(), session.credential.client_key, session.credential.server_key]
    needles += [base64.b64encode(needle) for needle in needles] + [n.hex().encode() for n in needles]
    assert not [needle for needle in needles for blob in blobs if needle in blob]
    assert PASSWORD not in repr(session) + repr(state.keyring) + repr(session.credential)


def test_a_forged_token_for_a_login_with_a_hot_connection_is_refused(login, keyring, client):
    victim, victim_token, victim_claims = login("admin")
    assert client.get(PROFILE, headers=bearer(victim_token)).json["login"] == victim
    assert client.application.extensions["daf"].roles["pos"].stats()["idle"] >= 1
    _, _, mine = login("ventas")
    forgeries = [
        {**mine, "sub": victim},  # my session, their name
        {**mine, "sub": victim, "sid": victim_claims["sid"]},  # their session, my credential
        {key: value for key, value in {**victim_claims}.items() if key != "cred"},  # their session, none
        {**victim_claims, "cred": mine["cred"]},  # a sealed blob moved to another token
        {**victim_claims, "exp": victim_claims["exp"] + 3600},  # a longer life for the same blob
        {**mine, "kind": "shopper"},
    ]
    for claims in forgeries:
        answer = client.get(PROFILE, headers=bearer(resign(keyring, claims)))
        assert answer.status_code == 401, claims
    assert client.get(PROFILE, headers=bearer(victim_token)).status_code == 200


def test_a_token_of_one_side_is_refused_on_the_other(login, client, keyring):
    _, token, claims = login("admin", "pos")
    assert client.get("/api/ecom/auth/me", headers=bearer(token)).status_code == 401
    moved = resign(keyring, {**claims, "aud": "ecom"}, "ecom")
    assert client.get("/api/ecom/auth/me", headers=bearer(moved)).status_code == 401
    _, shop, _ = login("admin", "ecom")
    assert client.get(PROFILE, headers=bearer(shop)).status_code == 401


@pytest.mark.parametrize("missing", tokens.REQUIRED)
def test_every_required_claim_is_required(login, keyring, client, missing):
    _, _, claims = login()
    del claims[missing]
    assert client.get(PROFILE, headers=bearer(resign(keyring, claims))).status_code == 401


@pytest.mark.parametrize("header", [{"alg": "none"}, {"typ": "JWT"}, {"kid": "otro"}])
def test_another_algorithm_type_or_key_is_refused(login, keyring, client, header):
    _, _, claims = login()
    kid, key = next(iter(keyring.sign["pos"].items()))
    headers = {"kid": kid, "typ": tokens.TYPE, **header}
    algorithm = headers.pop("alg", "HS256")
    forged = jwt.encode(claims, None if algorithm == "none" else key, algorithm, headers=headers)
    assert client.get(PROFILE, headers=bearer(forged)).status_code == 401


def test_unsealing_needs_the_session_secret_the_kek_and_the_same_claims(keyring):
    credential = Credential(client_key=b"c" * 32, server_key=b"s" * 32)
    expires = int(time.time()) + 60
    token = tokens.issue(
        keyring, "pos", "staff", subject="ana", sid="1", expires=expires, role="ventas",
        secret=b"x" * 32, credential=credential,
    )  # fmt: skip
    claims = tokens.verify(keyring, "pos", token)
    opened = tokens.unseal(keyring, claims, b"x" * 32)
    assert (opened.client_key, opened.server_key) == (b"c" * 32, b"s" * 32)
    with pytest.raises(BadToken):
        tokens.unseal(keyring, claims, b"y" * 32)
    with pytest.raises(BadToken):
        tokens.unseal(keyring, {**claims, "sub": "eva"}, b"x" * 32)


def test_an_expired_token_is_refused(keyring, login, client):
    _, _, claims = login()
    past = {**claims, "exp": int(time.time()) - 1}
    assert client.get(PROFILE, headers=bearer(resign(keyring, past))).status_code == 401
