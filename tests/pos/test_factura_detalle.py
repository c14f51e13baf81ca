"""Lines: snapshots of price and promotion, one product once, special prices with a name and a reason."""

import psycopg
import pytest

from .acts import refused


def only_line(document):
    [line] = document["detalle"]
    return line


def test_la_promocion_se_aplica_y_los_totales_siguen(counter):
    code = counter.draft((counter.product("9.99", prd_promocion="12.5"), 3))
    document = counter.do("ventas", "factura_obtener", fac_codigo=code)
    line = only_line(document)
    assert (line["pxfa_descuento"], line["pxfa_subtotal"], line["iva_porcentaje"]) == ("3.75", "26.22", 15)
    assert [document["factura"][key] for key in ("fac_subtotal", "fac_iva", "fac_total")] == [
        "26.22",
        "3.93",
        "30.15",
    ]


def test_el_precio_es_el_de_cuando_se_escribio_la_linea(counter):
    product = counter.product("10.00")
    code = counter.draft((product, 1))
    counter.do("adm_ventas", "producto_precio_actualizar", prd_codigo=product, prd_precio_venta="99.00")
    line = only_line(counter.do("ventas", "factura_obtener", fac_codigo=code))
    changed = counter.do(
        "ventas", "factura_detalle_actualizar", pxfa_codigo=line["pxfa_codigo"], pxfa_cantidad=2
    )
    assert only_line(changed)["prd_precio_venta"] == "10.00"
    assert changed["factura"]["fac_subtotal"] == "20.00"


def test_con_precios_que_incluyen_iva_se_paga_el_precio(counter):
    counter.settings(precios_incluyen_iva="true")
    one, two = counter.product("1.00"), counter.product("0.99")
    header = counter.do("ventas", "factura_obtener", fac_codigo=counter.draft((one, 3), (two, 1)))["factura"]
    assert [header[key] for key in ("fac_subtotal", "fac_iva", "fac_total")] == ["3.47", "0.52", "3.99"]


def test_un_producto_va_una_sola_vez(counter):
    product = counter.product()
    code = counter.draft((product, 1))
    with counter.acting("ventas") as act:
        params = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": 1}
        assert refused(act, "producto_una_vez", "factura_detalle_crear", **params) == "23505"


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "0.0001", "Infinity"])
def test_la_cantidad_es_mayor_que_cero(counter, quantity):
    product, code = counter.product(), counter.draft()
    with counter.acting("ventas") as act:
        params = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": quantity}
        with pytest.raises(psycopg.Error) as caught:
            act("factura_detalle_crear", **params)
    assert caught.value.diag.constraint_name == "cantidad_positiva" or caught.value.sqlstate == "22003"


def test_solo_se_vende_lo_que_esta_a_la_venta(counter):
    suspended, code = counter.product(prd_estado="SUS"), counter.draft()
    with counter.acting("ventas") as act:
        for product in (suspended, "PRD9999999", "ENVIO"):
            params = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": 1}
            assert refused(act, "producto_activo", "factura_detalle_crear", **params) == "422"


def test_otro_precio_lo_da_quien_puede_con_motivo_y_queda_auditado(counter):
    product = counter.product("10.00", prd_promocion=50)
    code = counter.draft()
    params = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": 1, "precio": "8.00"}
    with counter.acting("ventas") as act:
        assert (
            refused(act, "precio_especial", "factura_detalle_crear", motivo_precio="amigo", **params) == "403"
        )
    with counter.acting("adm_ventas") as act:
        assert refused(act, "motivo_precio_requerido", "factura_detalle_crear", **params) == "422"
        bad = params | {"precio": "8.001", "motivo_precio": "x"}
        assert refused(act, "precio_valido", "factura_detalle_crear", **bad) == "422"
        line = only_line(act("factura_detalle_crear", motivo_precio="cliente frecuente", **params))
    assert (line["prd_precio_venta"], line["pxfa_descuento"], line["pxfa_subtotal"]) == (
        "8.00",
        "0.00",
        "8.00",
    )
    audited = counter.conn.execute(
        "SELECT usuario, despues ->> 'pxfa_motivo_precio' FROM datos.auditoria"
        " WHERE tabla = 'factura_detalle' AND clave = %s",
        (str(line["pxfa_codigo"]),),
    ).fetchone()
    assert audited == (counter.people.login("adm_ventas"), "cliente frecuente")


def test_el_borrador_muestra_el_iva_de_hoy_de_cada_clase(counter):
    classes = {"GEN": 15, "RED": 5, "CER": 0, "NOB": 0, "EXE": 0}
    code = counter.draft(*[(counter.product("1.00", iva_codigo=name), 1) for name in classes])
    document = counter.do("ventas", "factura_obtener", fac_codigo=code)
    assert [line["iva_porcentaje"] for line in document["detalle"]] == list(classes.values())
    assert document["factura"]["fac_iva"] == "0.20"


def test_quitar_una_linea_baja_los_totales(counter):
    code = counter.draft((counter.product("1.00"), 1), (counter.product("2.00"), 1))
    first, _ = counter.do("ventas", "factura_obtener", fac_codigo=code)["detalle"]
    left = counter.do("ventas", "factura_detalle_eliminar", pxfa_codigo=first["pxfa_codigo"])
    assert left["factura"]["fac_subtotal"] == "2.00"
    with counter.acting("ventas") as act:
        gone = {"pxfa_codigo": first["pxfa_codigo"]}
        assert refused(act, "linea_existe", "factura_detalle_eliminar", **gone) == "404"


def test_las_lineas_de_una_emitida_no_se_tocan(counter):
    product = counter.product(prd_stock=5, prd_costo=1)
    document = counter.issue((product, 1))
    code, line = document["factura"]["fac_codigo"], only_line(document)["pxfa_codigo"]
    with counter.acting("adm_ventas") as act:
        assert refused(act, "factura_abierta", "factura_detalle_eliminar", pxfa_codigo=line) == "409"
        params = {"pxfa_codigo": line, "pxfa_cantidad": 2}
        assert refused(act, "factura_abierta", "factura_detalle_actualizar", **params) == "409"
        params = {"fac_codigo": code, "prd_codigo": counter_other(act), "pxfa_cantidad": 1}
        assert refused(act, "factura_abierta", "factura_detalle_crear", **params) == "409"


def counter_other(act):
    return act("producto_listar", page=1, limit=1)["data"][0]["prd_codigo"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE datos.factura_detalle SET pxfa_cantidad = 9 WHERE fac_codigo = %s",
        "DELETE FROM datos.factura_detalle WHERE fac_codigo = %s",
        "UPDATE datos.factura SET cli_nombre = 'X' WHERE fac_codigo = %s",
        "UPDATE datos.factura SET fac_estado = 'PEN', fac_secuencial = NULL WHERE fac_codigo = %s",
        "UPDATE datos.factura SET fac_estado = 'ANU', fac_total = 0, fac_iva = 0, fac_subtotal = 0"
        " WHERE fac_codigo = %s",
        "INSERT INTO datos.factura_detalle (fac_codigo, prd_codigo, prd_nombre, pxfa_cantidad,"
        " prd_precio_venta, iva_codigo, sri_codigo, iva_porcentaje)"
        " VALUES (%s, 'ENVIO', '', 1, 1, 'GEN', '4', 15)",
    ],
)
def test_una_emitida_es_inmutable_aun_para_el_dueno_de_las_tablas(counter, change):
    code = counter.issue((counter.product(prd_stock=5, prd_costo=1), 1))["factura"]["fac_codigo"]
    counter.conn.execute("SET ROLE pos_datos")
    with pytest.raises(psycopg.Error) as caught, counter.conn.transaction():
        counter.conn.execute(change, (code,))
    assert caught.value.diag.constraint_name == "factura_inmutable"
    counter.conn.execute("RESET ROLE")
