"""Purchases without an order, what they leave owing, and paying it."""

from decimal import Decimal

from .acts import forbidden, refused, ruc_company


def supplier(shop):
    row = shop.do("admin", "proveedor_crear", prv_razonsocial="Molinos S. A.", prv_ruc=ruc_company())
    return row["prv_codigo"]


def material(shop, **more):
    row = shop.do("admin", "materiaprima_crear", mp_descripcion="Sal", um_compra="KG", **more)
    return row["mp_codigo"]


def buy(shop, lines, pago="BANCO", role="adm_compras", **more):
    """``lines`` are (item, quantity, unit cost)."""
    items, quantities, costs = zip(*lines, strict=True)
    return shop.do(
        role, "compra_crear", itm_codigo=list(items), cantidad=[Decimal(str(q)) for q in quantities],
        costo_unitario=[Decimal(str(c)) for c in costs], pago=pago, **more,
    )  # fmt: skip


def test_comprar_entra_bienes_y_materiales_y_cuadra_al_centavo(counter):
    product, mp = counter.product(iva_codigo="CER"), material(counter)
    made = buy(counter, [(product, 3, "1.111111"), (mp, 7, "0.333")], prv_codigo=supplier(counter))
    assert (made["cmp_subtotal"], made["cmp_iva"], made["cmp_total"]) == ("5.66", "0.35", "6.01")
    posted = counter.posted("CMP", made["cmp_codigo"])
    assert posted[("INVENTARIO", "")] == Decimal("5.66") and posted[("BANCO", "")] == Decimal("-6.01")
    assert counter.do("bodega", "materiaprima_obtener", mp_codigo=mp)["mp_precio_compra"] == "0.333"
    assert counter.do("ventas", "producto_obtener", prd_codigo=product)["prd_stock"] == 3


def test_a_credito_se_debe_y_se_paga_por_partes(counter):
    prv, product = supplier(counter), counter.product()
    made = buy(counter, [(product, 10, 2)], "CREDITO", prv_codigo=prv, nro_documento="001-9")
    (debt,) = counter.do("adm_compras", "cuenta_por_pagar_listar", prv_codigo=prv)["data"]
    assert (debt["documento"], debt["nro_documento"], debt["saldo"]) == (made["cmp_codigo"], "001-9", "23.00")
    with counter.acting("adm_compras") as act:
        pay = {"cxp_id": debt["id"], "pago": "BANCO"}
        assert (
            refused(act, "pago_dentro_de_la_deuda", "cuenta_por_pagar_pagar", monto="23.01", **pay) == "409"
        )
        assert refused(act, "monto_positivo", "cuenta_por_pagar_pagar", monto=0, **pay) == "422"
        assert refused(act, "sin_sesion_caja", "cuenta_por_pagar_pagar",
                       cxp_id=debt["id"], monto=1, pago="CAJA") == "409"  # fmt: skip
        assert act("cuenta_por_pagar_pagar", monto="20.00", **pay)["saldo"] == "3.00"
        assert refused(act, "documento_pagado", "compra_anular", cmp_codigo=made["cmp_codigo"]) == "409"
        assert act("cuenta_por_pagar_pagar", monto="3.00", **pay)["estado"] == "PAG"
        assert refused(act, "cuenta_por_pagar_abierta", "cuenta_por_pagar_pagar", monto=1, **pay) == "409"


def test_anular_saca_lo_que_entro_y_devuelve_el_dinero(counter):
    prv, product = supplier(counter), counter.product(prd_stock=5, prd_costo=1)
    made = buy(counter, [(product, 5, 3)], "CREDITO", prv_codigo=prv)
    done = counter.do("adm_compras", "compra_anular", cmp_codigo=made["cmp_codigo"])
    assert (done["cmp_estado"], done["motivo"]) == ("ANU", "SIN MOTIVO")
    assert counter.posted("CMP", made["cmp_codigo"]) == {}
    assert counter.do("adm_compras", "cuenta_por_pagar_listar", prv_codigo=prv)["data"][0]["estado"] == "ANU"
    row = counter.do("adm_bodega", "kardex_producto_listar", prd_codigo=product)["data"][0]
    assert (row["krd_signo"], row["saldo"], row["valor_saldo"]) == (-1, 5, "5.00")
    with counter.acting("adm_compras") as act:
        assert refused(act, "compra_anulada", "compra_anular", cmp_codigo=made["cmp_codigo"]) == "409"


def test_una_compra_de_menos_de_un_centavo_tambien_se_anula(counter):
    """It moved goods and no money: only what whole cents of the inventory disagree about is posted."""
    product = counter.product(prd_stock=1, prd_costo="0.002")
    bought = buy(counter, [(product, "0.333", "0.01")])
    assert bought["cmp_total"] == "0.00"
    assert counter.do("adm_compras", "compra_anular", cmp_codigo=bought["cmp_codigo"])["cmp_estado"] == "ANU"
    counter.healthy()


def test_lo_ya_vendido_no_se_anula_y_lo_que_falta_de_valor_es_diferencia(counter):
    product = counter.product(prd_stock=10, prd_costo=1)
    made = buy(counter, [(product, 10, 3)])
    counter.issue((product, 5))  # the average is 2: what stays is 15 units worth 30
    done = counter.do("adm_compras", "compra_anular", cmp_codigo=made["cmp_codigo"])
    assert done["cmp_estado"] == "ANU"
    row = counter.do("adm_bodega", "kardex_producto_listar", prd_codigo=product)["data"][0]
    assert (row["saldo"], row["valor_saldo"]) == (5, "0.00")
    sold = counter.product()
    other = buy(counter, [(sold, 2, 1)])
    counter.issue((sold, 1))
    with counter.acting("adm_compras") as act:
        assert (
            refused(act, "existencia_insuficiente", "compra_anular", cmp_codigo=other["cmp_codigo"]) == "409"
        )


def test_lo_que_no_corresponde_se_rechaza_con_su_regla(counter):
    product, service = counter.product(), counter.product(prd_tipo="SERVICIO")
    with counter.acting("adm_compras") as act:
        asks = {"cantidad": [Decimal(1)], "costo_unitario": [Decimal(1)], "itm_codigo": [product]}
        for more, rule in (
            ({"pago": "CREDITO"}, "compra_credito_con_proveedor"),
            ({"pago": "BANCO", "itm_codigo": [service]}, "articulo_comprable"),
            ({"pago": "BANCO", "itm_codigo": ["PRD9999999"]}, "articulo_comprable"),
            ({"pago": "BANCO", "cantidad": [Decimal(0)]}, "compra_linea_valida"),
            ({"pago": "BANCO", "itm_codigo": []}, "compra_con_lineas"),
            ({"pago": "BANCO", "prv_codigo": "PRV9999999"}, "proveedor_activo"),
            ({"pago": "FIADO"}, "pago_conocido"),
        ):  # fmt: skip
            assert refused(act, rule, "compra_crear", **{**asks, **more}) == "422"
        assert refused(act, "sin_sesion_caja", "compra_crear", **asks, pago="CAJA") == "409"
    with counter.acting("cajero") as act:
        assert refused(act, "compra_de_caja", "compra_crear", **asks, pago="BANCO") == "403"
    with counter.acting("compras") as act:
        forbidden(act, "compra_crear", **asks, pago="BANCO")
        forbidden(act, "cuenta_por_pagar_listar")


def test_el_doctor_ve_una_deuda_que_no_cuadra(counter, pos):
    buy(counter, [(counter.product(), 1, 5)], "CREDITO", prv_codigo=(prv := supplier(counter)))
    pos.execute("SAVEPOINT antes")
    pos.execute("UPDATE datos.cuenta_por_pagar SET cxp_saldo = cxp_saldo - 1 WHERE prv_codigo = %s", (prv,))
    found = pos.execute("SELECT * FROM privado.doctor_pago_igual_cuenta()").fetchall()
    pos.execute("ROLLBACK TO antes")
    assert found == [(prv,)]


def test_por_http_cada_linea_nombra_una_sola_cosa(client, auth):
    headers, keeper = auth("adm_compras"), auth("admin")
    prd = client.post(
        "/api/pos/producto", headers=keeper, json={"prd_nombre": "Vaso", "um_venta": "UND", "prd_precio_venta": 2}
    ).json["prd_codigo"]  # fmt: skip
    line = {"prd_codigo": prd, "cantidad": 4, "costo_unitario": "0.50"}
    made = client.post("/api/pos/compra", headers=headers, json={"lineas": [line], "pago": "BANCO"})
    assert made.status_code == 201 and made.json["cmp_total"] == "2.30", made.text
    both = {**line, "mp_codigo": "MP00000001"}
    answer = client.post("/api/pos/compra", headers=headers, json={"lineas": [both], "pago": "BANCO"})
    assert (answer.status_code, answer.json["regla"]) == (422, "linea_un_articulo")
    rows = client.get("/api/pos/compra?page=1", headers=headers).json["data"]
    assert made.json["cmp_codigo"] in [row["cmp_codigo"] for row in rows]
    code = made.json["cmp_codigo"]
    assert (
        client.post(f"/api/pos/compra/{code}/anular", headers=headers, json={"motivo": "error"}).json[
            "motivo"
        ]
        == "error"
    )
    assert client.get("/api/pos/cuenta-por-pagar?page=1&estado=PEN", headers=headers).status_code == 200
