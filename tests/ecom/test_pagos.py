"""Checkout: charged once, never another total, and every crash point has an outcome."""

import pytest

from daf_backend.ecom import pagos_cobro, pagos_simulada
from daf_backend.ecom.pagos_cargo import Payment
from daf_backend.ecom.pagos_tarjeta import luhn

from .conftest import ANSWER_LOST, APPROVED, DECLINED, UNREACHABLE

pytestmark = pytest.mark.usefixtures("healthy")


def units(admin, code):
    cupo = admin("cupo_obtener", prd_codigo=code)
    return cupo["reservado"], cupo["vendido"], cupo["disponible"]


def order_of(admin, code):
    return admin.conn.execute(
        "SELECT p.ped_codigo, p.ped_estado, g.pag_estado FROM datos.pedido AS p JOIN datos.pago AS g USING (ped_codigo)"
        " JOIN datos.pedido_detalle AS d USING (ped_codigo) WHERE d.prd_codigo = %s ORDER BY p.ped_codigo DESC LIMIT 1",
        (code,),
    ).fetchone()


def sweep(app, admin):
    admin.conn.execute(
        "UPDATE datos.pago SET pag_creado = now() - interval '2 minutes' WHERE pag_estado = 'INICIADO'"
    )
    for table, due in (("pago", "pag_reintentar"), ("pago_evento", "evt_reintentar")):
        admin.conn.execute(f"UPDATE datos.{table} SET {due} = now() WHERE {due} > now()")
    with app.app_context():
        return pagos_cobro.sweep()


@pytest.mark.parametrize(
    ("number", "brand"),
    [("4242 4242 4242 4242", "VISA"), ("5555-5555-5555-4444", "MASTERCARD"), ("378282246310005", "AMEX"),
     ("30569309025904", "DINERS"), ("6011111111111117", "DISCOVER"), ("2223003122003222", "MASTERCARD")],
)  # fmt: skip
def test_valida_numero_y_marca(client, number, brand):
    answer = client.post("/api/ecom/pagos/validate", json={"card_number": number})
    assert answer.json == {"valid": True, "marca": brand}


@pytest.mark.parametrize("number", ["4242424242424241", "1234567890123456", "42", "", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"])
def test_numero_malo_es_400_y_no_se_repite(client, number):
    answer = client.post("/api/ecom/pagos/validate", json={"card_number": number})
    assert answer.status_code == 400 and answer.json["message"]
    assert not number or number not in answer.text.replace(answer.json["request_id"], "")
    assert luhn("79927398713") and not luhn("79927398710")


def test_pagar_vende_las_unidades_y_vacia_el_carrito(shopper, product, admin):
    me, code = shopper(), product("10.00", 5)
    answer = me.buy(code, 2)
    assert answer.status_code == 202, answer.text
    assert answer.json["total"] == "23.00" and answer.json["fac_codigo"] == answer.json["ped_codigo"]
    assert units(admin, code) == (0, 2, 3)
    assert me("GET", "/carrito").json["detalles"] == []
    order = me("GET", f"/pedido/{answer.json['ped_codigo']}").json
    assert (order["ped_estado"], order["ped_total"], order["direccion"]) == ("PAGADO", "23.00", None)
    assert order["pago"] == {
        "proveedor": "simulada", "estado": "CAPTURADO", "monto": "23.00", "marca": "VISA", "ultimos4": "4242",
    }  # fmt: skip


def test_con_el_pos_a_mano_responde_la_factura(app, shopper, product, admin, monkeypatch):
    def issue(code):
        return admin(
            "pedido_facturado", ped_codigo=code, fac_codigo="FAC7654321", fac_numero="001-001-000000009"
        )

    monkeypatch.setitem(app.extensions, "daf_facturar", issue)
    me = shopper()
    answer = me.buy(product())
    assert answer.status_code == 201
    assert (answer.json["fac_codigo"], answer.json["fac_numero"]) == ("FAC7654321", "001-001-000000009")
    assert me("GET", f"/pedido/{answer.json['ped_codigo']}").json["ped_estado"] == "FACTURADO"


def test_si_la_factura_revienta_el_pago_queda(app, shopper, product, monkeypatch):
    def explode(code):
        raise RuntimeError("the POS is on fire")

    monkeypatch.setitem(app.extensions, "daf_facturar", explode)
    assert shopper().buy(product()).status_code == 202


def test_carrito_vacio_y_tarjeta_mala_son_400(shopper, product):
    me = shopper()
    pay = {"card_number": APPROVED}
    assert me("POST", "/pagos/checkout", pay).json["regla"] == "carrito_vacio"
    assert me("POST", "/pagos/checkout", {}).status_code == 400
    assert me("POST", "/pagos/checkout", {"payment_method": "pm_nada"}).status_code == 400
    bad = me.buy(product(), card="4242424242424241")
    assert (bad.status_code, bad.json["regla"]) == (400, "tarjeta_valida")


def test_rechazada_es_402_y_libera(shopper, product, admin):
    me, code = shopper(), product(units=1)
    declined = me.buy(code, card=DECLINED)
    assert (declined.status_code, declined.json["regla"]) == (402, "pago_rechazado")
    assert units(admin, code) == (0, 0, 1) and order_of(admin, code)[1:] == ("CANCELADO", "RECHAZADO")
    assert me("POST", "/pagos/checkout", {"payment_method": "pm_aprobada"}).status_code == 202


def test_otro_total_que_el_leido_no_se_cobra(shopper, product, admin):
    me, code = shopper(), product("10.00", 5)
    me("POST", "/carrito", {"prd_codigo": code})
    product("11.00", 0, code=code, prd_version=2)
    changed = me("POST", "/pagos/checkout", {"card_number": APPROVED})
    assert (changed.status_code, changed.json["regla"]) == (409, "precio_cambio")
    assert units(admin, code) == (0, 0, 5) and order_of(admin, code) is None
    assert "12.65" in changed.json["message"]
    assert me("POST", "/pagos/checkout", {"card_number": APPROVED}).json["total"] == "12.65"


def test_el_total_que_se_leyo_al_mirar_el_carrito_es_el_que_se_paga(shopper, product):
    me, code = shopper(), product("10.00", 5)
    me("POST", "/carrito", {"prd_codigo": code})
    product("11.00", 0, code=code, prd_version=2)
    assert me("GET", "/carrito").json["carrito"]["total"] == "12.65"
    assert me("POST", "/pagos/checkout", {"card_number": APPROVED}).json["total"] == "12.65"


def test_la_direccion_del_pago_tambien_tiene_que_estar_leida(shopper, product):
    me = shopper()
    me("POST", "/carrito", {"prd_codigo": product("10.00")})
    address = me("POST", "/direccion", {"dir_calle": "Av. 10", "ct_codigo": "UIO"}).json["dir_codigo"]
    pay = {"card_number": APPROVED, "direccion": address}
    assert me("POST", "/pagos/checkout", {**pay, "direccion": 0}).json["regla"] == "direccion_existe"
    unread = me("POST", "/pagos/checkout", pay, **{"Idempotency-Key": "envio"})
    assert (unread.status_code, unread.json["regla"]) == (409, "precio_cambio")
    assert me("POST", "/pagos/checkout", pay, **{"Idempotency-Key": "envio"}).json["total"] == "17.25"


def test_la_misma_clave_es_el_mismo_pedido(shopper, product, admin):
    for way in ("body", "header"):
        me, code = shopper(), product(units=5)
        me("POST", "/carrito", {"prd_codigo": code})
        body = {"card_number": APPROVED} | ({"idempotency": "abc"} if way == "body" else {})
        headers = {"Idempotency-Key": "abc"} if way == "header" else {}
        first, again = (me("POST", "/pagos/checkout", body, **headers) for _ in range(2))
        assert first.status_code == again.status_code == 202 and first.json == again.json
        assert units(admin, code) == (0, 1, 4)


def test_respuesta_perdida_se_retoma_sin_cobrar_dos_veces(shopper, product, admin):
    me, code = shopper(), product(units=5)
    lost = me.buy(code, card=ANSWER_LOST)
    assert (lost.status_code, lost.json["regla"]) == (503, "pago_en_verificacion")
    assert lost.headers["Retry-After"] and units(admin, code) == (1, 0, 4)
    again = me("POST", "/pagos/checkout", {"card_number": ANSWER_LOST})
    assert again.status_code == 202 and units(admin, code) == (0, 1, 4)
    charges = "SELECT count(*) FROM datos.simulada_cargo JOIN datos.pago ON pag_id = car_clave WHERE ped_codigo = %s"
    assert admin.conn.execute(charges, (again.json["ped_codigo"],)).fetchone() == (1,)


def test_respuesta_perdida_la_resuelve_el_barrido(app, shopper, product, admin):
    sweep(app, admin)  # what other tests left unanswered
    code = product(units=5)
    shopper().buy(code, card=ANSWER_LOST)
    assert sweep(app, admin) == 1
    assert units(admin, code) == (0, 1, 4) and order_of(admin, code)[1:] == ("PAGADO", "CAPTURADO")


def test_lo_que_nunca_llego_se_anula_y_ya_no_se_cobra(app, shopper, product, admin):
    sweep(app, admin)
    me, code = shopper(), product(units=5)
    assert me.buy(code, card=UNREACHABLE).status_code == 503
    mine = "SELECT pag_id::text FROM datos.pago WHERE ped_codigo = %s"
    (key,) = admin.conn.execute(mine, (order_of(admin, code)[0],)).fetchone()
    assert sweep(app, admin) == 1
    assert units(admin, code) == (0, 0, 5) and order_of(admin, code)[1:] == ("EXPIRADO", "ANULADO")
    with app.app_context():
        late = pagos_simulada.charge(Payment(key, "11.50", "tarde"), pagos_simulada.method(APPROVED, None))
    assert late.outcome == "ANULADO"


def test_un_carrito_cambiado_espera_al_pago_en_curso(shopper, product):
    me = shopper()
    me.buy(product(), card=UNREACHABLE)
    other = me.buy(product())
    assert (other.status_code, other.json["regla"]) == (409, "pedido_en_curso")


def test_lo_que_no_se_resuelve_cede_su_turno(shopper, product, admin):
    """Whoever the provider never answers for is asked about again, later, and keeps nobody waiting."""
    people = [shopper() for _ in range(3)]
    for me in people:
        me.buy(product(), card=UNREACHABLE)
    mine = admin.conn.execute(
        "UPDATE datos.pago SET pag_creado = now() - interval '2 minutes', pag_reintentar = '2000-01-01'"
        " FROM datos.pedido AS p WHERE p.ped_codigo = pago.ped_codigo AND p.usr_id = ANY (%s) RETURNING pag_id::text",
        ([me.id for me in people],),
    ).fetchall()
    seen = [row["pag_id"] for _ in range(3) for row in admin("pago_pendientes", limite=1)]
    assert sorted(seen) == sorted(key for (key,) in mine)
    turns = "SELECT pag_intentos, pag_reintentar > now() - interval '50 seconds' FROM datos.pago WHERE pag_id = %s"
    assert [admin.conn.execute(turns, (key,)).fetchone() for key in seen] == [(1, True)] * 3
    first = "UPDATE datos.pago SET pag_reintentar = '2000-01-01' WHERE pag_id = %s"
    admin.conn.execute(first, (seen[1],))
    assert [row["pag_id"] for row in admin("pago_pendientes", limite=1)] == [seen[1]]
    audited = (
        "SELECT count(*) FROM datos.auditoria WHERE tabla = 'pago' AND clave = %s AND operacion = 'UPDATE'"
    )
    assert admin.conn.execute(audited, (seen[1],)).fetchone() == (0,)


@pytest.mark.parametrize(("left", "paid"), [(1, True), (0, False)])
def test_captura_despues_de_expirar_recupera_o_devuelve(app, shopper, product, admin, left, paid):
    me, code = shopper(), product(units=1)
    me.buy(code, card=ANSWER_LOST)
    admin.conn.execute("UPDATE datos.pedido SET ped_vence = now() WHERE ped_estado = 'PENDIENTE_PAGO'")
    admin("reserva_expirar")
    assert units(admin, code) == (0, 0, 1)
    if not left:
        assert shopper().buy(code).status_code == 202
    sweep(app, admin)
    state = admin.conn.execute(
        "SELECT ped_estado, pag_estado FROM datos.pedido JOIN datos.pago USING (ped_codigo) WHERE usr_id = %s",
        (me.id,),
    ).fetchone()
    assert state == (("PAGADO", "CAPTURADO") if paid else ("EXPIRADO", "POR_REEMBOLSAR"))
    if not paid:
        admin.conn.execute("UPDATE datos.pago SET pag_creado = now() - interval '2 minutes'")
        assert sweep(app, admin) == 1
        given_back = admin.conn.execute(
            "SELECT pag_estado FROM datos.pago JOIN datos.pedido USING (ped_codigo) WHERE usr_id = %s",
            (me.id,),
        )
        assert given_back.fetchone() == ("REEMBOLSADO",)


def test_cancelar_solo_lo_no_pagado_y_lo_cobrado_se_devuelve(app, shopper, product, admin):
    me, code = shopper(), product(units=2)
    me.buy(code, card=ANSWER_LOST)
    order = order_of(admin, code)[0]
    assert me("POST", f"/pedido/{order}/cancelar").json["ped_estado"] == "CANCELADO"
    assert units(admin, code) == (0, 0, 2)
    sweep(app, admin)
    assert order_of(admin, code)[1:] == ("CANCELADO", "POR_REEMBOLSAR")
    sweep(app, admin)
    paid = me("POST", "/pagos/checkout", {"card_number": APPROVED}).json["ped_codigo"]
    refused = me("POST", f"/pedido/{paid}/cancelar")
    assert (refused.status_code, refused.json["regla"]) == (409, "pedido_sin_pagar")


def test_nada_guarda_el_numero_de_la_tarjeta(shopper, product, servers, caplog):
    import psycopg

    number = "4111111111111111"
    assert shopper().buy(product(), card=number).status_code == 202
    assert number not in caplog.text
    with psycopg.connect(servers.admin_conninfo("ecom")) as conn:
        tables = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'datos'::regnamespace AND relkind = 'r'"
        )
        for (table,) in tables.fetchall():
            found = conn.execute(
                f"SELECT count(*) FROM datos.{table} AS t WHERE t::text LIKE %s", (f"%{number}%",)
            )
            assert found.fetchone() == (0,), table
