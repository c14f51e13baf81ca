"""The doctor sees each kind of damage, and only auditor and admin may ask."""

import pytest

from .acts import forbidden
from .counter import Counter

OF_PRODUCT = "WHERE itm_codigo = %(prd)s"
OF_INVOICE = "WHERE fac_codigo = %(fac)s"
OF_LINE = "WHERE linea = 1 AND asi_id = (SELECT min(asi_id) FROM datos.asiento WHERE doc_codigo = %(fac)s)"
DAMAGE = {
    "existencia_igual_kardex": f"datos.existencia SET exi_cantidad = exi_cantidad + 1 {OF_PRODUCT}",
    "kardex_corrido": f"datos.kardex SET krd_saldo = krd_saldo + 1 {OF_PRODUCT}",
    "kardex_conocido": f"datos.kardex SET krd_signo = -krd_signo {OF_PRODUCT}",
    "asiento_cuadra": f"datos.asiento_linea SET monto = monto + 1 {OF_LINE}",
    "saldo_igual_libro": "datos.saldo SET saldo = saldo + 1",
    "cuenta_conocida": f"datos.asiento_linea SET cta_id = -1 {OF_LINE}",
    "inventario_igual_existencia": f"datos.existencia SET exi_valor = exi_valor + 1 {OF_PRODUCT}",
    "cobro_igual_cuenta": "datos.cuenta_por_cobrar SET cxc_saldo = cxc_saldo - 1 WHERE doc_codigo = %(fac)s",
    "numeracion_sin_huecos": f"datos.factura SET fac_secuencial = fac_secuencial + 7 {OF_INVOICE}",
    "factura_suma_lineas": f"datos.factura SET fac_iva = fac_iva + 1, fac_total = fac_total + 1 {OF_INVOICE}",
    "factura_en_kardex": f"datos.factura_detalle SET pxfa_costo = pxfa_costo + 1 {OF_INVOICE}",
    "factura_en_libro": f"datos.factura SET fac_estado = 'ANU' {OF_INVOICE}",
}


@pytest.fixture
def shop(pos, people):
    return Counter(pos, people)


@pytest.mark.parametrize("invariant", DAMAGE)
def test_el_doctor_ve_cada_dano(shop, invariant):
    shop.settings(factura_directa="CREDITO")
    product = shop.product(prd_stock=5, prd_costo=2)
    code = shop.issue((product, 1), buyer=shop.buyer(limit="100"))["factura"]["fac_codigo"]
    shop.healthy()
    shop.conn.execute("SET session_replication_role = replica")
    assert shop.conn.execute(f"UPDATE {DAMAGE[invariant]}", {"prd": product, "fac": code}).rowcount > 0
    shop.conn.execute("SET session_replication_role = origin")
    found = {row["invariante"]: row for row in shop.do("auditor", "doctor_revisar")}
    assert found[invariant]["filas"] > 0
    assert found[invariant]["ejemplos"]


def test_los_restos_de_valor_se_ven_aunque_falte_la_regla_de_la_tabla(shop):
    product = shop.product(prd_stock=5, prd_costo=2)
    shop.conn.execute("ALTER TABLE datos.existencia DROP CONSTRAINT existencia_cero_sin_valor")
    shop.conn.execute("UPDATE datos.existencia SET exi_cantidad = 0 WHERE itm_codigo = %s", (product,))
    found = {row["invariante"]: row["filas"] for row in shop.do("admin", "doctor_revisar")}
    assert found["existencia_sin_restos"] == 1


def test_unidades_sin_costo_son_un_aviso_y_no_un_dano(shop):
    product = shop.product(prd_stock=5)
    shop.healthy()
    [row] = [row for row in shop.do("admin", "doctor_revisar") if row["invariante"] == "existencia_sin_costo"]
    assert row["nivel"] == "AVISO" and row["filas"] > 0
    assert product


def test_solo_auditor_y_admin_consultan_al_doctor(shop):
    for role in ("ventas", "bodega", "adm_bodega", "contador", "adm_ventas"):
        with shop.acting(role) as act:
            forbidden(act, "doctor_revisar")
