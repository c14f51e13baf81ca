"""Sales: invoices at both depths, their lines, returns, what clients owe."""

import pytest

from .conftest import envelope, keys, new_cedula, serial

FILA = "fac_codigo fac_numero cli_codigo cli_nombre fac_fecha fac_subtotal fac_iva fac_total fac_estado"
CABECERA = f"{FILA} cli_ruc_ced fac_descripcion fac_fecha_aprobacion"
LINEA = "pxfa_codigo prd_codigo prd_nombre pxfa_cantidad prd_precio_venta pxfa_descuento iva_porcentaje pxfa_subtotal"


@pytest.fixture
def product(till) -> str:
    """A product with ten units."""
    form = {
        "prd_nombre": f"Venta {serial()}",
        "um_venta": "UND",
        "prd_precio_venta": 10,
        "prd_stock": 10,
        "prd_costo": 4,
    }
    return till.post("/producto", form, 201)["prd_codigo"]


@pytest.fixture
def buyer(till) -> str:
    """A client."""
    return till.post("/cliente", {"cli_ruc_ced": new_cedula(), "cli_nombre": f"Compra {serial()}"}, 201)[
        "cli_codigo"
    ]


def document(answer) -> dict:
    """An invoice: its header holds a copy of itself."""
    keys(answer, "factura detalle")
    header, copy = answer["factura"], answer["factura"]["factura"]
    assert set(header) - {"factura"} == set(copy) >= set(CABECERA.split())
    assert {name: header[name] for name in copy} == copy
    for line in answer["detalle"]:
        keys(line, LINEA, more="pxfa_iva")
    return answer


def draft(till, buyer, product, quantity=2) -> str:
    """A draft with a line."""
    code = till.post("/factura/factura", {"cli_codigo": buyer, "fac_total": 1}, 201)["fac_codigo"]
    body = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": quantity}
    document(till.post("/factura/detalle", body, 201))
    return code


def test_una_factura_de_principio_a_fin(till, tab, buyer, product):
    created = till.post("/factura", {"cli_codigo": buyer}, 201)
    keys(created, "fac_codigo")
    till.refused(409, "factura_con_lineas", "PUT", f"/factura/{created['fac_codigo']}/aprobar")
    assert till.delete(f"/factura/{created['fac_codigo']}")["fac_codigo"] == created["fac_codigo"]
    code = draft(till, buyer, product)
    line = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": 1}
    till.refused(409, "producto_una_vez", "POST", "/factura/detalle", line)
    pxfa = document(till.get(f"/factura/{code}"))["detalle"][0]["pxfa_codigo"]
    till.refused(422, "cantidad_positiva", "PUT", f"/factura/detalle/{pxfa}", {"pxfa_cantidad": 0})
    changed = document(till.put(f"/factura/detalle/{pxfa}", {"pxfa_cantidad": "3"}))
    assert changed["detalle"][0]["pxfa_cantidad"] == 3
    issued = document(till.put(f"/factura/{code}/aprobar"))
    assert (issued["factura"]["fac_estado"], issued["factura"]["fac_total"]) == ("APR", "34.50")
    assert issued["factura"]["fac_numero"] and till.get(f"/producto/{product}")["prd_stock"] == 7
    till.refused(409, "factura_abierta", "PUT", f"/factura/detalle/{pxfa}", {"pxfa_cantidad": 1})
    till.refused(409, "factura_abierta", "DELETE", f"/factura/{code}")
    assert document(till.put(f"/factura/{code}/anular"))["factura"]["fac_estado"] == "ANU"
    assert till.get(f"/producto/{product}")["prd_stock"] == 10
    row = envelope(till.get("/factura/factura?page=1&limit=5"))[0]
    keys(row, FILA)
    other = draft(till, buyer, product)
    pxfa = till.get(f"/factura/{other}")["detalle"][0]["pxfa_codigo"]
    assert document(till.delete(f"/factura/detalle/{pxfa}"))["detalle"] == []
    till.refused(404, "factura_existe", "GET", "/factura/FAC9999999")
    till.refused(400, "datos_invalidos", "POST", "/factura", {})


def test_no_se_vende_lo_que_no_hay(till, buyer, product):
    code = draft(till, buyer, product, 11)
    till.refused(409, "existencia_insuficiente", "PUT", f"/factura/{code}/aprobar")


def test_lo_que_vuelve_de_una_venta(till, buyer, product):
    code = draft(till, buyer, product, 4)
    sold = till.put(f"/factura/{code}/aprobar")
    line = {"pxfa_codigo": sold["detalle"][0]["pxfa_codigo"], "cantidad": 1}
    note = till.post(
        f"/factura/{code}/nota-credito", {"lineas": [line], "motivo": "defecto", "reembolso": "SALDO"}, 201
    )
    assert (note["ret_tipo"], note["fac_codigo"], note["ret_total"]) == ("NCR", code, "11.50")
    assert till.get(f"/producto/{product}")["prd_stock"] == 7
    assert code in [row["fac_codigo"] for row in envelope(till.get("/nota-credito?page=1"))]
    too_much = {"lineas": [{**line, "cantidad": 9}], "motivo": "todo"}
    till.refused(409, "retorno_dentro_de_lo_vendido", "POST", f"/factura/{code}/nota-credito", too_much)
    anybody = next(r["cli_codigo"] for r in till.get("/cliente/type") if r["cli_ruc_ced"] == "9999999999999")
    small = draft(till, anybody, product, 1)
    sold = till.put(f"/factura/{small}/aprobar")
    line = {"pxfa_codigo": sold["detalle"][0]["pxfa_codigo"], "cantidad": 1, "a_stock": False}
    back = till.post(f"/factura/{small}/devolucion", {"lineas": [line], "motivo": "roto"}, 201)
    assert back["ret_tipo"] == "DEV"
    assert small in [row["fac_codigo"] for row in envelope(till.get("/devolucion?page=1"))]


def test_lo_que_se_debe_y_lo_que_se_devuelve(till, set_aside, buyer, product):
    assert "data" in till.get("/comision?page=1")
    code = draft(till, buyer, product, 1)
    sold = till.put(f"/factura/{code}/aprobar")
    line = {"pxfa_codigo": sold["detalle"][0]["pxfa_codigo"], "cantidad": 1}
    till.post(f"/factura/{code}/nota-credito", {"lineas": [line], "motivo": "x", "reembolso": "SALDO"}, 201)
    back = {"monto": "1.50", "metodo": "TRANSFERENCIA"}
    assert till.post(f"/cliente/{buyer}/saldo/retirar", back) == {"cli_codigo": buyer, "saldo": "10.00"}
    too_much = {**back, "monto": "99.00"}
    till.refused(409, "saldo_suficiente", "POST", f"/cliente/{buyer}/saldo/retirar", too_much)
    set_aside(factura_directa="CREDITO")
    till.put(f"/cliente/{buyer}", {"cli_limite_credito": 100})
    till.put(f"/factura/{draft(till, buyer, product, 1)}/aprobar")
    (debt,) = envelope(till.get(f"/cuenta-por-cobrar?page=1&cli_codigo={buyer}"))
    place = f"/cuenta-por-cobrar/{debt['id']}/cobrar"
    paid = till.post(place, {"monto": 5, "metodo": "TRANSFERENCIA", "referencia": "123"})
    assert (paid["saldo"], paid["estado"]) == ("6.50", "PEN")
    till.refused(409, "sin_sesion_caja", "POST", place, {"monto": "1.00", "metodo": "EFECTIVO"})
    till.refused(404, "cuenta_por_cobrar_existe", "POST", "/cuenta-por-cobrar/999999/cobrar", back)
