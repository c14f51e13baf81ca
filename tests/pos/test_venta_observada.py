"""Late sales that could not be invoiced as they were sold: kept whole, and resolved once."""

import uuid
from decimal import Decimal

import psycopg
import pytest

from .acts import forbidden, refused
from .counter import Counter
from .drawer import opened
from .late import drawer, late, observed, replay
from .test_venta import sell
from .test_venta_pagos import owed


def kept(shop, *lines, total, **more):
    """An observed sale: sent by the cashier, as adm_ventas sees it."""
    sale = late(*lines, total=total, **more)
    (answer,) = replay(shop, sale)
    assert answer["estado"] == "OBSERVADA", answer
    (found,) = [row for row in observed(shop, estado="PENDIENTE") if row["id"] == sale["id"]]
    return found


def resolve(shop, found, accion="FACTURAR", role="adm_ventas", **more):
    """Resolve an observed sale."""
    return shop.do(
        role, "venta_observada_resolver", id=found["id"], accion=accion, observacion="Precio viejo", **more
    )


def invoice(shop, found):
    """The invoice of a resolved sale, as an accountant sees it."""
    return shop.do("contador", "factura_obtener", fac_codigo=found["fac_codigo"])


def test_se_guarda_entera_y_su_dinero_esta_por_regularizar(counter):
    session = opened(counter)
    product = counter.product("10.00", prd_stock=1, prd_costo=1)
    pays = [{"metodo": "QR", "monto": "3.00", "referencia": "A7"}, {"metodo": "EFECTIVO", "monto": "50.00"}]
    found = kept(counter, (product, "2"), total="23.00", pagos=pays)
    assert counter.posted("OBS", found["id"]) == {
        ("CAJA", str(session["id"])): Decimal(20), ("BANCO", ""): Decimal(3), ("POR_REGULARIZAR", ""): Decimal(-23),
    }  # fmt: skip
    assert (found["regla"], found["sesion"], found["total_impreso"]) == (
        "existencia_insuficiente",
        session["id"],
        "23.00",
    )
    assert found["lineas"] == [{"prd_codigo": product, "cantidad": 2, "precio": None}]
    assert [(p["metodo"], p["monto"], p["recibido"], p["referencia"]) for p in found["pagos"]] == [
        ("QR", "3.00", "3.00", "A7"), ("EFECTIVO", "20.00", "50.00", ""),
    ]  # fmt: skip
    assert counter.stock(product) == (1, 1)
    assert counter.do("cajero", "venta_listar", sesion=session["id"])["total"] == 0


def test_facturar_emite_por_el_total_impreso_y_es_del_vendedor(counter):
    counter.conn.execute(
        "UPDATE datos.usuario SET usr_comision = 10 WHERE usr_login = %s", (counter.people.login("cajero"),)
    )
    opened(counter)
    product = counter.product("10.00", prd_stock=5, prd_costo=1)
    found = resolve(counter, kept(counter, (product, 2), total="20.70"))
    assert (found["estado"], found["observacion"]) == ("FACTURADA", "Precio viejo")
    assert found["resuelta_por"] == counter.people.login("adm_ventas") and found["fecha_resolucion"]
    document = invoice(counter, found)
    assert (document["factura"]["fac_total"], document["detalle"][0]["prd_precio_venta"]) == ("20.70", "9.00")
    assert document["factura"]["usr_id"] == counter.people.login("cajero")
    assert counter.posted("FAC", found["fac_codigo"])[("POR_REGULARIZAR", "")] == Decimal("20.70")
    assert counter.stock(product) == (3, 3)
    audited = counter.conn.execute(
        "SELECT usuario, despues ->> 'pxfa_motivo_precio' FROM datos.auditoria WHERE tabla = 'factura_detalle'"
        " AND clave = %s ORDER BY aud_id DESC LIMIT 1", (str(document["detalle"][0]["pxfa_codigo"]),),
    ).fetchone()  # fmt: skip
    assert audited == (counter.people.login("adm_ventas"), "Venta observada: Precio viejo")
    rows = counter.do("adm_ventas", "comision_listar", usuario=counter.people.login("cajero"))["data"]
    assert [row["monto"] for row in rows] == ["1.80"]


def test_facturar_usa_los_precios_impresos_si_el_terminal_los_dijo(counter):
    opened(counter)
    a, b = (counter.product("10.00", prd_tipo="SERVICIO", prd_promocion=p) for p in (0, 50))
    found = resolve(counter, kept(counter, (a, 1, "7.00"), (b, 1), total="13.80"))
    lines = {row["prd_codigo"]: row for row in invoice(counter, found)["detalle"]}
    assert (lines[a]["prd_precio_venta"], lines[b]["prd_precio_venta"]) == ("7.00", "10.00")
    assert (lines[a]["pxfa_descuento"], lines[b]["pxfa_descuento"]) == ("0.00", "5.00")


@pytest.mark.parametrize(
    ("total", "whole", "account"), [("10.00", "9.99", "OTROS_INGRESOS"), ("10.01", "10.02", "FALTANTES")]
)
def test_el_centavo_que_ningun_precio_dice_es_ingreso_o_faltante(counter, total, whole, account):
    """Three units, without IVA: a third of neither total is a price."""
    opened(counter)
    product = counter.product("4.00", prd_tipo="SERVICIO", iva_codigo="CER")
    found = resolve(counter, kept(counter, (product, 3), total=total))
    assert counter.posted("FAC", found["fac_codigo"]) == {
        ("POR_REGULARIZAR", ""): Decimal(total),
        ("VENTAS", ""): -Decimal(whole),
        (account, ""): Decimal(whole) - Decimal(total),
    }
    assert invoice(counter, found)["factura"]["fac_total"] == whole


def test_facturar_necesita_existencia_y_un_cliente_que_pueda(counter):
    opened(counter)
    counter.settings(consumidor_final_maximo="50.00")
    product = counter.product("10.00", prd_stock=1, prd_costo=1)
    found = kept(counter, (product, 6), total="69.00")
    with counter.acting("adm_ventas") as act:
        asks = {"id": found["id"], "accion": "FACTURAR", "observacion": "x"}
        assert refused(act, "consumidor_final_maximo", "venta_observada_resolver", **asks) == "409"
    buyer = counter.buyer()
    with counter.acting("adm_ventas") as act:
        named = {**asks, "cli_codigo": buyer}
        assert refused(act, "existencia_insuficiente", "venta_observada_resolver", **named) == "409"
    counter.do(
        "admin", "kardex_producto_crear", prd_codigo=product, trn_cod="AJU", krd_prd_cantidad=5, krd_razon="x"
    )
    document = invoice(counter, resolve(counter, found, cli_codigo=buyer))
    assert (document["factura"]["cli_codigo"], document["factura"]["fac_total"]) == (buyer, "69.00")


def test_lo_que_fue_a_credito_o_con_saldo_se_juzga_al_facturar(counter):
    opened(counter)
    product, debtor, creditor = (
        counter.product("10.00", prd_tipo="SERVICIO"),
        counter.buyer(),
        owed(counter, "5.00"),
    )
    debt = kept(counter, (product, 1), total="11.50", cli_codigo=debtor,
                pagos=[{"metodo": "CREDITO", "monto": "10.00"}, {"metodo": "EFECTIVO"}])  # fmt: skip
    credit = kept(counter, (product, 1), total="11.50", cli_codigo=creditor,
                  pagos=[{"metodo": "SALDO", "monto": "11.50"}])  # fmt: skip
    assert counter.posted("OBS", debt["id"])[("POR_REGULARIZAR", "")] == Decimal("-1.50")
    assert counter.posted("OBS", credit["id"]) == {}
    with counter.acting("adm_ventas") as act:
        for found, rule in ((debt, "limite_credito"), (credit, "saldo_suficiente")):
            asks = {"id": found["id"], "accion": "FACTURAR", "observacion": "x"}
            assert refused(act, rule, "venta_observada_resolver", **asks) == "409"
    counter.do("adm_ventas", "cliente_actualizar", cli_codigo=debtor, cli_limite_credito="10.00")
    posted = counter.posted("FAC", resolve(counter, debt)["fac_codigo"])
    assert (posted[("CLIENTE", debtor)], posted[("POR_REGULARIZAR", "")]) == (10, Decimal("1.50"))
    resolve(counter, credit, accion="DEVOLVER")
    assert counter.posted("OBS", credit["id"]) == {}


@pytest.mark.parametrize(
    ("way", "cash", "bank"), [(None, 8, "3.50"), ("EFECTIVO", "11.50", 0), ("TRANSFERENCIA", 0, "11.50")]
)
def test_devolver_sale_de_la_caja_de_quien_resuelve_o_del_banco(counter, way, cash, bank):
    session = opened(counter)
    product = counter.product("10.00", prd_stock=1, prd_costo=1)
    pays = [{"metodo": "TARJETA", "monto": "3.50"}, {"metodo": "EFECTIVO", "monto": "8.00"}]
    found = kept(counter, (product, 2), total="11.50", pagos=pays)
    before = drawer(counter, session)
    mine = opened(counter, role="admin")
    done = resolve(counter, found, accion="DEVOLVER", role="admin", reembolso=way)
    assert (done["estado"], done["fac_codigo"]) == ("DEVUELTA", None)
    assert drawer(counter, session) == before
    assert drawer(counter, mine) == Decimal(mine["monto_inicial"]) - Decimal(cash)
    posted = counter.posted("OBS", found["id"])
    assert posted.get(("BANCO", ""), 0) == Decimal("3.50") - Decimal(bank)
    assert ("POR_REGULARIZAR", "") not in posted


def test_se_resuelve_una_vez_por_quien_puede_y_diciendo_por_que(counter, staff):
    opened(counter)
    product = counter.product("10.00", prd_tipo="SERVICIO")
    found = kept(counter, (product, 1), total="9.00")
    asks = {"id": found["id"], "accion": "DEVOLVER", "observacion": "x"}
    for role in ("cajero", "ventas", "adm_fact", "contador", "auditor"):
        with counter.acting(role) as act:
            forbidden(act, "venta_observada_resolver", **asks)
    with counter.acting("adm_ventas") as act:
        name = "venta_observada_resolver"
        assert refused(act, "sin_sesion_caja", name, **asks) == "409"
        assert refused(act, "observacion_requerida", name, **{**asks, "observacion": " "}) == "422"
        assert refused(act, "accion_conocida", name, **{**asks, "accion": "NADA"}) == "422"
        assert refused(act, "reembolso_conocido", name, **asks, reembolso="VALE") == "422"
        assert refused(act, "venta_observada_existe", name, **{**asks, "id": str(uuid.uuid4())}) == "404"
        assert act(name, **asks, reembolso="TRANSFERENCIA")["estado"] == "DEVUELTA"
        assert refused(act, "venta_observada_pendiente", name, **asks) == "409"
    colleague = staff("cajero")
    assert found["id"] in {row["id"] for row in observed(counter, "cajero")}
    assert observed(counter, colleague) == []
    for role in ("ventas", "bodega", "adm_fact"):
        with counter.acting(role) as act:
            forbidden(act, "venta_observada_listar")


FORGED = {
    "venta_pagada": "UPDATE datos.factura_pago SET monto = 1, recibido = 1 WHERE fac_codigo = %(fac)s",
    "venta_en_su_caja": "UPDATE datos.factura_pago SET metodo = 'QR' WHERE fac_codigo = %(fac)s",
    "venta_diferida_completa": "INSERT INTO datos.venta_diferida (id, ses_id, vendida_en, total_impreso, fac_codigo)"
    " VALUES (gen_random_uuid(), %(ses)s, now(), 1, 'FACX')",
    "venta_en_sesion_abierta": "UPDATE datos.factura SET fac_fecha = now() - interval '1 second'"
    " WHERE fac_codigo = %(fac)s",
    "venta_observada_olvidada": "UPDATE datos.venta_observada SET fecha = now() - interval '3 days' WHERE id = %(obs)s",
    "por_regularizar_pendiente": "UPDATE datos.venta_observada SET estado = 'DEVUELTA',"
    " resuelta_por = 'nadie', fecha_resolucion = now() WHERE id = %(obs)s",
}


@pytest.mark.parametrize("invariant", FORGED)
def test_el_doctor_ve_una_venta_forjada(pos: psycopg.Connection, people, invariant):
    shop = Counter(pos, people)
    session = opened(shop)
    product = shop.product("10.00", prd_tipo="SERVICIO")
    names = {
        "fac": sell(shop, (product, 1))["factura"]["fac_codigo"],
        "ses": session["id"],
        "obs": kept(shop, (product, 1), total="9.00")["id"],
    }
    before = {row["invariante"]: row["filas"] for row in shop.do("auditor", "doctor_revisar")}
    pos.execute("SET session_replication_role = replica")
    pos.execute(FORGED[invariant], names)
    pos.execute("SET session_replication_role = origin")
    after = {row["invariante"]: row["filas"] for row in shop.do("auditor", "doctor_revisar")}
    assert after[invariant] == before[invariant] + 1
