"""Asking for units in the shop, as the POS alone sees it: an intent, judged and stored."""

import pytest

from .acts import forbidden, refused


def test_pedir_deja_un_pendiente_y_no_mueve_nada(counter):
    product = counter.product(prd_stock=10)
    told = counter.do("adm_bodega", "cupo_web_pedir", prd_codigo=product, cantidad=4)
    assert (told["pedido"], told["concedido"], told["estado"], told["bodega"]) == (
        4,
        None,
        "PENDIENTE",
        "B001",
    )
    assert counter.stock(product)[0] == 10 and counter.stock(product, "WEB")[0] == 0


def test_solo_la_administracion_de_bodega_pide(counter):
    product = counter.product()
    for role in ("bodega", "ventas", "adm_ventas", "cajero", "contador", "auditor"):
        with counter.acting(role) as act:
            forbidden(act, "cupo_web_pedir", prd_codigo=product, cantidad=1)


@pytest.mark.parametrize(
    ("sent", "rule", "kind"),
    [
        ({"prd_codigo": "ENVIO", "cantidad": 1}, "servicio_sin_existencia", "422"),
        ({"prd_codigo": "NADA", "cantidad": 1}, "producto_existe", "404"),
        ({"cantidad": "0.0001"}, "cantidad_valida", "422"),
        ({"cantidad": -1}, "cupo_web_no_negativo", "23514"),
        ({"cantidad": 1, "bodega": "WEB"}, "bodega_ajena", "403"),
    ],
)
def test_lo_que_no_puede_ser_se_rechaza_por_su_regla(counter, sent, rule, kind):
    product = counter.product()
    with counter.acting("adm_bodega") as act:
        assert refused(act, rule, "cupo_web_pedir", **{"prd_codigo": product, **sent}) == kind


def test_un_producto_de_baja_solo_puede_bajar(counter):
    product = counter.product()
    counter.do("admin", "producto_eliminar", prd_codigo=product)
    with counter.acting("adm_bodega") as act:
        assert refused(act, "producto_activo", "cupo_web_pedir", prd_codigo=product, cantidad=1) == "409"
        assert act("cupo_web_pedir", prd_codigo=product, cantidad=0)["estado"] == "PENDIENTE"
