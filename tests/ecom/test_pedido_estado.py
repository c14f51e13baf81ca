"""What the staff who sell say of an order: sent, and then delivered; the buyer sees when, and is written to."""

import threading

import pytest

STAFF = {
    "ventas": 200, "adm_ventas": 200, "admin": 200,
    "contador": 403, "auditor": 403, "bodega": 403, "cajero": 403, "compras": 403, "adm_fact": 403,
}  # fmt: skip


@pytest.fixture
def order(shopper, product, admin):
    """The buyer and the code of an invoiced order."""
    buyer = shopper()
    code = buyer.buy(product()).json["ped_codigo"]
    invoice = {"fac_codigo": f"FAC-{code}", "fac_numero": f"001-001-{code[3:]:0>9}"}
    admin("pedido_facturado", ped_codigo=code, **invoice)
    return buyer, code


@pytest.fixture
def move(client, auth):
    """``move(order, "ENVIADO")``: one request of a member of staff."""

    def ask(code, state, role="ventas", **more):
        return client.patch(
            f"/api/ecom/pedido/{code}/estado", json={"estado": state, **more}, headers=auth(role, "ecom")
        )

    return ask


def letters(admin, email):
    rows = admin.conn.execute(
        "SELECT cor_datos FROM datos.correo WHERE cor_plantilla = 'pedido_enviado' AND cor_para = %s",
        (email,),
    )
    return [data for (data,) in rows]


def test_se_envia_y_se_entrega_y_el_comprador_ve_cuando(order, move, client, auth, people):
    buyer, code = order
    sent = move(code, "ENVIADO", observacion=" Guía 123 ")
    assert (sent.status_code, sent.json["ped_estado"]) == (200, "ENVIADO")
    assert move(code, "ENTREGADO").json["ped_estado"] == "ENTREGADO"
    seen = buyer("GET", f"/pedido/{code}").json["historial"]
    assert [step["estado"] for step in seen] == [
        "PENDIENTE_PAGO",
        "PAGADO",
        "FACTURADO",
        "ENVIADO",
        "ENTREGADO",
    ]
    assert seen[3]["observacion"] == "Guía 123" and seen[4]["observacion"] == ""
    assert sorted(step["fecha"] for step in seen) == [step["fecha"] for step in seen]
    assert {step["usr_id"] for step in seen} == {None}
    staff = client.get(f"/api/ecom/pedido/{code}", headers=auth("ventas", "ecom")).json["historial"]
    assert [step["usr_id"] for step in staff[3:]] == [people.login("ventas")] * 2


def test_al_enviar_se_escribe_al_comprador_una_vez(order, move, admin):
    buyer, code = order
    assert letters(admin, buyer.email) == []
    for _ in range(2):
        assert move(code, "ENVIADO", observacion="Guía 123").status_code == 200
    (letter,) = letters(admin, buyer.email)
    assert (letter["pedido"], letter["novedad"]) == (code, "está listo para retirar")
    assert letter["observacion"] == "Guía 123" and letter["direccion"] is None
    move(code, "ENTREGADO")
    assert len(letters(admin, buyer.email)) == 1


def test_un_pedido_a_domicilio_va_en_camino(shopper, product, admin, move):
    buyer = shopper()
    place = buyer("POST", "/direccion", {"dir_calle": "Av. 10", "ct_codigo": "GYE"}).json["dir_codigo"]
    code = buyer.buy(product(), direccion=place)
    if code.status_code == 409:  # the shipping came with the address
        code = buyer("POST", "/pagos/checkout", {"card_number": "4242424242424242", "direccion": place})
    code = code.json["ped_codigo"]
    admin("pedido_facturado", ped_codigo=code, fac_codigo=f"FAC-{code}", fac_numero="001-001-000000009")
    move(code, "ENVIADO")
    (letter,) = letters(admin, buyer.email)
    assert (letter["novedad"], letter["direccion"]) == ("va en camino", "Av. 10")


@pytest.mark.parametrize("role", STAFF)
def test_lo_mueve_quien_vende(order, move, role):
    _, code = order
    answer = move(code, "ENVIADO", role)
    assert answer.status_code == STAFF[role], answer.text


def test_nada_se_salta_ni_vuelve_atras(order, move, admin):
    _, code = order
    for state in ("ENTREGADO", "PAGADO", "CANCELADO", "REEMBOLSADO"):
        refused = move(code, state)
        assert (refused.status_code, refused.json["regla"]) == (409, "pedido_estado_siguiente"), state
    assert move(code, "FACTURADO").json["ped_estado"] == "FACTURADO"  # it is there
    move(code, "ENVIADO")
    assert move(code, "FACTURADO").status_code == 409
    assert move(code, "PERDIDO").status_code == 400
    assert move("PED9999999", "ENVIADO").json["regla"] == "pedido_existe"
    rows = admin.conn.execute("SELECT count(*) FROM datos.pedido_estado WHERE ped_codigo = %s", (code,))
    assert rows.fetchone() == (4,)


def test_lo_que_no_se_pago_o_no_se_facturo_no_se_envia(shopper, product, move):
    paid = shopper().buy(product()).json["ped_codigo"]
    assert move(paid, "ENVIADO").json["regla"] == "pedido_estado_siguiente"


def test_el_comprador_no_mueve_su_pedido(order):
    buyer, code = order
    assert buyer("PATCH", f"/pedido/{code}/estado", {"estado": "ENVIADO"}).status_code == 403


def test_dos_envios_a_la_vez_son_uno(order, app, auth, admin):
    buyer, code = order
    headers, statuses = auth("ventas", "ecom"), []

    def send():
        answer = app.test_client().patch(
            f"/api/ecom/pedido/{code}/estado", json={"estado": "ENVIADO"}, headers=headers
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 4 and len(letters(admin, buyer.email)) == 1


def test_el_auditor_ve_quien_lo_envio(order, move, client, auth, people):
    _, code = order
    move(code, "ENVIADO")
    told = client.get(f"/api/ecom/auditoria/reporte/documento?codigo={code}", headers=auth("auditor", "ecom"))
    moved = [row for row in told.json["data"] if "ENVIADO" in str(row["detalle"]["despues"])]
    assert [row["usuario"] for row in moved] == [people.login("ventas")]
