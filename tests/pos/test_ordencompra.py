"""Purchase orders: from draft to received, what they cost, and who may see it."""

import threading
from decimal import Decimal

import psycopg
import pytest

from .acts import forbidden, refused, ruc_company


@pytest.fixture
def receives_later(pos):
    """The setting under which approving receives nothing yet."""
    pos.execute("UPDATE datos.ajuste SET aju_valor = 'false' WHERE aju_clave = 'oc_aprobar_recibe'")


def supplier(shop):
    row = shop.do("admin", "proveedor_crear", prv_razonsocial="Molinos S. A.", prv_ruc=ruc_company())
    return row["prv_codigo"]


def material(shop, cost="2.50", **more):
    row = shop.do(
        "admin", "materiaprima_crear", mp_descripcion="Harina", um_compra="KG", mp_precio_compra=cost, **more
    )
    return row["mp_codigo"]


def order(shop, *lines, prv=None):
    """A draft with (material, quantity) lines."""
    code = shop.do("compras", "ordencompra_crear", prv_codigo=prv or supplier(shop))["oc_codigo"]
    for mp, quantity in lines:
        shop.do("compras", "ordencompra_detalle_crear", oc_codigo=code, mp_codigo=mp, pxoc_cantidad=quantity)
    return code


def approve(shop, code):
    return shop.do("adm_compras", "ordencompra_aprobar", oc_codigo=code)


def receive(shop, code, lines, role="bodega", **more):
    return shop.do(
        role, "ordencompra_recibir", oc_codigo=code, mp_codigo=list(lines), cantidad=list(lines.values()), **more
    )  # fmt: skip


def test_un_borrador_guarda_el_precio_del_momento_y_suma_su_iva(counter):
    mp, prv = material(counter), supplier(counter)
    code = order(counter, (mp, 3), prv=prv)
    counter.do("compras", "materiaprima_actualizar", mp_codigo=mp, mp_precio_compra=9)
    shown = counter.do("compras", "ordencompra_detalle_crear", oc_codigo=code, mp_codigo=mp, pxoc_cantidad=10)
    head, (line,) = shown["cabecera"], shown["detalles"]
    assert (head["oc_subtotal"], head["oc_iva"], head["oc_total"]) == ("25.00", "3.75", "28.75")
    assert (head["oc_estado"], head["oc_recepcion"], head["prv_codigo"]) == ("PEN", "PENDIENTE", prv)
    assert (line["pxoc_cantidad"], line["pxoc_subtotal"], line["pxoc_recibido"]) == (10, "25.00", 0)
    gone = counter.do("compras", "ordencompra_detalle_eliminar", oc_codigo=code, mp_codigo=mp)
    assert (gone["detalles"], gone["cabecera"]["oc_total"]) == ([], "0.00")


def test_aprobar_recibe_todo_y_se_debe_al_proveedor(counter):
    mp, prv = material(counter), supplier(counter)
    code = order(counter, (mp, 10), prv=prv)
    shown = approve(counter, code)
    assert (shown["cabecera"]["oc_estado"], shown["cabecera"]["oc_recepcion"]) == ("APR", "COMPLETA")
    assert counter.do("bodega", "materiaprima_obtener", mp_codigo=mp)["mp_cantidad"] == 10
    assert counter.posted("ODC", code) == {
        ("INVENTARIO", ""): Decimal("25.00"),
        ("IVA_COMPRAS", "4"): Decimal("3.75"),
        ("PROVEEDOR", prv): Decimal("-28.75"),
    }
    row = counter.do("adm_bodega", "kardexmp_listar", mp_codigo=mp)["data"][0]
    assert (row["trn_cod"], row["oc_codigo"], row["costo_unitario"]) == ("COM", code, "2.500000")
    (debt,) = counter.do("adm_compras", "cuenta_por_pagar_listar", prv_codigo=prv)["data"]
    assert (debt["monto"], debt["saldo"], debt["estado"]) == ("28.75", "28.75", "PEN")


def test_se_recibe_por_partes_hasta_lo_pedido(counter, receives_later):
    a, b = material(counter), material(counter, "1")
    code = order(counter, (a, 10), (b, 4))
    assert approve(counter, code)["cabecera"]["oc_recepcion"] == "PENDIENTE"
    assert receive(counter, code, {a: 4})["cabecera"]["oc_recepcion"] == "PARCIAL"
    with counter.acting("bodega") as act:
        assert refused(act, "recepcion_dentro_de_lo_pedido", "ordencompra_recibir",
                       oc_codigo=code, mp_codigo=[a], cantidad=[7]) == "409"  # fmt: skip
    shown = receive(counter, code, {a: 6, b: 4}, nro_documento="001-001-55")
    assert shown["cabecera"]["oc_recepcion"] == "COMPLETA"
    assert [line["pxoc_recibido"] for line in shown["detalles"]] == [10, 4]
    with counter.acting("bodega") as act:
        assert refused(act, "orden_compra_por_recibir", "ordencompra_recibir",
                       oc_codigo=code, mp_codigo=[a], cantidad=[1]) == "409"  # fmt: skip


def test_bodega_recibe_sin_ver_precios_ni_decirlos(counter, receives_later):
    a = material(counter)
    code = order(counter, (a, 10))
    approve(counter, code)
    pending = {row["oc_codigo"]: row for row in counter.do("bodega", "recepcion_pendiente_listar")["data"]}
    assert pending[code]["detalles"][0]["pendiente"] == 10
    shown = receive(counter, code, {a: 1})
    assert not {"oc_total", "oc_subtotal", "oc_iva"} & shown["cabecera"].keys()
    assert not {"pxoc_subtotal", "pxoc_precio"} & shown["detalles"][0].keys()
    with counter.acting("bodega") as act:
        assert refused(act, "costo_restringido", "ordencompra_recibir",
                       oc_codigo=code, mp_codigo=[a], cantidad=[1], costo_unitario=[Decimal(1)]) == "403"  # fmt: skip
        forbidden(act, "ordencompra_listar")
        forbidden(act, "ordencompra_obtener", oc_codigo=code)
    with counter.acting("compras") as act:
        forbidden(act, "ordencompra_aprobar", oc_codigo=code)
        forbidden(act, "ordencompra_recibir", oc_codigo=code, mp_codigo=[a], cantidad=[1])


def test_el_costo_que_cobro_el_proveedor_es_el_que_entra(counter, receives_later):
    a = material(counter, "2.50")
    code = order(counter, (a, 3))
    approve(counter, code)
    receive(counter, code, {a: 3}, role="adm_compras", costo_unitario=[Decimal("2.333333")])
    row = counter.do("adm_bodega", "kardexmp_listar", mp_codigo=a)["data"][0]
    assert (row["valor"], row["costo_unitario"]) == ("7.00", "2.333333")
    assert counter.do("bodega", "materiaprima_obtener", mp_codigo=a)["mp_precio_compra"] == "2.333333"


def test_se_anula_lo_no_recibido_y_se_cierra_lo_que_no_llego(counter, receives_later):
    a = material(counter)
    unwanted, late = order(counter, (a, 2)), order(counter, (a, 5))
    approve(counter, unwanted)
    assert (
        counter.do("adm_compras", "ordencompra_anular", oc_codigo=unwanted)["cabecera"]["oc_motivo"]
        == "SIN MOTIVO"
    )
    approve(counter, late)
    receive(counter, late, {a: 2})
    with counter.acting("adm_compras") as act:
        assert refused(act, "orden_compra_sin_recepcion", "ordencompra_anular", oc_codigo=late) == "409"
        assert refused(act, "motivo_requerido", "ordencompra_cerrar", oc_codigo=late, motivo=" ") == "422"
        assert (
            act("ordencompra_cerrar", oc_codigo=late, motivo="quebró")["cabecera"]["oc_recepcion"]
            == "CERRADA"
        )
        assert refused(act, "orden_compra_por_recibir", "ordencompra_recibir",
                       oc_codigo=late, mp_codigo=[a], cantidad=[1]) == "409"  # fmt: skip
        assert refused(act, "orden_compra_pendiente", "ordencompra_detalle_crear",
                       oc_codigo=late, mp_codigo=a, pxoc_cantidad=1) == "409"  # fmt: skip


def test_lo_que_no_corresponde_no_cambia_nada(counter, receives_later):
    a, other = material(counter), material(counter)
    empty, code = order(counter), order(counter, (a, 2))
    with counter.acting("adm_compras") as act:
        assert refused(act, "orden_compra_con_lineas", "ordencompra_aprobar", oc_codigo=empty) == "422"
        assert refused(act, "orden_compra_existe", "ordencompra_obtener", oc_codigo="ODC9999999") == "404"
        assert refused(act, "orden_compra_cantidad_positiva", "ordencompra_detalle_crear",
                       oc_codigo=code, mp_codigo=a, pxoc_cantidad=0) == "23514"  # fmt: skip
        assert refused(act, "orden_compra_por_recibir", "ordencompra_recibir",
                       oc_codigo=code, mp_codigo=[a], cantidad=[1]) == "409"  # fmt: skip
        act("ordencompra_aprobar", oc_codigo=code)
        for lines, quantities, rule in (
            ([other], [1], "orden_compra_detalle_existe"), ([a, a], [1, 1], "recepcion_detalle_unico"),
            ([a], [0], "recepcion_cantidad_positiva"), ([], [], "recepcion_con_lineas"),
        ):  # fmt: skip
            assert refused(act, rule, "ordencompra_recibir",
                           oc_codigo=code, mp_codigo=lines, cantidad=quantities) == "422"  # fmt: skip


def test_una_orden_de_otro_local_no_se_ve(counter, staff):
    code = order(counter, (material(counter), 1))
    elsewhere = staff("compras", "002")
    with counter.acting(elsewhere) as act:
        assert refused(act, "orden_compra_existe", "ordencompra_obtener", oc_codigo=code) == "404"
        assert code not in [row["oc_codigo"] for row in act("ordencompra_listar")["data"]]


def test_por_http_las_seis_respuestas_tienen_la_misma_forma(client, auth):
    headers, chief = auth("compras"), auth("adm_compras")

    def post(path, who=headers, **body):
        answer = client.post(f"/api/pos{path}", headers=who, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json

    prv = post("/proveedor", prv_razonsocial="Textiles", prv_ruc=ruc_company())["prv_codigo"]
    mp = post("/materiaprima", descripcion="Tela", unidad_medida="M", costo=3)["mp_codigo"]
    made = post("/ordencompra", prv_codigo=prv)
    code = made["oc_codigo"]
    line = post(f"/ordencompra/{code}/detalle/", mp_codigo=mp, pxoc_cantidad="2")
    again = post(f"/ordencompra/{code}/detalle", mp_codigo=mp, pxoc_cantidad=4)
    read = client.get(f"/api/pos/ordencompra/{code}", headers=headers).json
    done = client.post(f"/api/pos/ordencompra/{code}/aprobar", headers=chief).json
    for shown in (made, line, again, read, done):
        assert shown.keys() == {"oc_codigo", "cabecera", "detalles"}
    assert done["cabecera"]["oc_total"] == "13.80"
    found = client.get("/api/pos/ordencompra/search?prv=textiles", headers=headers).json["data"]
    assert code in [row["oc_codigo"] for row in found]
    page = client.get("/api/pos/ordencompra?page=1&estado=APR&q=textiles", headers=headers).json
    assert code in [row["oc_codigo"] for row in page["data"]]


def test_dos_personas_reciben_a_la_vez_y_nunca_mas_de_lo_pedido(app, client, auth, servers):
    headers, chief, keeper = auth("compras"), auth("adm_compras"), auth("bodega")
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        conn.execute("UPDATE datos.ajuste SET aju_valor = 'false' WHERE aju_clave = 'oc_aprobar_recibe'")
        try:

            def post(path, who=headers, **body):
                return client.post(f"/api/pos{path}", headers=who, json=body).json

            prv = post("/proveedor", prv_razonsocial="A la vez", prv_ruc=ruc_company())["prv_codigo"]
            mps = [
                post("/materiaprima", descripcion="M", unidad_medida="M", costo=1)["mp_codigo"] for _ in "ab"
            ]
            for _ in range(5):
                code = post("/ordencompra", prv_codigo=prv)["oc_codigo"]
                for mp in mps:
                    post(f"/ordencompra/{code}/detalle", mp_codigo=mp, pxoc_cantidad=9)
                client.post(f"/api/pos/ordencompra/{code}/aprobar", headers=chief)
                statuses = []

                def part(order_code=code, seen=statuses):
                    lines = [{"mp_codigo": mp, "cantidad": 3} for mp in mps]
                    for _ in range(3):  # two people, three parts each, of an order of three parts
                        answer = app.test_client().post(
                            f"/api/pos/ordencompra/{order_code}/recepcion",
                            headers=keeper,
                            json={"lineas": lines},
                        )
                        seen.append(answer.status_code)

                people = [threading.Thread(target=part) for _ in range(2)]
                for person in people:
                    person.start()
                for person in people:
                    person.join()
                assert sorted(statuses) == [200] * 3 + [409] * 3
                shown = client.get(f"/api/pos/ordencompra/{code}", headers=headers).json
                assert [line["pxoc_recibido"] for line in shown["detalles"]] == [9, 9]
        finally:
            conn.execute("UPDATE datos.ajuste SET aju_valor = 'true' WHERE aju_clave = 'oc_aprobar_recibe'")
        broken = conn.execute(
            "SELECT invariante FROM privado.doctor_examinar() WHERE nivel = 'VIOLACION' AND filas > 0"
        )
        assert broken.fetchall() == []


def test_no_se_aprueba_lo_pedido_a_quien_ya_no_provee_ni_lo_que_ya_no_se_usa(counter):
    mp, prv = material(counter), supplier(counter)
    code = order(counter, (mp, 3), prv=prv)
    with counter.acting("admin") as act:
        act("proveedor_actualizar", prv_codigo=prv, prv_estado="SUS")
        assert refused(act, "proveedor_activo", "ordencompra_aprobar", oc_codigo=code) == "409"
        act("proveedor_actualizar", prv_codigo=prv, prv_estado="ACT")
        act("materiaprima_eliminar", mp_codigo=mp)
        assert refused(act, "materia_prima_activa", "ordencompra_aprobar", oc_codigo=code) == "409"
        act("materiaprima_actualizar", mp_codigo=mp, mp_estado="ACT")
        assert act("ordencompra_aprobar", oc_codigo=code)["cabecera"]["oc_estado"] == "APR"
