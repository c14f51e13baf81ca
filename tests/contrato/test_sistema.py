"""The system's own routes: health, settings, metrics."""

from .conftest import Tab


def test_la_salud_se_pregunta(tab):
    for path in ("/health/live", "/health/ready", "/health"):
        assert tab(None, "sistema").get(path)


def test_los_ajustes_se_leen_y_guardan(tab, auth, app):
    system = Tab(app.test_client(), "/api/v1", auth("admin"))
    assert system.get("/settings")
    system.refused(422, "ajuste_existe", "PUT", "/settings", {"no_hay_tal": 1})
    assert system.put("/settings", {})
    clerk = Tab(app.test_client(), "/api/v1", auth("ventas"))
    clerk.refused(403, "sin_permiso", "PUT", "/settings", {})


def test_una_identidad_dicha_en_una_cabecera_no_vale(client):
    assert client.get("/api/v1/settings", headers={"X-User-Id": "1"}).status_code == 401
