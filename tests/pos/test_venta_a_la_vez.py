"""Many tills at once: the last units are sold once, nothing enters a session that closes, a late sale counts once."""

import json
import threading
from decimal import Decimal

import psycopg
import pytest

from tests.conftest import PASSWORD, Act

from .late import late
from .test_factura_a_la_vez import at_once, product

TILLS = 8


@pytest.fixture
def desks(servers, staff):
    """A superuser, and cashiers each with their session open: connections, each call its own transaction."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as admin:
        boss, conns, sessions = Act(admin), [], []
        for number in range(TILLS):
            login = staff("cajero")
            box = boss("caja_crear", nombre=f"{login} {number}", punto_emision="001-001")["id"]
            conns.append(psycopg.connect(servers.pos, user=login, password=PASSWORD, autocommit=True))
            sessions.append(Act(conns[-1])("sesion_caja_abrir", caja=box, monto_inicial="1.00")["id"])
        yield boss, [Act(conn) for conn in conns], sessions
        for conn in conns:
            conn.close()
        broken = [row for row in boss("doctor_revisar") if row["filas"] and row["nivel"] == "VIOLACION"]
        assert not broken, broken


def in_drawers(boss, sessions):
    """What all drawers hold together."""
    query = "SELECT sum(privado.saldo_de('CAJA', s::text)) FROM unnest(%s::bigint[]) AS s"
    return boss.conn.execute(query, (sessions,)).fetchone()[0]


def test_ocho_cajas_venden_las_ultimas_unidades_mientras_una_sesion_se_cierra(desks, servers):
    """Ten units, eight tills that want four each, one by one; the first session is held as its close holds it."""
    boss, tills, sessions = desks
    scarce = product(boss, 10)
    closing = threading.Event()

    def close():
        with psycopg.connect(servers.admin_conninfo("pos")) as conn:
            closing.wait()
            conn.execute("SELECT FROM datos.sesion_caja WHERE id = %s FOR UPDATE", (sessions[0],))
            seen = in_drawers(Act(conn), sessions[:1])
            conn.execute("SELECT pg_sleep(0.2)")
            again = in_drawers(Act(conn), sessions[:1])
            conn.rollback()
            assert seen == again, "a sale entered a session that was being closed"
            return "cerrada"

    def sell(till):
        sold = []
        for _ in range(4):
            try:
                answer = till(
                    "venta_crear", prd_codigo=[scarce], cantidad=[1], metodo=["EFECTIVO"], monto=["5.00"]
                )
                sold.append(answer["factura"]["fac_numero"])
            except psycopg.Error as refusal:
                sold.append(refusal.diag.constraint_name or refusal.sqlstate)
            closing.set()
        return sold

    answers = at_once([*[lambda t=t: sell(t) for t in tills], close])
    told = [word for batch in answers[:-1] for word in batch]
    numbers = sorted(int(word[-9:]) for word in told if word.startswith("001-"))
    assert len(numbers) == len(set(numbers)) == 10 and answers[-1] == "cerrada"
    assert {word for word in told if not word.startswith("001-")} == {"existencia_insuficiente"}
    assert in_drawers(boss, sessions) == TILLS + 10 * Decimal("1.15")


def test_en_una_sesion_cerrada_no_entra_ninguna_venta(desks):
    """The close holds the session, the sale waits for it, and finds it closed."""
    boss, tills, sessions = desks
    stock = product(boss, 5)
    closer = psycopg.connect(boss.conn.info.dsn, password=boss.conn.info.password)
    with closer:
        closer.execute("SELECT FROM datos.sesion_caja WHERE id = %s FOR UPDATE", (sessions[0],))
        answers = []

        def sell():
            answers.append(at_once([lambda: tills[0]("venta_crear", prd_codigo=[stock], cantidad=[1])])[0])

        waiting = threading.Thread(target=sell)
        waiting.start()
        pid = tills[0].conn.info.backend_pid
        while not closer.execute("SELECT pg_blocking_pids(%s)", (pid,)).fetchone()[0]:
            pass
        # As the close leaves it, but for what its own tests hold.
        closer.execute("SET LOCAL session_replication_role = replica")
        closer.execute(
            "UPDATE datos.sesion_caja SET estado = 'CERRADA', fecha_cierre = now(), cerrada_por = usr_id,"
            " z_secuencial = -id, monto_esperado = 1, monto_final_declarado = 1, fondo = 0, cuadre = 'CUADRADO'"
            " WHERE id = %s", (sessions[0],),
        )  # fmt: skip
        closer.commit()
        waiting.join()
        assert answers == ["sin_sesion_caja"]
        # Opened again, so that nobody meets a close that never was.
        closer.execute("SET LOCAL session_replication_role = replica")
        closer.execute(
            "UPDATE datos.sesion_caja SET estado = 'ABIERTA', fecha_cierre = NULL, cerrada_por = NULL,"
            " z_secuencial = NULL, monto_esperado = NULL, monto_final_declarado = NULL, fondo = NULL, cuadre = NULL"
            " WHERE id = %s", (sessions[0],),
        )  # fmt: skip


def test_un_mismo_lote_por_ocho_terminales_a_la_vez_cuenta_una_vez(desks):
    """Half of them send it backwards, so that whoever took ids or goods out of order would wait in a circle."""
    boss, tills, sessions = desks
    shelf = [product(boss, 15) for _ in range(3)]
    batch = [late((shelf[n % 3], 1), (shelf[(n + 1) % 3], 1), total="2.30") for n in range(30)]
    texts = [json.dumps(sale) for sale in batch]
    before = in_drawers(boss, sessions)
    answers = at_once(
        [
            lambda t=t, n=n: t("venta_lote", ventas=texts[:: 1 - 2 * (n % 2)])["ventas"]
            for n, t in enumerate(tills)
        ]
    )
    by_id = [{row["id"]: row for row in answer} for answer in answers]
    assert all(told == by_id[0] for told in by_id)
    states = [row["estado"] for row in by_id[0].values()]
    assert (states.count("REGISTRADA"), states.count("OBSERVADA")) == (22, 8)
    assert in_drawers(boss, sessions) - before == 30 * Decimal("2.30")


def test_lotes_y_ventas_con_los_mismos_bienes_no_se_traban(desks):
    boss, tills, sessions = desks
    shelf = [product(boss, 1000) for _ in range(4)]

    def late_batch(till):
        sales = [late((shelf[n % 4], 1), (shelf[(n + 3) % 4], 1), total="2.30") for n in range(20)]
        return till("venta_lote", ventas=[json.dumps(sale) for sale in sales])["ventas"]

    def at_the_desk(till):
        return [
            till("venta_crear", prd_codigo=[shelf[n % 4], shelf[n % 3]], cantidad=[1, 1])["cambio"]
            for n in range(20)
        ]

    before = in_drawers(boss, sessions)
    answers = at_once([lambda t=t, n=n: (late_batch, at_the_desk)[n % 2](t) for n, t in enumerate(tills)])
    assert [len(answer) for answer in answers] == [20] * TILLS
    assert {row["estado"] for answer in answers[::2] for row in answer} == {"REGISTRADA"}
    assert in_drawers(boss, sessions) - before == TILLS * 20 * Decimal("2.30")
