"""X and Z: what a session did, to whom it is told, and that a Z never changes."""

import pytest

from .acts import refused
from .drawer import balance, closed, debt, moved, opened

HIDDEN = [
    ("monto_esperado",), ("ventas", "total"), ("anuladas", "total"),
    ("efectivo", "entradas"), ("efectivo", "salidas"), ("efectivo", "reembolsos"),
]  # fmt: skip


def at(report, path):
    for key in path:
        report = report[key]
    return report


def sold(shop, *payments, units=1, state="APR"):
    """A sale of the cashier's session, 11.50 a unit, paid like that."""
    methods, amounts = zip(*payments, strict=True)
    code = shop.do(
        "cajero", "venta_crear", prd_codigo=[shop.product(prd_stock=9, prd_costo=1)], cantidad=[units],
        metodo=list(methods), monto=list(amounts), cli_codigo=shop.buyer(),
    )["factura"]["fac_codigo"]  # fmt: skip
    if state == "ANU":
        shop.do("adm_ventas", "factura_anular", fac_codigo=code)


@pytest.fixture
def session(counter):
    """A session with three sales, one annulled, a collection, and money in and out."""
    made = opened(counter)
    sold(counter, ("EFECTIVO", "10.00"), ("QR", "1.50"))
    sold(counter, ("EFECTIVO", "20.00"), ("TARJETA", "3.00"), units=2)
    sold(counter, ("QR", "11.50"), state="ANU")
    pay = {"monto": "7.00", "metodo": "EFECTIVO"}
    counter.do("cajero", "cuenta_por_cobrar_cobrar", cxc_codigo=debt(counter, "9.00"), **pay)
    moved(counter, "INGRESO", "5.00")
    moved(counter, "EGRESO", "2.00")
    moved(counter, "EGRESO", "1.00")
    return made


def test_x_cuenta_ventas_pagos_iva_y_efectivo_por_acto(counter, session):
    x = counter.do("adm_ventas", "sesion_caja_reporte", id=session["id"])
    assert (x["tipo"], x["ciego"], x["monto_esperado"]) == ("X", False, "81.00")
    assert (x["ventas"]["cantidad"], x["ventas"]["total"]) == (2, "34.50")
    assert (x["anuladas"]["cantidad"], x["anuladas"]["total"]) == (1, "11.50")
    assert int(x["ventas"]["ultima"][-9:]) == int(x["ventas"]["primera"][-9:]) + 1
    assert [(p["metodo"], p["cantidad"], p["monto"]) for p in x["pagos"]] == [
        ("EFECTIVO", 2, "30.00"), ("QR", 1, "1.50"), ("TARJETA", 1, "3.00"),
    ]  # fmt: skip
    assert x["iva"] == [{"sri_codigo": "4", "porcentaje": 15, "base": "30.00", "iva": "4.50"}]
    assert (x["efectivo"]["entradas"], x["efectivo"]["salidas"]) == ("42.00", "3.00")
    assert [(a["concepto"], a["cantidad"], a["monto"]) for a in x["efectivo"]["actos"]] == [
        ("Cobros a clientes", 1, "7.00"), ("Ventas", 2, "30.00"), ("Ingresos", 1, "5.00"), ("Egresos", 2, "3.00"),
    ]  # fmt: skip
    assert [m["monto"] for m in x["movimientos"]] == ["5.00", "2.00", "1.00"]


def test_el_cajero_no_ve_lo_que_deberia_haber_mientras_esta_abierta(counter, session):
    x, told = (counter.do("cajero", f"sesion_caja_{act}") for act in ("reporte", "balance"))
    assert x["ciego"] is told["ciego"] is True
    assert [at(x, path) for path in HIDDEN] == [None] * len(HIDDEN)
    assert {a["monto"] for a in x["efectivo"]["actos"]} == {row["base"] for row in x["iva"]} == {None}
    assert [p["monto"] for p in x["pagos"]] == [None, "1.50", "3.00"]
    assert told["monto_esperado"] is told["entradas"] is told["salidas"] is None
    assert told["pagos"] == x["pagos"]
    for role in ("adm_ventas", "contador", "auditor", "admin"):
        seen = counter.do(role, "sesion_caja_balance", id=session["id"])
        assert (seen["ciego"], seen["monto_esperado"]) == (False, "81.00"), role
    counter.settings(arqueo_ciego="false")
    assert counter.do("cajero", "sesion_caja_balance")["monto_esperado"] == "81.00"


def test_los_pasos_internos_no_dicen_mas_que_el_reporte(counter, session):
    """By raw SQL the cashier reaches neither the account and its balance nor the steps behind the report."""
    with counter.acting("cajero") as act:
        for question in (
            "SELECT saldo FROM datos.saldo",
            "SELECT monto FROM datos.asiento_linea",
            f"SELECT privado.saldo_de('CAJA', '{session['id']}')",
            f"SELECT privado.sesion_caja_hecho({session['id']}, false)",
            f"SELECT privado.sesion_caja_efectivo({session['id']}, false)",
            "SELECT contenido FROM datos.sesion_caja_z",
        ):
            with pytest.raises(Exception, match="permission denied"), counter.conn.transaction():
                act.conn.execute(question)


def test_z_es_el_mismo_aunque_despues_se_anule_una_venta(counter, session):
    z = closed(counter, session, "80.00", fondo="20.00")
    assert (z["tipo"], z["ciego"], z["monto_esperado"]) == ("Z", False, "81.00")
    assert (z["sesion"]["monto_final_declarado"], z["sesion"]["diferencia"]) == ("80.00", "-1.00")
    assert counter.do("cajero", "sesion_caja_reporte", id=session["id"]) == z
    before = counter.do("cajero", "sesion_caja_obtener", id=session["id"])
    assert before["anuladas_despues"] == {"cantidad": 0, "total": "0.00"}
    standing = counter.conn.execute(
        "SELECT min(fac_codigo) FROM datos.factura WHERE ses_id = %s AND fac_estado = 'APR'", (session["id"],)
    ).fetchone()[0]
    counter.do("adm_ventas", "factura_anular", fac_codigo=standing, reembolso="TRANSFERENCIA")
    assert counter.do("contador", "sesion_caja_reporte", id=session["id"]) == z
    after = counter.do("cajero", "sesion_caja_obtener", id=session["id"])
    assert after["anuladas_despues"] == {"cantidad": 1, "total": "11.50"}
    assert balance(counter, "CAJA", session["id"]) == 0


def test_nadie_ve_la_sesion_de_un_colega(counter, session, staff):
    with counter.acting(staff("cajero")) as act:
        for name in ("obtener", "balance", "reporte"):
            assert refused(act, "sesion_caja_existe", f"sesion_caja_{name}", id=session["id"]) == "404"
        for name in ("balance", "reporte"):
            assert refused(act, "sin_sesion_caja", f"sesion_caja_{name}") == "404"
        assert act("sesion_caja_listar", page=1)["data"] == []
