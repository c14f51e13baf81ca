"""Movements by hand: who may, worth what, and how a mistake is taken back."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused


def enter(shop, product, code, quantity, role="adm_bodega", **more):
    return shop.do(
        role, "kardex_producto_crear", prd_codigo=product, trn_cod=code, krd_prd_cantidad=quantity, **more
    )


def test_cada_movimiento_tiene_su_contrapartida_en_el_libro(counter):
    product = counter.product()
    accounts = {
        "CAPITAL_INICIAL": enter(counter, product, "INI", 4, costo_unitario="2.50"),
        "AJUSTE_INVENTARIO": enter(counter, product, "AJU", 1, krd_razon="conteo", costo_unitario="5"),
        "MERMA": enter(counter, product, "BAJ", 1, krd_razon="rotura"),
        "DEVOLUCION_PROVEEDOR": enter(counter, product, "DVP", 1),
    }
    for account, row in accounts.items():
        signed = Decimal(row["valor"]) * row["krd_signo"]
        assert counter.posted("KRD", row["krd_codigo"]) == {
            ("INVENTARIO", ""): signed,
            (account, ""): -signed,
        }


def test_un_ajuste_negativo_se_guarda_como_baja(counter):
    row = enter(counter, counter.product(prd_stock=5, prd_costo=2), "AJU", "-1.5", krd_razon="conteo")
    assert (row["trn_cod"], row["krd_signo"], row["krd_cantidad"], row["saldo"]) == ("BAJ", -1, 1.5, 3.5)


def test_una_entrada_sin_costo_toma_el_promedio_y_si_no_el_ultimo(counter):
    product = counter.product(prd_stock=4, prd_costo=3)
    assert enter(counter, product, "AJU", 2, krd_razon="conteo")["valor"] == "6.00"
    enter(counter, product, "BAJ", 6, krd_razon="rotura")
    assert enter(counter, product, "AJU", 1, krd_razon="conteo")["costo_unitario"] == "3.000000"
    unknown = enter(counter, counter.product(), "INI", 1)
    assert (unknown["valor"], unknown["sin_costo"]) == ("0.00", True)


def test_el_inventario_inicial_es_el_primero_y_se_puede_corregir(counter):
    product = counter.product()
    first = enter(counter, product, "INI", 10, role="bodega")
    with counter.acting("bodega") as act:
        params = {"prd_codigo": product, "trn_cod": "INI", "krd_prd_cantidad": 1}
        assert refused(act, "inventario_inicial_unico", "kardex_producto_crear", **params) == "409"
    gone = counter.do("bodega", "kardex_producto_eliminar", krd_codigo=first["krd_codigo"])
    assert (gone["trn_cod"], gone["krd_signo"], gone["krd_revierte"]) == ("INI", -1, first["krd_codigo"])
    assert enter(counter, product, "INI", 7, role="bodega")["saldo"] == 7


@pytest.mark.parametrize(
    ("code", "more", "rule"),
    [
        ("AJU", {}, "razon_requerida"),
        ("BAJ", {"krd_razon": "  "}, "razon_requerida"),
        ("CON", {}, "consumo_de_materiales"),
        ("ESI", {}, "estandar_requerido"),
        ("ESI", {"est_cod": "ES99999999"}, "estandar_existe"),
        ("VEN", {}, "transaccion_manual"),
        ("COM", {}, "transaccion_manual"),
        ("BAJ", {"krd_razon": "x", "costo_unitario": 1}, "costo_de_entrada"),
        ("INI", {"costo_unitario": "-1"}, "costo_valido"),
        ("INI", {"costo_unitario": "NaN"}, "costo_valido"),
        ("INI", {"bodega": "WEB"}, "bodega_ajena"),
        ("INI", {"bodega": "NADA"}, "bodega_ajena"),
    ],
)
def test_lo_que_no_corresponde_se_rechaza_con_su_regla(counter, code, more, rule):
    product = counter.product()
    with counter.acting("adm_bodega") as act:
        params = {"prd_codigo": product, "trn_cod": code, "krd_prd_cantidad": 1, **more}
        assert refused(act, rule, "kardex_producto_crear", **params) == (
            "403" if rule == "bodega_ajena" else "422"
        )


def test_un_servicio_y_lo_que_no_existe_no_se_mueven(counter):
    service = counter.product(prd_tipo="SERVICIO")
    with counter.acting("bodega") as act:
        common = {"trn_cod": "INI", "krd_prd_cantidad": 1}
        refused(act, "servicio_sin_existencia", "kardex_producto_crear", prd_codigo=service, **common)
        refused(act, "producto_existe", "kardex_producto_crear", prd_codigo="PRD9999999", **common)


def test_bodega_no_ajusta_ni_dice_costos_ni_revierte_lo_ajeno(counter):
    product = counter.product(prd_stock=5, prd_costo=2)
    opening = counter.do("bodega", "kardex_producto_listar", prd_codigo=product)["data"][0]
    assert "valor" not in opening and "costo_unitario" not in opening
    with counter.acting("bodega") as act:
        base = {"prd_codigo": product, "krd_prd_cantidad": 1, "krd_razon": "x"}
        assert refused(act, "ajuste_restringido", "kardex_producto_crear", trn_cod="AJU", **base) == "403"
        other = {"prd_codigo": counter_product_without_stock(counter, act), "krd_prd_cantidad": 1}
        refused(act, "costo_restringido", "kardex_producto_crear", trn_cod="INI", costo_unitario=1, **other)
        refused(act, "movimiento_ajeno", "kardex_producto_eliminar", krd_codigo=opening["krd_codigo"])
    for role in ("ventas", "contador", "compras", "auditor"):
        with counter.acting(role) as act:
            forbidden(act, "kardex_producto_crear", prd_codigo=product, trn_cod="DVP", krd_prd_cantidad=1)


def counter_product_without_stock(shop, act):
    return act("producto_crear", prd_nombre="Otra", prd_precio_venta="1.00", um_venta="UND")["prd_codigo"]


def test_revertir_devuelve_su_propio_valor_y_la_diferencia_va_aparte(counter):
    product = counter.product(prd_stock=10, prd_costo=1)
    dear = enter(counter, product, "AJU", 10, krd_razon="compra", costo_unitario=5)  # 20 units worth 60
    enter(counter, product, "BAJ", 8, krd_razon="consumo")  # 12 units worth 36: 50 cannot leave
    undone = counter.do("adm_bodega", "kardex_producto_eliminar", krd_codigo=dear["krd_codigo"])
    assert counter.stock(product) == (2, 6)
    assert counter.posted("KRD", undone["krd_codigo"]) == {
        ("INVENTARIO", ""): Decimal(-30),
        ("AJUSTE_INVENTARIO", ""): Decimal(50),
        ("DIFERENCIA_COSTO", ""): Decimal(-20),
    }


def test_se_revierte_una_sola_vez_y_un_reverso_nunca(counter):
    product = counter.product(prd_stock=5, prd_costo=2)
    loss = enter(counter, product, "BAJ", 1, krd_razon="rotura")
    undone = counter.do("adm_bodega", "kardex_producto_eliminar", krd_codigo=loss["krd_codigo"])
    assert counter.stock(product) == (5, 10)
    with counter.acting("adm_bodega") as act:
        for code, rule in ((loss, "movimiento_ya_revertido"), (undone, "movimiento_es_reverso")):
            assert refused(act, rule, "kardex_producto_eliminar", krd_codigo=code["krd_codigo"]) == "409"
        assert refused(act, "movimiento_existe", "kardex_producto_obtener", krd_codigo=2**62) == "404"


def test_corregir_revierte_y_vuelve_a_registrar_aunque_ya_se_haya_vendido(counter):
    product = counter.product("3.00", prd_stock=10, prd_costo=2)
    opening = counter.do("admin", "kardex_producto_listar", prd_codigo=product)["data"][0]
    counter.issue((product, 8))
    changed = counter.do(
        "adm_bodega", "kardex_producto_actualizar", krd_codigo=opening["krd_codigo"], krd_prd_cantidad=12
    )
    assert (changed["trn_cod"], changed["krd_cantidad"], changed["costo_unitario"]) == ("INI", 12, "2.000000")
    assert changed["krd_reemplaza"] == opening["krd_codigo"]
    undone = counter.do("adm_bodega", "kardex_producto_obtener", krd_codigo=changed["krd_reverso"])
    assert (undone["krd_revierte"], undone["krd_signo"]) == (opening["krd_codigo"], -1)
    assert counter.stock(product) == (4, 8)


def test_lo_que_escribio_una_factura_se_corrige_en_la_factura(counter):
    product = counter.product(prd_stock=10, prd_costo=2)
    sale = counter.issue((product, 1))["factura"]["fac_codigo"]
    row = counter.do("contador", "kardex_producto_listar", prd_codigo=product)["data"][0]
    assert (row["trn_cod"], row["fac_codigo"]) == ("VEN", sale)
    with counter.acting("admin") as act:
        for name in ("kardex_producto_eliminar", "kardex_producto_actualizar"):
            assert refused(act, "movimiento_de_documento", name, krd_codigo=row["krd_codigo"]) == "409"


def test_la_lista_se_pagina_se_busca_y_se_recorre_sin_repetir(counter):
    product = counter.product(prd_codigo_barras="BARRA-UNICA-77")
    counter.product(prd_stock=1, prd_costo=1)
    codes = [enter(counter, product, "AJU", 1, krd_razon="conteo")["krd_codigo"] for _ in range(5)]
    page = counter.do("bodega", "kardex_producto_listar", page=1, limit=2, search="barra-unica")
    assert ([row["krd_codigo"] for row in page["data"]], page["total"], page["totalPages"]) == (
        codes[:2:-1],
        5,
        3,
    )
    seen, cursor = [], 0
    while cursor is not None:
        answer = counter.do("bodega", "kardex_producto_listar", prd_codigo=product, limit=2, cursor=cursor)
        seen += [row["krd_codigo"] for row in answer["data"]]
        cursor = answer["cursor"]
    assert seen == codes[::-1]


def test_corregido_a_otro_producto_entra_a_lo_que_vale_ese(counter):
    dear, cheap = (counter.product(prd_stock=5, prd_costo=cost) for cost in (100, 1))
    entry = {"trn_cod": "AJU", "krd_prd_cantidad": 2, "krd_razon": "Conteo"}
    wrong = counter.do("adm_bodega", "kardex_producto_crear", prd_codigo=dear, **entry)["krd_codigo"]
    counter.do("adm_bodega", "kardex_producto_actualizar", krd_codigo=wrong, prd_codigo=cheap)
    assert (counter.stock(dear), counter.stock(cheap)) == ((5, 500), (7, 7))


def test_el_kardex_se_ve_por_local(counter, staff):
    product = counter.product(prd_stock=3, prd_costo=1)
    row = counter.do("bodega", "kardex_producto_listar", prd_codigo=product)["data"][0]
    other = staff("bodega", branch="002")
    assert counter.do(other, "kardex_producto_listar", prd_codigo=product)["data"] == []
    with counter.acting(other) as act:
        for name in ("kardex_producto_obtener", "kardex_producto_eliminar"):
            assert refused(act, "movimiento_existe", name, krd_codigo=row["krd_codigo"]) == "404"
        params = {"prd_codigo": product, "trn_cod": "INI", "krd_prd_cantidad": 1, "bodega": "B001"}
        assert refused(act, "bodega_ajena", "kardex_producto_crear", **params) == "403"


def test_por_http_se_aceptan_los_dos_nombres_y_se_corrige(client, auth):
    made = client.post("/api/pos/producto", json={"prd_nombre": "Tornillo", "prd_precio_venta": "0.10",
                                                  "um_venta": "UND"}, headers=auth("bodega"))  # fmt: skip
    product = made.json["prd_codigo"]
    body = {"prd_codigo": product, "trn_cod": "INI", "krd_cantidad": "100", "costo_unitario": "0.0125"}
    opening = client.post("/api/pos/kardex-producto/", json=body, headers=auth("adm_bodega"))
    assert (opening.status_code, opening.json["costo_unitario"]) == (201, "0.012500")
    path = f"/api/pos/kardexprod/{opening.json['krd_codigo']}"
    changed = client.put(path, json={"krd_prd_cantidad": 90}, headers=auth("adm_bodega"))
    assert (changed.status_code, changed.json["krd_cantidad"]) == (200, 90)
    assert client.delete(path, headers=auth("adm_bodega")).json["regla"] == "movimiento_ya_revertido"
    listed = client.get(f"/api/pos/kardex-producto/product/{product}?page=1", headers=auth("bodega"))
    assert [row["saldo"] for row in listed.json["data"]] == [90, 190, 100]
    same = client.get(f"/api/pos/producto/{product}/kardex?cursor=0&limit=2", headers=auth("bodega")).json
    assert ([row["saldo"] for row in same["data"]], same["cursor"]) == (
        [90, 190],
        same["data"][1]["krd_codigo"],
    )
    found = client.get(f"/api/pos/kardex-producto/search?name={product}", headers=auth("bodega"))
    assert found.json["total"] == 3
    assert client.get("/api/pos/kardex-producto", headers=auth("ventas")).status_code == 403
