"""Goods: recipes, both kardex, orders, receptions and purchases as their screens ask for them."""

import pytest

from .conftest import envelope, keys, new_ruc, serial

KARDEX = (
    "krd_codigo prd_codigo prd_nombre prd_descripcion trn_cod trn_descripcion krd_signo fac_codigo est_cod bodega"
    " krd_prd_cantidad krd_cantidad krd_razon usr_id krd_fechahora saldo"
)
KARDEXMP = (
    "krd_codigo mp_codigo mp_descripcion trn_cod trn_descripcion oc_codigo krd_cantidad krd_signo krd_razon usr_id"
    " krd_fechahora saldo"
)
COSTS = "costo_unitario valor valor_saldo"
ESTANDAR = "est_cod prd_codigo prd_nombre est_estado est_qty_total est_costo_total est_precio_total detalles"
ESTANDAR_LINEA = "mp_codigo mp_descripcion mxp_cantidad mpx_costo_unitario mpx_subtotal"
CABECERA = "oc_codigo prv_codigo oc_fecha oc_subtotal oc_iva oc_total oc_estado oc_recepcion"
OC_LINEA = "mp_codigo mp_descripcion pxoc_cantidad pxoc_recibido pxoc_subtotal pxoc_estado"


@pytest.fixture
def material(till) -> str:
    """A material with twenty units."""
    form = {"unidad_medida": "KG", "descripcion": f"Material {serial()}", "costo": "2", "cantidad": 20}
    return till.post("/materiaprima", form, 201)["mp_codigo"]


@pytest.fixture
def product(till) -> str:
    """A product with ten units."""
    form = {
        "prd_nombre": f"Bien {serial()}",
        "um_venta": "UND",
        "prd_precio_venta": 10,
        "prd_stock": 10,
        "prd_costo": 4,
    }
    return till.post("/producto", form, 201)["prd_codigo"]


@pytest.fixture
def supplier(till) -> str:
    """A supplier."""
    return till.post("/proveedor", {"prv_razonsocial": f"Proveedor {serial()}", "prv_ruc": new_ruc()}, 201)[
        "prv_codigo"
    ]


def test_una_receta_de_principio_a_fin(till, product, material):
    made = till.post("/estandar", {"prd_codigo": product}, 201)
    code = made["est_cod"]
    keys(made, ESTANDAR, more="est_fecha est_fecha_aprobacion")
    till.refused(422, "estandar_con_materiales", "PUT", f"/estandar/{code}/aprobar")
    line = {"mp_codigo": material, "mxp_cantidad": "1.5"}
    written = till.put(f"/estandar/{code}/detalle", {"materiasprimas": [line]})
    keys(written["detalles"][0], ESTANDAR_LINEA)
    assert written["est_costo_total"] == written["est_precio_total"]
    assert till.delete(f"/estandar/{code}/detalle", {"materiasprimas": [material]})["detalles"] == []
    till.put(f"/estandar/{code}/detalle", {"detalles": [line]})
    assert till.put(f"/estandar/{code}/aprobar")["est_estado"] == "APR"
    till.refused(409, "estandar_pendiente", "PUT", f"/estandar/{code}/aprobar", {})
    made = till.post(
        "/kardex-producto", {"prd_codigo": product, "trn_cod": "ESI", "krd_cantidad": 2, "est_cod": code}, 201
    )
    assert made["est_cod"] == code
    assert till.get(f"/materiaprima/{material}")["mp_cantidad"] == 17
    assert till.get(f"/estandar/{code}")["est_estado"] == "APR"
    assert envelope(till.get(f"/estandar/product/{product}?page=1"))[0]["est_cod"] == code
    assert envelope(till.get("/estandar?page=1&limit=1"))[0]["est_cod"] == code
    assert envelope(till.get(f"/estandar/search?name={code}"))[0]["est_cod"] == code
    assert till.put(f"/estandar/{code}/anular")["est_estado"] == "ANU"
    till.refused(404, "estandar_existe", "GET", "/estandar/EST9999999")


def test_kardex_de_productos(till, tab, product):
    body = {"prd_codigo": product, "trn_cod": "AJU", "krd_cantidad": 3, "krd_prd_obs": "conteo"}
    row = till.post("/kardexprod", body, 201)
    keys(row, KARDEX, more=f"krd_revierte {COSTS}")
    assert (row["krd_prd_cantidad"], row["krd_razon"], row["saldo"]) == (3, "conteo", 13)
    plain = tab("bodega").get(f"/kardex-producto/{row['krd_codigo']}")
    assert not set(plain) & set(COSTS.split())
    fixed = till.put(f"/kardex-producto/{row['krd_codigo']}", {"krd_prd_cantidad": 1})
    assert (fixed["krd_prd_cantidad"], fixed["krd_reemplaza"]) == (1, row["krd_codigo"])
    assert till.get(f"/producto/{product}")["prd_stock"] == 11
    assert till.delete(f"/kardex-producto/{fixed['krd_codigo']}")["saldo"] == 10
    till.refused(409, "movimiento_ya_revertido", "DELETE", f"/kardex-producto/{fixed['krd_codigo']}")
    assert envelope(till.get("/kardex-producto?page=1&limit=1"))[0]["krd_codigo"] > fixed["krd_codigo"]
    assert envelope(till.get(f"/kardex-producto/product/{product}?page=1"))[-1]["trn_cod"] == "INI"
    assert envelope(till.get(f"/kardexprod/search?name={product}&page=1"))
    cursor = till.get("/kardex-producto?cursor=0&limit=2")
    assert {"data", "limit", "cursor"} == set(cursor)
    till.refused(404, "movimiento_existe", "GET", "/kardex-producto/999999999")


def test_kardex_de_materias_primas(till, material):
    row = till.post("/kardexmp", {"mp_codigo": material, "trn_cod": "CON", "krd_cantidad": "5"}, 201)
    keys(row, KARDEXMP, more=f"bodega est_cod krd_revierte {COSTS}")
    assert (row["krd_signo"], row["saldo"]) == (-1, 15)
    code = row["krd_codigo"]
    assert till.put(f"/kardexmp/{code}", {"krd_cantidad": 4})["saldo"] == 16
    fixed = envelope(till.get(f"/kardexmp/search?name={material}&page=1"))[0]["krd_codigo"]
    assert till.get(f"/kardexmp/{fixed}")["krd_codigo"] == fixed
    assert till.delete(f"/kardexmp/{fixed}")["saldo"] == 20
    assert envelope(till.get("/kardexmp?page=1"))
    till.refused(404, "movimiento_existe", "GET", "/kardexmp/999999999")
    other = {"mp_codigo": material, "krd_cantidad": 1}
    till.refused(422, "transaccion_manual", "POST", "/kardexmp", {**other, "trn_cod": "COM", "oc_codigo": ""})
    named = {**other, "trn_cod": "CON", "oc_codigo": "ODC0000001"}
    till.refused(422, "recepcion_en_su_orden", "POST", "/kardexmp", named)


def document(answer) -> dict:
    """An order as all six verbs answer it."""
    keys(answer, "oc_codigo cabecera detalles")
    keys(answer["cabecera"], CABECERA, more="prv_razonsocial bodega oc_fecha_aprobacion oc_motivo")
    for line in answer["detalles"]:
        keys(line, OC_LINEA, more="um_compra pxoc_precio")
    return answer


def test_orden_de_compra(till, tab, set_aside, supplier, material):
    set_aside(oc_aprobar_recibe=False)
    other = till.post(
        "/materiaprima", {"unidad_medida": "KG", "descripcion": f"Otro {serial()}", "costo": 1}, 201
    )
    code = document(till.post("/ordencompra", {"prv_codigo": supplier}, 201))["oc_codigo"]
    till.refused(422, "orden_compra_con_lineas", "POST", f"/ordencompra/{code}/aprobar")
    place = f"/ordencompra/{code}/detalle"
    for quantity in (4, 6):  # the second replaces the first
        lines = document(till.post(place, {"mp_codigo": material, "pxoc_cantidad": quantity}))["detalles"]
        assert [line["pxoc_cantidad"] for line in lines] == [quantity]
    till.post(place, {"mp_codigo": other["mp_codigo"], "pxoc_cantidad": 1})
    assert len(document(till.delete(f"{place}/{other['mp_codigo']}"))["detalles"]) == 1
    assert document(till.post(f"/ordencompra/{code}/aprobar"))["cabecera"]["oc_estado"] == "APR"
    till.refused(409, "orden_compra_pendiente", "POST", place, {"mp_codigo": material, "pxoc_cantidad": 1})
    waiting = envelope(tab("bodega").get("/recepcion/pendiente?page=1&limit=100"))
    assert [line for row in waiting if row["oc_codigo"] == code for line in row["detalles"]]
    lot = {"lineas": [{"mp_codigo": material, "cantidad": 2}], "nro_documento": f"G-{code}"}
    assert document(till.post(f"/ordencompra/{code}/recepcion", lot))["cabecera"]["oc_recepcion"] == "PARCIAL"
    part = {
        "mp_codigo": material,
        "trn_cod": "COM",
        "krd_cantidad": 1,
        "oc_codigo": code,
        "krd_razon": "a mano",
    }
    row = tab("bodega").post("/kardexmp", part, 201)  # a reception of one line
    keys(row, KARDEXMP, more="bodega est_cod krd_revierte")
    assert (row["oc_codigo"], row["trn_cod"], row["krd_razon"]) == (code, "COM", "a mano")
    more = {**part, "krd_cantidad": 4}
    till.refused(409, "recepcion_dentro_de_lo_pedido", "POST", "/kardexmp", more)
    till.refused(404, "orden_compra_existe", "POST", "/kardexmp", {**part, "oc_codigo": "ODC9999999"})
    closed = document(till.post(f"/ordencompra/{code}/cerrar", {"motivo": "no hay más"}))
    assert closed["cabecera"]["oc_recepcion"] == "CERRADA"
    assert document(till.get(f"/ordencompra/{code}"))["detalles"][0]["pxoc_recibido"] == 3
    assert envelope(till.get("/ordencompra?page=1&estado=APR"))[0]["oc_estado"] == "APR"
    assert code in [row["oc_codigo"] for row in envelope(till.get(f"/ordencompra/search?prv={code}&page=1"))]
    draft = till.post("/ordencompra", {"prv_codigo": supplier}, 201)["oc_codigo"]
    assert document(till.post(f"/ordencompra/{draft}/anular"))["cabecera"]["oc_estado"] == "ANU"
    till.refused(404, "orden_compra_existe", "GET", "/ordencompra/ODC9999999")


def test_compra_y_cuenta_por_pagar(till, supplier, product, material):
    lines = [
        {"prd_codigo": product, "cantidad": 2, "costo_unitario": "4.50"},
        {"mp_codigo": material, "cantidad": 1, "costo_unitario": 3},
    ]
    bought = {"prv_codigo": supplier, "nro_documento": f"F-{serial()}", "lineas": lines, "pago": "CREDITO"}
    code = till.post("/compra", bought, 201)["cmp_codigo"]
    assert till.get(f"/producto/{product}")["prd_stock"] == 12
    assert envelope(till.get("/compra?page=1"))[0]["cmp_codigo"] == code
    debt = next(row for row in envelope(till.get("/cuenta-por-pagar?page=1")) if row["documento"] == code)[
        "id"
    ]
    assert till.post(f"/cuenta-por-pagar/{debt}/pagar", {"monto": "1.00", "pago": "BANCO"})["id"] == debt
    till.refused(409, "sin_sesion_caja", "POST", f"/cuenta-por-pagar/{debt}/pagar",
                 {"monto": "1.00", "pago": "CAJA"})  # fmt: skip
    second = till.post("/compra", {**bought, "nro_documento": f"F-{serial()}", "pago": "BANCO"}, 201)[
        "cmp_codigo"
    ]
    assert till.post(f"/compra/{second}/anular", {"motivo": "devuelta"})["cmp_codigo"] == second
    till.refused(409, "compra_anulada", "POST", f"/compra/{second}/anular", {"motivo": "otra vez"})
    till.refused(422, "compra_con_lineas", "POST", "/compra", {**bought, "lineas": []})
