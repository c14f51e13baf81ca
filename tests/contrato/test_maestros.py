"""Master data: the fields that clients know, both vocabularies, soft deletes, lists with and without a page."""

from io import BytesIO

from PIL import Image

from .conftest import envelope, keys, new_cedula, new_ruc, serial

CLIENTE = (
    "cli_codigo cli_tipo_id cli_ruc_ced cli_nombre cli_telefono cli_celular cli_mail cli_direccion ct_codigo"
    " cli_estado cli_fecha_alta cli_limite_credito"
)
PRODUCTO = (
    "prd_codigo um_venta cat_codigo prd_nombre prd_desc_corta prd_desc_larga prd_precio_venta prd_stock prd_stock_web"
    " prd_stock_transito prd_tipo prd_prioridad prd_promocion prd_estado iva_codigo prd_codigo_barras prd_stock_minimo"
    " prd_img prd_descripcion"
)
PROVEEDOR = (
    "prv_codigo prv_razonsocial prv_ruc prv_telefono prv_celular prv_mail prv_direccion ct_codigo ciudad_nombre"
    " prv_estado prv_fecha_alta"
)
PRECIO = (
    "prd_codigo prd_precio_venta prd_promocion prd_precio_anterior prd_promocion_anterior prp_desde usr_id"
)
MATERIAPRIMA = (
    "mp_codigo iva_codigo um_compra mp_descripcion mp_precio_compra mp_cantidad mp_prioridad mp_estado"
)


def test_la_ficha_de_un_cliente(till):
    ruc = new_cedula()
    made = till.post(
        "/clientes", {"cli_ruc_ced": ruc, "cli_nombre": "  Ana Contrato ", "desconocida": 1}, 201
    )
    code = made["cli_codigo"]
    keys(made, CLIENTE, more="cli_deuda")
    assert (made["cli_nombre"], made["cli_tipo_id"], made["cli_estado"]) == ("Ana Contrato", "CEDULA", "ACT")
    for text in ("cli_telefono", "cli_celular", "cli_mail", "cli_direccion"):
        assert made[text] == ""
    till.refused(
        409, "cliente_identificacion_unica", "POST", "/cliente", {"cli_ruc_ced": ruc, "cli_nombre": "Otra"}
    )
    till.refused(
        422, "cliente_cedula_valida", "POST", "/cliente", {"cli_ruc_ced": "1710034066", "cli_nombre": "X"}
    )
    till.refused(400, "datos_invalidos", "POST", "/cliente", {})
    changed = till.put(f"/cliente/{code}", {"cli_celular": "0991234567"})
    assert (changed["cli_celular"], changed["cli_nombre"]) == ("0991234567", "Ana Contrato")
    assert till.put(f"/cliente/{code}", {"cli_celular": ""})["cli_celular"] == ""
    assert till.get(f"/cliente/{code}")["cli_codigo"] == code
    keys(envelope(till.get("/cliente?page=1&limit=1"))[0], CLIENTE)
    assert code in [row["cli_codigo"] for row in envelope(till.get("/cliente/search?name=ana%20contrato"))]
    assert code in [row["cli_codigo"] for row in till.get("/cliente/type")]
    assert till.delete(f"/cliente/{code}")["cli_estado"] == "INA"
    assert code not in [row["cli_codigo"] for row in till.get("/cliente/type")]
    again = till.post("/cliente", {"cli_ruc_ced": ruc, "cli_nombre": "Ana Vuelve"}, 201)
    assert (again["cli_codigo"], again["cli_estado"]) == (code, "ACT")
    till.refused(404, "cliente_existe", "GET", "/cliente/CLI9999999")


def picture() -> BytesIO:
    drawing = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(drawing, "PNG")
    drawing.seek(0)
    return drawing


def test_la_ficha_de_un_producto(till, client):
    form = {
        "prd_nombre": "Hamaca",
        "um_venta": "UND",
        "prd_precio_venta": "30",
        "prd_stock": "4",
        "prd_costo": "10",
    }
    made = till.ask(
        "POST", "/producto", None, 201,
        data={**form, "prd_img": (picture(), "foto.png")}, content_type="multipart/form-data",
    )  # fmt: skip
    code = made["prd_codigo"]
    keys(made, PRODUCTO, more="prd_fecha_alta")
    assert (made["prd_precio_venta"], made["prd_stock"], made["prd_descripcion"]) == ("30.00", 4, "Hamaca")
    assert made["prd_img"].startswith("http://localhost/images/")
    with client.get(made["prd_img"].removeprefix("http://localhost")) as image:
        assert (image.status_code, image.headers["X-Content-Type-Options"]) == (200, "nosniff")
    edit = {"prd_desc_corta": "A mano", "prd_stock": "99"}
    changed = till.ask("PUT", f"/producto/{code}", data=edit, content_type="multipart/form-data")
    assert (changed["prd_desc_corta"], changed["prd_stock"], changed["prd_img"]) == (
        "A mano",
        4,
        made["prd_img"],
    )
    assert till.put(f"/producto/{code}", {"prd_codigo_barras": f"B{code}"})["prd_codigo_barras"] == f"B{code}"
    assert [row["prd_codigo"] for row in envelope(till.get(f"/producto?barras=B{code}&page=1"))] == [code]
    priced = till.put(f"/producto/{code}/precio", {"prd_precio_venta": 25.5, "prd_promocion": 10})
    assert (priced["prd_precio_venta"], priced["prd_promocion"]) == ("25.50", 10)
    history = envelope(till.get(f"/producto/{code}/precio?page=1"))
    keys(history[0], PRECIO)
    assert [row["prd_precio_anterior"] for row in history] == ["30.00", None]
    till.refused(404, "producto_existe", "GET", "/producto/PRD9999999/precio")
    till.refused(400, "datos_invalidos", "PUT", f"/producto/{code}/precio", {"prd_precio_venta": -1})
    keys(envelope(till.get("/producto?page=1&limit=1"))[0], PRODUCTO, more="prd_fecha_alta")
    assert code in [row["prd_codigo"] for row in envelope(till.get("/producto/search?name=hamaca"))]
    assert code in [row["prd_codigo"] for row in till.get("/producto/type")]
    assert till.get(f"/producto/{code}")["prd_codigo"] == code
    assert envelope(till.get(f"/producto/{code}/kardex?page=1"))[0]["trn_cod"] == "INI"
    till.refused(404, "producto_existe", "GET", "/producto/PRD9999999")
    till.refused(400, "datos_invalidos", "POST", "/producto", {"prd_nombre": "x"})
    assert till.delete(f"/producto/{code}")["prd_estado"] == "INA"


def test_la_lista_sin_pagina_es_para_elegir_y_se_guarda(till, client, auth):
    for path in ("/cliente", "/producto", "/proveedor", "/materiaprima"):
        first = client.get(f"/api/pos{path}", headers=auth("admin"))
        again = client.get(
            f"/api/pos{path}", headers={**auth("admin"), "If-None-Match": first.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")
        assert len(envelope(till.get(f"{path}?limit=1"))) <= 1
        page = till.get(f"{path}?page=1&limit=500")
        assert page["limit"] == 100
        assert envelope(till.get(f"{path}?page=1&search=zzzzzzzzzz")) == []
        till.refused(400, "datos_invalidos", "GET", f"{path}?page=0")


def test_la_ficha_de_un_proveedor(till):
    ruc, name = new_ruc(), f"Hilandería {serial()}"
    made = till.post("/proveedor", {"prv_razonsocial": name, "prv_ruc": ruc}, 201)
    code = made["prv_codigo"]
    keys(made, PROVEEDOR)
    till.refused(
        409, "proveedor_ruc_unico", "POST", "/proveedor", {"prv_razonsocial": "Otra", "prv_ruc": ruc}
    )
    assert till.put(f"/proveedor/{code}", {"ct_codigo": "UIO"})["ciudad_nombre"]
    assert till.get(f"/proveedor/{code}")["prv_ruc"] == ruc
    assert code in [
        row["prv_codigo"] for row in envelope(till.get(f"/proveedor/search?q={name.replace(' ', '%20')}"))
    ]
    keys(envelope(till.get("/proveedor?page=1&limit=1"))[0], PROVEEDOR)
    assert till.delete(f"/proveedor/{code}")["prv_estado"] == "INA"
    assert till.post("/proveedor", {"prv_razonsocial": name, "prv_ruc": ruc}, 201)["prv_codigo"] == code
    till.refused(404, "proveedor_existe", "GET", "/proveedor/PRV9999999")


def test_la_ficha_de_una_materia_prima(till):
    form = {
        "unidad_medida": "KG",
        "descripcion": f"Hilo {serial()}",
        "costo": "3.25",
        "cantidad": 7,
        "prioridad": "L",
    }
    made = till.post("/materiaprima", form, 201)
    code = made["mp_codigo"]
    keys(made, MATERIAPRIMA, more="mp_fecha_alta")
    assert (made["um_compra"], made["mp_cantidad"], made["mp_prioridad"]) == ("KG", 7, "L")
    assert (
        till.put(f"/materiaprima/{code}", {"mp_descripcion": "Hilo crudo"})["mp_descripcion"] == "Hilo crudo"
    )
    assert code in [row["mp_codigo"] for row in till.get("/materiaprima/type")]
    assert code in [row["mp_codigo"] for row in envelope(till.get("/materiaprima/search?name=hilo%20crudo"))]
    keys(till.get(f"/materiaprima/{code}"), MATERIAPRIMA, more="mp_fecha_alta")
    assert envelope(till.get("/materiaprima?page=1"))
    assert envelope(till.get(f"/materiaprima/{code}/kardex?page=1"))[0]["trn_cod"] == "INI"
    assert till.delete(f"/materiaprima/{code}")["mp_estado"] == "INA"
    till.refused(404, "materia_prima_existe", "GET", "/materiaprima/MP99999999")


CATALOGOS = {
    "/ciudad": "ct_codigo ct_descripcion",
    "/categoria": "cat_codigo cat_nombre cat_descripcion cat_padre nivel",
    "/unidadmedida": "um_codigo um_descripcion",
    "/transaccion": "trn_cod trn_tipo trn_descripcion",
    "/iva": "iva_codigo sri_codigo porcentaje desde hasta",
}


MORE = {"trn_manual", "trn_clase", "trn_estado", "iva_descripcion"}


def test_los_catalogos_se_leen(till):
    for path, promised in CATALOGOS.items():
        rows = till.get(path)
        for row in rows["data"] if isinstance(rows, dict) else rows:
            assert set(row) - MORE == set(promised.split())


def test_las_transacciones_sin_receta_no_dicen_salida(till):
    for row in till.get("/transaccion"):
        assert "SALIDA" not in row["trn_descripcion"] or row["trn_cod"] == "ESI"
        assert not row["trn_cod"].startswith("S")
