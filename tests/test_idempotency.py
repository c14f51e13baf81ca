"""Idempotency-Key on a till's write: one effect, the same bytes, whoever retries and however many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.pos.acts import cedula


@pytest.fixture
def create(app, auth):
    """Create a client under a key: ``create(key, ruc)`` is the response."""

    def send(key, ruc, name="Ana Repetida", who="ventas"):
        headers = {**auth(who), "Idempotency-Key": key}
        body = {"cli_ruc_ced": ruc, "cli_nombre": name, "ct_codigo": "UIO"}
        return app.test_client().post("/api/pos/cliente", json=body, headers=headers)

    return send


def test_a_retry_gets_the_same_bytes_and_has_no_effect(create):
    ruc = cedula()
    first, again = create(f"k-{ruc}", ruc), create(f"k-{ruc}", ruc)
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.data == again.data
    assert create(f"otra-{ruc}", ruc).status_code == 409


def test_the_same_key_with_another_body_is_refused(create):
    ruc = cedula()
    create(f"k-{ruc}", ruc)
    other = create(f"k-{ruc}", ruc, name="Otra persona")
    assert (other.status_code, other.json["regla"]) == (422, "idempotencia_otro_contenido")


def test_a_refusal_is_not_remembered(create):
    ruc = cedula()
    assert create(f"k-{ruc}", ruc, name="").status_code == 400
    assert create(f"k-{ruc}", ruc).status_code == 201


def test_a_key_belongs_to_the_login_that_sent_it(create):
    ruc = cedula()
    assert create(f"k-{ruc}", ruc).status_code == 201
    assert create(f"k-{ruc}", ruc, who="cajero").status_code == 409


def test_at_once_there_is_one_effect(create):
    ruc = cedula()
    create(f"antes-{ruc}", cedula())  # everybody is logged in before the race
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: create(f"k-{ruc}", ruc), range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
