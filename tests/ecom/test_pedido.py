"""Orders: own rows for shoppers, all for the staff who sell, count or audit, and what the bridge takes and brings."""

from decimal import Decimal

import psycopg
import pytest

READERS = ["ventas", "adm_ventas", "contador", "auditor", "admin"]


def test_cada_quien_ve_lo_suyo(shopper, product):
    me, other = shopper(), shopper()
    mine = [me.buy(product()).json["ped_codigo"] for _ in range(2)]
    answer = me("GET", "/pedido")
    assert [row["ped_codigo"] for row in answer.json["data"]] == mine[::-1] and answer.json["total"] == 2
    assert other("GET", "/pedido").json["data"] == []
    for method, path in (("GET", f"/pedido/{mine[0]}"), ("POST", f"/pedido/{mine[0]}/cancelar")):
        hidden = other(method, path)
        assert (hidden.status_code, hidden.json["regla"]) == (404, "pedido_existe")
    assert me("GET", "/pedido?estado=CANCELADO").json["total"] == 0


@pytest.mark.parametrize("role", [*READERS, "bodega", "cajero", "compras", "adm_fact"])
def test_el_personal_que_vende_cuenta_o_audita_ve_todos(client, auth, shopper, product, role):
    order = shopper().buy(product()).json["ped_codigo"]
    for path in ("/pedido", f"/pedido/{order}"):
        answer = client.get(f"/api/ecom{path}", headers=auth(role, "ecom"))
        assert answer.status_code == (200 if role in READERS else 403), (role, answer.text)
    assert client.post(f"/api/ecom/pedido/{order}/cancelar", headers=auth(role, "ecom")).status_code == 403


def test_sin_sesion_no_hay_pedidos(client):
    assert client.get("/api/ecom/pedido").status_code == 401
    assert client.get("/api/ecom/auth/me").status_code == 401


def test_el_puente_lleva_la_instantanea_completa(admin, shopper, product):
    me, code = shopper(), product("3.33", prd_promocion=10)
    address = me("POST", "/direccion", {"dir_calle": "Av. 10", "ct_codigo": "GYE"}).json["dir_codigo"]
    me("POST", "/carrito", {"prd_codigo": code, "cantidad": 3})
    me("PUT", "/carrito/envio", {"direccion": address})
    paid = me("POST", "/pagos/checkout", {"card_number": "4242424242424242", "direccion": address}).json
    product("9.99", 0, code=code, prd_version=2)
    (order,) = admin("pedido_por_facturar", ped_codigo=paid["ped_codigo"])
    assert order["cliente"]["cli_ruc_ced"] == me.ruc and order["cliente"]["cli_mail"] == me.email
    assert order["pago"]["monto"] == order["total"] == paid["total"]
    goods, shipping = order["lineas"]
    assert (goods["precio"], goods["cantidad"], goods["promocion"], goods["descuento"]) == (
        "3.33",
        3,
        10,
        "1.00",
    )
    assert (goods["iva_codigo"], goods["sri_codigo"], goods["porcentaje"]) == ("GEN", "4", 15)
    assert (shipping["prd_codigo"], shipping["subtotal"]) == ("ENVIO", "5.00")
    amounts = [Decimal(line["subtotal"]) + Decimal(line["iva"]) for line in order["lineas"]]
    assert sum(amounts) == Decimal(order["total"])


def test_la_factura_se_anota_una_vez(admin, shopper, product):
    me = shopper()
    order = me.buy(product()).json["ped_codigo"]
    failed = admin("pedido_factura_fallar", ped_codigo=order, error="el POS no responde")
    assert failed["fac_intentos"] == 1
    assert order not in {row["ped_codigo"] for row in admin("pedido_por_facturar", limite=1000)}
    invoice = {"ped_codigo": order, "fac_codigo": "FAC0000042", "fac_numero": "001-001-000000042"}
    for _ in range(2):
        assert admin("pedido_facturado", **invoice, cli_codigo="CLI0000077")["ped_estado"] == "FACTURADO"
    with pytest.raises(psycopg.Error, match="no espera esa factura"):
        admin("pedido_facturado", **{**invoice, "fac_codigo": "FAC0000043"})
    assert admin("pedido_por_facturar", ped_codigo=order) == []
    assert me("GET", "/auth/me").json["cli_codigo"] == "CLI0000077"


def test_el_cupo_se_mueve_una_vez_por_movimiento(admin, product):
    code = product(units=5)
    for _ in range(2):
        assert admin("cupo_ajustar", prd_codigo=code, delta=3, id=f"{code}-mas")["cupo"] == 8
    for _ in range(2):
        lowered = admin("cupo_bajar", prd_codigo=code, pedido=100, id=f"{code}-menos")
        assert (lowered["pedido"], lowered["concedido"], lowered["cupo"]) == (100, 8, 0)
    assert admin("cupo_obtener", prd_codigo="PRD-NADA")["disponible"] == 0
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        admin("cupo_ajustar", prd_codigo="PRD-NADA", delta=1, id="nada")


def test_bajar_el_cupo_no_toca_lo_reservado(admin, shopper, product):
    code = product(units=5)
    shopper().buy(code, 2, card="4000000000000259")
    assert admin("cupo_bajar", prd_codigo=code, pedido=5, id=f"{code}-baja")["concedido"] == 3
