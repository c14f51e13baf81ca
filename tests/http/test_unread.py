"""A body that nobody read arrives before its refusal leaves, so that who is still sending hears it."""

import io

import pytest

from daf_backend.http import MAX_BODY, unread

SIZE = 300_000


class Wire(io.BytesIO):
    """A request's body as a server gives it: it ends where the body does."""

    def left(self):
        return len(self.getbuffer()) - self.tell()


def send(client, path, body, method="POST", **headers):
    """The answer, and what was left of the body unread."""
    wire = Wire(body)
    environ = {
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
    }
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    answer = client.open(path, method=method, input_stream=wire, environ_overrides=environ)
    return answer, wire.left()


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [
        ("POST", "/nada", SIZE, 404),
        ("PUT", "/api/pos/tipo", SIZE, 405),
        ("GET", "/api/pos/tipo", SIZE, 200),
        ("POST", "/api/pos/cosa", MAX_BODY + 1, 413),
    ],
)
def test_lo_que_no_se_leyo_llega_antes_de_la_respuesta(client, method, path, size, status):
    answer, left = send(client, path, b" " * size, method)
    assert (answer.status_code, left) == (status, 0)
    assert "Connection" not in answer.headers


def test_a_quien_envia_sin_fin_se_le_cuelga(client, monkeypatch):
    monkeypatch.setattr(unread, "LIMIT", 2 * unread.CHUNK)
    answer, left = send(client, "/nada", b" " * SIZE)
    assert answer.headers["Connection"] == "close"
    assert left == SIZE - 2 * unread.CHUNK


def test_un_cuerpo_que_espera_permiso_no_se_pide_para_rechazarlo(client):
    answer, left = send(client, "/nada", b" " * SIZE, expect="100-continue")
    assert (answer.status_code, answer.headers["Connection"], left) == (404, "close", SIZE)
    answer, left = send(client, "/api/pos/cosa", b"{}", expect="100-continue")
    assert (answer.status_code, left) == (400, 0) and "Connection" not in answer.headers


def test_de_un_servidor_cuya_entrada_no_termina_no_se_lee_mas(client):
    wire = Wire(b" " * SIZE)
    environ = {"CONTENT_LENGTH": str(SIZE), "wsgi.input_terminated": False}
    assert client.post("/nada", input_stream=wire, environ_overrides=environ).status_code == 404
    assert wire.left() == SIZE


def test_por_partes_tampoco_cabe_mas_de_lo_que_cabe(client):
    wire = Wire(b"{}" + b" " * MAX_BODY)
    environ = {
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": "application/json",
    }
    answer = client.post("/api/pos/cosa", input_stream=wire, environ_overrides=environ)
    assert (answer.status_code, answer.json["regla"], wire.left()) == (413, "demasiado_grande", 0)
