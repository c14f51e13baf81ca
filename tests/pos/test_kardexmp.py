"""Materials move by hand as products do, in the same ledger, and each kardex shows its own."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused


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
        ("COM", {}, "transaccion_manual"),
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
