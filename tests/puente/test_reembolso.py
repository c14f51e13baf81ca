"""What is given back of an order: credited once, refunded once, whoever asks, whatever dies on the way."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from daf_backend.puente import reembolso

from ..ecom.conftest import APPROVED
from .conftest import Bridge
from .refunds import Dead, Refunds, dying, money_back, provider


@pytest.fixture
def refunds(bridge: Bridge) -> Refunds:
    """Orders to give back, and the staff who do."""
    return Refunds(bridge)


def test_devolver_todo_da_el_dinero_los_bienes_y_la_nota_de_credito(bridge, refunds):
    product = bridge.give(bridge.product(price="11.50"), 5)
    order = refunds.sold(product, 2)
    answer = refunds.ask(order)
    assert answer.status_code == 201, answer.text
    told = answer.json
    assert (told["estado"], told["monto"], told["medio"]) == ("HECHO", "26.45", "PASARELA")
    assert told["documento"].startswith("NCR") and told["nota_credito"].startswith("001-001-")
    assert bridge.state(order)[0] == "REEMBOLSADO"
    assert money_back(bridge, order) == Decimal("26.45")
    assert bridge.web(product) == (3, 3)  # never back to WEB
    assert refunds.stock(product) == 17  # 20, less 5 for the shop, and 2 back
    assert refunds.gateway(order) == 0
    again = refunds.ask(order)
    assert (again.status_code, again.json["regla"]) == (409, "pedido_reembolsable")


def test_tres_partes_suman_el_pedido_al_centavo(bridge, refunds):
    """Two rates and a promotion: what rounds away in a part is in the last one."""
    one = bridge.give(bridge.product(price="3.33", prd_promocion="12.5"), 7)
    two = bridge.give(bridge.product(price="0.10", iva_codigo="RED"), 5)
    order = refunds.sold(one, 7, two, 5)
    total = Decimal(refunds.shown(order)["ped_total"])
    parts = [{one: 2, two: 1}, {one: 2}, None]
    given = []
    for part in parts:
        answer = refunds.ask(order, part)
        assert answer.status_code == 201, answer.text
        given.append(Decimal(answer.json["monto"]))
        assert bridge.state(order)[0] == ("FACTURADO" if len(given) < 3 else "REEMBOLSADO")
    assert sum(given) == total == money_back(bridge, order)
    assert [row["monto"] for row in refunds.shown(order)["reembolsos"]] == [str(part) for part in given]
    assert (refunds.stock(one), refunds.stock(two), refunds.gateway(order)) == (20, 20, 0)


def test_el_envio_vuelve_con_todo_o_si_se_nombra(bridge, refunds):
    product = bridge.give(bridge.product(price="10.00"), 4)
    whole, parts = (refunds.sold(product, 2, sent=True) for _ in range(2))
    shipping = Decimal(refunds.shown(whole)["ped_envio"])
    assert shipping > 0
    assert refunds.ask(whole).json["monto"] == refunds.shown(whole)["ped_total"]
    assert refunds.ask(parts, {product: 2}).json["monto"] == "23.00"
    assert bridge.state(parts)[0] == "FACTURADO"  # the shipping was not asked for
    assert Decimal(refunds.ask(parts, {"ENVIO": 1}).json["monto"]) == shipping * Decimal("1.15")
    assert bridge.state(parts)[0] == "REEMBOLSADO"


def test_lo_que_no_sirve_se_da_de_baja(bridge, refunds):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2)
    answer = refunds.ask(order, {product: 2}, a_stock=False)
    assert answer.json["lineas"][0] == {
        "prd_codigo": product,
        "cantidad": 2,
        "a_stock": False,
        "monto": "23.00",
    }
    assert refunds.stock(product) == 17 and bridge.state(order)[0] == "REEMBOLSADO"


def test_un_pedido_sin_factura_se_factura_primero(bridge, refunds):
    product = bridge.give(bridge.product(), 3)
    order = bridge.order(product, 2)
    assert bridge.state(order) == ("PAGADO", None)
    assert refunds.ask(order).status_code == 201
    assert bridge.state(order)[0] == "REEMBOLSADO"


def test_con_el_punto_de_venta_caido_se_promete_y_se_cumple_al_volver(bridge, refunds):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2)
    with bridge.away("pos"):
        answer = refunds.ask(order, {product: 1})
        assert (answer.status_code, answer.json["estado"], answer.json["monto"]) == (202, "PENDIENTE", None)
        twice = refunds.ask(order, {product: 1})
        assert (twice.status_code, twice.json["regla"]) == (409, "reembolso_en_curso")
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["estado"], row["monto"]) == ("HECHO", "11.50") and money_back(bridge, order) == Decimal(
        "11.50"
    )


@pytest.mark.parametrize("way", ["calla", "lo hizo y calla", "no quiere", "delira"])
def test_con_el_proveedor_de_malas_se_acredita_y_el_dinero_vuelve_una_vez(bridge, refunds, way):
    order = refunds.sold(bridge.give(bridge.product(), 3), 1)
    with provider(way):
        answer = refunds.ask(order)
        assert (answer.status_code, answer.json["estado"]) == (202, "ACREDITADO")
        assert bridge.state(order)[0] == "FACTURADO"
        bridge.sweep()
        assert refunds.shown(order)["reembolsos"][0]["estado"] == "ACREDITADO"
    waits = bridge.shop.conn.execute(
        "SELECT ree_intentos, ree_error, ree_reintentar > now() FROM datos.reembolso WHERE ped_codigo = %s", (order,)
    ).fetchone()  # fmt: skip
    assert waits[0] >= 2 and waits[1] and waits[2]
    bridge.sweep()
    assert bridge.state(order)[0] == "REEMBOLSADO" and money_back(bridge, order) == Decimal("11.50")


STEPS = [
    "reembolso_por_acreditar", "nota_credito_web", "reembolso_recibir", "reembolso_web_entregado",
    "reembolso_por_pagar", "simulada_devolver", "reembolso_hecho",
]  # fmt: skip


@pytest.mark.parametrize("after", [False, True], ids=["antes", "despues"])
@pytest.mark.parametrize("step", STEPS)
def test_morir_en_cualquier_paso_devuelve_el_dinero_una_vez(bridge, refunds, step, after):
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 2)
    asked = refunds.intent(order, prd_codigo=[product], cantidad=[1], a_stock=[True])
    with dying(step, after), pytest.raises(Dead):
        refunds.carry_out(asked)
    assert bridge.violations() == []  # half done is not inconsistent
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["estado"], row["monto"]) == ("HECHO", "11.50")
    assert money_back(bridge, order) == Decimal("11.50") == Decimal("23.00") - refunds.gateway(order)
    assert len(refunds.credits(order)) == 1


def test_lo_que_se_creyo_rechazado_y_se_acredito_se_devuelve(bridge, refunds):
    """An attempt thought lost that arrives after another was refused: the POS has the document."""
    product = bridge.give(bridge.product(), 3)
    order = refunds.sold(product, 1)
    asked = refunds.intent(order)
    bridge.sides.shop("reembolso_rechazar", reembolso=asked, clase=409, regla="bodega_activa", error="No.")
    bridge.sides.pos("nota_credito_web", reembolso=asked, ped_codigo=order, motivo="x", solicita="alguien")
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert row["estado"] == "HECHO" and bridge.state(order)[0] == "REEMBOLSADO"


def test_la_clave_de_un_reembolso_es_de_un_pedido(bridge, refunds):
    product = bridge.give(bridge.product(), 5)
    first, other = (refunds.sold(product, 1) for _ in range(2))
    key = refunds.ask(first).json["reembolso"]
    with pytest.raises(Exception, match="otro pedido"):
        bridge.sides.pos("nota_credito_web", reembolso=key, ped_codigo=other, motivo="x", solicita="alguien")


def test_dos_personas_a_la_vez_devuelven_una_vez(bridge, refunds):
    people = ["adm_ventas", "admin"] * 3
    assert all(refunds.headers(role) for role in people)
    for _ in range(3):
        product = bridge.give(bridge.product(), 2)
        order = refunds.sold(product, 2)
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(refunds.ask, order, role=role) for role in people]
        statuses = sorted(future.result().status_code for future in asked)
        assert statuses[0] in (201, 202) and statuses[1:] == [409] * 5
        bridge.sweep()
        assert bridge.state(order)[0] == "REEMBOLSADO"
        assert money_back(bridge, order) == Decimal("23.00") and len(refunds.credits(order)) == 1


def test_el_intento_y_los_barridos_a_la_vez_devuelven_una_vez(bridge, refunds):
    product = bridge.give(bridge.product(stock=50), 40)
    orders = [refunds.sold(product, 2) for _ in range(3)]
    asked = [refunds.intent(order) for order in orders]
    bridge.shop.conn.execute("UPDATE datos.reembolso SET ree_reintentar = now()")

    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(refunds.carry_out, key) for key in asked * 2]
        sweeps = [pool.submit(reembolso.barrer, bridge.sides) for _ in range(3)]
        assert [future.exception() for future in (*tries, *sweeps)] == [None] * 9
    bridge.sweep()
    for order in orders:
        assert money_back(bridge, order) == Decimal("23.00") and len(refunds.credits(order)) == 1
        assert bridge.state(order)[0] == "REEMBOLSADO"


def test_lo_que_el_comprador_ve_de_su_devolucion(bridge, refunds):
    shopper = bridge.shopper()
    product = bridge.give(bridge.product(), 3)
    order = shopper.buy(product, 2, APPROVED).json["ped_codigo"]
    refunds.ask(order, {product: 1}, motivo="Llegó roto")
    seen = shopper("GET", f"/pedido/{order}").json
    (row,) = seen["reembolsos"]
    assert (row["motivo"], row["monto"], row["estado"]) == ("Llegó roto", "11.50", "HECHO")
    assert [(step["estado"], step["usr_id"]) for step in seen["historial"]] == [
        ("PENDIENTE_PAGO", None), ("PAGADO", None), ("FACTURADO", None),
    ]  # fmt: skip
