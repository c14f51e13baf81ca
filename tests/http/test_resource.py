"""A view gets what its contract promises, however the request was written."""

import pytest

from daf_backend.http.fields import Codigo
from daf_backend.http.resource import Noun, Schema, plain

MULTIPART = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="codigo"\r\n\r\nA'


def test_json_formulario_y_multipart_son_el_mismo_cuerpo(client):
    fields = {"codigo": "A", "nombre": " Lápiz ", "precio": "12.5", "otra": "se ignora"}
    expected = {"codigo": "'A'", "nombre": "'Lápiz'", "precio": "Decimal('12.50')"}
    assert client.post("/api/pos/cosa", json=fields).json == expected
    assert client.post("/api/pos/cosa", data=fields).json == expected
    assert client.post("/api/pos/cosa", data=fields, content_type="multipart/form-data").json == expected


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"json": {}}, {"data": b"null", "content_type": "application/json"}, {"data": {}},
        {"data": b"", "content_type": "application/json"}, {"data": b"", "content_type": "text/plain"},
        {"data": b"", "content_type": "multipart/form-data"}, {"data": b"--x--\r\n", "content_type": MULTIPART},
        {"data": b"", "content_type": "application/x-www-form-urlencoded"},
    ],
)  # fmt: skip
def test_sin_cuerpo_vacio_y_nulo_son_lo_mismo(client, sent):
    answer = client.put("/api/pos/cosa/A", **sent)
    assert (answer.status_code, answer.json) == (200, {})


@pytest.mark.parametrize(
    ("body", "kind", "status", "regla"),
    [
        (b"{mal", "application/json", 400, "json_mal_formado"),
        (b'{"precio": NaN}', "application/json", 400, "json_mal_formado"),
        (b'{"precio": -Infinity}', "application/json", 400, "json_mal_formado"),
        (b'{"precio": 1e99999999999999999999999}', "application/json", 400, "json_mal_formado"),
        (b'{"precio": ' + b"9" * 5000 + b"}", "application/json", 400, "json_mal_formado"),
        (b"[" * 100_000, "application/json", 400, "json_mal_formado"),
        (b"\xff\xfe\x00", "application/json", 400, "json_mal_formado"),
        (b"[1]", "application/json", 400, "cuerpo_no_es_objeto"),
        (b'"texto"', "application/json", 400, "cuerpo_no_es_objeto"),
        (
            PART + b"\r\n--x--\r\n",
            "multipart/form-data",
            400,
            "formulario_mal_formado",
        ),  # axios, told its type
        (PART, MULTIPART, 400, "formulario_mal_formado"),  # cut off
        (b"nombre=a\xf1o", "application/x-www-form-urlencoded", 400, "formulario_mal_formado"),
        (PART + b"\xf1\r\n--x--\r\n", MULTIPART, 400, "datos_invalidos"),
        (b"codigo=A", "text/plain", 415, "tipo_no_soportado"),
        (b"<a/>", "application/xml", 415, "tipo_no_soportado"),
        (b'{"codigo":"A","nombre":"x\\u0000"}', "application/json", 400, "datos_invalidos"),
        (b'{"codigo":"A","nombre":"\\ud800"}', "application/json", 400, "datos_invalidos"),
        (b'{"codigo":"A","nombre":"x","precio":0.001}', "application/json", 400, "datos_invalidos"),
    ],
)
def test_un_cuerpo_mal_formado_se_rechaza_con_su_regla(client, body, kind, status, regla):
    answer = client.post("/api/pos/cosa", data=body, content_type=kind)
    assert (answer.status_code, answer.json["regla"]) == (status, regla)
    assert answer.mimetype == "application/problem+json"


def test_los_errores_son_una_lista_de_textos_con_su_campo(client):
    lines = [{"codigo": "A", "cantidad": "0.0001"}, {"cantidad": 1}]
    answer = client.post("/api/pos/cosa", json={"codigo": "X Y", "lineas": lines})
    assert sorted(answer.json["errors"]) == [
        "codigo: Un código no lleva espacios.",
        "lineas.0.cantidad: Tiene demasiados decimales.",
        "lineas.1.codigo: Falta este dato.",
        "nombre: Falta este dato.",
    ]
    assert "X Y" not in answer.text


@pytest.mark.parametrize("path", ["/api/pos/tipo", "/api/pos/tipo/"])
def test_ambas_formas_con_barra_responden_y_ninguna_redirige(client, path):
    assert client.get(path).status_code == 200


def test_una_barra_doble_no_existe_y_tampoco_redirige(client):
    assert client.get("/api/pos//tipo").status_code == 404


def test_el_estado_es_el_declarado_o_el_que_da_la_vista(client):
    assert client.delete("/api/pos/cosa/A", json={"motivo": "x"}).status_code == 204
    assert client.post("/api/pos/caja").status_code == 202
    assert client.post("/api/pos/cosa", json={"codigo": "A", "nombre": "b"}).status_code == 201


def test_405_dice_que_metodos_hay_y_head_y_options_responden(client):
    refused = client.patch("/api/pos/cosa")
    assert refused.status_code == 405
    assert {"GET", "POST"} <= set(refused.headers["Allow"].split(", "))
    assert client.head("/api/pos/tipo").status_code == 200
    assert client.options("/api/pos/cosa").status_code == 200


def test_etag_permite_preguntar_solo_si_cambio(client):
    first = client.get("/api/pos/tipo")
    again = client.get("/api/pos/tipo", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "public, no-cache"


def test_la_lista_para_elegir_lleva_etag_y_una_pagina_no(client):
    assert "ETag" in client.get("/api/pos/cosa").headers
    page = client.get("/api/pos/cosa?page=1")
    assert "ETag" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("page=2&limit=500", {"page": "2", "limit": "500"}),
        ("page=1&limit=0", {"page": "1", "limit": "1"}),
        ("limit=-5", {"limit": "1"}),
        ("limit=999999999", {"limit": "5000"}),
        ("q= lápiz ", {"search": "'lápiz'"}),
        ("name=a&search=", {"search": "'a'"}),
        ("search=b&q=a", {"search": "'b'"}),
        ("page=&otro=1", {}),
    ],
)
def test_la_consulta_de_lista_se_entiende(client, query, expected):
    assert client.get(f"/api/pos/cosa?{query}").json == expected


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=abc", "page=1.5", "limit=x", "page=99999999999"]
)
def test_una_pagina_que_no_es_numero_se_rechaza(client, query):
    assert client.get(f"/api/pos/cosa?{query}").status_code == 400


def test_un_contrato_que_la_vista_no_cumple_no_arranca():
    blp = Noun("mala", __name__)
    with pytest.raises(TypeError, match="datos"):
        blp.post("/mala", takes=Schema)(lambda: None)
    with pytest.raises(TypeError, match="query"):
        blp.get("/mala")(lambda query: None)


def test_un_recurso_simple_se_declara_en_una_linea(app):
    class Ciudad(Schema):
        ct_codigo = Codigo(required=True)

    blp = Noun("ciudad", __name__, description="Ciudades")
    plain(blp, "ciudad", Ciudad, key="ct_codigo", takes=Ciudad)
    app.extensions["prueba"].api.take(blp, "pos")
    rules = {(rule.rule, *sorted(rule.methods - {"HEAD", "OPTIONS"})) for rule in app.url_map.iter_rules()}
    assert {("/api/pos/ciudad", "GET"), ("/api/pos/ciudad", "POST")} <= rules
    assert {("/api/pos/ciudad/<ct_codigo>", verb) for verb in ("GET", "PUT", "DELETE")} <= rules
