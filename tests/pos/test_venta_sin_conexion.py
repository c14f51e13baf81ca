"""Four terminals come back from being offline: shuffled, repeated, a third of it lost; each sale counts once."""

import random
from collections import Counter
from decimal import Decimal

import psycopg
import pytest

from bench import offline
from tests.conftest import PASSWORD, Act

from .test_factura_a_la_vez import product

TERMINALS, SALES = 4, 100


@pytest.fixture
def desks(app, servers, staff, auth):
    """Cashiers with their session open: how each sends a batch, and their sessions."""
    senders, sessions = [], []
    for _ in range(TERMINALS):
        login = staff("cajero")
        with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
            box = Act(conn)("caja_crear", nombre=f"De {login}", punto_emision="001-001")["id"]
        with psycopg.connect(servers.pos, user=login, password=PASSWORD, autocommit=True) as conn:
            sessions.append(Act(conn)("sesion_caja_abrir", caja=box, monto_inicial="10.00")["id"])
        senders.append(sender(app.test_client(), auth(login)))
    return senders, sessions


def sender(client, headers):
    """How a terminal sends a batch."""

    def send(batch):
        answer = client.post("/api/pos/venta/lote", json={"ventas": batch}, headers=headers)
        if answer.status_code != 200:
            raise offline.Refused(answer.status_code, answer.json)
        return answer.json["ventas"]

    return send


def test_cuatro_terminales_con_un_tercio_perdido_registran_cada_venta_una_vez(desks, servers):
    senders, sessions = desks
    chance = random.Random(11)
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        boss = Act(conn)
        products = [product(boss, 60 if number == 3 else TERMINALS * SALES) for number in range(4)]
        batches = [offline.sold(chance, products, SALES) for _ in senders]
        terminals = [
            offline.Terminal(send, sales, seed, batch=30)
            for seed, (send, sales) in enumerate(zip(senders, batches, strict=True))
        ]
        told = offline.replay(terminals)
        every = [sale for sales in batches for sale in sales]
        assert sorted(told) == sorted(sale["id"] for sale in every)
        states = Counter(answer["estado"] for answer in told.values())
        assert set(states) == {"REGISTRADA", "OBSERVADA"} and states["OBSERVADA"] > 20
        invoiced = conn.execute(
            "SELECT count(*) FROM datos.factura WHERE ses_id = ANY (%s)", (sessions,)
        ).fetchone()[0]
        assert invoiced == states["REGISTRADA"]
        held = conn.execute(
            "SELECT sum(privado.saldo_de('CAJA', s::text)) FROM unnest(%s::bigint[]) AS s", (sessions,)
        ).fetchone()[0]
        assert held == sum(Decimal(sale["total_impreso"]) for sale in every) + 10 * TERMINALS
        left = conn.execute("SELECT exi_cantidad FROM datos.existencia WHERE itm_codigo = %s", (products[3],))
        assert left.fetchone()[0] == 0
        broken = [row for row in boss("doctor_revisar") if row["filas"] and row["nivel"] == "VIOLACION"]
        assert not broken, broken
