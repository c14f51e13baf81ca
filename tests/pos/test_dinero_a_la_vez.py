"""Two people at the same money at the same moment: they take turns, and neither is told to come back later."""

import threading
from decimal import Decimal

import psycopg
import pytest

from tests.conftest import PASSWORD, Act

from .acts import ruc_company
from .test_factura_a_la_vez import client, product


@pytest.fixture
def enter(servers, staff):
    """``enter("cajero")``: a new member of staff at a connection of their own, each call its own transaction."""
    conns = []

    def one(role, login=None):
        conns.append(
            psycopg.connect(servers.pos, user=login or staff(role), password=PASSWORD, autocommit=True)
        )
        return Act(conns[-1])

    yield one
    for conn in conns:
        conn.close()


class Waiting(threading.Thread):
    """An act in a thread that has been seen waiting for somebody else's lock."""

    def __init__(self, boss, act, name, /, **params):
        super().__init__()
        self.act, self.name_of, self.params, self.answer = act, name, params, None
        self.start()
        while not self.blocked(boss):
            assert self.is_alive(), self.answer

    def blocked(self, boss):
        pid = self.act.conn.info.backend_pid
        return boss.conn.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", (pid,)).fetchone()[0]

    def run(self):
        try:
            self.answer = self.act(self.name_of, **self.params)
        except psycopg.Error as refusal:
            self.answer = refusal.diag.constraint_name or refusal.sqlstate

    def result(self):
        self.join()
        return self.answer


def held(servers, clase, ref):
    """A transaction that holds the balance of an account."""
    conn = psycopg.connect(servers.admin_conninfo("pos"))
    conn.execute("SELECT FROM datos.saldo WHERE cta_id = privado.cuenta_de(%s, %s) FOR UPDATE", (clase, ref))
    return conn


def drawer(boss, cashier, money="100.00"):
    """An open session of a new register."""
    box = boss("caja_crear", nombre=f"De {cashier.conn.info.user}", punto_emision="001-001")["id"]
    return cashier("sesion_caja_abrir", caja=box, monto_inicial=money)


def test_quien_anula_una_compra_y_quien_paga_su_deuda_no_se_traban(boss, enter, servers):
    supplier = boss("proveedor_crear", prv_razonsocial="Proveedora", prv_ruc=ruc_company())["prv_codigo"]
    buyer, payer = enter("adm_compras"), enter("adm_compras")
    bought = buyer(
        "compra_crear", itm_codigo=[product(boss, 1)], cantidad=[5], costo_unitario=[2], pago="CREDITO",
        prv_codigo=supplier,
    )["cmp_codigo"]  # fmt: skip
    (debt,) = payer("cuenta_por_pagar_listar", prv_codigo=supplier)["data"]
    with held(servers, "PROVEEDOR", supplier):
        undoing = Waiting(boss, buyer, "compra_anular", cmp_codigo=bought)
        paying = Waiting(boss, payer, "cuenta_por_pagar_pagar", cxp_id=debt["id"], monto=1, pago="BANCO")
    assert undoing.result()["cmp_estado"] == "ANU"
    assert paying.result() == "cuenta_por_pagar_abierta"


def in_credit(boss, debt, credit):
    """A client who owes on an invoice, and whom the company owes; and that debt."""
    buyer = client(boss)
    boss("cliente_actualizar", cli_codigo=buyer, cli_limite_credito="9999")
    with boss.conn.transaction():
        boss.conn.execute(
            "SELECT privado.asentar('001', 'PRU', %(c)s, 'x', '{CLIENTE,VENTAS}', ARRAY[%(c)s, ''],"
            " ARRAY[%(d)s, -%(d)s]::numeric[]),"
            " privado.asentar('001', 'PRU', %(c)s, 'y', '{SALDO_CLIENTE,CAJA_GENERAL}', ARRAY[%(c)s, '001'],"
            " ARRAY[-%(s)s, %(s)s]::numeric[])",
            {"c": buyer, "d": Decimal(debt), "s": Decimal(credit)},
        )
        owed = boss.conn.execute(
            "INSERT INTO datos.cuenta_por_cobrar (eta_codigo, cli_codigo, doc_tipo, doc_codigo, cxc_monto, cxc_saldo)"
            " VALUES ('001', %(c)s, 'PRU', %(c)s, %(d)s, %(d)s) RETURNING cxc_codigo",
            {"c": buyer, "d": Decimal(debt)},
        ).fetchone()[0]
    return buyer, owed


def test_quien_cobra_con_saldo_y_quien_vende_al_mismo_cliente_no_se_traban(boss, enter, servers):
    buyer, owed = in_credit(boss, "50.00", "30.00")
    till, desk = enter("cajero"), enter("adm_ventas")
    drawer(boss, till)
    sold = {"prd_codigo": [product(boss, 5)], "cantidad": [2], "cli_codigo": buyer}
    with held(servers, "CLIENTE", buyer):
        selling = Waiting(
            boss, till, "venta_crear", metodo=["SALDO", "CREDITO"], monto=["1.30", "1.00"], **sold
        )
        collecting = Waiting(
            boss, desk, "cuenta_por_cobrar_cobrar", cxc_codigo=owed, monto="28.70", metodo="SALDO"
        )
    assert selling.result()["factura"]["fac_estado"] == "APR"
    assert collecting.result()["saldo"] == "21.30"


def test_quien_retira_un_saldo_y_quien_vende_de_la_misma_caja_no_se_traban(boss, enter, servers):
    till = enter("cajero")
    session = drawer(boss, till)
    buyer, _ = in_credit(boss, "1.00", "30.00")
    other = enter("cajero", till.conn.info.user)
    sold = {"prd_codigo": [product(boss, 5)], "cantidad": [2], "cli_codigo": buyer}
    with held(servers, "CAJA", str(session["id"])):
        selling = Waiting(
            boss, till, "venta_crear", metodo=["SALDO", "EFECTIVO"], monto=["1.30", "1.00"], **sold
        )
        taking = Waiting(boss, other, "cliente_saldo_retirar", cli_codigo=buyer, monto="28.71")
    assert selling.result()["cambio"] == "0.00"
    assert taking.result() == "saldo_suficiente"


def test_quien_abre_la_caja_que_otro_cierra_parte_del_fondo_que_deja(boss, enter, servers):
    going, coming = enter("cajero"), enter("cajero")
    session = drawer(boss, going)
    with psycopg.connect(servers.pos, user=going.conn.info.user, password=PASSWORD) as leaving:
        leaving.execute("SELECT")  # begins a transaction, which the act then does not end
        Act(leaving)("sesion_caja_cerrar", id=session["id"], monto_final_declarado="100.00", fondo="40.00")
        opening = Waiting(boss, coming, "sesion_caja_abrir", caja=session["caja"], monto_inicial="40.00")
    assert opening.result()["monto_inicial_esperado"] == "40.00"


def test_un_producto_que_recibe_unidades_no_se_vuelve_servicio_a_la_vez(boss, enter, servers):
    code = boss("producto_crear", prd_nombre="Nuevo", prd_precio_venta="1.00", um_venta="UND")["prd_codigo"]
    chief, writer = enter("adm_bodega"), enter("bodega")
    with psycopg.connect(servers.pos, user=chief.conn.info.user, password=PASSWORD) as counting:
        counting.execute("SELECT")
        Act(counting)("kardex_producto_crear", prd_codigo=code, trn_cod="INI", krd_prd_cantidad=3)
        changing = Waiting(boss, writer, "producto_actualizar", prd_codigo=code, prd_tipo="SERVICIO")
    assert changing.result() == "servicio_sin_existencia"
    other = boss("producto_crear", prd_nombre="Nuevo", prd_precio_venta="1.00", um_venta="UND")["prd_codigo"]
    with psycopg.connect(servers.pos, user=writer.conn.info.user, password=PASSWORD) as changed:
        changed.execute("SELECT")
        Act(changed)("producto_actualizar", prd_codigo=other, prd_tipo="SERVICIO")
        entering = Waiting(
            boss, chief, "kardex_producto_crear", prd_codigo=other, trn_cod="INI", krd_prd_cantidad=3
        )
    assert entering.result() == "servicio_sin_existencia"
