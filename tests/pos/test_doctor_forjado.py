"""The doctor sees a forged row: one that no act wrote, put there by a superuser with every trigger and key off."""

import pytest

from .counter import Counter

KARDEX = (
    "datos.kardex (itm_codigo, bod_codigo, krd_secuencia, trn_cod, krd_signo, krd_cantidad, krd_valor, krd_saldo,"
    " krd_valor_saldo, doc_tipo, doc_codigo)"
)
FORGED = {
    "cupo_web_igual_kardex": "datos.cupo_web (prd_codigo, bod_codigo, cup_pedido, cup_estado, cup_mover, cup_movido)"
    " VALUES ('PRDX', 'B001', 1, 'APLICADO', 1, 1)",
    "web_solo_cupo_y_ventas": f"{KARDEX} VALUES ('PRDX', 'WEB', 1, 'AJU', 1, 1, 1, 1, 1, NULL, NULL)",
    "venta_web_completa": "datos.venta_web (ped_codigo, fac_codigo, vwe_total, vwe_proveedor, vwe_pago)"
    " VALUES ('PEDX', %(fac)s, 1, 'simulada', 'x')",
    "produccion_vale_sus_materiales": f"{KARDEX} VALUES ('PRDX', 'B001', 1, 'ESI', 1, 1, 9, 1, 9, 'PRO', 'PROX')",
    "recibido_igual_kardex": "datos.orden_compra_detalle"
    " (oc_codigo, mp_codigo, pxoc_cantidad, pxoc_precio, pxoc_recibido) VALUES ('ODCX', 'MPX', 2, 1, 1)",
    "retorno_numerado": "datos.numeracion (eta_codigo, pto_codigo, doc_tipo, ultimo) VALUES ('999', '999', 'NCR', 3)",
    "comision_de_lo_vendido": "datos.comision"
    " (eta_codigo, usr_login, fac_codigo, doc_tipo, doc_codigo, com_base, com_porcentaje, com_monto)"
    " VALUES ('001', 'nadie', %(fac)s, 'DEV', 'DEVX', 999, 10, 99.90)",
    "categoria_cuelga_de_raiz": "datos.categoria (cat_codigo, cat_nombre, cat_padre) VALUES ('ZZZ9', 'x', 'NADA')",
    "transaccion_del_sistema": "datos.transaccion (trn_cod, trn_signo, trn_descripcion, trn_manual, trn_clase)"
    " VALUES ('XYZ', 1, 'x', true, 'XYZ')",
    "movimiento_con_razon": f"{KARDEX} VALUES ('PRDX', 'B001', 1, 'BAJ', -1, 1, 1, 1, 1, NULL, NULL)",
    "correo_atrasado": "datos.correo (cor_plantilla, cor_para, cor_datos, cor_creado)"
    " VALUES ('mensaje', 'x@prueba.ec', '{}', now() - interval '2 hours')",
}


@pytest.mark.parametrize("invariant", FORGED)
def test_una_fila_forjada_se_ve(pos, people, invariant):
    shop = Counter(pos, people)
    code = shop.issue((shop.product(prd_stock=5, prd_costo=2), 1))["factura"]["fac_codigo"]
    before = {row["invariante"]: row["filas"] for row in shop.do("auditor", "doctor_revisar")}
    shop.rewrite(
        "INSERT INTO " + FORGED[invariant].replace("%(fac)s", "%s"),
        *([code] if "%(fac)s" in FORGED[invariant] else []),
    )
    after = {row["invariante"]: row["filas"] for row in shop.do("auditor", "doctor_revisar")}
    assert after[invariant] > before[invariant]
