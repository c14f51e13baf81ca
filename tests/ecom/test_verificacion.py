"""The page behind the link of a claim's letter: opening it changes nothing, its button does, once."""

import base64
import hashlib
import itertools
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import PASSWORD, cedula
from .test_cuenta import known, register

_serial = itertools.count(1)


@pytest.fixture
def claim(client, admin):
    """Somebody claims a client's record: (their e-mail, the token of the letter's link)."""

    def make(email=None):
        number = next(_serial)
        ruc, email = cedula(920_000 + number), email or f"enlace{number}@correo.ec"
        known(admin, ruc, True)
        assert register(client, email, ruc).status_code == 201
        token = admin.conn.execute(
            "SELECT cor_datos ->> 'enlace' FROM datos.correo WHERE cli_ruc_ced = %s", (ruc,)
        ).fetchone()[0]
        return email, token

    return make


def enters(client, email):
    answer = client.post("/api/ecom/auth/login", json={"email": email, "password": PASSWORD})
    return answer.status_code == 200


def press(client, token):
    return client.post("/api/ecom/auth/verify/enlace", data={"t": token})


def test_abrir_el_enlace_no_lo_gasta_y_el_boton_lo_gasta_una_vez(client, claim):
    email, token = claim()
    for _ in range(3):  # a mail scanner, a preview, a person
        page = client.get(f"/api/ecom/auth/verify?t={token}")
        assert page.status_code == 200 and page.mimetype == "text/html"
        assert email in page.text and not enters(client, email)
    form = re.search(
        r'<form method="post" action="([^"]+)">\s*<input type="hidden" name="t" value="([^"]+)">', page.text
    )
    assert form and form[2] == token
    done = client.post(form[1], data={"t": form[2]})
    assert done.status_code == 200 and "Cuenta activada" in done.text
    assert enters(client, email)
    again = press(client, token)
    assert again.status_code == 410 and "ya se usó" in again.text
    used = client.get(f"/api/ecom/auth/verify?t={token}")
    assert used.status_code == 410 and "ya se usó" in used.text


def test_un_enlace_vencido_o_inventado_dice_que_ya_no_vale(client, admin, claim):
    email, token = claim()
    admin.conn.execute("UPDATE datos.verificacion SET ver_vence = now() WHERE usr_email = %s", (email,))
    for text in (token, "0" * 64, "", "'; DROP TABLE datos.correo; --", "ñ" * 60):
        page = client.get("/api/ecom/auth/verify", query_string={"t": text})
        assert page.status_code == 410 and "ya no vale" in page.text
        assert press(client, text).status_code == 410
    assert client.get("/api/ecom/auth/verify").status_code == 410
    assert not enters(client, email)


def test_el_codigo_y_el_enlace_son_del_mismo_pedido(client, admin, claim):
    """Whichever comes first is the one use."""
    email, token = claim()
    code = admin.conn.execute(
        "SELECT cor_datos ->> 'codigo' FROM datos.correo WHERE cor_datos ->> 'enlace' = %s", (token,)
    ).fetchone()[0]
    assert client.post("/api/ecom/auth/verify", json={"email": email, "code": code}).status_code == 200
    assert press(client, token).status_code == 410


def test_a_la_vez_se_activa_una_sola_cuenta(app, admin, claim):
    email, token = claim()
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: press(app.test_client(), token).status_code, range(4)))
    assert statuses == [200, 410, 410, 410]
    count = "SELECT count(*) FROM datos.usuario_app WHERE usr_email = %s"
    assert admin.conn.execute(count, (email,)).fetchone() == (1,)


def test_si_mientras_tanto_el_correo_es_de_otra_cuenta_la_pagina_lo_dice(client, claim, shopper):
    email, token = claim()
    taken = {"cliente": {"cli_nombre": "Otra"}}
    assert register(client, email, cedula(929_999), **taken).status_code == 201
    page = press(client, token)
    assert page.status_code == 409 and page.mimetype == "text/html"
    assert "Ya existe una cuenta con ese correo." in page.text


def test_lo_que_se_muestra_va_escapado_y_la_pagina_no_carga_ni_ejecuta_nada(client, admin, claim):
    email, token = claim()
    evil = "x<script>alert(1)</script>@correo.ec"
    admin.conn.execute("UPDATE datos.verificacion SET usr_email = %s WHERE usr_email = %s", (evil, email))
    page = client.get(f"/api/ecom/auth/verify?t={token}")
    assert "<script" not in page.text and "&lt;script&gt;" in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy
    style = re.search(r"<style>(.*?)</style>", page.text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy and "form-action 'self'" in policy
    assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
    assert not re.search(r'(src|href)="|style="|onclick', page.text)


def test_de_la_palabra_del_enlace_se_guarda_solo_su_huella(admin, claim):
    email, token = claim()
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    stored = admin.conn.execute(
        "SELECT ver_enlace FROM datos.verificacion WHERE usr_email = %s", (email,)
    ).fetchone()[0]
    assert bytes(stored) == hashlib.sha256(token.encode()).digest()
