"""What changes at the POS reaches the shop, once or more, in any order, and the last version wins."""

from typing import Any

import psycopg
import pytest

from daf_backend.errors import Problem
from daf_backend.puente import catalogo
from daf_backend.puente.catalogo import PARTS, LateDelivery

from .conftest import Bridge, Broken


def shown(bridge: Bridge, product: str) -> dict[str, Any] | None:
    row = bridge.shop.conn.execute(
        "SELECT to_json(p) FROM datos.producto AS p WHERE prd_codigo = %s", (product,)
    ).fetchone()
    return row[0] if row else None


def waiting(bridge: Bridge) -> int:
    row = bridge.pos.conn.execute("SELECT count(*) FROM datos.puente_cambio").fetchone()
    return row[0] if row else 0


def rename(bridge: Bridge, product: str, name: str) -> None:
    bridge.staff("admin")("producto_actualizar", prd_codigo=product, prd_nombre=name)


def deliver(bridge: Bridge, delivery: dict[str, Any]) -> bool:
    taken = bridge.sides.shop("puente_recibir", **{part: delivery[part] for part in PARTS})
    return bool(taken["recibido"])


def test_un_producto_llega_con_todo_lo_que_la_tienda_muestra(bridge):
    product = bridge.product(price="12.30", prd_promocion="5", prd_desc_corta="Corta", prd_desc_larga="Larga")
    row = shown(bridge, product)
    assert (row["prd_precio_venta"], row["prd_promocion"], row["um_descripcion"]) == (12.30, 5, "Unidad")
    assert (row["prd_desc_corta"], row["prd_desc_larga"], row["iva_codigo"]) == ("Corta", "Larga", "GEN")
    assert row["prd_precio_final"] == 13.43  # (12.30 - 0.62) x 1.15
    assert waiting(bridge) == 0


def test_un_cambio_y_una_baja_tambien_llegan(bridge):
    product = bridge.product()
    bridge.staff("admin")("producto_precio_actualizar", prd_codigo=product, prd_precio_venta="7.00")
    catalogo.barrer(bridge.sides)
    assert shown(bridge, product)["prd_precio_venta"] == 7
    bridge.staff("admin")("producto_eliminar", prd_codigo=product)
    catalogo.barrer(bridge.sides)
    assert shown(bridge, product)["prd_estado"] == "INA"


def test_lo_que_se_confirma_tarde_con_un_numero_bajo_no_se_pierde(bridge):
    early, late = bridge.product(), bridge.product()
    with psycopg.connect(bridge.pos.conn.info.dsn, password=bridge.pos.conn.info.password) as slow:
        slow.execute("SELECT api.producto_actualizar(p_prd_codigo => %s, p_prd_nombre => 'Lento')", (early,))
        rename(bridge, late, "Rápido")
        catalogo.barrer(bridge.sides)
        assert shown(bridge, late)["prd_nombre"] == "Rápido" and shown(bridge, early)["prd_nombre"] != "Lento"
        slow.commit()
    catalogo.barrer(bridge.sides)
    assert shown(bridge, early)["prd_nombre"] == "Lento"


@pytest.mark.parametrize("after", [False, True], ids=["antes", "despues"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_morir_en_cualquier_paso_solo_lo_repite(bridge, nth, after):
    product = bridge.product()
    rename(bridge, product, "Otra")
    dying = Broken(bridge.sides.runtime, nth, after)
    with pytest.raises(Problem):
        catalogo.barrer(dying)
    assert dying.steps == ["catalogo_pendiente", "puente_recibir", "catalogo_entregado"][:nth]
    catalogo.barrer(bridge.sides)
    assert shown(bridge, product)["prd_nombre"] == "Otra" and waiting(bridge) == 0


def test_una_entrega_vieja_no_pisa_a_una_nueva(bridge):
    product = bridge.product()
    city = "UPDATE datos.ciudad SET ct_descripcion = %s WHERE ct_codigo = 'UIO'"
    rename(bridge, product, "Vieja")
    bridge.pos.conn.execute(city, ("Quito viejo",))
    old = bridge.sides.pos("catalogo_pendiente")
    rename(bridge, product, "Nueva")
    bridge.pos.conn.execute(city, ("Quito",))
    new = bridge.sides.pos("catalogo_pendiente")
    assert deliver(bridge, new) and not deliver(bridge, old)
    assert shown(bridge, product)["prd_nombre"] == "Nueva"
    row = bridge.shop.conn.execute(
        "SELECT ct_descripcion FROM datos.ciudad WHERE ct_codigo = 'UIO'"
    ).fetchone()
    assert row == ("Quito",)


def test_a_quien_se_adelanto_otro_vuelve_con_un_numero_nuevo(bridge):
    product = bridge.product()
    rename(bridge, product, "Otra")
    bridge.shop.conn.execute("UPDATE datos.puente_recibido SET rec_envio = rec_envio + 2")
    with pytest.raises(LateDelivery):
        catalogo.barrer(bridge.sides)
    with pytest.raises(LateDelivery):
        catalogo.barrer(bridge.sides)
    assert catalogo.barrer(bridge.sides) == 1 and shown(bridge, product)["prd_nombre"] == "Otra"


def test_un_cambio_que_la_tienda_rechaza_no_detiene_al_resto(bridge):
    products = [bridge.product() for _ in range(15)]
    bad = products[7]
    bridge.shop.conn.execute(
        f"ALTER TABLE datos.producto ADD CONSTRAINT prueba CHECK (prd_codigo <> '{bad}') NOT VALID"
    )
    for product in products:
        rename(bridge, product, "Otra")
    catalogo.barrer(bridge.sides)
    bridge.shop.conn.execute("ALTER TABLE datos.producto DROP CONSTRAINT prueba")
    assert [shown(bridge, product)["prd_nombre"] == "Otra" for product in products].count(True) == 14
    row = bridge.pos.conn.execute("SELECT cam_clave, cam_error FROM datos.puente_cambio").fetchall()
    assert row == [(bad, "prueba: No se cumple una regla del negocio.")]
    bridge.sweep()
    assert shown(bridge, bad)["prd_nombre"] == "Otra"


def test_categorias_ciudades_y_tarifas_llegan_enteras(bridge):
    bridge.sweep()
    for table, columns in (
        ("ciudad", "ct_codigo, ct_descripcion"),
        ("tarifa_iva", "iva_codigo, sri_codigo, porcentaje, desde, hasta"),
    ):
        query = f"SELECT {columns} FROM datos.{table} ORDER BY 1, 2"
        assert bridge.shop.conn.execute(query).fetchall() == bridge.pos.conn.execute(query).fetchall()
    bridge.staff("admin")("categoria_crear", cat_codigo="PRUEBA", cat_nombre="De prueba")
    catalogo.barrer(bridge.sides)
    row = bridge.shop.conn.execute(
        "SELECT cat_nombre FROM datos.categoria WHERE cat_codigo = 'PRUEBA'"
    ).fetchone()
    assert row == ("De prueba",)


def test_renombrar_y_retirar_llega_a_lo_que_la_tienda_muestra_y_busca(bridge):
    admin = bridge.staff("admin")
    admin("categoria_crear", cat_codigo="ZAPA", cat_nombre="Zapatería")
    admin("unidadmedida_crear", um_codigo="ZP", um_descripcion="Par antiguo")
    admin("ciudad_crear", ct_codigo="ZZP", ct_descripcion="Zeta")
    product = bridge.product(cat_codigo="ZAPA")
    admin("producto_actualizar", prd_codigo=product, um_venta="ZP")
    catalogo.barrer(bridge.sides)
    visitor = bridge.app.test_client()

    def found(words):
        rows = visitor.get("/api/ecom/producto", query_string={"q": words}).json["data"]
        return {row["id"]: (row["categoria"], row["um_descripcion"]) for row in rows}

    def cities():
        return {row["ct_codigo"]: row["ct_descripcion"] for row in visitor.get("/api/ecom/ciudad").json}

    assert found("zapateria")[product] == ("Zapatería", "Par antiguo")
    admin("categoria_actualizar", cat_codigo="ZAPA", cat_nombre="Alpargatas")
    admin("unidadmedida_actualizar", um_codigo="ZP", um_descripcion="Par nuevo")
    admin("ciudad_actualizar", ct_codigo="ZZP", ct_descripcion="Eta")
    catalogo.barrer(bridge.sides)
    assert found("alpargatas")[product] == ("Alpargatas", "Par nuevo")
    assert product in found("alpagratas")  # its words were learned too
    assert product not in found("zapateria") and cities()["ZZP"] == "Eta"
    admin("producto_actualizar", prd_codigo=product, cat_codigo="")
    admin("categoria_eliminar", cat_codigo="ZAPA")
    admin("ciudad_eliminar", ct_codigo="ZZP")
    catalogo.barrer(bridge.sides)
    assert product not in found("alpargatas") and "ZZP" not in cities()
    shelves = visitor.get("/api/ecom/categoria?limit=100").json["data"]
    assert "ZAPA" not in {row["cat_codigo"] for row in shelves}


def test_la_tienda_cuenta_el_iva_como_el_punto_de_venta(bridge):
    product, admin = bridge.product(price="11.50"), bridge.staff("admin")
    assert shown(bridge, product)["prd_precio_final"] == 13.23
    admin("ajuste_actualizar", aju_clave="precios_incluyen_iva", aju_valor="true")
    catalogo.barrer(bridge.sides)
    assert shown(bridge, product)["prd_precio_final"] == 11.5
    admin("ajuste_actualizar", aju_clave="precios_incluyen_iva", aju_valor="false")
    catalogo.barrer(bridge.sides)
    assert shown(bridge, product)["prd_precio_final"] == 13.23


def test_de_un_cliente_la_tienda_sabe_una_huella_y_si_tiene_correo(bridge):
    ventas, ruc = bridge.staff("adm_ventas"), "EXT-PUENTE-1"
    code = ventas("cliente_crear", cli_ruc_ced=ruc, cli_nombre="Ana", cli_tipo_id="EXTERIOR")["cli_codigo"]
    catalogo.barrer(bridge.sides)
    client = bridge.app.test_client()
    assert (
        client.get(f"/api/ecom/auth/client/{ruc}").status_code == 409
    )  # known, but nobody to mail a code to
    ventas("cliente_actualizar", cli_codigo=code, cli_mail="ana@prueba.ec")
    catalogo.barrer(bridge.sides)
    assert client.get(f"/api/ecom/auth/client/{ruc}").status_code == 200
    dump = bridge.shop.conn.execute("SELECT string_agg(c::text, '') FROM datos.cliente_pos AS c").fetchone()
    assert ruc not in dump[0] and "Ana" not in dump[0]


def test_reenviar_todo_no_cambia_nada_de_lo_que_ya_esta(bridge):
    product = bridge.product()
    before = shown(bridge, product)
    bridge.pos("catalogo_reenviar")
    assert waiting(bridge) > 0
    catalogo.barrer(bridge.sides)
    assert shown(bridge, product) == before and waiting(bridge) == 0
