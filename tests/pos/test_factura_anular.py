"""Annulling: everything comes back as it left, in time, once, and the number stays."""

from datetime import date
from decimal import Decimal

import pytest

from .acts import refused


def test_anular_devuelve_los_bienes_a_su_valor_y_el_dinero(counter):
    product = counter.product("30.00", prd_stock=10, prd_costo="12.345")
    code = counter.issue((product, 3), (counter.product(prd_tipo="SERVICIO"), 1))["factura"]["fac_codigo"]
    counter.do("adm_bodega", "kardex_producto_crear", prd_codigo=product, trn_cod="AJU", krd_prd_cantidad=3,
               krd_razon="compra", costo_unitario=99)  # fmt: skip
    document = counter.do("adm_ventas", "factura_anular", fac_codigo=code, motivo=" Se arrepintió ")[
        "factura"
    ]
    assert (document["fac_estado"], document["fac_motivo_anulacion"]) == ("ANU", "Se arrepintió")
    assert document["fac_numero"] is not None
    assert counter.stock(product) == (13, Decimal("420.45"))
    assert counter.posted("FAC", code) == {}


def test_sin_motivo_se_dice_sin_motivo(counter):
    code = counter.issue((counter.product(prd_tipo="SERVICIO"), 1))["factura"]["fac_codigo"]
    assert (
        counter.do("adm_fact", "factura_anular", fac_codigo=code)["factura"]["fac_motivo_anulacion"]
        == "SIN MOTIVO"
    )


def test_se_anula_una_sola_vez(counter):
    code = counter.issue((counter.product(prd_stock=5, prd_costo=1), 1))["factura"]["fac_codigo"]
    counter.do("adm_ventas", "factura_anular", fac_codigo=code)
    with counter.acting("adm_ventas") as act:
        assert refused(act, "factura_anulada", "factura_anular", fac_codigo=code) == "409"
        assert refused(act, "factura_abierta", "factura_aprobar", fac_codigo=code) == "409"


def test_un_borrador_se_descarta_sin_numero(counter):
    product = counter.product(prd_stock=5, prd_costo=1)
    header = counter.do("adm_ventas", "factura_anular", fac_codigo=counter.draft((product, 1)))["factura"]
    assert (header["fac_estado"], header["fac_numero"]) == ("ANU", None)
    assert counter.stock(product) == (5, 5)


@pytest.mark.parametrize(
    ("issued", "last_day"),
    [("2026-01-01", "2026-02-07"), ("2026-01-31", "2026-02-07"), ("2025-12-15", "2026-01-07")],
)
def test_el_plazo_es_el_siete_del_mes_siguiente_o_lo_que_diga_el_ajuste(counter, issued, last_day):
    limit = "SELECT privado.anulacion_limite(%s)"
    assert counter.conn.execute(limit, (issued,)).fetchone() == (date.fromisoformat(last_day),)
    counter.settings(anulacion_hasta_dia="10")
    assert counter.conn.execute(limit, (issued,)).fetchone()[0].day == 10


def test_fuera_de_plazo_no_se_anula(counter):
    code = counter.issue((counter.product(prd_tipo="SERVICIO"), 1))["factura"]["fac_codigo"]
    counter.rewrite(
        "UPDATE datos.factura SET fac_fecha_aprobacion = now() - interval '2 months' WHERE fac_codigo = %s",
        code,
    )
    with counter.acting("adm_ventas") as act:
        assert refused(act, "anulacion_a_tiempo", "factura_anular", fac_codigo=code) == "409"


def test_a_consumidor_final_no_se_le_anula(counter):
    code = counter.issue((counter.product(prd_tipo="SERVICIO"), 1), buyer="CLI0000001")["factura"][
        "fac_codigo"
    ]
    with counter.acting("admin") as act:
        assert refused(act, "consumidor_final_sin_anulacion", "factura_anular", fac_codigo=code) == "409"


def test_anular_a_credito_cierra_la_deuda(counter):
    counter.settings(factura_directa="CREDITO")
    client = counter.buyer(limit="100")
    code = counter.issue((counter.product(prd_tipo="SERVICIO"), 1), buyer=client)["factura"]["fac_codigo"]
    counter.do("adm_ventas", "factura_anular", fac_codigo=code)
    assert counter.do("ventas", "cliente_obtener", cli_codigo=client)["cli_deuda"] == "0.00"
    [row] = counter.conn.execute(
        "SELECT cxc_estado, cxc_saldo FROM datos.cuenta_por_cobrar WHERE doc_codigo = %s", (code,)
    ).fetchall()
    assert row == ("ANU", 0)


def test_lo_vendido_desde_la_bodega_web_vuelve_a_la_del_punto(counter):
    product = counter.product(prd_stock=5, prd_costo=2)
    code = counter.draft((product, 2))
    counter.conn.execute("UPDATE datos.factura SET bod_codigo = 'TRANSITO' WHERE fac_codigo = %s", (code,))
    counter.conn.execute("SELECT privado.kardex_trasladar(%s, 'B001', 'TRANSITO', 2, 'TRA', '1')", (product,))
    counter.do("ventas", "factura_aprobar", fac_codigo=code)
    counter.do("adm_ventas", "factura_anular", fac_codigo=code)
    assert (counter.stock(product, "TRANSITO"), counter.stock(product)) == ((0, 0), (5, 10))


def test_el_reembolso_es_uno_de_los_conocidos(counter):
    code = counter.issue((counter.product(prd_tipo="SERVICIO"), 1))["factura"]["fac_codigo"]
    with counter.acting("adm_ventas") as act:
        assert (
            refused(act, "reembolso_conocido", "factura_anular", fac_codigo=code, reembolso="CHEQUE") == "422"
        )
        assert (
            refused(act, "sin_sesion_caja", "factura_anular", fac_codigo=code, reembolso="EFECTIVO") == "409"
        )
