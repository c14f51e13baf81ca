"""Issuing: one act posts the goods, the money and the number, or nothing at all."""

from decimal import Decimal

import pytest

from .acts import refused


def test_aprobar_descuenta_existencia_asienta_y_numera(counter):
    product, service = (
        counter.product("30.00", prd_stock=10, prd_costo="12.345"),
        counter.product("5.00", prd_tipo="SERVICIO"),
    )
    zero = counter.product("2.00", iva_codigo="CER", prd_stock=3, prd_costo=1)
    header = counter.issue((product, 2), (service, 1), (zero, 3))["factura"]
    assert [header[key] for key in ("fac_estado", "fac_subtotal", "fac_iva", "fac_total")] == [
        "APR",
        "71.00",
        "9.75",
        "80.75",
    ]
    assert header["fac_numero"].startswith("001-001-") and len(header["fac_numero"]) == 17
    assert header["fac_fecha"] == header["fac_fecha_aprobacion"]
    assert counter.stock(product) == (8, Decimal("98.76"))
    assert counter.stock(zero) == (0, 0)
    assert counter.posted("FAC", header["fac_codigo"]) == {
        ("CAJA_GENERAL", "001"): Decimal("80.75"), ("VENTAS", ""): Decimal("-71.00"),
        ("IVA_VENTAS", "4"): Decimal("-9.75"),
        ("COSTO_VENTAS", ""): Decimal("27.69"), ("INVENTARIO", ""): Decimal("-27.69"),
    }  # fmt: skip


def test_los_numeros_de_un_punto_son_seguidos_aunque_alguien_falle(counter):
    good, short = counter.product(prd_stock=9, prd_costo=1), counter.product(prd_stock=1, prd_costo=1)
    numbers = [int(counter.issue((good, 1))["factura"]["fac_numero"][-9:])]
    failed = counter.draft((good, 1), (short, 2))
    with counter.acting("ventas") as act:
        assert refused(act, "existencia_insuficiente", "factura_aprobar", fac_codigo=failed) == "409"
    assert counter.stock(good) == (8, 8)
    numbers.append(int(counter.issue((good, 1))["factura"]["fac_numero"][-9:]))
    assert numbers[1] == numbers[0] + 1


def test_cada_punto_de_emision_tiene_su_serie(counter, staff):
    service = counter.product(prd_tipo="SERVICIO")
    seller = staff("ventas", branch="002")
    code = counter.do(seller, "factura_crear", cli_codigo=counter.buyer())["fac_codigo"]
    counter.do(seller, "factura_detalle_crear", fac_codigo=code, prd_codigo=service, pxfa_cantidad=1)
    header = counter.do(seller, "factura_aprobar", fac_codigo=code)["factura"]
    assert header["fac_numero"].startswith("002-001-")
    assert ("CAJA_GENERAL", "002") in counter.posted("FAC", code)


def test_el_iva_es_el_de_la_fecha_local_en_que_se_emite(counter):
    code = counter.draft((counter.product("100.00", prd_stock=1, prd_costo=1), 1))
    counter.rewrite(
        "UPDATE datos.tarifa_iva SET hasta = privado.hoy() - 1 WHERE iva_codigo = 'GEN' AND hasta IS NULL"
    )
    counter.rewrite("INSERT INTO datos.tarifa_iva VALUES ('GEN', '10', 13, privado.hoy(), NULL)")
    document = counter.do("ventas", "factura_aprobar", fac_codigo=code)
    assert (document["detalle"][0]["iva_porcentaje"], document["factura"]["fac_total"]) == (13, "113.00")
    assert counter.posted("FAC", code)["IVA_VENTAS", "10"] == Decimal(-13)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_la_fecha_local_es_la_de_la_zona_de_la_empresa(counter, zone):
    """25 hours apart: one of the two is never the server's day."""
    counter.settings(zona_horaria=zone)
    day = counter.conn.execute("SELECT (now() AT TIME ZONE %s)::date", (zone,)).fetchone()[0]
    counter.rewrite(
        "UPDATE datos.tarifa_iva SET hasta = %s::date - 1 WHERE iva_codigo = 'GEN' AND hasta IS NULL", day
    )
    rates = "('GEN', '9', 20, %s, %s), ('GEN', '4', 15, %s::date + 1, NULL)"
    counter.rewrite(f"INSERT INTO datos.tarifa_iva VALUES {rates}", day, day, day)
    assert counter.issue((counter.product("1.00", prd_tipo="SERVICIO"), 1))["factura"]["fac_iva"] == "0.20"


def test_una_clase_sin_tarifa_ese_dia_no_se_vende(counter):
    code = counter.draft((counter.product(), 1))
    counter.rewrite(
        "UPDATE datos.tarifa_iva SET hasta = privado.hoy() - 1 WHERE iva_codigo = 'GEN' AND hasta IS NULL"
    )
    with counter.acting("ventas") as act:
        assert refused(act, "iva_sin_tarifa", "factura_aprobar", fac_codigo=code) == "422"


def test_lo_que_no_se_puede_emitir_se_rechaza_con_su_regla(counter):
    product, client = counter.product("60.00", prd_stock=9, prd_costo=1), counter.buyer()
    cases = {
        "factura_con_lineas": counter.draft(),
        "consumidor_final_maximo": counter.draft((product, 1), buyer="CLI0000001"),
        "cliente_activo": counter.draft((product, 1), buyer=client),
        "factura_abierta": counter.issue((product, 1))["factura"]["fac_codigo"],
    }
    counter.do("adm_ventas", "cliente_eliminar", cli_codigo=client)
    with counter.acting("ventas") as act:
        for rule, code in cases.items():
            assert refused(act, rule, "factura_aprobar", fac_codigo=code) == "409"
    gone = counter.draft((product, 1))
    counter.do("admin", "producto_actualizar", prd_codigo=product, prd_estado="SUS")
    with counter.acting("ventas") as act:
        assert refused(act, "producto_activo", "factura_aprobar", fac_codigo=gone) == "409"


def test_consumidor_final_compra_hasta_el_maximo(counter):
    counter.settings(consumidor_final_maximo="11.50")
    assert (
        counter.issue((counter.product("10.00", prd_tipo="SERVICIO"), 1), buyer="CLI0000001")["factura"][
            "fac_total"
        ]
        == "11.50"
    )


def test_a_credito_la_deuda_es_una_sola_y_respeta_el_limite(counter, staff):
    counter.settings(factura_directa="CREDITO")
    client, service = counter.buyer(limit="34.50"), counter.product("10.00", prd_tipo="SERVICIO")
    first = counter.issue((service, 2), buyer=client)["factura"]["fac_codigo"]
    assert counter.posted("FAC", first)["CLIENTE", client] == Decimal("23.00")
    seller = staff("ventas", branch="002")
    counter.do(seller, "factura_aprobar", fac_codigo=counter.draft((service, 1), buyer=client, role=seller))
    debts = {
        role: counter.do(role, "cliente_obtener", cli_codigo=client)["cli_deuda"]
        for role in ("ventas", seller, "adm_ventas", "contador")
    }
    assert set(debts.values()) == {"34.50"}
    over = counter.draft((counter.product("0.01", prd_tipo="SERVICIO"), 1), buyer=client)
    final = counter.draft((service, 1), buyer="CLI0000001")
    with counter.acting("ventas") as act:
        assert refused(act, "limite_credito", "factura_aprobar", fac_codigo=over) == "409"
        assert refused(act, "consumidor_final_sin_credito", "factura_aprobar", fac_codigo=final) == "409"


def test_un_regalo_no_asienta_venta_pero_si_su_costo(counter):
    product = counter.product("10.00", prd_promocion=100, prd_stock=2, prd_costo=3)
    code = counter.issue((product, 1))["factura"]["fac_codigo"]
    assert counter.posted("FAC", code) == {("COSTO_VENTAS", ""): Decimal(3), ("INVENTARIO", ""): Decimal(-3)}


def test_la_emision_queda_auditada_con_quien_la_hizo(counter):
    code = counter.draft((counter.product(prd_tipo="SERVICIO"), 1))
    counter.do("adm_fact", "factura_aprobar", fac_codigo=code)
    rows = counter.conn.execute(
        "SELECT operacion, usuario, despues ->> 'fac_estado' FROM datos.auditoria"
        " WHERE tabla = 'factura' AND clave = %s ORDER BY aud_id", (code,),
    ).fetchall()  # fmt: skip
    login = counter.people.login
    assert rows == [("INSERT", login("ventas"), "PEN"), ("UPDATE", login("adm_fact"), "APR")]
