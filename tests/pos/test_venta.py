"""The till's single act: invoice, lines, payments and issue at once, or nothing at all."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused
from .drawer import opened, register

FINAL = "CLI0000001"


def sell(shop, *lines, role="cajero", **more):
    """One sale of (product, quantity) lines."""
    codes, quantities = zip(*lines, strict=True)
    return shop.do(role, "venta_crear", prd_codigo=list(codes), cantidad=list(quantities), **more)


def test_vender_factura_descuenta_asienta_y_cobra_de_una_vez(counter):
    session = opened(counter)
    product = counter.product("10.00", prd_stock=10, prd_costo="4.00")
    service = counter.product("2.00", prd_tipo="SERVICIO")
    sale = sell(counter, (product, 2), (service, 1), metodo=["EFECTIVO"], monto=["30.00"])
    header = sale["factura"]
    assert (header["fac_estado"], header["fac_total"], header["cli_ruc_ced"]) == (
        "APR",
        "25.30",
        "9999999999999",
    )
    assert header["fac_numero"].startswith("001-001-")
    assert header["factura"]["fac_total"] == "25.30"
    assert (sale["cambio"], sale["sesion"], sale["vendida_en"]) == ("4.70", session["id"], None)
    assert sale["pagos"] == [{"metodo": "EFECTIVO", "monto": "25.30", "recibido": "30.00", "referencia": ""}]
    assert [line["prd_codigo"] for line in sale["detalle"]] == [product, service]
    assert counter.stock(product) == (8, 32)
    assert counter.posted("FAC", header["fac_codigo"]) == {
        ("CAJA", str(session["id"])): Decimal("25.30"), ("VENTAS", ""): Decimal("-22.00"),
        ("IVA_VENTAS", "4"): Decimal("-3.30"),
        ("COSTO_VENTAS", ""): Decimal("8.00"), ("INVENTARIO", ""): Decimal("-8.00"),
    }  # fmt: skip
    assert counter.do("cajero", "venta_obtener", fac_codigo=header["fac_codigo"]) == sale


def test_un_producto_repetido_es_una_linea_con_la_suma(counter):
    opened(counter)
    product = counter.product("1.11", prd_stock=10, prd_costo=1)
    sale = sell(counter, (product, "2"), (product, "0.5"))
    assert [line["pxfa_cantidad"] for line in sale["detalle"]] == [2.5]
    with counter.acting("admin") as act:
        asks = {"prd_codigo": [product, product], "cantidad": [1, 1], "precio": ["1.00", None],
                "motivo_precio": ["x", None]}  # fmt: skip
        assert refused(act, "sin_sesion_caja", "venta_crear", **asks) == "409"
    opened(counter, role="admin")
    with counter.acting("admin") as act:
        assert refused(act, "producto_un_precio", "venta_crear", **asks) == "422"


def test_sin_sesion_propia_y_abierta_no_se_vende(counter):
    product = counter.product(prd_tipo="SERVICIO")
    with counter.acting("cajero") as act:
        assert refused(act, "sin_sesion_caja", "venta_crear", prd_codigo=[product], cantidad=[1]) == "409"
    other = opened(counter, role="admin")
    opened(counter)
    with counter.acting("cajero") as act:
        assert (
            refused(
                act,
                "sesion_caja_propia",
                "venta_crear",
                prd_codigo=[product],
                cantidad=[1],
                sesion=other["id"],
            )
            == "409"
        )


def test_una_caja_solo_de_agentes_no_vende(counter):
    box = counter.do("admin", "caja_crear", nombre="Agentes", punto_emision="001-001", tipo="SOLO_AGENTES")[
        "id"
    ]
    counter.do("cajero", "sesion_caja_abrir", caja=box, monto_inicial="5.00")
    with counter.acting("cajero") as act:
        product = counter.conn.execute("SELECT prd_codigo FROM datos.producto LIMIT 1").fetchone()[0]
        assert refused(act, "caja_sin_ventas", "venta_crear", prd_codigo=[product], cantidad=[1]) == "409"


def test_el_precio_especial_es_de_quien_puede_darlo_y_queda_auditado(counter):
    opened(counter)
    product = counter.product("10.00", prd_stock=5, prd_costo=1, prd_promocion=50)
    asks = {"prd_codigo": [product], "cantidad": [1], "precio": ["8.00"]}
    with counter.acting("cajero") as act:
        assert refused(act, "precio_especial", "venta_crear", **asks, motivo_precio=["Amigo"]) == "403"
    opened(counter, role="admin")
    with counter.acting("admin") as act:
        assert refused(act, "motivo_precio_requerido", "venta_crear", **asks) == "422"
    sale = counter.do("admin", "venta_crear", **asks, motivo_precio=["Amigo"])
    assert (sale["factura"]["fac_total"], sale["detalle"][0]["pxfa_descuento"]) == ("9.20", "0.00")
    assert counter.conn.execute(
        "SELECT despues ->> 'pxfa_motivo_precio' FROM datos.auditoria WHERE tabla = 'factura_detalle' AND clave = %s",
        (str(sale["detalle"][0]["pxfa_codigo"]),),
    ).fetchone() == ("Amigo",)


@pytest.mark.parametrize(
    ("change", "rule", "status"),
    [
        ({"prd_codigo": [], "cantidad": []}, "venta_con_lineas", "422"),
        ({"cantidad": [0]}, "cantidad_positiva", "422"),
        ({"cantidad": ["0.0001"]}, "cantidad_positiva", "422"),
        ({"cantidad": [None]}, "cantidad_positiva", "422"),
        ({"prd_codigo": ["PRD9999999"]}, "producto_activo", "422"),
        ({"prd_codigo": [None]}, "producto_activo", "422"),
        ({"cli_codigo": "CLI9999999"}, "cliente_activo", "422"),
        ({"cantidad": [6]}, "existencia_insuficiente", "409"),
        ({"cantidad": [5]}, "consumidor_final_maximo", "409"),
    ],
)
def test_lo_que_no_se_puede_vender_no_cambia_nada(counter, change, rule, status):
    session = opened(counter)
    counter.settings(consumidor_final_maximo="50.00")
    product = counter.product("10.00", prd_stock=5, prd_costo=1)
    client = {"cli_codigo": counter.buyer()} if rule == "existencia_insuficiente" else {}
    with counter.acting("cajero") as act:
        asks = {"prd_codigo": [product], "cantidad": [1], **client, **change}
        assert refused(act, rule, "venta_crear", **asks) == status
    assert counter.stock(product) == (5, 5)
    assert counter.do("contador", "venta_listar", sesion=session["id"])["data"] == []


def test_cada_cajero_ve_lo_suyo_y_quien_supervisa_todo(counter, staff):
    mine = opened(counter)
    product = counter.product("1.00", prd_tipo="SERVICIO")
    codes = [sell(counter, (product, 1))["factura"]["fac_codigo"] for _ in range(3)]
    colleague = staff("cajero")
    theirs = opened(counter, role=colleague)
    other = sell(counter, (product, 1), role=colleague)["factura"]["fac_codigo"]
    listed = counter.do("cajero", "venta_listar", page=1)
    assert [row["fac_codigo"] for row in listed["data"]] == codes[::-1]
    assert listed["data"][0]["sesion"] == mine["id"]
    assert [r["fac_codigo"] for r in counter.do(colleague, "venta_listar")["data"]] == [other]
    with counter.acting("cajero") as act:
        assert refused(act, "venta_existe", "venta_obtener", fac_codigo=other) == "404"
        forbidden(act, "factura_listar")
        forbidden(act, "factura_obtener", fac_codigo=codes[0])
    for role in ("adm_ventas", "contador", "auditor", "admin"):
        seen = {row["fac_codigo"] for row in counter.do(role, "venta_listar")["data"]}
        assert seen >= {*codes, other}
        assert counter.do(role, "venta_listar", sesion=theirs["id"])["total"] == 1
    today = counter.conn.execute("SELECT privado.hoy()").fetchone()[0]
    assert counter.do("cajero", "venta_listar", desde=today, hasta=today, estado="APR")["total"] == 3
    assert counter.do("cajero", "venta_listar", estado="ANU")["total"] == 0
    for role in ("ventas", "bodega", "compras", "adm_fact"):
        with counter.acting(role) as act:
            forbidden(act, "venta_crear", prd_codigo=[product], cantidad=[1])
            forbidden(act, "venta_listar")


def test_una_factura_sin_caja_no_es_una_venta(counter):
    code = counter.issue((counter.product(prd_tipo="SERVICIO"), 1))["factura"]["fac_codigo"]
    with counter.acting("admin") as act:
        assert refused(act, "venta_existe", "venta_obtener", fac_codigo=code) == "404"
    with counter.acting("cajero") as act:
        assert refused(act, "venta_existe", "venta_obtener", fac_codigo=code) == "404"


def test_la_comision_es_de_quien_vende_en_la_caja(counter):
    counter.conn.execute(
        "UPDATE datos.usuario SET usr_comision = 10 WHERE usr_login = %s", (counter.people.login("cajero"),)
    )
    opened(counter)
    code = sell(counter, (counter.product("10.00", prd_tipo="SERVICIO"), 1))["factura"]["fac_codigo"]
    rows = counter.do("adm_ventas", "comision_listar", usuario=counter.people.login("cajero"))["data"]
    assert [(row["fac_codigo"], row["monto"]) for row in rows] == [(code, "1.00")]


def test_la_caja_de_otra_sucursal_vende_de_su_bodega_y_su_serie(counter, staff):
    seller = staff("cajero", branch="002")
    opened(counter, role=seller, caja=register(counter, "002-001"))
    product = counter.product(prd_stock=5, prd_costo=1)
    with counter.acting(seller) as act:
        assert (
            refused(act, "existencia_insuficiente", "venta_crear", prd_codigo=[product], cantidad=[1])
            == "409"
        )
    sale = sell(counter, (counter.product(prd_tipo="SERVICIO"), 1), role=seller)
    assert sale["factura"]["fac_numero"].startswith("002-001-")
    assert sale["factura"]["punto_emision"] == "002-001"
