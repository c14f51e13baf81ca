"""Goods and services: what moved as goods stays goods, and what comes back is what left."""

from decimal import Decimal

from .acts import refused


def becomes(counter, kind, code):
    return counter.do("admin", "producto_actualizar", prd_codigo=code, prd_tipo=kind)


def given_back(counter, sold, quantity):
    (line,) = sold["detalle"]
    return counter.do(
        "adm_ventas", "nota_credito_crear", fac_codigo=sold["factura"]["fac_codigo"], motivo="x",
        pxfa_codigo=[line["pxfa_codigo"]], cantidad=[quantity],
    )  # fmt: skip


def test_lo_que_se_vendio_como_bien_no_se_vuelve_servicio(counter):
    """It is sold out, but the client may bring it back."""
    good = counter.product(prd_stock=5, prd_costo=4)
    sold = counter.issue((good, 5))
    with counter.acting("admin") as act:
        assert (
            refused(
                act, "servicio_sin_existencia", "producto_actualizar", prd_codigo=good, prd_tipo="SERVICIO"
            )
            == "409"
        )
    given_back(counter, sold, 2)
    assert counter.stock(good) == (Decimal(2), Decimal(8))


def test_un_ingreso_por_error_que_se_revirtio_no_lo_ata(counter):
    service = counter.product()
    entry = {"prd_codigo": service, "trn_cod": "INI", "krd_prd_cantidad": 1}
    wrong = counter.do("bodega", "kardex_producto_crear", **entry)
    counter.do("bodega", "kardex_producto_eliminar", krd_codigo=wrong["krd_codigo"])
    assert becomes(counter, "SERVICIO", service)["prd_tipo"] == "SERVICIO"


def test_lo_vendido_como_servicio_no_vuelve_como_unidades(counter):
    service = counter.product(prd_tipo="SERVICIO")
    sold = counter.issue((service, 5))
    becomes(counter, "BIEN", service)
    given_back(counter, sold, 2)
    assert counter.stock(service) == (0, 0)


def test_nada_entra_a_un_servicio_tampoco_por_un_documento(counter):
    """It was counted while it was a good nobody had entered yet."""
    product = counter.product()
    sheet = counter.do("bodega", "conteo_crear", itm_codigo=[product])["cnt_codigo"]
    counter.do("bodega", "conteo_contar", cnt_codigo=sheet, itm_codigo=[product], cantidad=[5])
    becomes(counter, "SERVICIO", product)
    with counter.acting("adm_bodega") as act:
        assert refused(act, "servicio_sin_existencia", "conteo_aprobar", cnt_codigo=sheet) == "409"
