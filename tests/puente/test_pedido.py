"""A paid order becomes exactly one invoice, whoever asks, however often, whatever dies on the way."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from daf_backend.errors import Problem
from daf_backend.puente import pedido

from ..ecom.conftest import APPROVED
from .conftest import Bridge, Broken


def invoices(bridge: Bridge, order: str) -> int:
    row = bridge.pos.conn.execute(
        "SELECT count(*) FROM datos.factura WHERE fac_descripcion = %s", (f"Pedido en línea {order}",)
    ).fetchone()
    return row[0] if row else 0


def snapshot(bridge: Bridge, order: str) -> dict[str, Any]:
    """An order as the shop hands it over."""
    row = bridge.shop.conn.execute(
        "SELECT privado.pedido_instantanea(p) FROM datos.pedido AS p WHERE ped_codigo = %s", (order,)
    ).fetchone()
    return row[0] if row else {}


def test_pagar_entrega_la_factura_en_la_misma_respuesta(bridge):
    product = bridge.give(bridge.product(price="11.50"), 5)
    answer = bridge.shopper().buy(product, 2)
    assert answer.status_code == 201, answer.text
    assert answer.json["fac_codigo"].startswith("FAC")
    assert bridge.state(answer.json["ped_codigo"]) == ("FACTURADO", answer.json["fac_codigo"])
    assert bridge.web(product) == (3, 3)


def test_la_factura_es_el_pedido_linea_por_linea(bridge):
    product = bridge.give(bridge.product(price="10.00", prd_promocion="10"), 5)
    order = bridge.order(product, 2)
    invoice = pedido.facturar(bridge.sides, order)
    document = bridge.pos("factura_obtener", fac_codigo=invoice["fac_codigo"])
    line = document["detalle"][0]
    assert (line["prd_precio_venta"], line["pxfa_descuento"], line["pxfa_subtotal"]) == (
        "10.00",
        "2.00",
        "18.00",
    )
    assert document["factura"]["fac_total"] == "20.70" == invoice["total"]
    assert document["factura"]["fac_numero"] == invoice["fac_numero"]
    assert document["factura"]["cli_ruc_ced"] == snapshot(bridge, order)["cliente"]["cli_ruc_ced"]


def test_los_bienes_salen_de_web_a_su_costo_y_el_cobro_va_a_la_pasarela(bridge):
    product = bridge.give(bridge.product(), 5)
    invoice = pedido.facturar(bridge.sides, bridge.order(product, 2))
    moves = bridge.pos.conn.execute(
        "SELECT bod_codigo, trn_cod, krd_cantidad, krd_valor, usr_id FROM datos.kardex"
        " WHERE doc_tipo = 'FAC' AND doc_codigo = %s", (invoice["fac_codigo"],)
    ).fetchall()  # fmt: skip
    assert moves == [("WEB", "VEN", Decimal(2), Decimal(8), "puente")]
    posted = bridge.pos.conn.execute(
        "SELECT c.clase, c.ref, l.monto FROM datos.asiento AS a JOIN datos.asiento_linea AS l USING (asi_id)"
        " JOIN datos.cuenta AS c USING (cta_id) WHERE a.doc_codigo = %s AND l.monto > 0 ORDER BY 1",
        (invoice["fac_codigo"],),
    ).fetchall()
    assert posted == [("COSTO_VENTAS", "", Decimal(8)), ("PASARELA", "simulada", Decimal("23.00"))]


def test_el_precio_de_despues_no_cambia_lo_que_se_pago(bridge):
    product = bridge.give(bridge.product(price="10.00"), 5)
    order = bridge.order(product)
    bridge.staff("admin")("producto_actualizar", prd_codigo=product, prd_precio_venta="99.00")
    assert pedido.facturar(bridge.sides, order)["total"] == "11.50"


def test_el_envio_es_una_linea_de_la_factura(bridge):
    product = bridge.give(bridge.product(), 5)
    shopper = bridge.shopper()
    address = shopper("POST", "/direccion", {"dir_calle": "Amazonas", "ct_codigo": "UIO"})
    assert address.status_code == 201, address.text
    shopper("POST", "/carrito", {"prd_codigo": product, "cantidad": 1})
    shopper("PUT", "/carrito/envio", {"direccion": address.json["dir_codigo"]})
    answer = shopper("POST", "/pagos/checkout", {"card_number": APPROVED})
    assert answer.status_code == 201, answer.text
    lines = bridge.pos("factura_obtener", fac_codigo=answer.json["fac_codigo"])["detalle"]
    assert [line["prd_codigo"] for line in lines] == [product, "ENVIO"]


def test_un_comprador_desconocido_queda_como_cliente(bridge):
    order = bridge.order(bridge.give(bridge.product(), 1))
    buyer = snapshot(bridge, order)["cliente"]
    invoice = pedido.facturar(bridge.sides, order)
    client = bridge.pos("cliente_obtener", cli_codigo=invoice["cli_codigo"])
    assert (client["cli_ruc_ced"], client["cli_nombre"]) == (buyer["cli_ruc_ced"], buyer["cli_nombre"])
    linked = bridge.shop.conn.execute(
        "SELECT cli_codigo FROM datos.usuario_app WHERE cli_ruc_ced = %s", (buyer["cli_ruc_ced"],)
    ).fetchone()
    assert linked == (invoice["cli_codigo"],)


def test_un_cliente_conocido_se_usa_y_no_se_toca(bridge):
    order = bridge.order(bridge.give(bridge.product(), 1))
    ruc = snapshot(bridge, order)["cliente"]["cli_ruc_ced"]
    known = bridge.staff("adm_ventas")(
        "cliente_crear", cli_ruc_ced=ruc, cli_nombre="Nombre De Antes", cli_direccion="Otra calle"
    )
    invoice = pedido.facturar(bridge.sides, order)
    assert invoice["cli_codigo"] == known["cli_codigo"]
    assert bridge.pos("cliente_obtener", cli_codigo=known["cli_codigo"])["cli_nombre"] == "Nombre De Antes"


def test_lo_cobrado_distinto_del_total_no_se_factura_y_queda_avisado(bridge):
    product = bridge.give(bridge.product(), 3)
    order = bridge.order(product)
    conn = bridge.shop.conn
    conn.execute("UPDATE datos.pago SET pag_monto = pag_monto + 1 WHERE ped_codigo = %s", (order,))
    assert pedido.facturar(bridge.sides, order) is None
    told = conn.execute(
        "SELECT fac_error, fac_intentos FROM datos.pedido WHERE ped_codigo = %s", (order,)
    ).fetchone()
    assert told[0].startswith("venta_web_total") and told[1] == 1
    assert bridge.state(order) == ("PAGADO", None)
    assert invoices(bridge, order) == 0 and bridge.web(product) == (3, 2)
    conn.execute("UPDATE datos.pago SET pag_monto = pag_monto - 1 WHERE ped_codigo = %s", (order,))


def test_pedirla_dos_veces_es_una_sola_factura(bridge):
    order = bridge.order(bridge.give(bridge.product(), 3))
    first = pedido.facturar(bridge.sides, order)
    assert pedido.facturar(bridge.sides, order) == first
    paid = snapshot(bridge, order)
    assert bridge.sides.pos("venta_web", pedido=paid) == first
    with pytest.raises(Exception, match="otro total"):
        bridge.sides.pos("venta_web", pedido=paid | {"total": "1.00"})
    assert invoices(bridge, order) == 1


def test_el_intento_y_el_barrido_a_la_vez_dan_una_sola_factura(bridge):
    product = bridge.give(bridge.product(stock=50), 40)
    orders = [bridge.order(product) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        sweeps = [pool.submit(pedido.barrer, bridge.sides) for _ in range(4)]
        asked = [pool.submit(pedido.facturar, bridge.sides, order) for order in orders * 2]
        codes = {future.result()["fac_codigo"] for future in asked}
        assert all(future.exception() is None for future in sweeps)
    assert len(codes) == 4 and {bridge.state(order)[0] for order in orders} == {"FACTURADO"}
    assert [invoices(bridge, order) for order in orders] == [1] * 4


@pytest.mark.parametrize("after", [False, True], ids=["antes", "despues"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_morir_en_cualquier_paso_termina_en_una_factura(bridge, nth, after):
    product = bridge.give(bridge.product(), 3)
    order = bridge.order(product)
    dying = Broken(bridge.sides.runtime, nth, after)
    with pytest.raises(Problem):
        pedido.facturar(dying, order)
    assert dying.steps == ["pedido_por_facturar", "venta_web", "pedido_facturado"][:nth]
    assert [finding for finding in bridge.violations()] == []  # half done is not inconsistent
    bridge.sweep()
    assert bridge.state(order)[0] == "FACTURADO" and invoices(bridge, order) == 1
    assert bridge.web(product) == (2, 2)


def test_con_el_punto_de_venta_caido_se_cobra_y_la_factura_llega_al_volver(bridge):
    product = bridge.give(bridge.product(), 3)
    with bridge.away("pos"):
        answer = bridge.shopper().buy(product, 2)
        assert answer.status_code == 202, answer.text
        assert answer.json["fac_codigo"] == answer.json["ped_codigo"] and answer.json["fac_numero"] is None
        again = bridge.shopper().buy(product)
        assert again.status_code == 202
    orders = [answer.json["ped_codigo"], again.json["ped_codigo"]]
    assert [bridge.state(order) for order in orders] == [("PAGADO", None)] * 2
    bridge.sweep()
    assert {bridge.state(order)[0] for order in orders} == {"FACTURADO"}
    assert bridge.web(product) == (0, 0)


def test_nadie_mas_que_el_puente_factura_pedidos(bridge):
    for role in ("admin", "adm_ventas", "ventas"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bridge.staff(role)("venta_web", pedido="{}")
