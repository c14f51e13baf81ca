"""Cash of acts that are not the till's: each moves the caller's own open session in its own transaction."""

from decimal import Decimal

import pytest

from .acts import refused
from .drawer import balance, closed, debt, opened
from .test_compra import buy, supplier
from .test_retorno import give_back, invoice

# Whoever opens a drawer and may annul and buy too: an administrator.
BOSS = "admin"


def drawer(shop, session):
    return balance(shop, "CAJA", session["id"])


def test_un_cobro_entra_en_la_caja_de_quien_cobra(counter):
    owed, session = debt(counter, "50.00"), opened(counter)
    paid = counter.do("cajero", "cuenta_por_cobrar_cobrar", cxc_codigo=owed, monto="30.25", metodo="EFECTIVO")
    assert (paid["saldo"], drawer(counter, session)) == ("19.75", Decimal("72.25"))
    assert counter.posted("CXC", owed) == {
        ("CAJA", str(session["id"])): Decimal("30.25"),
        ("CLIENTE", paid["cli_codigo"]): Decimal("-30.25"),
    }
    for method in ("QR", "TARJETA", "TRANSFERENCIA"):
        counter.do("cajero", "cuenta_por_cobrar_cobrar", cxc_codigo=owed, monto="1.00", metodo=method)
    assert drawer(counter, session) == Decimal("72.25")


def test_un_saldo_a_favor_se_retira_de_la_caja_y_es_de_su_sucursal(counter):
    buyer, session = counter.buyer(), opened(counter, "20.00")
    fac, line = invoice(counter, (counter.product(prd_stock=9, prd_costo=1), 3), buyer=buyer)
    give_back(counter, "nota_credito", fac, {line[next(iter(line))]: 3}, reembolso="SALDO")
    with counter.acting("cajero") as act:
        take = {"cli_codigo": buyer, "monto": "20.01"}
        assert refused(act, "saldo_no_negativo", "cliente_saldo_retirar", **take) == "409"
        assert act("cliente_saldo_retirar", **{**take, "monto": "20.00"})["saldo"] == "14.50"
    assert drawer(counter, session) == 0
    place = counter.conn.execute(
        "SELECT eta_codigo FROM datos.asiento WHERE doc_tipo = 'SAL' AND doc_codigo = %s", (buyer,)
    ).fetchone()
    assert place == ("001",)


def test_a_un_proveedor_se_le_paga_de_la_caja_lo_que_hay_en_ella(counter):
    prv, session = supplier(counter), opened(counter, "10.00", role=BOSS)
    buy(counter, [(counter.product(iva_codigo="CER"), 10, 2)], "CREDITO", prv_codigo=prv)
    (owed,) = counter.do("adm_compras", "cuenta_por_pagar_listar", prv_codigo=prv)["data"]
    with counter.acting(BOSS) as act:
        pay = {"cxp_id": owed["id"], "pago": "CAJA"}
        assert refused(act, "saldo_no_negativo", "cuenta_por_pagar_pagar", monto="10.01", **pay) == "409"
        assert act("cuenta_por_pagar_pagar", monto="10.00", **pay)["saldo"] == "10.00"
    assert drawer(counter, session) == 0


def test_el_cajero_compra_de_su_caja_hasta_su_limite(counter):
    session, product = opened(counter, "150.00"), counter.product(iva_codigo="CER")

    def cannot(cost, pago, rule):
        asks = {"itm_codigo": [product], "cantidad": [1], "costo_unitario": [Decimal(cost)], "pago": pago}
        with counter.acting("cajero") as act:
            return refused(act, rule, "compra_crear", **asks)

    assert cannot("100.01", "CAJA", "compra_caja_maximo") == "403"
    assert cannot("1.00", "BANCO", "compra_de_caja") == "403"
    buy(counter, [(product, 10, "9.99")], "CAJA", role="cajero")
    assert drawer(counter, session) == Decimal("50.10")
    assert cannot("50.11", "CAJA", "saldo_no_negativo") == "409"
    assert counter.stock(product)[0] == 10


def test_una_compra_de_caja_se_anula_en_la_caja_de_quien_la_anula(counter):
    first, product = opened(counter, "30.00"), counter.product(iva_codigo="CER")
    made = buy(counter, [(product, 2, 15)], "CAJA", role="cajero")
    closed(counter, first, "0.00")
    asks = {"cmp_codigo": made["cmp_codigo"]}
    with counter.acting(BOSS) as act:
        assert refused(act, "sin_sesion_caja", "compra_anular", **asks) == "409"
    second = opened(counter, "1.00", role=BOSS)
    counter.do(BOSS, "compra_anular", **asks)
    assert (drawer(counter, first), drawer(counter, second)) == (0, 31)


@pytest.mark.parametrize("way", ["factura_anular", "nota_credito", "devolucion"])
def test_un_reembolso_sale_de_la_caja_de_quien_lo_da(counter, way):
    buyer = "CLI0000001" if way == "devolucion" else None
    fac, line = invoice(counter, (counter.product(prd_stock=9, prd_costo=1), 1), buyer=buyer)
    session = opened(counter, "11.00", role=BOSS)
    asks = {"reembolso": "EFECTIVO"}

    def refund():
        if way == "factura_anular":
            return counter.do(BOSS, way, fac_codigo=fac["fac_codigo"], **asks)
        return give_back(counter, way, fac, {line[next(iter(line))]: 1}, role=BOSS, **asks)

    with pytest.raises(Exception, match="no alcanza"), counter.conn.transaction():
        refund()
    counter.conn.execute("RESET SESSION AUTHORIZATION")
    assert drawer(counter, session) == 11
    counter.do(
        BOSS, "caja_movimiento_crear", tipo="INGRESO", monto="1.00", motivo="x", destino="CAJA_GENERAL"
    )
    refund()
    assert drawer(counter, session) == Decimal("0.50")
    report = counter.do(BOSS, "sesion_caja_reporte", id=session["id"])
    assert report["efectivo"]["reembolsos"] == "11.50"
