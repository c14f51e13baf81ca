"""What every answer carries, errors and preflights included; and the second names of resources."""

import io
import json
import logging

import pytest

from daf_backend.http.alias import Aliases
from daf_backend.http.logs import json_handler

ORIGIN = {"Origin": "http://localhost:5173"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/pos/tipo", 200),
        ("GET", "/nada", 404),
        ("POST", "/api/pos/cosa", 400),
        ("GET", "/api/pos/falla", 500),
    ],
)
def test_cors_acompana_tambien_a_los_errores(client, method, path, status):
    answer = client.open(path, method=method, headers=ORIGIN)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_el_preflight_se_concede_con_ambas_barras_y_por_alias(client):
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, idempotency-key, x-cart-token",
    }
    for path in ("/api/pos/cosa/A", "/api/pos/cosa/A/", "/api/pos/cosas/A"):
        answer = client.options(path, headers=asked)
        assert answer.status_code == 200
        assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
        assert "idempotency-key" in answer.headers["Access-Control-Allow-Headers"].lower()
        assert int(answer.headers["Access-Control-Max-Age"]) >= 7200


def test_el_preflight_de_una_ruta_que_no_existe_deja_leer_su_404(client):
    """A browser reads no answer behind a preflight that was not granted."""
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    granted = client.options("/api/pos/por-venir/A", headers=asked)
    assert granted.status_code == 200
    assert granted.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert client.get("/api/pos/por-venir/A", headers=ORIGIN).status_code == 404
    assert client.options("/api/pos/por-venir/A", headers=ORIGIN).status_code == 404  # not a preflight
    stranger = client.options("/api/pos/por-venir/A", headers={**asked, "Origin": "http://malo.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_un_origen_desconocido_no_recibe_permiso(client):
    answer = client.get("/api/pos/tipo", headers={"Origin": "http://malo.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_el_identificador_se_acepta_si_es_inofensivo_y_si_no_se_hace_otro(client):
    kept = client.get("/api/pos/tipo", headers={"X-Request-Id": "caja-1.00042"})
    assert kept.headers["X-Request-Id"] == "caja-1.00042"
    for offered in ("corto", "a" * 65, "con espacio 1", "<script>alert</script>"):
        made = client.get("/nada", headers={"X-Request-Id": offered})
        assert made.headers["X-Request-Id"] == made.json["request_id"] != offered


@pytest.fixture
def logged():
    """What the process writes to its log, as text."""
    stream = io.StringIO()
    handler, logger = json_handler(stream), logging.getLogger("daf.http")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def test_la_bitacora_nombra_la_ruta_y_nada_de_lo_enviado(client, logged):
    secret = {"Authorization": "Bearer SECRETO"}
    client.put("/api/pos/cosa/SECRETO?clave=SECRETO", json={"nota": "SECRETO"}, headers=secret)
    client.get("/api/pos/SECRETO")
    captured = logged.getvalue()
    first, second = (json.loads(line) for line in captured.splitlines())
    assert (first["route"], first["status"], first["side"]) == ("/api/pos/cosa/<codigo>", 200, "pos")
    assert (second["route"], second["regla"]) == (None, "ruta_inexistente")
    assert first["ms"] >= 0
    assert "SECRETO" not in captured


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/api/pos/cosas", "/api/pos/cosa"),
        ("/api/pos/cosas/", "/api/pos/cosa/"),
        ("/api/pos/cosas/A/linea", "/api/pos/cosa/A/linea"),
        ("/api/pos/cosasX", "/api/pos/cosasX"),
        ("/api/pos/cosa/cosa/A", "/api/pos/cosa/A"),
        ("/api/ecom/cosas", "/api/ecom/cosas"),
        ("", ""),
    ],
)
def test_un_alias_cambia_segmentos_enteros(path, canonical):
    aliases = Aliases(None, {"/api/pos/cosas": "/api/pos/cosa", "/api/pos/cosa/cosa": "/api/pos/cosa"})
    assert aliases.resolve(path) == canonical


def test_un_alias_responde_como_su_recurso(client):
    assert client.get("/api/pos/cosas?page=1").json == client.get("/api/pos/cosa?page=1").json
    assert client.put("/api/pos/cosa/vieja/A").status_code == 200
