"""What the counter gives back of an order of the shop reaches the shop, and the money goes back once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from daf_backend.puente import reembolso

from .conftest import Bridge
from .refunds import Dead, Refunds, dying, money_back


@pytest.fixture
def refunds(bridge: Bridge) -> Refunds:
    """Orders to give back, and the staff who do."""
    return Refunds(bridge)


@pytest.mark.parametrize("how", [{}, {"reembolso": "TARJETA"}], ids=["sin decir", "tarjeta"])
def test_una_nota_de_credito_del_mostrador_vuelve_por_el_proveedor(bridge, refunds, how):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2)
    done = refunds.counter(order, {product: 1}, **how)
    assert refunds.gateway(order) == Decimal("11.50") and money_back(bridge, order) == 0
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["origen"], row["medio"], row["estado"]) == ("MOSTRADOR", "PASARELA", "HECHO")
    assert (row["documento"], row["nota_credito"]) == (done["ret_codigo"], done["ret_numero"])
    assert (row["motivo"], row["lineas"][0]["cantidad"]) == ("Lo trajo al local", 1)
    assert money_back(bridge, order) == Decimal("11.50") and bridge.state(order)[0] == "FACTURADO"
    refunds.counter(order, {product: 1}, **how)
    bridge.sweep()
    assert money_back(bridge, order) == Decimal("23.00") and bridge.state(order)[0] == "REEMBOLSADO"


@pytest.mark.parametrize("how", ["SALDO", "TRANSFERENCIA"])
def test_lo_que_el_mostrador_devuelve_de_otro_modo_no_vuelve_por_el_proveedor(bridge, refunds, how):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2)
    refunds.counter(order, {product: 1}, reembolso=how)
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["medio"], row["estado"], row["monto"]) == (how, "HECHO", "11.50")
    assert money_back(bridge, order) == 0
    assert refunds.ask(order).json["monto"] == "11.50"  # all that is left
    assert money_back(bridge, order) == Decimal("11.50") and bridge.state(order)[0] == "REEMBOLSADO"


def test_lo_que_sale_de_una_caja_no_vuelve_por_el_proveedor(bridge, refunds):
    refunds.drawer("admin")
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 1)
    refunds.counter(order, {product: 1}, "admin", reembolso="EFECTIVO")
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["medio"], row["estado"]) == ("EFECTIVO", "HECHO") and money_back(bridge, order) == 0
    assert bridge.state(order)[0] == "REEMBOLSADO" and refunds.gateway(order) == Decimal("11.50")


def test_lo_que_la_tienda_no_puede_anotar_espera_y_no_detiene_a_los_demas(bridge, refunds):
    """Its order was tampered with: the refund waits with its reason, and is carried out once that is mended."""
    product = bridge.give(bridge.product(), 4)
    sick, fine = refunds.sold(product, 1), refunds.sold(product, 1)
    invoice = bridge.state(sick)[1]
    conn = bridge.shop.conn
    conn.execute("UPDATE datos.pedido SET fac_codigo = 'FACX' WHERE ped_codigo = %s", (sick,))
    asked = refunds.intent(sick)
    refunds.carry_out(asked)
    refunds.counter(fine, {product: 1})
    bridge.sweep()
    waiting = "SELECT ree_estado, ree_error FROM datos.reembolso WHERE ree_id = %s"
    state, why = conn.execute(waiting, (asked,)).fetchone()
    assert state == "PENDIENTE" and why.startswith("pedido_facturado_una_vez")
    assert bridge.state(fine)[0] == "REEMBOLSADO"
    conn.execute("UPDATE datos.pedido SET fac_codigo = %s WHERE ped_codigo = %s", (invoice, sick))
    bridge.sweep()
    assert bridge.state(sick)[0] == "REEMBOLSADO" and money_back(bridge, sick) == Decimal("11.50")


@pytest.mark.parametrize("how", [None, "TARJETA", "SALDO"])
def test_anular_la_factura_de_un_pedido_lo_devuelve_entero(bridge, refunds, how):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2, sent=True)
    total = Decimal(refunds.shown(order)["ped_total"])
    code, _ = refunds.invoice(order)
    bridge.staff("adm_ventas")("factura_anular", fac_codigo=code, motivo="Se equivocó", reembolso=how)
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["documento"], row["nota_credito"], row["monto"]) == (code, None, str(total))
    assert bridge.state(order)[0] == "REEMBOLSADO"
    assert money_back(bridge, order) == (0 if how == "SALDO" else total)


def test_lo_que_ya_se_devolvio_en_el_mostrador_la_tienda_no_lo_devuelve(bridge, refunds):
    """Neither when the shop has not heard of it yet: the POS refuses for good, and its rule is the answer."""
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2)
    refunds.counter(order, {product: 2}, reembolso="SALDO")
    for lines in (None, {product: 1}):
        answer = refunds.ask(order, lines)
        assert (answer.status_code, answer.json["regla"]) == (409, "retorno_dentro_de_lo_vendido"), (
            answer.text
        )
        assert answer.json["message"]
    states = {row["estado"] for row in refunds.shown(order)["reembolsos"]}
    assert states == {"RECHAZADO"} and bridge.state(order)[0] == "FACTURADO"
    bridge.sweep()
    assert bridge.state(order)[0] == "REEMBOLSADO" and money_back(bridge, order) == 0


def test_una_factura_anulada_no_se_devuelve_otra_vez(bridge, refunds):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 1)
    code, _ = refunds.invoice(order)
    bridge.staff("adm_ventas")("factura_anular", fac_codigo=code)
    answer = refunds.ask(order)
    assert (answer.status_code, answer.json["regla"]) == (409, "factura_emitida")
    bridge.sweep()
    assert money_back(bridge, order) == Decimal("11.50")


@pytest.mark.parametrize("after", [False, True], ids=["antes", "despues"])
@pytest.mark.parametrize(
    "step",
    ["reembolso_web_por_entregar", "reembolso_recibir", "reembolso_web_entregado", "simulada_devolver"],
)
def test_morir_en_cualquier_paso_devuelve_el_dinero_una_vez(bridge, refunds, step, after):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2)
    refunds.counter(order, {product: 1})
    with dying(step, after), pytest.raises(Dead):
        bridge.sweep()
    assert bridge.violations() == []  # half done is not inconsistent
    bridge.sweep()
    assert money_back(bridge, order) == Decimal("11.50") == Decimal("23.00") - refunds.gateway(order)


def test_una_factura_que_la_tienda_aun_no_sabe_llega_con_su_devolucion(bridge, refunds):
    """The process died between invoicing and telling, and somebody gave it back at the counter before the sweep."""
    product = bridge.give(bridge.product(), 3)
    order = bridge.order(product, 2)
    (paid,) = bridge.sides.shop("pedido_por_facturar", ped_codigo=order)
    invoice = bridge.sides.pos("venta_web", pedido=paid)
    assert bridge.state(order) == ("PAGADO", None)
    line = bridge.pos("factura_obtener", fac_codigo=invoice["fac_codigo"])["detalle"][0]["pxfa_codigo"]
    bridge.staff("adm_fact")(
        "nota_credito_crear",
        fac_codigo=invoice["fac_codigo"],
        pxfa_codigo=[line],
        cantidad=[Decimal(1)],
        motivo="x",
    )
    assert reembolso.barrer(bridge.sides) == 1
    assert bridge.state(order) == ("FACTURADO", invoice["fac_codigo"])
    linked = bridge.shop.conn.execute(
        "SELECT cli_codigo FROM datos.usuario_app JOIN datos.pedido USING (usr_id) WHERE ped_codigo = %s",
        (order,),
    )
    assert linked.fetchone() == (invoice["cli_codigo"],)


def test_el_mostrador_y_la_tienda_a_la_vez_devuelven_una_vez(bridge, refunds):
    refunds.headers()
    for _ in range(3):
        product = bridge.give(bridge.product(), 2)
        order = refunds.sold(product, 2)
        with ThreadPoolExecutor(3) as pool:
            shop = pool.submit(refunds.ask, order, {product: 2})
            counter = pool.submit(refunds.counter, order, {product: 2})
            sweep = pool.submit(reembolso.barrer, bridge.sides)
        assert sweep.exception() is None
        assert (counter.exception() is None) != (shop.result().status_code in (201, 202))
        bridge.sweep()
        assert bridge.state(order)[0] == "REEMBOLSADO"
        assert money_back(bridge, order) == Decimal("23.00") and len(refunds.credits(order)) == 1


def test_un_retorno_de_otra_factura_no_se_cuenta_a_la_tienda(bridge, refunds):
    before = bridge.pos.conn.execute("SELECT count(*) FROM datos.reembolso_web").fetchone()
    act, seller = bridge.staff("adm_ventas"), bridge.staff("admin")
    client = seller("cliente_crear", cli_ruc_ced="XNOWEB1", cli_tipo_id="PASAPORTE", cli_nombre="Ana")
    draft = seller("factura_crear", cli_codigo=client["cli_codigo"])["fac_codigo"]
    seller("factura_detalle_crear", fac_codigo=draft, prd_codigo=bridge.product(), pxfa_cantidad=1)
    line = seller("factura_aprobar", fac_codigo=draft)["detalle"][0]["pxfa_codigo"]
    act("nota_credito_crear", fac_codigo=draft, pxfa_codigo=[line], cantidad=[Decimal(1)], motivo="x")
    assert bridge.pos.conn.execute("SELECT count(*) FROM datos.reembolso_web").fetchone() == before


def test_el_doctor_ve_lo_que_una_base_dice_y_la_otra_no(bridge, refunds):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 1)
    key = refunds.ask(order).json["reembolso"]
    for act, forge, heal in (
        (bridge.shop, "UPDATE datos.reembolso SET ree_monto = 1 WHERE ree_id = %s",
         "UPDATE datos.reembolso SET ree_monto = 11.50 WHERE ree_id = %s"),
        (bridge.pos, "UPDATE datos.reembolso_web SET rwe_medio = 'SALDO' WHERE rwe_id = %s",
         "UPDATE datos.reembolso_web SET rwe_medio = 'PASARELA' WHERE rwe_id = %s"),
    ):  # fmt: skip
        act.conn.execute(forge, (key,))
        names = {getattr(found, "name", None) for found in bridge.violations()}
        act.conn.execute(heal, (key,))
        assert "puente_reembolsos" in names
