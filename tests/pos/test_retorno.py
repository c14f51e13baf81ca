"""Returns: what comes back in parts is exactly what was sold; who may, and how the money goes back."""

import threading
from decimal import Decimal

import pytest

from .acts import forbidden, refused

FINAL = "CLI0000001"
SUMS = ("ret_subtotal", "ret_iva", "ret_total")


def invoice(shop, *lines, buyer=None):
    """An issued invoice and its lines by product."""
    document = shop.issue(*lines, buyer=buyer)
    return document["factura"], {line["prd_codigo"]: line["pxfa_codigo"] for line in document["detalle"]}


def give_back(shop, kind, fac, lines, role="adm_ventas", motivo="No le gustó", **more):
    """``lines`` are {line: quantity}."""
    return shop.do(
        role, f"{kind}_crear", fac_codigo=fac["fac_codigo"], pxfa_codigo=list(lines),
        cantidad=[Decimal(str(q)) for q in lines.values()], motivo=motivo, **more,
    )  # fmt: skip


def last(shop, kind):
    """The last number of a series of the branch's point."""
    row = shop.conn.execute(
        "SELECT max(ultimo) FROM datos.numeracion WHERE (eta_codigo, pto_codigo, doc_tipo) = ('001', '001', %s)",
        (kind,),
    ).fetchone()
    return row[0] or 0


def earns(shop, percent):
    """The seller's commission."""
    shop.conn.execute(
        "UPDATE datos.usuario SET usr_comision = %s WHERE usr_login = %s",
        (percent, shop.people.login("ventas")),
    )


def test_tres_partes_devuelven_exactamente_total_costo_y_comision(counter, pos):
    """Two rates, a discount, a cost that does not divide: what rounds away in a part is in the last one."""
    earns(counter, "3.3333")
    a = counter.product("3.33", prd_stock=20, prd_costo="1.234567", prd_promocion="12.5")
    b = counter.product("0.10", prd_stock=20, prd_costo="0.033333", iva_codigo="RED")
    fac, line = invoice(counter, (a, 7), (b, 5))
    stock = {item: counter.stock(item) for item in (a, b)}
    number = last(counter, "NCR")
    before = counter.do("adm_ventas", "comision_listar")["suma"]
    assert Decimal(before) == round((Decimal(fac["fac_subtotal"])) * Decimal("0.033333"), 2)
    parts = [
        give_back(counter, "nota_credito", fac, {line[a]: 2, line[b]: "1.5"}),
        give_back(counter, "nota_credito", fac, {line[a]: "2.333"}),
        give_back(counter, "nota_credito", fac, {line[a]: "2.667", line[b]: "3.5"}),
    ]
    for name, of in zip(SUMS, ("fac_subtotal", "fac_iva", "fac_total"), strict=True):
        assert sum(Decimal(part[name]) for part in parts) == Decimal(fac[of]), name
    sold = {item: pos.execute("SELECT pxfa_costo FROM datos.factura_detalle WHERE pxfa_codigo = %s", (line[item],))
            .fetchone()[0] for item in (a, b)}  # fmt: skip
    for item, quantity in ((a, 7), (b, 5)):
        assert counter.stock(item) == (stock[item][0] + quantity, stock[item][1] + sold[item])
    mine = counter.do("ventas", "comision_listar")
    assert (mine["suma"], {row["fac_codigo"] for row in mine["data"]}) == ("0.00", {fac["fac_codigo"]})
    returned = {}
    for part in parts:
        for account, amount in counter.posted("NCR", part["ret_codigo"]).items():
            returned[account] = returned.get(account, 0) + amount
    assert {k: -v for k, v in returned.items() if v} == counter.posted("FAC", fac["fac_codigo"])
    assert [part["ret_numero"][-9:] for part in parts] == [f"{number + n:09d}" for n in (1, 2, 3)]
    with counter.acting("adm_ventas") as act:
        assert refused(act, "retorno_dentro_de_lo_vendido", "nota_credito_crear", fac_codigo=fac["fac_codigo"],
                       pxfa_codigo=[line[b]], cantidad=[Decimal("0.001")], motivo="x") == "409"  # fmt: skip


def test_consumidor_final_no_se_acredita_ni_anula_se_devuelve(counter):
    product = counter.product("5.00", prd_stock=9, prd_costo=2)
    fac, line = invoice(counter, (product, 2), buyer=FINAL)
    with counter.acting("adm_ventas") as act:
        asks = {
            "fac_codigo": fac["fac_codigo"],
            "pxfa_codigo": [line[product]],
            "cantidad": [1],
            "motivo": "x",
        }
        assert refused(act, "consumidor_final_sin_nota_credito", "nota_credito_crear", **asks) == "409"
        assert (
            refused(act, "consumidor_final_sin_saldo", "devolucion_crear", **asks, reembolso="SALDO") == "409"
        )
        assert (
            refused(act, "consumidor_final_sin_anulacion", "factura_anular", fac_codigo=fac["fac_codigo"])
            == "409"
        )
    number = last(counter, "DEV")
    done = give_back(counter, "devolucion", fac, {line[product]: 1})
    assert (done["ret_tipo"], done["ret_total"]) == ("DEV", "5.75")
    assert done["ret_numero"][-9:] == f"{number + 1:09d}"
    assert counter.posted("DEV", done["ret_codigo"])[("CAJA_GENERAL", "001")] == Decimal("-5.75")
    named, its = invoice(counter, (product, 1))
    with counter.acting("adm_ventas") as act:
        assert refused(act, "devolucion_de_consumidor_final", "devolucion_crear", fac_codigo=named["fac_codigo"],
                       pxfa_codigo=[its[product]], cantidad=[1], motivo="x") == "409"  # fmt: skip


def test_lo_que_no_sirve_entra_y_se_da_de_baja(counter):
    product = counter.product("5.00", prd_stock=9, prd_costo=2)
    fac, line = invoice(counter, (product, 3))
    done = give_back(counter, "nota_credito", fac, {line[product]: 2}, a_stock=[False])
    assert counter.stock(product) == (6, 12)
    posted = counter.posted("NCR", done["ret_codigo"])
    assert (posted[("MERMA", "")], posted[("COSTO_VENTAS", "")]) == (Decimal("4.00"), Decimal("-4.00"))
    assert ("INVENTARIO", "") not in posted


def test_el_dinero_reduce_primero_la_deuda_y_el_resto_vuelve_como_se_pida(counter):
    counter.settings(factura_directa="CREDITO")
    buyer, product = counter.buyer("100"), counter.product("10.00", prd_stock=9, prd_costo=2)
    fac, line = invoice(counter, (product, 4), buyer=buyer)  # 46.00
    (debt,) = counter.do("adm_ventas", "cuenta_por_cobrar_listar", cli_codigo=buyer)["data"]
    counter.do(
        "adm_ventas", "cuenta_por_cobrar_cobrar", cxc_codigo=debt["id"], monto="40.00", metodo="TRANSFERENCIA"
    )
    done = give_back(counter, "nota_credito", fac, {line[product]: 1})  # 11.50, of which 6.00 are still owed
    posted = counter.posted("NCR", done["ret_codigo"])
    assert posted[("CLIENTE", buyer)] == Decimal("-6.00")
    assert posted[("SALDO_CLIENTE", buyer)] == Decimal("-5.50")
    assert (
        counter.do("adm_ventas", "cuenta_por_cobrar_listar", cli_codigo=buyer)["data"][0]["saldo"] == "0.00"
    )
    with counter.acting("adm_ventas") as act:
        take = {"cli_codigo": buyer, "metodo": "TRANSFERENCIA"}
        assert refused(act, "saldo_suficiente", "cliente_saldo_retirar", monto="5.51", **take) == "409"
        assert (
            refused(act, "sin_sesion_caja", "cliente_saldo_retirar", cli_codigo=buyer, monto="1.00") == "409"
        )
        assert act("cliente_saldo_retirar", monto="2.00", **take)["saldo"] == "3.50"
    back = give_back(counter, "nota_credito", fac, {line[product]: 1}, reembolso="TARJETA")
    assert counter.posted("NCR", back["ret_codigo"])[("BANCO", "")] == Decimal("-11.50")
    with counter.acting("adm_ventas") as act:
        asks = {
            "fac_codigo": fac["fac_codigo"],
            "pxfa_codigo": [line[product]],
            "cantidad": [1],
            "motivo": "x",
        }
        assert refused(act, "sin_sesion_caja", "nota_credito_crear", **asks, reembolso="EFECTIVO") == "409"
        assert refused(act, "factura_sin_retornos", "factura_anular", fac_codigo=fac["fac_codigo"]) == "409"


def test_un_saldo_a_favor_paga_otra_deuda(counter):
    buyer, product = counter.buyer("100"), counter.product("10.00", prd_stock=9, prd_costo=2)
    fac, line = invoice(counter, (product, 2), buyer=buyer)
    give_back(counter, "nota_credito", fac, {line[product]: 1}, reembolso="SALDO")
    counter.settings(factura_directa="CREDITO")
    invoice(counter, (product, 1), buyer=buyer)
    (debt,) = counter.do("adm_ventas", "cuenta_por_cobrar_listar", cli_codigo=buyer)["data"]
    paid = counter.do(
        "adm_ventas", "cuenta_por_cobrar_cobrar", cxc_codigo=debt["id"], monto="11.50", metodo="SALDO"
    )
    assert paid["estado"] == "PAG"
    with counter.acting("adm_ventas") as act:
        assert refused(act, "saldo_suficiente", "cliente_saldo_retirar",
                       cli_codigo=buyer, monto="0.01", metodo="TRANSFERENCIA") == "409"  # fmt: skip


def test_anular_con_reembolso_devuelve_el_dinero_y_la_comision(counter):
    earns(counter, 10)
    buyer, product = counter.buyer(), counter.product("10.00", prd_stock=9, prd_costo=2)
    fac, _ = invoice(counter, (product, 2), buyer=buyer)
    counter.do("adm_ventas", "factura_anular", fac_codigo=fac["fac_codigo"], reembolso="SALDO")
    assert counter.posted("FAC", fac["fac_codigo"]) == {
        ("CAJA_GENERAL", "001"): Decimal("23.00"), ("SALDO_CLIENTE", buyer): Decimal("-23.00"),
    }  # fmt: skip
    assert counter.do("ventas", "comision_listar")["suma"] == "0.00"


@pytest.mark.parametrize(
    ("change", "rule", "status"),
    [
        ({"motivo": " "}, "motivo_requerido", "422"),
        ({"cantidad": [Decimal("0")]}, "cantidad_positiva", "422"),
        ({"cantidad": [Decimal("0.0005")]}, "cantidad_positiva", "422"),
        ({"pxfa_codigo": [9_000_000_000]}, "linea_de_la_factura", "422"),
        ({"pxfa_codigo": [], "cantidad": []}, "retorno_con_lineas", "422"),
        ({"reembolso": "VALE"}, "reembolso_conocido", "422"),
        ({"cantidad": [Decimal(3)]}, "retorno_dentro_de_lo_vendido", "409"),
    ],
)
def test_lo_que_no_corresponde_no_cambia_nada(counter, change, rule, status):
    product = counter.product("5.00", prd_stock=9, prd_costo=2)
    fac, line = invoice(counter, (product, 2))
    asks = {
        "fac_codigo": fac["fac_codigo"],
        "pxfa_codigo": [line[product]],
        "cantidad": [Decimal(1)],
        "motivo": "x",
    }
    with counter.acting("adm_ventas") as act:
        assert refused(act, rule, "nota_credito_crear", **{**asks, **change}) == status
    assert counter.stock(product) == (7, 14)


def test_quien_vende_no_acredita_y_un_borrador_tampoco(counter):
    product = counter.product("5.00", prd_stock=9, prd_costo=2)
    draft = counter.draft((product, 1))
    asks = {"fac_codigo": draft, "pxfa_codigo": [1], "cantidad": [1], "motivo": "x"}
    for role in ("ventas", "cajero", "bodega", "contador"):
        with counter.acting(role) as act:
            forbidden(act, "nota_credito_crear", **asks)
            forbidden(act, "devolucion_crear", **asks)
    with counter.acting("adm_fact") as act:
        assert refused(act, "factura_emitida", "nota_credito_crear", **asks) == "409"


def test_cada_vendedor_ve_sus_comisiones_y_su_administrador_todas(counter, staff):
    earns(counter, 5)
    invoice(counter, (counter.product("10.00", prd_tipo="SERVICIO"), 1))
    other = staff("ventas")
    assert counter.do(other, "comision_listar")["data"] == []
    assert counter.do("ventas", "comision_listar")["suma"] == "0.50"
    assert counter.do("adm_ventas", "comision_listar", usuario=other)["suma"] == "0.00"
    assert Decimal(counter.do("adm_ventas", "comision_listar")["suma"]) >= Decimal("0.50")


def test_por_http_dos_personas_devuelven_la_misma_unidad_y_gana_una(app, client, auth):
    chief, seller, statuses = auth("adm_ventas"), auth("ventas"), []
    prd = client.post(
        "/api/pos/producto", headers=auth("admin"),
        json={"prd_nombre": "Uno", "um_venta": "UND", "prd_precio_venta": 4, "prd_stock": 3},
    ).json["prd_codigo"]  # fmt: skip
    cli = client.post(
        "/api/pos/cliente", headers=seller,
        json={"cli_ruc_ced": f"X{prd}", "cli_tipo_id": "PASAPORTE", "cli_nombre": "Ana"},
    ).json["cli_codigo"]  # fmt: skip
    fac = client.post("/api/pos/factura", headers=seller, json={"cli_codigo": cli}).json["fac_codigo"]
    line = client.post(
        "/api/pos/factura/detalle", headers=seller,
        json={"fac_codigo": fac, "prd_codigo": prd, "pxfa_cantidad": 1},
    ).json["detalle"][0]["pxfa_codigo"]  # fmt: skip
    client.put(f"/api/pos/factura/{fac}/aprobar", headers=seller)
    body = {"lineas": [{"pxfa_codigo": line, "cantidad": 1, "a_stock": True}], "motivo": "Cambio"}

    def give():
        answer = app.test_client().post(f"/api/pos/factura/{fac}/nota-credito", headers=chief, json=body)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=give) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]
    rows = client.get(f"/api/pos/nota-credito?fac_codigo={fac}", headers=chief).json["data"]
    assert [row["ret_total"] for row in rows] == ["4.60"]
    assert client.get("/api/pos/devolucion?page=1", headers=chief).status_code == 200
    assert client.get("/api/pos/cuenta-por-cobrar?page=1", headers=chief).status_code == 200
    assert client.get("/api/pos/comision?page=1&desde=2026-01-01", headers=seller).json["suma"]
