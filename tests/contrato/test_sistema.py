"""The system's own routes: health, settings, metrics."""

from .conftest import Tab


def test_la_salud_se_pregunta(tab):
    for path in ("/health/live", "/health/ready", "/health"):
        assert tab(None, "sistema").get(path)


def test_los_documentos_dicen_con_que_cuerpo_responde_cada_estado(client):
    def content(side, path, verb, status):
        response = client.get(f"/api/{side}/openapi.json").json["paths"][path][verb]["responses"][status]
        return [*response.get("content", {"$ref": response.get("$ref")})]

    for path in ("/api/v1/health", "/api/v1/health/ready"):  # what ails it is the answer, not a problem
        assert content("v1", path, "get", "503") == ["application/json"]
    assert content("ecom", "/api/ecom/pagos/checkout", "post", "202") == ["application/json"]
    assert content("ecom", "/api/ecom/auth/verify", "get", "410") == ["text/html"]
    assert content("ecom", "/api/ecom/carrito", "get", "403") == ["$ref"]


def test_los_ajustes_se_leen_y_guardan(tab, auth, app):
    system = Tab(app.test_client(), "/api/v1", auth("admin"))
    assert system.get("/settings")
    system.refused(422, "ajuste_existe", "PUT", "/settings", {"no_hay_tal": 1})
    assert system.put("/settings", {})
    clerk = Tab(app.test_client(), "/api/v1", auth("ventas"))
    clerk.refused(403, "sin_permiso", "PUT", "/settings", {})


def test_una_identidad_dicha_en_una_cabecera_no_vale(client):
    assert client.get("/api/v1/settings", headers={"X-User-Id": "1"}).status_code == 401
