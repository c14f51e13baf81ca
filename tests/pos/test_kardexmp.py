"""Materials move by hand as products do, in the same ledger, and each kardex shows its own."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused
from .test_ordencompra import approve, order, supplier


def material(shop, **more):
    return shop.do(
        "admin", "materiaprima_crear", mp_descripcion="Levadura", um_compra="KG", **more
    )["mp_codigo"]  # fmt: skip


def enter(shop, code, trn, quantity, role="adm_bodega", **more):
    return shop.do(role, "kardexmp_crear", mp_codigo=code, trn_cod=trn, krd_cantidad=quantity, **more)


def test_un_material_entra_sale_y_se_ve_con_sus_nombres(counter):
    code = material(counter, mp_precio_compra="2.50")
    row = enter(counter, code, "INI", 4)
    assert (row["mp_codigo"], row["mp_descripcion"], row["oc_codigo"]) == (code, "Levadura", None)
    assert (row["krd_cantidad"], row["saldo"], row["valor"]) == (4, 4, "10.00")  # worth its purchase price
    gone = enter(counter, code, "CON", 1)
    assert (gone["trn_descripcion"], gone["krd_signo"], gone["valor"]) == ("BAJA POR CONSUMO", -1, "2.50")
    assert counter.posted("KRD", gone["krd_codigo"]) == {
        ("INVENTARIO", ""): Decimal("-2.50"),
        ("MERMA", ""): Decimal("2.50"),
    }


def test_cada_kardex_muestra_lo_suyo(counter):
    code, product = material(counter, mp_cantidad=3, mp_precio_compra=1), counter.product(prd_stock=2)
    materials = counter.do("adm_bodega", "kardexmp_listar", page=1, limit=100)["data"]
    products = counter.do("adm_bodega", "kardex_producto_listar", page=1, limit=100)["data"]
    assert code in {row["mp_codigo"] for row in materials}
    assert product in {row["prd_codigo"] for row in products}
    assert not {row["krd_codigo"] for row in materials} & {row["krd_codigo"] for row in products}
    found = counter.do("adm_bodega", "kardexmp_listar", search="levadura", page=1)["data"]
    assert {row["mp_descripcion"] for row in found} == {"Levadura"}


def test_revertir_y_corregir_dejan_el_rastro(counter):
    code = material(counter, mp_cantidad=10, mp_precio_compra=2)
    row = enter(counter, code, "BAJ", 3, krd_razon="humedad")
    fixed = counter.do("adm_bodega", "kardexmp_actualizar", krd_codigo=row["krd_codigo"], krd_cantidad=1)
    assert (fixed["krd_cantidad"], fixed["saldo"], fixed["krd_reemplaza"]) == (1, 9, row["krd_codigo"])
    back = counter.do("adm_bodega", "kardexmp_eliminar", krd_codigo=fixed["krd_codigo"])
    assert (back["krd_signo"], back["saldo"], back["krd_revierte"]) == (1, 10, fixed["krd_codigo"])


@pytest.mark.parametrize(
    ("trn", "more", "rule"),
    [
        ("ESI", {}, "produccion_de_productos"),
        ("DVP", {"oc_codigo": "ODC0000001"}, "recepcion_en_su_orden"),
        ("AJU", {"oc_codigo": "ODC0000001", "krd_razon": "x"}, "recepcion_en_su_orden"),
        ("COM", {}, "transaccion_manual"),
        ("COM", {"oc_codigo": ""}, "transaccion_manual"),
        ("VEN", {}, "transaccion_manual"),
        ("NO", {}, "transaccion_manual"),
        ("BAJ", {}, "razon_requerida"),
        ("CON", {"costo_unitario": 3}, "costo_de_entrada"),
    ],
)
def test_lo_que_no_corresponde_se_rechaza_con_su_regla(counter, trn, more, rule):
    code = material(counter, mp_cantidad=5, mp_precio_compra=1)
    with counter.acting("adm_bodega") as act:
        assert (
            refused(act, rule, "kardexmp_crear", mp_codigo=code, trn_cod=trn, krd_cantidad=1, **more) == "422"
        )


def test_una_compra_que_nombra_su_orden_es_su_recepcion(counter):
    counter.settings(oc_aprobar_recibe="false")
    code, prv = material(counter, mp_precio_compra="2.50"), supplier(counter)
    oc = order(counter, (code, 10), prv=prv)
    approve(counter, oc)
    row = enter(counter, code, "COM", 4, "bodega", oc_codigo=oc, krd_razon=" camión ")
    assert (row["trn_cod"], row["oc_codigo"], row["saldo"], row["krd_razon"]) == ("COM", oc, 4, "camión")
    assert "valor" not in row
    assert counter.posted("ODC", oc) == {
        ("INVENTARIO", ""): Decimal("10.00"),
        ("IVA_COMPRAS", "4"): Decimal("1.50"),
        ("PROVEEDOR", prv): Decimal("-11.50"),
    }
    (debt,) = counter.do("adm_compras", "cuenta_por_pagar_listar", prv_codigo=prv)["data"]
    assert debt["saldo"] == "11.50"
    dearer = enter(counter, code, "COM", 6, "admin", oc_codigo=oc, costo_unitario=3, bodega="B001")
    assert (dearer["valor"], dearer["saldo"]) == ("18.00", 10)
    shown = counter.do("compras", "ordencompra_obtener", oc_codigo=oc)
    assert (shown["cabecera"]["oc_recepcion"], shown["detalles"][0]["pxoc_recibido"]) == ("COMPLETA", 10)
    with counter.acting("adm_bodega") as act:
        for verb in ("actualizar", "eliminar"):  # the order's row, by whatever door it came
            name, named = f"kardexmp_{verb}", {"krd_codigo": row["krd_codigo"]}
            assert refused(act, "movimiento_de_documento", name, **named) == "409"


def test_lo_que_no_es_de_la_orden_no_entra_por_ella(counter):
    counter.settings(oc_aprobar_recibe="false")
    code, other = material(counter, mp_precio_compra=1), material(counter, mp_cantidad=3)
    oc, draft = order(counter, (code, 5)), order(counter, (code, 5))
    approve(counter, oc)
    row = counter.do("adm_bodega", "kardexmp_listar", mp_codigo=other)["data"][0]
    asked = {"mp_codigo": code, "trn_cod": "COM", "krd_cantidad": 1, "oc_codigo": oc}
    with counter.acting("bodega") as act:
        for change, rule, kind in (
            ({"krd_cantidad": 6}, "recepcion_dentro_de_lo_pedido", "409"),
            ({"krd_cantidad": -1}, "recepcion_cantidad_positiva", "422"),
            ({"mp_codigo": other}, "orden_compra_detalle_existe", "422"),
            ({"oc_codigo": draft}, "orden_compra_por_recibir", "409"),
            ({"oc_codigo": "ODC9999999"}, "orden_compra_existe", "404"),
            ({"costo_unitario": 9}, "costo_restringido", "403"),
            ({"bodega": "B002"}, "recepcion_en_su_bodega", "422"),
        ):
            assert refused(act, rule, "kardexmp_crear", **{**asked, **change}) == kind
    with counter.acting("adm_bodega") as act:
        assert refused(act, "recepcion_en_su_orden", "kardexmp_actualizar",
                       krd_codigo=row["krd_codigo"], oc_codigo=oc) == "422"  # fmt: skip
    assert counter.stock(code) == (0, 0)


def test_la_orden_de_otro_establecimiento_no_se_ve_ni_se_recibe(counter, staff):
    counter.settings(oc_aprobar_recibe="false")
    code = material(counter, mp_precio_compra=1)
    oc = order(counter, (code, 5))
    approve(counter, oc)
    with counter.acting(staff("bodega", "002")) as act:
        assert refused(act, "orden_compra_existe", "kardexmp_crear",
                       mp_codigo=code, trn_cod="COM", krd_cantidad=1, oc_codigo=oc) == "404"  # fmt: skip


def test_un_kardex_no_toca_lo_del_otro(counter):
    product = counter.product(prd_stock=2)
    row = counter.do("adm_bodega", "kardex_producto_listar", prd_codigo=product)["data"][0]
    with counter.acting("adm_bodega") as act:
        assert refused(act, "movimiento_existe", "kardexmp_eliminar", krd_codigo=row["krd_codigo"]) == "404"
        assert refused(act, "movimiento_existe", "kardexmp_obtener", krd_codigo=row["krd_codigo"]) == "404"
        assert refused(act, "materia_prima_existe", "kardexmp_crear",
                       mp_codigo=product, trn_cod="DVP", krd_cantidad=1) == "422"  # fmt: skip
    code = material(counter, mp_cantidad=1, mp_precio_compra=1)
    row = counter.do("adm_bodega", "kardexmp_listar", mp_codigo=code)["data"][0]
    with counter.acting("adm_bodega") as act:
        for verb in ("obtener", "actualizar", "eliminar"):
            name = f"kardex_producto_{verb}"
            assert refused(act, "movimiento_existe", name, krd_codigo=row["krd_codigo"]) == "404"
    assert counter.do("adm_bodega", "kardexmp_obtener", krd_codigo=row["krd_codigo"])["saldo"] == 1
    for role in ("ventas", "compras", "cajero"):
        with counter.acting(role) as act:
            forbidden(act, "kardexmp_listar")


def test_por_http_se_recorre_con_cursor(client, auth):
    headers = auth("adm_bodega")
    made = client.post(
        "/api/pos/materiaprima", headers=headers,
        json={"descripcion": "Sal", "unidad_medida": "KG", "costo": 1, "cantidad": 9},
    ).json["mp_codigo"]  # fmt: skip
    for _ in range(3):
        body = {"mp_codigo": made, "trn_cod": "CON", "krd_cantidad": "1"}
        assert client.post("/api/pos/kardexmp", headers=headers, json=body).status_code == 201
    seen, cursor = [], 0
    while cursor is not None:
        page = client.get(
            f"/api/pos/materiaprima/{made}/kardex?cursor={cursor}&limit=2", headers=headers
        ).json
        seen += [row["krd_codigo"] for row in page["data"]]
        cursor = page["cursor"]
    assert len(seen) == 4 and seen == sorted(set(seen), reverse=True)
