"""Refresh: one token, one use; an answer that was lost can be had again; a stolen token ends the session for both."""

import secrets
import threading
from dataclasses import replace

import jwt
import pytest

from daf_backend.auth import refresh
from daf_backend.auth.keyring import Keyring
from daf_backend.auth.scram import verifier
from daf_backend.auth.token import BadToken
from daf_backend.db.pool import Credential

from .conftest import SIDES

BY_SID = "FROM datos.sesion WHERE sid = %s"


def sid(me):
    return jwt.decode(me.tokens["token"], options={"verify_signature": False})["sid"]


def later(dba, me, seconds=11):
    """As if the last refresh had been some seconds ago."""
    dba[me.side].execute(
        "UPDATE datos.sesion SET renovada_en = renovada_en - %s * interval '1 second' WHERE sid = %s",
        (seconds, sid(me)),
    )


@pytest.mark.parametrize("side", SIDES)
def test_a_refresh_gives_new_tokens_that_work(person, side):
    me = person(side=side)
    before = me.tokens
    for _ in range(3):
        assert me.refresh().status_code == 200
        assert me.tokens["token"] == me.tokens["access_token"] != before["token"]
        assert me.tokens["refresh_token"] != before["refresh_token"]
        assert me.lives


@pytest.mark.parametrize("side", SIDES)
def test_a_lost_answer_is_had_again_byte_for_byte(person, side):
    me = person(side=side)
    lost = me.tokens["refresh_token"]
    first, again = me.refresh(lost), me.refresh(lost)
    assert first.status_code == again.status_code == 200
    assert first.data == again.data
    assert me.lives and me.refresh().status_code == 200


@pytest.mark.parametrize("side", SIDES)
def test_a_stolen_token_used_later_ends_the_session_for_thief_and_owner(dba, events, person, side):
    owner = person(side=side)
    thief = replace(owner)
    stolen = owner.tokens["refresh_token"]
    assert owner.refresh().status_code == 200
    later(dba, owner)
    answer = thief.refresh(stolen)
    assert (answer.status_code, answer.json["regla"]) == (401, "refresco_invalido")
    assert not owner.lives and not thief.lives
    assert owner.refresh().status_code == 401
    assert dba[side].execute(f"SELECT motivo_cierre {BY_SID}", (sid(owner),)).fetchone() == ("reuso",)
    reused = [detail for event, detail in events(side, owner.login) if event == "REUSO_REFRESCO"]
    assert [detail["sid"] for detail in reused] == [sid(owner)]


def test_the_owner_comes_second_and_both_are_out_all_the_same(dba, person):
    owner = person()
    thief, kept = replace(owner), owner.tokens["refresh_token"]
    assert thief.refresh().status_code == 200
    later(dba, owner)
    assert owner.refresh(kept).status_code == 401
    assert not owner.lives and not thief.lives and thief.refresh().status_code == 401


def test_a_token_of_two_refreshes_ago_is_no_lost_answer(person):
    me = person()
    oldest = me.tokens["refresh_token"]
    assert me.refresh().status_code == me.refresh().status_code == 200
    assert me.refresh(oldest).status_code == 401
    assert not me.lives


def test_another_session_of_the_same_person_survives_a_reuse(dba, person):
    me = person()
    other, stolen = me.enter(), me.tokens["refresh_token"]
    me.refresh()
    later(dba, me)
    assert me.refresh(stolen).status_code == 401
    assert other.lives and other.refresh().status_code == 200


def test_many_at_once_make_one_generation_and_get_the_same_tokens(dba, person):
    me, answers = person(), []
    barrier = threading.Barrier(8, timeout=30)

    def ask():
        barrier.wait()
        answers.append(replace(me).refresh(me.tokens["refresh_token"]))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.data for answer in answers}) == 1
    assert dba["pos"].execute(f"SELECT generacion {BY_SID}", (sid(me),)).fetchone() == (1,)


def test_a_made_up_token_is_refused_and_ends_nobodys_session(app, person):
    me, other = person(), person()
    mine, theirs = (who.tokens["refresh_token"].split(".") for who in (me, other))
    forged = [
        "x", "", me.tokens["token"],
        ".".join([*mine[:4], secrets.token_urlsafe(32), mine[5]]),  # a guess
        ".".join([*mine[:5], secrets.token_urlsafe(32)]),
        ".".join([*mine[:2], theirs[2], *mine[3:]]),  # their session, my secret
        ".".join([*mine[:3], "7", *mine[4:]]),  # another generation
        ".".join([mine[0], "otro", *mine[2:]]),
    ]  # fmt: skip
    for token in forged:
        answer = app.test_client().post("/api/pos/auth/refresh", json={"refresh_token": token})
        assert answer.status_code in (400, 401), token
    assert me.lives and other.lives
    assert me.refresh().status_code == other.refresh().status_code == 200


def test_a_refresh_token_of_one_side_is_refused_on_the_other(person):
    till, shop = person(side="pos"), person(side="ecom")
    assert till.refresh(shop.tokens["refresh_token"]).status_code == 401
    assert shop.refresh(till.tokens["refresh_token"]).status_code == 401
    assert till.lives and shop.lives


ENDED = {
    "disabled": "ALTER ROLE {login} NOLOGIN",
    "expired": "ALTER ROLE {login} VALID UNTIL '2000-01-01'",
    "new password": "ALTER ROLE {login} PASSWORD '{proof}'",
    "out of the staff": "REVOKE ventas FROM {login}",
    "idle": "UPDATE datos.sesion SET vence_en = now() - interval '1 s' WHERE sujeto = '{login}'",
    "ended": "UPDATE datos.sesion SET cerrada_en = now() WHERE sujeto = '{login}'",
}


@pytest.mark.parametrize("how", ENDED)
def test_nothing_refreshes_a_session_that_is_over(dba, person, how):
    me = person()
    statement = ENDED[how].format(login=me.login, proof=verifier(me.login, "otra-clave"))
    dba["pos"].execute(statement)
    assert me.refresh().status_code == 401


def test_logging_out_ends_the_refresh_token_too(person):
    me = person()
    assert me("POST", "/auth/logout").status_code == 200
    assert me.refresh().status_code == 401


def test_a_session_ends_at_its_absolute_limit_however_often_it_is_refreshed(dba, settings, person):
    me = person()
    opened, ends, idle = dba["pos"].execute(
        "SELECT extract(EPOCH FROM creada_en), extract(EPOCH FROM termina_en),"
        f" extract(EPOCH FROM vence_en - renovada_en) {BY_SID}", (sid(me),),
    ).fetchone()  # fmt: skip
    assert ends - opened == settings.session_absolute_hours * 3600
    assert idle == settings.session_idle_hours * 3600
    dba["pos"].execute(
        "UPDATE datos.sesion SET termina_en = now() + interval '1 h', vence_en = now() + interval '1 h'"
        " WHERE sid = %s", (sid(me),),
    )  # fmt: skip
    assert me.refresh().status_code == 200
    claims = jwt.decode(me.tokens["token"], options={"verify_signature": False})
    ends, over = (
        dba["pos"]
        .execute(
            f"SELECT extract(EPOCH FROM termina_en)::bigint, vence_en <= termina_en {BY_SID}", (sid(me),)
        )
        .fetchone()
    )
    assert abs(claims["exp"] - ends) <= 1 and over


def test_who_never_refreshes_keeps_the_whole_life_of_the_token(pos, people):
    pos.execute(f"SET SESSION AUTHORIZATION {people.login('ventas')}")
    made = pos.execute(
        "SELECT api.sesion_abrir(gen_random_uuid(), 8, 1, 720, '', '', '', sha256('x'), sha256('y'), 'k', 'k')"
    ).fetchone()[0]
    pos.execute("RESET SESSION AUTHORIZATION")
    hours = pos.execute(
        f"SELECT extract(EPOCH FROM vence_en - creada_en) / 3600 {BY_SID}", (made["sid"],)
    ).fetchone()
    assert hours == (8,)


@pytest.fixture
def rotate(app, monkeypatch):
    """Put a new KEK and a new signing key in front of the side's rings; ``keep=False`` retires the old ones."""

    def turn(kid, keep=True):
        state = app.extensions["daf"]
        now = state.keyring
        kek, sign = (
            {side: {kid: secrets.token_bytes(32)} | (ring if keep else {}) for side, ring in rings.items()}
            for rings in (now.kek, now.sign)
        )
        ring = replace(now, kek=kek, sign=sign)

        class Turned:
            def now(self):
                return ring

        monkeypatch.setattr(state, "keys", Turned())

    return turn


def test_sessions_outlive_the_keys_they_began_with(person, rotate):
    me = person()
    begun = me.tokens["refresh_token"]
    rotate("k8")
    assert me.lives
    first, again = me.refresh(begun), me.refresh(begun)
    assert first.status_code == 200 and first.data == again.data
    header = jwt.get_unverified_header(me.tokens["token"])
    assert header["kid"] == "k8" and me.tokens["refresh_token"].split(".")[1] == "k8"
    rotate("k9")
    assert me.refresh(begun).data == first.data  # the keys of its generation, not the newest
    assert me.lives and me.refresh().status_code == 200
    rotate("k10", keep=False)
    assert not me.lives and me.refresh().status_code == 401


def test_the_row_and_the_kek_together_open_nothing(dba, settings, person):
    me = person()
    row = (
        dba["pos"]
        .execute("SELECT refresco, secreto, digesto, sobre, kid_kek, generacion " + BY_SID, (sid(me),))
        .fetchone()
    )
    ring = Keyring.load(settings).kek["pos"]
    *known, envelope, kid, generation = row
    token = me.tokens["refresh_token"]
    assert token.encode() not in b"".join(known) + envelope and token.split(".")[4].encode() not in envelope
    for secret in [*known, *(value[:32] for value in known), b"", ring[kid]]:
        with pytest.raises(BadToken):
            refresh.Refresh(kid, sid(me), generation, secret).open(ring, envelope)
    assert isinstance(refresh.parse(ring, token).open(ring, envelope), Credential)
