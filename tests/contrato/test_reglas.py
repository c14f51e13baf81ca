"""What holds for every route alike: slashes, preflights, tokens, methods, bodies."""

from typing import Any

import pytest

from .conftest import PROBLEM
from .rutas import SIDES, documented

ORIGIN = "http://localhost:5173"
NOBODY = {"integer": "999999999", "uuid": "00000000-0000-4000-8000-000000000000"}
SPECIAL = {
    *(
        "POST /api/pos/auth/logout",
        "POST /api/ecom/auth/logout",
        "DELETE /api/ecom/auth",
    ),  # end the session of the test
    "PUT /api/v1/settings",  # its keys are the settings: an unknown one is a mistake
}


@pytest.fixture
def routes(client) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation with a path that names nothing that exists."""
    found = []
    for prefix in SIDES.values():
        document = client.get(f"{prefix}/openapi.json").json
        for route, operation in documented(document).items():
            method, path = route.split(" ", 1)
            for parameter in [
                *document["paths"][path].get("parameters", []),
                *operation.get("parameters", []),
            ]:
                if parameter.get("in") == "path":
                    shape = parameter["schema"]
                    value = NOBODY.get(shape.get("format"), NOBODY.get(shape.get("type"), "NOEXISTE"))
                    path = path.replace(f"{{{parameter['name']}}}", value)
            found.append((method, path, operation))
    return found


def private(operation: dict[str, Any]) -> bool:
    """Whether nobody gets in without a token."""
    return bool(operation["security"]) and {} not in operation["security"]


def side(path: str) -> str:
    return "ecom" if path.startswith("/api/ecom") else "pos"


def test_sin_token_ninguna_ruta_privada_responde_y_ninguna_redirige(client, routes):
    assert len(routes) > 150
    for method, path, operation in routes:
        for form in (path, f"{path}/"):
            if private(operation):
                answer = client.open(form, method=method)
                assert answer.status_code == 401, (method, form, answer.status_code)
                assert answer.mimetype == "application/problem+json"
                assert set(answer.json) - {"errors"} == PROBLEM
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_toda_ruta_contesta_su_preflight_en_ambas_formas(client, routes):
    for method, path, _ in routes:
        for form in (path, f"{path}/"):
            asked = {
                "Origin": ORIGIN,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,x-cart-token",
            }
            told = client.options(form, headers=asked)
            assert told.status_code in (200, 204), (method, form)
            assert told.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert method in told.headers["Access-Control-Allow-Methods"]
            assert int(told.headers["Access-Control-Max-Age"]) >= 600
            assert "Access-Control-Allow-Credentials" not in told.headers


def test_un_rechazo_tambien_se_deja_leer_desde_otro_origen(client, routes):
    for method, path, operation in routes:
        if private(operation):
            answer = client.open(path, method=method, headers={"Origin": ORIGIN})
            assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
            assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_un_cuerpo_mal_formado_es_400_en_toda_escritura(client, auth, routes):
    tried = 0
    for method, path, operation in routes:
        if "requestBody" not in operation:
            continue
        headers = auth("admin", side(path))
        for text, rules in (
            ("{", {"json_mal_formado"}), ("[1]", {"cuerpo_no_es_objeto"}), ('{"a": NaN}', {"json_mal_formado"}),
        ):  # fmt: skip
            answer = client.open(
                path, method=method, headers=headers, data=text, content_type="application/json"
            )
            assert (answer.status_code, answer.json["regla"] in rules) == (400, True), (
                method,
                path,
                answer.text,
            )
        answer = client.open(path, method=method, headers=headers, data="<a/>", content_type="text/xml")
        assert answer.status_code == 415, (method, path)
        tried += 1
    assert tried > 50


def test_nada_un_objeto_vacio_y_un_formulario_vacio_son_lo_mismo(client, auth, routes):
    for method, path, operation in routes:
        if method == "GET" or f"{method} {path}" in SPECIAL or not private(operation):
            continue
        headers = auth("admin", side(path))
        bodies: list[dict[str, Any]] = [
            {}, {"json": {}}, {"json": None}, {"json": {"desconocida": 1}},
            {"data": "", "content_type": "application/x-www-form-urlencoded"},
        ]  # fmt: skip
        answers = [client.open(path, method=method, headers=headers, **body) for body in bodies]
        seen = {(answer.status_code, (answer.json or {}).get("regla")) for answer in answers}
        assert len(seen) == 1, (method, path, seen)


def test_un_metodo_que_no_existe_dice_cuales_hay(client, routes):
    for path in {path for _, path, _ in routes}:
        answer = client.open(path, method="TRACE")
        assert answer.status_code == 405, path
        assert answer.json["regla"] == "metodo_no_permitido"
        assert answer.headers["Allow"]


def test_una_clave_de_repeticion_mal_formada_se_rechaza_antes_de_todo(client, auth, routes):
    tried = 0
    for method, path, operation in routes:
        repeats = {"$ref": "#/components/parameters/IDEMPOTENCY_KEY"} in operation.get("parameters", [])
        if repeats and private(operation):
            headers = {**auth("admin", side(path)), "Idempotency-Key": "con espacio"}
            answer = client.open(path, method=method, headers=headers)
            assert (answer.status_code, answer.json["regla"]) == (400, "idempotencia_clave_valida"), (
                method,
                path,
            )
            tried += 1
    assert tried > 40


def test_los_documentos_dicen_como_se_tiene_un_carrito_sin_cuenta_y_con_ella(client):
    """A page that knew of no token would show a shopper the cart of a guest."""
    document = client.get("/api/ecom/openapi.json").json
    sent = {"$ref": "#/components/parameters/X_CART_TOKEN"}
    carts = [
        operation
        for path, verbs in document["paths"].items()
        if path.startswith("/api/ecom/carrito") and not path.endswith("/envio")
        for verb, operation in verbs.items()
        if verb != "parameters"
    ]
    assert len(carts) == 6
    for operation in carts:
        assert operation["security"] == [{}, {"token": []}] and sent in operation["parameters"]
        assert "304" not in operation["responses"] and "403" in operation["responses"]
    opened = document["paths"]["/api/ecom/carrito"]["post"]["responses"]["200"]["headers"]
    assert "X-Cart-Token" in opened
    assert sent in document["paths"]["/api/ecom/auth/login"]["post"]["parameters"]  # it is merged there
