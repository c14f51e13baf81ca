"""Bootstrap: once, for who holds the token, all or nothing; and the company it leaves can sell."""

import threading
from collections import Counter

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from daf_backend.db.bootstrap import offer
from daf_backend.puente import arranque
from daf_backend.puente.sides import Sides

from .conftest import PASSWORD

BOOTSTRAP = "/api/v1/bootstrap"
COUNT = (
    "SELECT (SELECT count(*) FROM datos.empresa), (SELECT count(*) FROM datos.establecimiento),"
    " (SELECT count(*) FROM datos.usuario), (SELECT count(*) FROM pg_auth_members WHERE roleid = 'admin'::regrole)"
)


def body(token, **changes):
    return {
        "token": token,
        "empresa": {"ruc": "1790012345001", "razon_social": "Comercial Nueva S. A.", "nombre": "La Nueva"},
        "admin": {
            "email": "Ana.Perez@nueva.ec", "password": PASSWORD, "nombres": "Ana", "p_apellido": "Pérez",
            "fecha_nacimiento": "1990-05-01", "genero": "Femenino",
        },
        **changes,
    }  # fmt: skip


def ask(empty, **changes):
    return empty.app.test_client().post(BOOTSTRAP, json={**body(empty.token.read_text()), **changes})


def test_de_nada_a_una_empresa_con_su_administrador(empty):
    answer = ask(
        empty, ajustes={"hora_cierre": "20:00"}, establecimiento={"codigo": "003", "nombre": "Centro"}
    )
    assert answer.status_code == 201, answer.text
    assert (answer.json["company_id"], answer.json["login"]) == (1, "ana_perez")
    assert empty.row("SELECT usr_id FROM datos.usuario") == (answer.json["user_id"],)
    assert empty.row(COUNT) == (1, 1, 1, 1)
    assert empty.row("SELECT privado.ajuste('hora_cierre')") == ("20:00",)
    assert empty.row("SELECT eta_codigo, pto_codigo, bod_codigo FROM datos.punto_emision") == (
        "003",
        "001",
        "B003",
    )
    trail = (
        "SELECT clave, despues ->> 'eta_codigo' FROM datos.auditoria"
        " WHERE operacion = 'EVENT' AND tabla = 'ARRANQUE' ORDER BY aud_id DESC"
    )
    assert empty.row(trail) == ("ana_perez", "003")


def test_el_administrador_entra_y_vende(empty):
    assert ask(empty).status_code == 201
    client = empty.app.test_client()
    login = client.post("/api/pos/auth/login", json={"user": "ana.perez@nueva.ec", "password": PASSWORD})
    assert login.status_code == 200, login.text
    headers = {"Authorization": f"Bearer {login.json['token']}"}

    def act(method, path, status, **sent):
        answer = client.open(f"/api/pos{path}", method=method, json=sent, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json

    product = act(
        "POST", "/producto", 201,
        prd_nombre="Arroz", um_venta="UND", prd_precio_venta="1.00", prd_stock=5, prd_costo="0.50",
    )["prd_codigo"]  # fmt: skip
    final = next(row for row in act("GET", "/cliente", 200)["data"] if row["cli_ruc_ced"] == "9999999999999")
    sale = act("POST", "/factura", 201, cli_codigo=final["cli_codigo"])["fac_codigo"]
    act("POST", "/factura/detalle", 201, fac_codigo=sale, prd_codigo=product, pxfa_cantidad=2)
    issued = act("PUT", f"/factura/{sale}/aprobar", 200)
    assert issued["factura"]["fac_numero"] == "001-001-000000001"
    assert (
        client.post("/api/ecom/auth/login", json={"user": "ana_perez", "password": PASSWORD}).status_code
        == 200
    )


def test_la_segunda_vez_es_409_y_el_token_ya_no_sirve(empty):
    assert ask(empty).status_code == 201
    again = ask(empty, admin={**body("")["admin"], "email": "otra@nueva.ec"})
    assert (again.status_code, again.json["regla"]) == (409, "arranque_hecho")
    assert ask(empty, token="otro").status_code == 409
    assert empty.row(COUNT) == (1, 1, 1, 1)
    assert offer(empty.servers, empty.settings) is None and not empty.token.exists()


def test_veinte_a_la_vez_son_una_empresa_y_un_administrador(empty):
    token, start, found = empty.token.read_text(), threading.Barrier(20), []

    def begin(number):
        client = empty.app.test_client()
        admin = {**body("")["admin"], "email": f"persona{number}@nueva.ec"}
        start.wait()
        found.append(client.post(BOOTSTRAP, json=body(token, admin=admin)).status_code)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(found) == {201: 1, 409: 19}
    assert empty.row(COUNT) == (1, 1, 1, 1)


BAD = [
    ({"token": "no es este"}, 403, "arranque_token"),
    ({"token": ""}, 403, "arranque_token"),
    ({"admin": {"password": "corta"}}, 422, "clave_debil"),
    ({"admin": {"password": "aaaaaaaaaaaa"}}, 422, "clave_debil"),
    ({"admin": {"password": "Ana.Perez-2026"}}, 422, "clave_debil"),
    ({"admin": {"login": "admin"}}, 409, "usuario_unico"),
    ({"admin": {"login": "Ana P"}}, 400, "datos_invalidos"),
    ({"admin": {"login": "ana'--"}}, 422, "usuario_login_valido"),
    ({"admin": {"email": "no"}}, 400, "datos_invalidos"),
    ({"admin": {"fecha_nacimiento": "2999-01-01"}}, 422, "persona_nacimiento_posible"),
    ({"empresa": {"ruc": "123", "razon_social": "X"}}, 422, "empresa_ruc_forma"),
    ({"empresa": {"ruc": "1790012345001"}}, 400, "datos_invalidos"),
    ({"establecimiento": {"codigo": "1"}}, 422, "establecimiento_codigo_forma"),
    ({"ajustes": {"zona_horaria": "Marte"}}, 422, "ajuste_valido"),
    ({"ajustes": {"zzz_nada": 1}}, 422, "ajuste_existe"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "status", "rule"), BAD)
def test_lo_que_no_vale_no_crea_nada_y_el_token_sigue_sirviendo(empty, changes, status, rule):
    if "admin" in changes:
        changes = {"admin": {**body("")["admin"], **changes["admin"]}}
    answer = ask(empty, **changes)
    assert (answer.status_code, answer.json["regla"]) == (status, rule), answer.text
    assert empty.row(COUNT) == (0, 0, 0, 0)
    assert ask(empty).status_code == 201


def test_probar_tokens_se_frena_y_el_verdadero_no(empty):
    codes = [ask(empty, token=f"prueba{number}").status_code for number in range(40)]
    assert set(codes) == {403, 429} and codes[0] == 403
    assert ask(empty).status_code == 201


def test_el_token_viaja_tambien_en_un_encabezado(empty):
    sent = body("")
    del sent["token"]
    client = empty.app.test_client()
    assert client.post(BOOTSTRAP, json=sent, headers={"X-Bootstrap-Token": "no"}).status_code == 403
    token = empty.token.read_text()
    assert client.post(BOOTSTRAP, json=sent, headers={"X-Bootstrap-Token": token}).status_code == 201


def test_el_token_se_dice_una_vez_y_en_la_base_solo_esta_su_huella(empty):
    token = empty.begin()
    assert empty.token.stat().st_mode & 0o777 == 0o600
    assert token not in offer(empty.servers, empty.settings)
    for side in ("pos", "ecom"):
        assert token not in empty.row("SELECT string_agg(a::text, '') FROM datos.arranque AS a", side)[0]
    empty.token.unlink()
    told = offer(empty.servers, empty.settings)
    assert empty.token.read_text() in told and token != empty.token.read_text()


def test_con_otro_administrador_no_se_arranca(empty):
    empty.admin["pos"].execute("CREATE ROLE t_previo LOGIN IN ROLE admin")
    assert ask(empty).status_code == 409
    assert empty.row(COUNT)[0] == 0
    assert offer(empty.servers, empty.settings) is None


def test_a_la_tienda_caida_el_administrador_llega_despues(empty, monkeypatch):
    monkeypatch.setitem(empty.app.extensions, "daf_arranque", lambda: None)
    assert ask(empty).status_code == 201
    sides = Sides(empty.app.extensions["daf"])
    proof = empty.row("SELECT arr_verificador FROM datos.arranque")[0]
    elsewhere = "ALTER ROLE ana_perez RENAME TO t_aparte; ALTER ROLE t_aparte NOLOGIN"
    empty.admin["pos"].execute(elsewhere)  # on a server of its own the shop does not have the login
    assert arranque.llevar(sides) == 1 and arranque.llevar(sides) == 0
    assert empty.row("SELECT rolpassword FROM pg_authid WHERE rolname = 'ana_perez'") == (proof,)
    assert empty.row("SELECT arr_verificador FROM datos.arranque") == (None,)


def test_el_puente_no_puede_hacer_administradores(empty):
    """Its password is not enough: the shop asks for the digest, takes one login, and that one only."""
    assert ask(empty).status_code == 201
    sides = Sides(empty.app.extensions["daf"])
    proof = verifier("x", PASSWORD)
    digest = empty.row("SELECT arr_huella FROM datos.arranque", "ecom")[0]
    for huella in ("0" * 64, digest):
        with pytest.raises(psycopg.Error) as caught:
            sides.shop("arranque_recibir", huella=huella, login="intruso", verificador=proof)
        assert caught.value.diag.constraint_name in ("arranque_token", "arranque_hecho")
    assert empty.row(COUNT)[3] == 1
