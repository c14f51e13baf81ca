"""The document says what the routes do, and its pages need nothing from outside."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from daf_backend.http.fields import Texto
from daf_backend.http.openapi import build_api
from daf_backend.http.page import envelope
from daf_backend.http.resource import Noun, Schema


@pytest.fixture
def document(client) -> dict[str, Any]:
    """The served document of the side."""
    return client.get("/api/pos/openapi.json").json


def references(node: Any) -> Iterator[str]:
    """Every $ref in a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_es_openapi_3_1_y_toda_referencia_existe(document):
    assert document["openapi"] == "3.1.0"
    for reference in references(document):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_cada_operacion_tiene_resumen_nombre_unico_problemas_y_seguridad(document):
    operations = [
        op for path in document["paths"].values() for verb, op in path.items() if verb != "parameters"
    ]
    names = [op["operationId"] for op in operations]
    assert len(names) == len(set(names)) == 7
    for op in operations:
        assert op["summary"].endswith(".")
        assert op["tags"] == ["cosa"]
        assert {"400", "500", "503"} <= set(op["responses"])
        assert ("403" in op["responses"]) == bool(op["security"])


def test_una_escritura_acepta_idempotency_key_y_una_lectura_no(document):
    post, get = (document["paths"]["/api/pos/cosa"][verb] for verb in ("post", "get"))
    assert {"$ref": "#/components/parameters/IDEMPOTENCY_KEY"} in post["parameters"]
    queries = [p for p in get["parameters"] if "$ref" not in p]
    assert {p["name"] for p in queries} == {"page", "limit", "search"}
    assert [p for p in get["parameters"] if p not in queries] == [
        {"$ref": "#/components/parameters/IF_NONE_MATCH"}
    ]


def test_lo_que_se_puede_guardar_dice_su_etiqueta_y_su_304_y_lo_demas_no(document):
    listed, made = (document["paths"]["/api/pos/cosa"][verb]["responses"] for verb in ("get", "post"))
    assert "ETag" in listed["200"]["headers"]
    assert listed["304"] == {"$ref": "#/components/responses/SIN_CAMBIOS"}
    assert "content" not in document["components"]["responses"]["SIN_CAMBIOS"]
    assert "304" not in made and "ETag" not in made["201"]["headers"]


def test_el_dinero_es_texto_con_patron_y_la_cantidad_un_numero(document):
    schemas = document["components"]["schemas"]
    price = schemas["CosaNueva"]["properties"]["precio"]
    assert price["type"] == "string"
    assert re.fullmatch(price["pattern"], "12.50")
    assert not re.fullmatch(price["pattern"], "-1")
    assert schemas["Linea"]["properties"]["cantidad"] == {"type": "number"}


def test_un_cambio_parcial_no_exige_nada_y_lleva_otro_nombre(document):
    put = document["paths"]["/api/pos/cosa/{codigo}"]["put"]["requestBody"]
    assert put["content"]["multipart/form-data"]["schema"] == {
        "$ref": "#/components/schemas/CosaNuevaParcial"
    }
    assert "required" not in document["components"]["schemas"]["CosaNuevaParcial"]
    assert document["components"]["schemas"]["CosaNueva"]["required"] == ["codigo", "nombre"]


def test_la_pagina_ofrece_primero_el_ejemplo_que_corre_y_dice_que_se_pega_al_autorizar(document):
    for path in document["paths"].values():
        for operation in path.values():
            for content in [operation["requestBody"]["content"]] if "requestBody" in operation else []:
                assert "example" in next(iter(content.values()))
    assert "ingreso" in document["components"]["securitySchemes"]["token"]["description"]


def test_el_sobre_de_lista_describe_sus_filas(document):
    envelope_schema = document["components"]["schemas"]["CosaLista"]
    assert envelope_schema["properties"]["data"]["items"] == {"$ref": "#/components/schemas/Cosa"}
    assert {"data", "page", "limit", "count", "total", "totalPages", "pagination"} == set(
        envelope_schema["required"]
    )


def test_dos_lados_conviven_con_recursos_del_mismo_nombre(app):
    other = Noun("cosa", __name__, description="Otra cosa")

    class Cosa(Schema):
        titulo = Texto(required=True)

    @other.get("/cosa", answers=envelope(Cosa), public=True)
    def cosa_listar():
        """Lista las otras cosas."""
        return b"{}"

    build_api(app, "ecom", "Tienda", [other])
    with app.test_client() as client:
        assert client.get("/api/ecom/cosa").json == {}
        shop, till = (client.get(f"/api/{side}/openapi.json").json for side in ("ecom", "pos"))
    assert "titulo" in shop["components"]["schemas"]["Cosa"]["properties"]
    assert "codigo" in till["components"]["schemas"]["Cosa"]["properties"]


def test_las_paginas_solo_usan_lo_nuestro_y_su_politica_no_admite_mas(client):
    for page in ("/api", "/api/", "/api/pos/docs", "/api/pos/docs/"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "http://" not in answer.text
        assert "https://" not in answer.text
        for asset in re.findall(r'(?:src|href)="(/api/_ui/[^"]+)"', answer.text):
            with client.get(asset) as served:
                assert served.status_code == 200


def test_cada_pagina_dice_de_que_lado_es_el_token_que_guarda(client, app):
    """Each side refuses the tokens of the other; the system takes the till's."""
    for side in ("ecom", "sistema"):
        build_api(app, side, side, [])
    for prefix, session in (("/api/pos", "pos"), ("/api/ecom", "ecom"), ("/api/v1", "pos")):
        assert f'data-session="{session}"' in client.get(f"{prefix}/docs").text
    with client.get("/api/_ui/docs.js") as served:
        assert "dataset.session" in served.text and "persistAuthorization" not in served.text


def test_el_estilo_de_las_paginas_no_alcanza_lo_que_otro_dibuja_dentro(client):
    with client.get("/api/_ui/docs.css") as served:
        rules = re.findall(r"([^{}]+){", served.text)
    for selector in ",".join(rules).split(","):
        assert selector.split()[0] in ("nav", "body")


@pytest.mark.parametrize("name", ["..%2fdocs.py", "index.html", "nada.js"])
def test_ningun_otro_archivo_se_sirve(client, name):
    assert client.get(f"/api/_ui/{name}").status_code == 404


def test_los_problemas_tienen_indice(client):
    rules = {row["regla"]: row["status"] for row in client.get("/api/problemas").json}
    assert rules["sin_permiso"] == 403
    assert rules["duplicado"] == 409


def test_cada_regla_escrita_tiene_su_problema_con_su_frase(client):
    rows = {(row["regla"], row["status"]): row["detail"] for row in client.get("/api/problemas").json}
    assert rows["factura_abierta", 409] == "La factura ya no está en borrador."  # a refusal of SQL
    assert rows["cliente_celular_forma", 422] == "El celular tiene hasta 10 dígitos."  # a CHECK
    assert rows["sin_token", 401] == "Falta iniciar sesión."  # a refusal of Python
    assert len(rows) > 300
    assert not [detail for detail in rows.values() if "%" in detail.replace("100 %", "").replace(" %", "")]


def test_el_tipo_de_un_problema_es_una_direccion_que_existe(client):
    refused = client.get("/nada").json
    told = client.get(refused["type"])
    assert (told.status_code, told.json[0]["regla"]) == (200, refused["regla"])
    page = client.get("/api/problemas", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.mimetype == "text/html" and "factura_abierta" in page.text
    assert client.get("/api/problemas/no_hay_tal").status_code == 404


def test_una_aplicacion_puede_construirse_dos_veces(app: Flask, client):
    assert client.get("/api/pos/openapi.json").data == client.get("/api/pos/openapi.json").data
