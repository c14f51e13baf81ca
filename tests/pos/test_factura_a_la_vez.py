"""Many tills at once: the last unit is sold once, numbers have no gap, nobody waits for ever."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from tests.conftest import PASSWORD, Act

TILLS = 6


@pytest.fixture
def tills(servers, staff):
    """Connections of as many salespeople, each call its own transaction."""
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as admin:
        logins = [staff("ventas") for _ in range(TILLS)]
        conns = [
            psycopg.connect(servers.pos, user=name, password=PASSWORD, autocommit=True) for name in logins
        ]
        yield Act(admin), [Act(conn) for conn in conns]
        for conn in conns:
            conn.close()
        broken = [row for row in Act(admin)("doctor_revisar") if row["filas"] and row["nivel"] == "VIOLACION"]
        assert not broken, broken


def product(boss, units):
    """A product with goods in B001. The superuser works nowhere, so the goods are entered by name."""
    code = boss("producto_crear", prd_nombre="Escaso", prd_precio_venta="1.00", um_venta="UND")["prd_codigo"]
    entry = {"prd_codigo": code, "trn_cod": "INI", "krd_prd_cantidad": units, "bodega": "B001"}
    boss("kardex_producto_crear", costo_unitario=1, **entry)
    return code


def draft(till, *codes):
    code = till("factura_crear", cli_codigo="CLI0000001")["fac_codigo"]
    for prd_codigo in codes:
        till("factura_detalle_crear", fac_codigo=code, prd_codigo=prd_codigo, pxfa_cantidad=1)
    return code


def at_once(acts):
    """Run every act at the same moment; each one's answer, or the rule that refused it."""
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except psycopg.Error as exc:
            return exc.diag.constraint_name or exc.sqlstate

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def numbers(answers):
    return sorted(int(row["factura"]["fac_numero"][-9:]) for row in answers if isinstance(row, dict))


def test_la_ultima_unidad_se_vende_una_vez(tills):
    boss, people = tills
    scarce = product(boss, 1)
    drafts = [draft(till, scarce) for till in people]
    answers = at_once(
        [lambda t=t, f=f: t("factura_aprobar", fac_codigo=f) for t, f in zip(people, drafts, strict=True)]
    )
    assert len(numbers(answers)) == 1
    assert [row for row in answers if isinstance(row, str)] == ["existencia_insuficiente"] * (TILLS - 1)


def test_los_mismos_productos_en_cualquier_orden_no_se_traban(tills):
    boss, people = tills
    shelf = [product(boss, 1000) for _ in range(4)]
    chance = random.Random(7)

    def sell(till):
        return [
            till("factura_aprobar", fac_codigo=draft(till, *chance.sample(shelf, 4)))["factura"]["fac_numero"]
            for _ in range(8)
        ]

    answers = at_once([lambda t=t: sell(t) for t in people])
    issued = sorted(int(number[-9:]) for batch in answers for number in batch)
    assert len(issued) == len(set(issued)) == TILLS * 8
    assert issued[-1] - issued[0] + 1 == len(issued)


def test_una_factura_se_aprueba_y_se_anula_una_sola_vez(tills, staff, servers):
    boss, people = tills
    code = draft(people[0], product(boss, 5))
    boss.conn.execute("UPDATE datos.factura SET cli_codigo = %s WHERE fac_codigo = %s", (client(boss), code))
    answers = at_once([lambda t=t: t("factura_aprobar", fac_codigo=code) for t in people])
    assert sorted(map(kind, answers)) == sorted(["APR"] + ["factura_abierta"] * (TILLS - 1))
    managers = [staff("adm_ventas") for _ in range(3)]
    conns = [psycopg.connect(servers.pos, user=name, password=PASSWORD, autocommit=True) for name in managers]
    answers = at_once([lambda c=c: Act(c)("factura_anular", fac_codigo=code) for c in conns])
    assert sorted(map(kind, answers)) == sorted(["ANU", "factura_anulada", "factura_anulada"])
    for conn in conns:
        conn.close()


def kind(answer):
    return answer if isinstance(answer, str) else answer["factura"]["fac_estado"]


def client(boss):
    number = boss.conn.execute("SELECT 'Y' || nextval('datos.cliente_numero')").fetchone()[0]
    made = boss(
        "cliente_crear", cli_ruc_ced=number, cli_nombre="Ana", cli_tipo_id="PASAPORTE", cli_mail="a@b.ec"
    )
    return made["cli_codigo"]
