"""Metrics: one scrape shows every process and both databases; bounded labels; for the operator alone."""

import json
import socket
import threading

import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from daf_backend.http import exposition
from daf_backend.http.exposition import Exposition
from daf_backend.http.metrics import BOUNDS, Requests

from .test_salud import away

METRICS = "/api/v1/metrics"
TOKEN = "un-token-de-quien-opera"


@pytest.fixture
def client(own):
    return own.app.test_client()


@pytest.fixture
def scrape(client):
    """Every sample: {(name, label values without the process)} -> value."""

    def read(**headers):
        answer = client.get(METRICS, headers=headers)
        assert answer.status_code == 200, answer.text
        families = list(text_string_to_metric_families(answer.text))
        assert len({family.name for family in families}) == len(families)
        return {
            (sample.name, *(value for label, value in sorted(sample.labels.items()) if label != "process")):
            sample.value
            for family in families for sample in family.samples
        }  # fmt: skip

    return read


def requests(samples):
    """Counts of requests, {(method, route, status): number}."""
    return {key[1:]: value for key, value in samples.items() if key[0] == "daf_http_request_seconds_count"}


def test_una_peticion_cuenta_por_su_plantilla_y_nunca_por_su_ruta(client, scrape):
    before = requests(scrape())
    for number in range(30):
        client.get(f"/api/pos/producto/PRD{number:07d}")
        client.get(f"/nada/{number}")
        client.open("/api/pos/producto", method=f"RARO{number}")
    after = requests(scrape())
    new = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    del new["GET", METRICS, "200"]
    assert new.pop(("GET", "/api/pos/producto/<prd_codigo>", "401")) == 30
    assert new.pop(("GET", "otra", "404")) == 30
    assert sum(new.values()) == 30 and {key[0] for key in new} == {"otra"} and len(new) == 1


def test_un_histograma_cuenta_cada_tiempo_en_su_sitio():
    seen = Requests()
    for seconds in (0.001, BOUNDS[0], 0.3, 60.0):
        seen.observe("GET", "/x", 200, seconds)
    (family,) = seen.collect()
    buckets = {s.labels["le"]: s.value for s in family.samples if s.name.endswith("_bucket")}
    assert (buckets["0.005"], buckets["0.25"], buckets["0.5"], buckets["5.0"], buckets["+Inf"]) == (
        2,
        2,
        3,
        3,
        4,
    )
    assert next(s.value for s in family.samples if s.name.endswith("_sum")) == pytest.approx(60.306)


def test_dice_lo_que_hacen_los_pozos_y_lo_que_espera_en_las_bases(scrape):
    samples = scrape()
    for side in ("pos", "ecom"):
        assert samples["daf_pool", side, "cap"] > 0 and ("daf_pool_events_total", "hits", side) in samples
        assert samples["daf_database_up", side] == 1
        assert samples["daf_correo_pendiente", side] == 0
        assert ("daf_sello_atraso_segundos", side) in samples
    assert samples["daf_puente_cambios_pendientes", "pos"] > 0  # nobody has told this shop anything
    assert samples["daf_pedidos_por_facturar", "ecom"] == 0
    assert samples["daf_service_pool", "api_login", "pos", "size"] >= 1 and "daf_sessions_known" in str(
        samples
    )


def test_un_fallo_de_la_base_cuenta_por_su_clase(client, scrape):
    before = scrape()
    assert client.get("/api/ecom/producto/PRD9999999").json["regla"] == "producto_existe"
    rules = ("daf_database_failures_total", "NG")
    assert scrape()[rules] == before.get(rules, 0) + 1


def test_sin_una_base_dice_eso_y_lo_demas(own, scrape):
    with away(own, "ecom"):
        samples = scrape()
        assert (samples["daf_database_up", "pos"], samples["daf_database_up", "ecom"]) == (1, 0)
        assert ("daf_correo_pendiente", "ecom") not in samples and ("daf_correo_pendiente", "pos") in samples


def test_con_token_solo_quien_lo_tiene(own, client, monkeypatch):
    runtime = own.app.extensions["daf"]
    given = own.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    monkeypatch.setattr(runtime, "settings", given)
    for wrong in (
        {},
        *({"Authorization": text} for text in ("Bearer no", f"Basic {TOKEN}", "Bearer ñandú", "Bearer ")),
    ):
        answer = client.get(METRICS, headers=wrong)
        assert (answer.status_code, answer.json["regla"]) == (401, "metricas_token")
    assert client.get(METRICS, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "environ", "headers"),
    [
        ({}, {"REMOTE_ADDR": "10.0.0.7"}, {}),
        ({}, {}, {"X-Forwarded-For": "10.0.0.7"}),
        ({"env": "produccion"}, {}, {}),
    ],
)
def test_sin_token_solo_esta_maquina_y_nunca_en_produccion(
    own, client, monkeypatch, changes, environ, headers
):
    assert client.get(METRICS).status_code == 200
    monkeypatch.setattr(own.app.extensions["daf"], "settings", own.settings.model_copy(update=changes))
    answer = client.get(METRICS, environ_overrides=environ, headers=headers)
    assert answer.status_code == 401


@pytest.fixture
def other(own):
    """Another process of the same home, as its socket shows it."""
    registry = CollectorRegistry()
    Gauge("daf_prueba", "De otro proceso", registry=registry).set(7)
    shown = Exposition(registry, own.settings.home, "otro")
    yield shown
    shown.close()


def test_un_proceso_cuenta_lo_de_todos_y_los_distingue(other, client):
    text = client.get(METRICS).text
    assert f'daf_prueba{{process="{other.name}"}} 7.0' in text
    assert f'daf_process_up{{process="{other.name}"}} 1.0' in text
    other.close()
    assert "daf_prueba" not in client.get(METRICS).text


def test_un_proceso_que_murio_sin_decirlo_no_deja_nada(own, client):
    """The socket of a killed process stays on disk and refuses."""
    path = own.settings.home / "run" / "serve-1-abc123.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.exists()
    assert '"serve-1"' not in client.get(METRICS).text
    assert not path.exists()


def test_quien_empieza_quita_lo_que_dejaron_los_muertos(tmp_path):
    path = tmp_path / "run" / "serve-1-abc123.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    Exposition(CollectorRegistry(), tmp_path, "serve").close()
    assert not any(path.parent.iterdir())


def test_un_proceso_que_no_contesta_no_detiene_a_los_demas(own, client, monkeypatch):
    monkeypatch.setattr(exposition, "TIMEOUT", 0.1)
    path = own.settings.home / "run" / "serve-2-abc123.sock"
    with socket.socket(socket.AF_UNIX) as stuck:
        stuck.bind(str(path))
        stuck.listen()
        assert 'daf_process_up{process="serve-2"} 0.0' in client.get(METRICS).text
    path.unlink()


def test_un_proceso_que_dice_tonterias_no_estropea_lo_demas(own, client):
    path = own.settings.home / "run" / "serve-3-abc123.sock"
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(str(path))
        odd.listen()

        def answer():
            peer, _ = odd.accept()
            with peer:
                peer.sendall(json.dumps([])[:1].encode())

        thread = threading.Thread(target=answer)
        thread.start()
        assert 'daf_process_up{process="serve-3"} 0.0' in client.get(METRICS).text
        thread.join()
    path.unlink()


def test_un_camino_demasiado_largo_no_impide_atender(tmp_path):
    home = tmp_path / ("x" * 120)
    shown = Exposition(CollectorRegistry(), home, "serve")
    assert b"daf_process_up" in shown.scrape()
    shown.close()
