"""The shop window: search, prices, facets, caching."""

import json

import pytest


@pytest.fixture(scope="module")
def window(product):
    """A few products under a word nobody else uses."""
    return {
        "leche": product("1.20", 8, prd_nombre="Leche Zumbahua entera", cat_codigo="LAC"),
        "queso": product("4.00", 3, prd_nombre="Queso Zumbahua fresco", cat_codigo="LAC", prd_promocion=25),
        "jabon": product("2.50", 0, prd_nombre="Jabón Zumbahua líquido", cat_codigo="ASE", iva_codigo="CER"),
        "suspendido": product("3.00", 9, prd_nombre="Crema Zumbahua", cat_codigo="ASE", prd_estado="SUS"),
        "retirado": product("3.00", 9, prd_nombre="Gel Zumbahua", cat_codigo="ASE", prd_estado="INA"),
        "servicio": product("3.00", 0, prd_nombre="Instalación Zumbahua", prd_tipo="SERVICIO"),
    }


def search(client, **query):
    answer = client.get("/api/ecom/producto", query_string={"q": "zumbahua", **query})
    assert answer.status_code == 200, answer.text
    return answer.json


def codes(answer):
    return [row["id"] for row in answer["data"]]


def test_muestra_lo_activo_y_lo_suspendido_a_cualquiera(client, window):
    found = search(client)
    assert set(codes(found)) == {window[name] for name in ("leche", "queso", "jabon", "suspendido")}
    assert found["total"] == found["count"] == 4 and found["page"] == 1
    stock = {row["id"]: row["stock"] for row in found["data"]}
    assert stock[window["leche"]] == 8 and stock[window["jabon"]] == 0
    assert stock[window["suspendido"]] == 0


def test_precio_final_lleva_promocion_e_iva(client, window):
    row = client.get(f"/api/ecom/producto/{window['queso']}").json
    assert (row["precio"], row["precio_final"], row["promocion"]) == ("4.00", "3.45", 25)
    assert row["categoria"] == "Lácteos" and row["um_descripcion"] == "Unidad" and row["imagen"] is None
    assert client.get(f"/api/ecom/producto/{window['jabon']}").json["precio_final"] == "2.50"


def test_busqueda_perdona_tildes_mayusculas_y_errores(client, window):
    for typed in ("JABON zumbahua", "zumbahua líquidó", "jabn zumbaua liquido"):
        assert codes(search(client, q=typed))[0] == window["jabon"], typed


def test_busqueda_no_interpreta_comodines(client, window):
    for typed in ("100%", "zum_ahua", "\\", "' OR 1=1"):
        assert search(client, q=typed)["total"] >= 0


def test_categoria_incluye_las_de_abajo_por_codigo_o_nombre(client, window):
    dairy = {window["leche"], window["queso"]}
    for named in ("ALI", "alimentos", "LAC", "lacteos"):
        assert set(codes(search(client, cat=named))) == dairy
    assert codes(search(client, cat="no-hay")) == []


def test_precio_filtra_y_ordena_por_el_final(client, window):
    assert codes(search(client, minPrice="1.38", maxPrice="2.50", orden="precio_asc")) == [
        window["leche"], window["jabon"],
    ]  # fmt: skip
    prices = [row["precio_final"] for row in search(client, orden="precio_desc")["data"]]
    assert prices == ["3.45", "3.45", "2.50", "1.38"]


def test_facetas_cuentan_lo_hallado_en_cualquier_categoria(client, window):
    facets = search(client, cat="LAC")["facetas"]
    assert {f["cat_codigo"]: f["cantidad"] for f in facets["categorias"]} == {"LAC": 2, "ASE": 2}
    assert (facets["precio_min"], facets["precio_max"]) == ("1.38", "3.45")


def test_pagina_sin_repetir_ni_saltar(client, window):
    pages = [search(client, page=page, limit=3, orden="nombre") for page in (1, 2)]
    assert pages[0]["totalPages"] == 2 and len(pages[1]["data"]) == 1
    assert len({*codes(pages[0]), *codes(pages[1])}) == 4


def test_respuestas_se_guardan_por_etag(client, window):
    for path in ("/producto?q=zumbahua", f"/producto/{window['leche']}", "/ciudad", "/categoria"):
        first = client.get(f"/api/ecom{path}")
        again = client.get(f"/api/ecom{path}", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code) == (200, 304), path


def test_lo_que_no_se_ve_no_existe(client, window):
    for code in (window["retirado"], window["servicio"], "PRD9999999"):
        answer = client.get(f"/api/ecom/producto/{code}")
        assert (answer.status_code, answer.json["regla"]) == (404, "producto_existe")


def test_ciudades_llevan_su_envio_y_solo_admin_lo_fija(client, admin, auth):
    cities = {city["ct_codigo"]: city["ct_envio"] for city in client.get("/api/ecom/ciudad").json}
    assert cities["GYE"] == "5.00"
    change = {"ct_envio": "3.25"}
    refused = client.put("/api/ecom/ciudad/GYE", json=change, headers=auth("ventas", "ecom"))
    assert refused.status_code == 403
    changed = client.put("/api/ecom/ciudad/GYE", json=change, headers=auth("admin", "ecom"))
    assert changed.json["ct_envio"] == "3.25"
    admin.conn.execute("UPDATE datos.ciudad SET ct_envio = NULL")


def test_la_version_mas_nueva_gana(client, admin, window):
    def bring(version, price):
        row = {"prd_codigo": "PRDVERSION", "prd_nombre": "Versionado", "prd_precio_venta": price, "prd_tipo": "BIEN",
               "prd_estado": "ACT", "iva_codigo": "GEN", "prd_version": version}  # fmt: skip
        return admin("catalogo_recibir", productos=json.dumps([row]))["productos"]

    assert [bring(2, "5.00"), bring(1, "1.00"), bring(2, "7.00"), bring(3, "6.00")] == [1, 0, 0, 1]
    assert client.get("/api/ecom/producto/PRDVERSION").json["precio"] == "6.00"


def test_una_tarifa_nueva_cambia_los_precios_finales(ecom, window):
    ecom.execute("UPDATE datos.tarifa_iva SET porcentaje = 5 WHERE iva_codigo = 'GEN'")
    assert ecom.execute("SELECT api.catalogo_refrescar()").fetchone()[0]["precios"] >= 3
    price = "SELECT prd_precio_final::text FROM datos.producto WHERE prd_codigo = %s"
    assert ecom.execute(price, (window["leche"],)).fetchone() == ("1.26",)
    assert ecom.execute("SELECT api.catalogo_refrescar()").fetchone()[0] == {"precios": 0}


def narrowed(facets):
    """The facets of everything, once as kept and once as counted: a lower price bound of zero narrows nothing."""
    return facets["categorias"], facets["precio_min"], facets["precio_max"]


def test_lo_contado_es_lo_que_se_cuenta_tras_cada_cambio(ecom, window):
    whole = "SELECT api.producto_listar(p_cat => %s), api.producto_listar(p_cat => %s, p_precio_min => 0)"

    def agree():
        for cat in (None, "LAC", "ALI", "nadie"):
            kept, counted = ecom.execute(whole, (cat, cat)).fetchone()
            assert narrowed(kept["facetas"]) == narrowed(counted["facetas"])
            assert (kept["total"], kept["data"]) == (counted["total"], counted["data"])
        return kept["facetas"]["precio_max"]

    first = agree()
    ecom.execute(
        "UPDATE datos.producto SET prd_precio_final = 99999, cat_codigo = NULL WHERE prd_codigo = %s",
        (window["leche"],),
    )
    assert agree() == "99999.00" != first
    ecom.execute("UPDATE datos.producto SET prd_estado = 'INA' WHERE prd_codigo = %s", (window["leche"],))
    assert agree() == first
    ecom.execute(
        "INSERT INTO datos.producto (prd_codigo, prd_nombre, prd_precio_venta, prd_precio_final, prd_tipo, prd_estado,"
        " iva_codigo, prd_version, busqueda) VALUES ('SUELTO', 'x', 99999, 99999, 'BIEN', 'ACT', 'GEN', 1, 'x')"
    )
    assert agree() == "99999.00"
    ecom.execute("DELETE FROM datos.producto WHERE prd_codigo = 'SUELTO'")
    assert agree() == first
