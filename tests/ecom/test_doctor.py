"""The shop's doctor notices what it is there for, and says so to those who may ask."""

import psycopg
import pytest

from ..conftest import as_login
from .conftest import ANSWER_LOST

WOUNDS = {
    "cupo_reservado_es_suma": "UPDATE datos.cupo SET reservado = reservado + 1 WHERE prd_codigo = %(code)s",
    "cupo_vendido_es_suma": "UPDATE datos.cupo SET vendido = vendido - 1 WHERE prd_codigo = %(code)s",
    "cupo_es_suma_de_movimientos": "UPDATE datos.cupo SET cupo = cupo + 1 WHERE prd_codigo = %(code)s",
    "reserva_viva_espera_pago": "UPDATE datos.reserva SET res_estado = 'VIVA' WHERE ped_codigo = %(order)s",
    "pedido_es_suma_de_lineas": "UPDATE datos.pedido SET ped_descuento = 1 WHERE ped_codigo = %(order)s",
    "pedido_pagado_se_cobro_una_vez": "DELETE FROM datos.pago WHERE ped_codigo = %(order)s",
    "pago_es_del_proveedor": "UPDATE datos.simulada_cargo SET car_monto = 1 WHERE car_clave IN"
    " (SELECT pag_id FROM datos.pago WHERE ped_codigo = %(order)s)",
    "producto_precio_final_al_dia": "UPDATE datos.producto SET prd_precio_final = 0.01 WHERE prd_codigo = %(code)s",
    "pedido_pagado_sin_factura": "UPDATE datos.pedido SET ped_pagado = now() - interval '1 hour'"
    " WHERE ped_codigo = %(order)s",
    "pago_sin_resolver": "UPDATE datos.pago SET pag_estado = 'POR_REEMBOLSAR',"
    " pag_creado = now() - interval '1 hour' WHERE ped_codigo = %(order)s",
    "pago_evento_se_cumple": "INSERT INTO datos.pago_evento"
    " (evt_proveedor, evt_id, evt_tipo, evt_estado, evt_monto, pag_id, evt_resultado)"
    " SELECT 'simulada', 'evt-de-nadie', '', 'CAPTURADO', pag_monto + 1, pag_id, 'APLICADO'"
    " FROM datos.pago WHERE ped_codigo = %(order)s",
    "pago_evento_observado": "INSERT INTO datos.pago_evento"
    " (evt_proveedor, evt_id, evt_tipo, pag_id, evt_resultado, evt_regla)"
    " SELECT 'simulada', 'evt-raro', '', pag_id, 'OBSERVADO', 'pago_monto'"
    " FROM datos.pago WHERE ped_codigo = %(order)s",
    "pedido_vencido_sin_soltar": "UPDATE datos.pedido SET ped_estado = 'PENDIENTE_PAGO', ped_pagado = NULL,"
    " ped_vence = now() - interval '1 hour' WHERE ped_codigo = %(order)s",
}


def broken(conn):
    rows = conn.execute("SELECT api.doctor_revisar()").fetchone()[0]
    return {row["invariante"]: row["ejemplos"] for row in rows if row["filas"]}


@pytest.fixture
def sale(shopper, product):
    """A paid order."""
    code = product(units=5)
    return {"code": code, "order": shopper().buy(code).json["ped_codigo"]}


@pytest.mark.parametrize("name", WOUNDS)
def test_nota_lo_que_no_cuadra(ecom, sale, name):
    before = broken(ecom)
    ecom.execute(WOUNDS[name], sale)
    after = broken(ecom)
    assert name in after and name not in before
    assert any(key.startswith((sale["code"], sale["order"])) or "-" in key for key in after[name])


def test_nota_una_cuenta_por_categoria_que_no_es(ecom, sale):
    assert "faceta_al_dia" not in broken(ecom)
    ecom.execute("UPDATE datos.faceta SET cantidad = cantidad + 1 WHERE cat_codigo = 'LAC'")
    ecom.execute("INSERT INTO datos.faceta VALUES ('NADIE', 1, 1, 1)")
    assert {"LAC", "NADIE"} >= set(broken(ecom)["faceta_al_dia"]) > set()


def test_prometer_de_mas_se_ve_aunque_falte_la_regla_de_la_tabla(ecom, sale):
    ecom.execute("ALTER TABLE datos.cupo DROP CONSTRAINT disponible_no_negativo")
    ecom.execute("UPDATE datos.cupo SET reservado = reservado + 100 WHERE prd_codigo = %(code)s", sale)
    assert broken(ecom)["cupo_disponible_no_negativo"] == [sale["code"]]


def test_lo_pendiente_no_es_una_falta(ecom, shopper, product):
    shopper().buy(product(), card=ANSWER_LOST)
    assert broken(ecom) == {}


@pytest.mark.parametrize("role", ["auditor", "admin", "ventas"])
def test_pregunta_quien_puede(ecom, people, role):
    with as_login(ecom, people.login(role)) as act:
        if role == "ventas":
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                act("doctor_revisar")
        else:
            assert len(act("doctor_revisar")) >= len(WOUNDS)
