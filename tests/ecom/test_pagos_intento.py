"""An intent waits for its buyer: reserved like a checkout, paid in the browser or by a checkout, and not for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from daf_backend.ecom import pagos_cobro

from ..stripe_server import DECLINED
from .conftest import APPROVED
from .test_pagos import order_of, sweep, units

pytestmark = pytest.mark.usefixtures("healthy")


def open_intent(me, **body):
    return me("POST", "/pagos/intento", body)


def test_reserva_y_espera(app, cart, admin):
    me, code = cart
    opened = open_intent(me)
    assert opened.status_code == 201 and units(admin, code) == (1, 0, 4)
    assert opened.json["client_secret"].startswith(opened.json["pag_id"]) and opened.json["total"] == "11.50"
    sweep(app, admin)  # nobody answered for two minutes: it is the buyer's turn, not ours
    assert order_of(admin, code)[1:] == ("PENDIENTE_PAGO", "INICIADO")
    assert open_intent(me).json == opened.json


def test_lo_que_nadie_pago_a_tiempo_se_anula_y_libera(app, cart, admin):
    me, code = cart
    open_intent(me)
    admin.conn.execute(
        "UPDATE datos.pago SET pag_espera = now() WHERE pag_estado = 'INICIADO' AND ped_codigo = %s",
        (order_of(admin, code)[0],),
    )
    sweep(app, admin)
    assert order_of(admin, code)[1:] == ("EXPIRADO", "ANULADO") and units(admin, code) == (0, 0, 5)
    gone = order_of(admin, code)[0]
    assert open_intent(me).json["ped_codigo"] != gone and units(admin, code) == (1, 0, 4)


def test_las_mismas_negativas_que_al_pagar(shopper, product, admin):
    me, code = shopper(), product("10.00", 5)
    assert open_intent(me).json["regla"] == "carrito_vacio"
    me("POST", "/carrito", {"prd_codigo": code})
    product("11.00", 0, code=code, prd_version=2)
    changed = open_intent(me)
    assert (changed.status_code, changed.json["regla"]) == (409, "precio_cambio") and "12.65" in changed.text
    assert open_intent(me, direccion=0).json["regla"] == "direccion_existe"
    assert open_intent(me, payment_method="pm_nada").json["regla"] == "metodo_de_pago"
    assert units(admin, code) == (0, 0, 5)
    me("POST", "/carrito", {"prd_codigo": code, "cantidad": 4})
    assert shopper().buy(code).status_code == 202
    assert open_intent(me).json["regla"] == "disponible_no_negativo"


def test_un_invitado_y_el_personal_no_pagan(client, auth):
    assert client.post("/api/ecom/pagos/intento", json={}).status_code == 401
    assert client.post("/api/ecom/pagos/intento", json={}, headers=auth("ventas", "ecom")).status_code == 401


def test_con_metodo_de_pago_se_cobra_en_el_acto(cart, admin):
    me, code = cart
    paid = open_intent(me, payment_method="pm_aprobada", idempotency="una")
    assert (paid.status_code, paid.json["estado"]) == (201, "CAPTURADO") and "client_secret" not in paid.json
    assert units(admin, code) == (0, 1, 4)
    assert open_intent(me, idempotency="una").json == paid.json


def test_rechazado_es_402_y_libera(cart, admin):
    me, code = cart
    declined = open_intent(me, payment_method="pm_rechazada", idempotency="una")
    assert (declined.status_code, declined.json["regla"]) == (402, "pago_rechazado")
    assert units(admin, code) == (0, 0, 5)
    assert open_intent(me, idempotency="una").status_code == 402
    assert open_intent(me).status_code == 201


def test_lo_abierto_se_puede_pagar_con_el_pago_directo(cart, admin):
    me, code = cart
    opened = open_intent(me).json
    paid = me("POST", "/pagos/checkout", {"card_number": APPROVED})
    assert (paid.status_code, paid.json["ped_codigo"]) == (202, opened["ped_codigo"])
    assert units(admin, code) == (0, 1, 4)


def test_un_carrito_cambiado_espera_al_intento(cart, product):
    me, _ = cart
    open_intent(me)
    me("POST", "/carrito", {"prd_codigo": product()})
    busy = open_intent(me)
    assert (busy.status_code, busy.json["regla"]) == (409, "pedido_en_curso")


def test_cancelado_ya_no_se_ofrece(cart):
    me, _ = cart
    opened = open_intent(me, idempotency="una").json
    assert me("POST", f"/pedido/{opened['ped_codigo']}/cancelar").status_code == 200
    gone = open_intent(me, idempotency="una")
    assert (gone.status_code, gone.json["regla"]) == (
        409,
        "pedido_vencido",
    ) and "client_secret" not in gone.text


def test_la_misma_clave_es_la_misma_respuesta(cart, admin):
    me, code = cart
    first, again = (me("POST", "/pagos/intento", {}, **{"Idempotency-Key": "clave"}) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json == again.json
    assert units(admin, code) == (1, 0, 4)


def test_veinte_a_la_vez_abren_uno(cart, stripe, admin):
    me, code = cart
    ready = threading.Barrier(20)

    def ask(_):
        ready.wait()
        return open_intent(me)

    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(ask, range(20)))
    opened = {answer.json["client_secret"] for answer in answers if answer.status_code == 201}
    assert len(opened) == 1 and {answer.status_code for answer in answers} <= {201, 503}
    assert len(stripe.intents) == 1 and units(admin, code) == (1, 0, 4)


def test_en_stripe_un_rechazo_en_el_navegador_deja_intentar_otra_vez(app, cart, stripe, admin):
    me, code = cart
    opened = open_intent(me).json
    assert opened["proveedor"] == "stripe" and opened["client_secret"].startswith("pi_")
    assert stripe.pay(opened["client_secret"], DECLINED) == "requires_payment_method"
    assert open_intent(me).json == opened
    assert stripe.pay(opened["client_secret"]) == "succeeded"
    with app.app_context():
        assert pagos_cobro.sweep() >= 0  # too early to ask: the message will come
    assert order_of(admin, code)[1:] == ("PENDIENTE_PAGO", "INICIADO")
    assert open_intent(me).json["estado"] == "CAPTURADO" and units(admin, code) == (0, 1, 4)


def test_stripe_callado_es_503_y_se_retoma(cart, stripe, impatient, admin):
    me, code = cart
    stripe.trouble["intent.create"] = "hang"
    with impatient():
        assert open_intent(me).json["regla"] == "pago_en_verificacion"
    assert open_intent(me).status_code == 201 and len(stripe.intents) == 1 and units(admin, code) == (1, 0, 4)
