"""Many tills at once: the last units are sold once, nothing enters a session that closes, a late sale counts once."""

import json
import threading
from decimal import Decimal

import psycopg
import pytest

from tests.conftest import PASSWORD, Act

from .late import late
from .test_factura_a_la_vez import at_once, client, product

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


def again(servers, till):
    """The same person, at another screen."""
    return psycopg.connect(servers.pos, user=till.conn.info.user, password=PASSWORD)


def test_ocho_cajas_venden_las_ultimas_unidades_mientras_una_sesion_se_cierra(desks, servers):
    """Ten units, eight tills that want four each, one by one; the first is closed after the first sale of anybody."""
    boss, tills, sessions = desks
    scarce = product(boss, 10)
    sold = threading.Event()

    def close():
        sold.wait()
        with again(servers, tills[0]) as conn:
            return Act(conn)("sesion_caja_cerrar", id=sessions[0], monto_final_declarado="5.00")[
                "monto_esperado"
            ]

    def sell(till):
        told = []
        for _ in range(4):
            try:
                answer = till(
                    "venta_crear", prd_codigo=[scarce], cantidad=[1], metodo=["EFECTIVO"], monto=["5.00"]
                )
                told.append(answer["factura"]["fac_numero"])
            except psycopg.Error as refusal:
                told.append(refusal.diag.constraint_name or refusal.sqlstate)
            sold.set()
        return told

    *answers, expected = at_once([*[lambda t=t: sell(t) for t in tills], close])
    issued = [[word for word in told if word.startswith("001-")] for told in answers]
    numbers = sorted(int(word[-9:]) for told in issued for word in told)
    assert len(numbers) == len(set(numbers)) == 10
    assert {word for told in answers for word in told if not word.startswith("001-")} <= {
        "existencia_insuficiente", "sin_sesion_caja", "sesion_caja_cerrada",
    }  # fmt: skip
    assert Decimal(expected) == 1 + len(issued[0]) * Decimal("1.15")
    assert in_drawers(boss, sessions[:1]) == 0
    assert in_drawers(boss, sessions[1:]) == TILLS - 1 + (10 - len(issued[0])) * Decimal("1.15")


def test_la_venta_que_espera_al_cierre_encuentra_la_sesion_cerrada(desks, servers):
    boss, tills, sessions = desks
    stock = product(boss, 5)
    answers = []

    def sell():
        answers.extend(at_once([lambda: tills[0]("venta_crear", prd_codigo=[stock], cantidad=[1])]))

    with again(servers, tills[0]) as closer:
        closer.execute("SELECT")  # begins a transaction, which the act then does not end
        Act(closer)("sesion_caja_cerrar", id=sessions[0], monto_final_declarado="1.00")
        waiting = threading.Thread(target=sell)
        waiting.start()
        pid = tills[0].conn.info.backend_pid
        while not boss.conn.execute("SELECT cardinality(pg_blocking_pids(%s))", (pid,)).fetchone()[0]:
            assert waiting.is_alive(), answers
    waiting.join()
    assert answers == ["sin_sesion_caja"]


def test_un_mismo_lote_por_ocho_terminales_a_la_vez_cuenta_una_vez(desks):
    """Half of them send it backwards, so that whoever took ids or goods out of order would wait in a circle."""
    boss, tills, sessions = desks
    shelf = [product(boss, 15) for _ in range(3)]
    batch = [late((shelf[n % 3], 1), (shelf[(n + 1) % 3], 1), total="2.30") for n in range(150)]
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
    assert (states.count("REGISTRADA"), states.count("OBSERVADA")) == (22, 128)
    assert in_drawers(boss, sessions) - before == 150 * Decimal("2.30")


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


def test_una_venta_observada_se_resuelve_una_sola_vez(desks, servers, staff):
    boss, tills, sessions = desks
    stock = product(boss, 5)
    sale = late((stock, 1), total="1.00")
    assert tills[0]("venta_lote", ventas=[json.dumps(sale)])["ventas"][0]["estado"] == "OBSERVADA"
    chiefs = [
        psycopg.connect(servers.pos, user=staff("adm_ventas"), password=PASSWORD, autocommit=True)
        for _ in range(4)
    ]
    asks = {"id": sale["id"], "observacion": "Etiqueta vieja", "reembolso": "TRANSFERENCIA"}
    answers = at_once(
        [
            lambda c=c, n=n: Act(c)(
                "venta_observada_resolver", accion=("FACTURAR", "DEVOLVER")[n % 2], **asks
            )
            for n, c in enumerate(chiefs)
        ]
    )
    for conn in chiefs:
        conn.close()
    assert (
        sorted(answer for answer in answers if isinstance(answer, str)) == ["venta_observada_pendiente"] * 3
    )
    assert in_drawers(boss, sessions[:1]) == 2


def test_el_saldo_de_un_cliente_y_su_credito_se_gastan_una_vez(desks):
    """Eight tills, for a client who may owe one sale and is owed another."""
    boss, tills, _ = desks
    stock, buyer = product(boss, 50), client(boss)
    boss("cliente_actualizar", cli_codigo=buyer, cli_limite_credito="1.15")
    with boss.conn.transaction():
        boss.conn.execute(
            "SELECT privado.asentar('001', 'PRU', %s, 'Saldo a favor', '{SALDO_CLIENTE,CAJA_GENERAL}',"
            " ARRAY[%s, '001'], '{-1.15,1.15}')", (buyer, buyer),
        )  # fmt: skip

    def pay(till, method):
        return till(
            "venta_crear", prd_codigo=[stock], cantidad=[1], cli_codigo=buyer, metodo=[method], monto=["1.15"]
        )

    for method, rule in (("SALDO", "saldo_suficiente"), ("CREDITO", "limite_credito")):
        answers = at_once([lambda t=t, m=method: pay(t, m) for t in tills])
        assert [answer for answer in answers if isinstance(answer, str)] == [rule] * (TILLS - 1)
