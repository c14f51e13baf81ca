"""A batch over HTTP is registered slice by slice: nobody waits for the whole of it, and it is still one request."""

from datetime import timedelta

import psycopg
import pytest

from daf_backend.pos.venta_lote import SLICE
from tests.conftest import PASSWORD, Act

from .late import late
from .test_factura_a_la_vez import product


@pytest.fixture
def desk(app, boss, servers, staff, auth):
    """A cashier with a session open: ``desk(sales, key)`` is the response to a batch."""
    login = staff("cajero")
    box = boss("caja_crear", nombre=f"De {login}", punto_emision="001-001")["id"]
    with psycopg.connect(servers.pos, user=login, password=PASSWORD, autocommit=True) as conn:
        Act(conn)("sesion_caja_abrir", caja=box, monto_inicial="10.00")

    def send(sales, key=None):
        headers = auth(login) | ({"Idempotency-Key": key} if key else {})
        return app.test_client().post("/api/pos/venta/lote", json={"ventas": sales}, headers=headers)

    return send


def sold(code, count, oldest=60):
    """Sales of one unit, a minute apart, the oldest first."""
    return [late((code, 1), total="1.15", ago=timedelta(minutes=oldest - n)) for n in range(count)]


def registered(boss, sales):
    """Which of them are."""
    query = "SELECT id::text FROM datos.venta_diferida WHERE id = ANY (%s::uuid[])"
    found = {name for (name,) in boss.conn.execute(query, ([sale["id"] for sale in sales],))}
    return [sale["id"] in found for sale in sales]


def test_lo_que_una_venta_espera_no_lo_esperan_las_de_antes(desk, boss, servers):
    plenty, held = product(boss, 100), product(boss, 5)
    sales = [*sold(plenty, SLICE), late((held, 1), total="1.15", ago=timedelta(minutes=1))]
    with psycopg.connect(servers.admin_conninfo("pos")) as other:
        other.execute("SELECT FROM datos.existencia WHERE itm_codigo = %s FOR UPDATE", (held,))
        answer = desk(sales)
        assert (answer.status_code, answer.json["regla"]) == (503, "ocupado"), answer.text
        assert registered(boss, sales) == [True] * SLICE + [False]
    answers = desk(sales).json["ventas"]
    assert [row["estado"] for row in answers] == ["REGISTRADA"] * (SLICE + 1)


def test_se_vende_en_el_orden_en_que_se_vendio_y_se_contesta_en_el_que_llego(desk, boss):
    scarce = product(boss, SLICE)
    sales = sold(scarce, SLICE + 5)[::-1]
    answers = desk(sales).json["ventas"]
    assert [row["id"] for row in answers] == [sale["id"] for sale in sales]
    assert [row["estado"] for row in answers] == ["OBSERVADA"] * 5 + ["REGISTRADA"] * SLICE
    numbers = [row["fac_numero"] for row in answers[5:]]
    assert numbers == sorted(numbers, reverse=True)


def test_un_momento_que_no_lo_es_no_estorba_a_las_demas(desk, boss):
    code = product(boss, 50)
    good = sold(code, SLICE + 1)
    odd = [{**sale, "vendida_en": moment} for sale, moment in zip(
        sold(code, 5), (None, 7, "ayer", "2026-01-01T10:00:00", "0001-01-01T00:00:00+14:00"), strict=True
    )]  # fmt: skip
    answers = desk([*odd, *good]).json["ventas"]
    assert [row["estado"] for row in answers] == ["RECHAZADA"] * 4 + ["OBSERVADA"] + ["REGISTRADA"] * len(
        good
    )


def test_la_clave_es_de_todo_el_lote(desk, boss):
    code = product(boss, 100)
    sales = sold(code, SLICE + 3)
    sales.append(
        {**sales[0], "total_impreso": "9.00"}
    )  # refused: it would be told apart if it were done again
    key = f"lote-{sales[0]['id']}"
    first, again = desk(sales, key), desk(sales, key)
    assert first.status_code == 200 and first.data == again.data
    more = sold(code, 2, oldest=1)
    other = desk([*sales, *more], key)
    assert (other.status_code, other.json["regla"]) == (422, "idempotencia_otro_contenido")
    assert registered(boss, more) == [False, False]
    told = boss.conn.execute(
        "SELECT count(*) FROM datos.auditoria WHERE clave = %s AND tabla = 'VENTA_RECHAZADA'",
        (sales[0]["id"],),
    )
    assert told.fetchone()[0] == 1
