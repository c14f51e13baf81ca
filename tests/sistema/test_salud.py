"""Health: a process lives whatever happens; it serves while both databases answer and have what it was written for."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from daf_backend.sistema import revision

READY = "/api/v1/health/ready"
ALL_WELL = {"pos": "ok", "ecom": "ok", "migraciones": "ok", "disco": "ok"}


@pytest.fixture
def ready(own, monkeypatch):
    """Ask now, not a second ago."""
    checkup = own.app.extensions["daf_revision"]

    def ask(path=READY):
        checkup._until = float("-inf")
        return own.app.test_client().get(path)

    yield ask
    assert ask().json == {"estado": "ok", "partes": ALL_WELL}


@contextmanager
def away(own, side):
    """A database that refuses connections and has lost those it had."""
    name = own.servers.place(side)["dbname"]
    admin = own.admin["ecom" if side == "pos" else "pos"]
    admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'api_login'",
        (name,),
    )
    try:
        yield
    finally:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.parametrize("path", [READY, "/api/v1/health"])
def test_puede_atender_y_lo_dice_sin_saber_quien_pregunta(ready, path):
    answer = ready(path)
    assert (answer.status_code, answer.json) == (200, {"estado": "ok", "partes": ALL_WELL})


@pytest.mark.parametrize("side", ["pos", "ecom"])
def test_sin_una_base_no_atiende_pero_vive(own, ready, side):
    with away(own, side):
        answer = ready()
        assert (answer.status_code, answer.json["estado"]) == (503, "mal")
        assert answer.json["partes"] == ALL_WELL | {side: "mal", "migraciones": "mal"}
        assert own.app.test_client().get("/api/v1/health/live").json == {"estado": "ok"}


@pytest.mark.parametrize("side", ["pos", "ecom"])
@pytest.mark.parametrize("change", ["nombre = '_' || nombre", "sha256 = repeat('0', 64)"])
def test_sin_una_migracion_o_con_otra_no_atiende(own, ready, side, change):
    keep = own.row("SELECT nombre, sha256 FROM despliegue.migracion ORDER BY nombre DESC LIMIT 1", side)
    own.admin[side].execute(f"UPDATE despliegue.migracion SET {change} WHERE nombre = %s", keep[:1])
    try:
        answer = ready()
        assert (answer.status_code, answer.json["partes"]) == (503, ALL_WELL | {"migraciones": "mal"})
    finally:
        own.admin[side].execute(
            "UPDATE despliegue.migracion SET nombre = %s, sha256 = %s WHERE nombre IN (%s, '_' || %s)",
            (*keep, keep[0], keep[0]),
        )


def test_lo_que_una_version_nueva_ya_desplego_no_estorba(own, ready):
    own.admin["pos"].execute(
        "INSERT INTO despliegue.migracion (nombre, sha256) VALUES ('pos/9999_futura.sql', 'x')"
    )
    try:
        assert ready().status_code == 200
    finally:
        own.admin["pos"].execute("DELETE FROM despliegue.migracion WHERE nombre = 'pos/9999_futura.sql'")


def test_sin_espacio_en_disco_no_atiende(ready, monkeypatch):
    with monkeypatch.context() as full:
        full.setattr(revision.shutil, "disk_usage", lambda path: SimpleNamespace(free=10 * 2**20))
        answer = ready()
    assert (answer.status_code, answer.json["partes"]) == (503, ALL_WELL | {"disco": "mal"})


def test_muchas_preguntas_son_una_a_la_base(own, ready, monkeypatch):
    runtime, asked = own.app.extensions["daf"], []
    monkeypatch.setattr(revision, "AGE", 60.0)  # the second does not pass on a busy machine
    real = runtime.ask
    monkeypatch.setattr(
        runtime, "ask", lambda *words, **params: asked.append(words[0]) or real(*words, **params)
    )
    assert ready().status_code == 200
    with ThreadPoolExecutor(8) as crowd:
        codes = [*crowd.map(lambda _: own.app.test_client().get(READY).status_code, range(200))]
    assert set(codes) == {200} and len(asked) == 2
