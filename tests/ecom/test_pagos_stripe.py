"""stripe, through its own library and over HTTP: charged once whatever answer gets lost, and never a card number."""

from contextlib import nullcontext
from dataclasses import replace
from decimal import Decimal

import pytest

from daf_backend.ecom import pagos_cobro, pagos_stripe
from daf_backend.ecom.pagos_cargo import NoAnswer, Payment, Refund

from ..stripe_server import ASKS_MORE, DECLINED, GOOD, KEY, SLOW, WEBHOOK_SECRET
from .conftest import APPROVED
from .test_pagos import order_of, sweep, units

pytestmark = pytest.mark.usefixtures("healthy")


def pay(me, method=GOOD, **body):
    return me("POST", "/pagos/checkout", {"payment_method": method, **body})


def captured(stripe):
    return [each["amount"] for each in stripe.intents.values() if each["status"] == "succeeded"]


def late(admin, me):
    """Make what this shopper ordered too old to be paid, and free its units."""
    admin.conn.execute(
        "UPDATE datos.pedido SET ped_vence = now() WHERE ped_estado = 'PENDIENTE_PAGO' AND usr_id = %s",
        (me.id,),
    )
    admin("reserva_expirar")


def test_un_metodo_de_pago_se_cobra_una_vez(cart, stripe, admin):
    me, code = cart
    answer = pay(me)
    assert (answer.status_code, answer.json["total"]) == (202, "11.50") and captured(stripe) == [1150]
    assert units(admin, code) == (0, 1, 4)
    order = me("GET", f"/pedido/{answer.json['ped_codigo']}").json
    assert order["pago"] == {
        "proveedor": "stripe", "estado": "CAPTURADO", "monto": "11.50", "marca": "VISA", "ultimos4": "4242",
    }  # fmt: skip
    (intent,) = stripe.intents.values()
    assert intent["metadata"]["ped_codigo"] == order["ped_codigo"]
    assert ("intent.create", intent["metadata"]["pag_id"]) in stripe.asked


def test_un_numero_de_tarjeta_no_se_acepta(cart, stripe, admin):
    me, code = cart
    for route in ("/pagos/checkout", "/pagos/intento"):
        for body in ({"card_number": APPROVED}, {"card_number": APPROVED, "payment_method": GOOD}):
            refused = me("POST", route, body)
            assert (refused.status_code, refused.json["regla"]) == (422, "tarjeta_en_claro")
        assert me("POST", route, {"payment_method": "tok_visa"}).json["regla"] == "metodo_de_pago"
    assert stripe.asked == [] and units(admin, code) == (0, 0, 5)


def test_rechazada_es_402_y_nunca_se_cobra_despues(cart, stripe, admin):
    me, code = cart
    declined = pay(me, DECLINED)
    assert (declined.status_code, declined.json["regla"]) == (402, "pago_rechazado")
    assert "client_secret" not in declined.text
    assert units(admin, code) == (0, 0, 5) and order_of(admin, code)[1:] == ("CANCELADO", "RECHAZADO")
    assert [each["status"] for each in stripe.intents.values()] == ["canceled"]
    assert pay(me).status_code == 202 and captured(stripe) == [1150]


def test_si_el_banco_pide_mas_el_pago_directo_termina_y_el_intento_sigue(cart, stripe, admin):
    me, code = cart
    more = pay(me, ASKS_MORE)
    assert (more.status_code, more.json["regla"]) == (402, "pago_requiere_accion")
    assert "client_secret" not in more.text and units(admin, code) == (0, 0, 5)
    opened = me("POST", "/pagos/intento", {"payment_method": ASKS_MORE})
    assert (opened.status_code, opened.json["estado"]) == (201, "INICIADO")
    assert stripe.pay(opened.json["client_secret"]) == "succeeded"
    assert me("POST", "/pagos/intento", {}).json["estado"] == "CAPTURADO"
    assert units(admin, code) == (0, 1, 4) and captured(stripe) == [1150]


def test_un_metodo_que_stripe_no_conoce_es_400_y_se_puede_pagar_con_otro(cart, stripe):
    me, _ = cart
    unknown = pay(me, "pm_de_nadie")
    assert (unknown.status_code, unknown.json["regla"]) == (400, "metodo_de_pago")
    assert pay(me).status_code == 202 and captured(stripe) == [1150] and len(stripe.intents) == 1


@pytest.mark.parametrize("wrong", ["500", "hang", "lose"])
@pytest.mark.parametrize("act", ["intent.create", "intent.confirm"])
def test_lo_que_no_se_sabe_se_retoma_sin_cobrar_dos_veces(cart, stripe, impatient, admin, act, wrong):
    me, code = cart
    stripe.trouble[act] = wrong
    with impatient() if wrong == "hang" else nullcontext():
        lost = pay(me)
    assert (lost.status_code, lost.json["regla"]) == (503, "pago_en_verificacion")
    assert lost.headers["Retry-After"] and units(admin, code) == (1, 0, 4)
    if wrong == "500":  # stripe repeats a stored 500 for as long as it knows the key
        assert pay(me).status_code == 503
        stripe.keys.clear()
    assert pay(me).status_code == 202
    assert units(admin, code) == (0, 1, 4) and captured(stripe) == [1150]


@pytest.mark.parametrize(("act", "state"), [
    ("intent.create", ("EXPIRADO", "ANULADO")), ("intent.confirm", ("PAGADO", "CAPTURADO")),
])  # fmt: skip
def test_lo_que_quedo_a_medias_lo_resuelve_el_barrido(app, cart, stripe, admin, act, state):
    me, code = cart
    stripe.trouble[act] = "lose"
    assert pay(me).status_code == 503
    sweep(app, admin)
    assert order_of(admin, code)[1:] == state
    assert captured(stripe) == ([1150] if state[0] == "PAGADO" else [])


def test_lo_que_el_banco_todavia_decide_espera_y_no_detiene_a_los_demas(
    app, cart, stripe, shopper, product, admin
):
    me, code = cart
    slow = pay(me, SLOW)
    assert (slow.status_code, slow.json["regla"]) == (503, "pago_en_verificacion")
    other, another = shopper(), product(units=1)
    stripe.trouble["intent.confirm"] = "lose"
    assert other.buy(another, card=None, payment_method=GOOD).status_code == 503
    sweep(app, admin)
    assert order_of(admin, code)[1:] == ("PENDIENTE_PAGO", "INICIADO")
    assert order_of(admin, another)[1:] == ("PAGADO", "CAPTURADO")
    stripe.confirm(next(iter(stripe.intents.values())), {"payment_method": GOOD})
    sweep(app, admin)
    assert order_of(admin, code)[1:] == ("PAGADO", "CAPTURADO")


def test_lo_que_nunca_se_confirmo_se_anula_en_stripe(app, cart, stripe, admin):
    me, code = cart
    stripe.trouble["intent.confirm"] = "500"
    assert pay(me).status_code == 503
    sweep(app, admin)
    assert order_of(admin, code)[1:] == ("EXPIRADO", "ANULADO") and units(admin, code) == (0, 0, 5)
    assert [each["status"] for each in stripe.intents.values()] == ["canceled"]


def test_stripe_callado_no_detiene_a_los_demas(app, cart, stripe, shopper, product, admin, monkeypatch):
    me, code = cart
    stripe.trouble["intent.confirm"] = "lose"
    pay(me)
    state = app.extensions["daf"]
    other, another = shopper(), product(units=1)
    with monkeypatch.context() as today:
        today.setattr(pagos_stripe, "settle", lambda payment: (_ for _ in ()).throw(NoAnswer()))
        today.setattr(state, "settings", state.settings.model_copy(update={"pasarela": "simulada"}))
        assert other.buy(another, card="4000000000000119").status_code == 503
        sweep(app, admin)
    assert order_of(admin, code)[1:] == ("PENDIENTE_PAGO", "INICIADO")
    assert order_of(admin, another)[1:] == ("PAGADO", "CAPTURADO")


def test_cada_pago_sigue_con_su_proveedor_aunque_se_cambie(app, cart, stripe, admin, monkeypatch):
    me, code = cart
    stripe.trouble["intent.confirm"] = "lose"
    assert pay(me).status_code == 503
    state = app.extensions["daf"]
    monkeypatch.setattr(state, "settings", state.settings.model_copy(update={"pasarela": "simulada"}))
    busy = me("POST", "/pagos/checkout", {"card_number": APPROVED})
    assert (busy.status_code, busy.json["regla"]) == (409, "pedido_en_curso")
    sweep(app, admin)
    assert order_of(admin, code)[1:] == ("PAGADO", "CAPTURADO") and captured(stripe) == [1150]


@pytest.mark.parametrize("left", [1, 0])
def test_captura_despues_de_expirar_recupera_o_devuelve(app, shopper, product, stripe, admin, left):
    me, code = shopper(), product("10.00", 1)
    me("POST", "/carrito", {"prd_codigo": code})
    secret = me("POST", "/pagos/intento", {}).json["client_secret"]
    late(admin, me)
    if not left:
        assert shopper().buy(code, card=None, payment_method=GOOD).status_code == 202
    stripe.pay(secret)
    sweep(app, admin)
    sweep(app, admin)
    admin.conn.execute("UPDATE datos.pago SET pag_creado = now() - interval '2 minutes'")
    sweep(app, admin)
    order = me("GET", "/pedido").json["data"][0]["ped_codigo"]
    shown = me("GET", f"/pedido/{order}").json
    assert (shown["ped_estado"], shown["pago"]["estado"]) == (
        ("PAGADO", "CAPTURADO") if left else ("EXPIRADO", "REEMBOLSADO")
    )
    assert [row["amount"] for row in stripe.refunds] == ([] if left else [1150])


@pytest.fixture
def charge(app, cart, stripe):
    """A captured payment of 11.50."""
    pay(cart[0])
    (intent,) = stripe.intents.values()
    with app.app_context():
        yield Payment(intent["metadata"]["pag_id"], Decimal("11.50"), "", intent["id"])


def test_se_devuelve_por_partes_y_cada_parte_una_vez(charge, stripe):
    def part(name, amount):
        return pagos_stripe.refund(Refund(name, charge.pag_id, charge.reference, Decimal(amount)))

    stripe.trouble["refund.create"] = "lose"
    with pytest.raises(NoAnswer):
        part("una", "3.33")
    stripe.keys.clear()  # a day later: the key is forgotten, the refund is not
    assert part("una", "3.33").outcome == part("una", "3.33").outcome == "REEMBOLSADO"
    assert part("otra", "8.18").outcome == "RECHAZADO"  # a cent too many
    assert part("la última", "8.17").amount == Decimal("8.17")
    assert [row["amount"] for row in stripe.refunds] == [333, 817]


def test_lo_que_stripe_nego_se_le_pide_con_otra_clave(charge, stripe):
    """stripe repeats to a key what it answered first, and so does a refund that came to nothing."""
    refund = Refund("una", charge.pag_id, charge.reference, Decimal("3.33"))
    again, third = replace(refund, turn=1), replace(refund, turn=2)
    stripe.intents[charge.reference]["latest_charge"]["amount_refunded"] = 1150
    assert pagos_stripe.refund(refund).outcome == "RECHAZADO"
    stripe.intents[charge.reference]["latest_charge"]["amount_refunded"] = 0
    assert pagos_stripe.refund(refund).outcome == "RECHAZADO"
    stripe.failing = True
    assert [pagos_stripe.refund(again).outcome for _ in range(2)] == ["RECHAZADO"] * 2
    stripe.failing = False
    assert [pagos_stripe.refund(third).outcome for _ in range(2)] == ["REEMBOLSADO"] * 2
    assert [(row["status"], row["metadata"]["vuelta"]) for row in stripe.refunds] == [
        ("failed", "1"), ("succeeded", "2"),
    ]  # fmt: skip


def test_lo_que_se_deja_no_se_devuelve_despues(charge, stripe):
    left, made = (
        Refund(name, charge.pag_id, charge.reference, Decimal("3.33")) for name in ("deja", "hecho")
    )
    assert [pagos_stripe.drop_refund(left).outcome for _ in range(2)] == ["RECHAZADO"] * 2
    with pytest.raises(NoAnswer):  # a request that was on its way all the time
        pagos_stripe.refund(left)
    assert stripe.refunds == []
    stripe.trouble["refund.create"] = "lose"
    with pytest.raises(NoAnswer):
        pagos_stripe.refund(made)
    assert pagos_stripe.drop_refund(made).outcome == "REEMBOLSADO" and len(stripe.refunds) == 1
    flying = replace(left, id="vuela")  # it is with them right now
    wish = {"payment_intent": charge.reference, "amount": "333", "metadata[reembolso]": "vuela"}
    stripe.keys[flying.key] = (("/v1/refunds", wish), None)
    with pytest.raises(NoAnswer):
        pagos_stripe.drop_refund(flying)


def test_lo_devuelto_a_mano_esta_devuelto(charge, stripe):
    stripe.refund({"payment_intent": charge.reference, "amount": "1150"})
    assert pagos_stripe.give_back(charge).outcome == "REEMBOLSADO" and len(stripe.refunds) == 1


def test_los_secretos_no_se_ven(app, cart, stripe, caplog):
    me, _ = cart
    settings = app.extensions["daf"].settings
    assert KEY not in repr(settings) and WEBHOOK_SECRET not in repr(settings)
    caplog.set_level("DEBUG")
    stripe.trouble["intent.create"] = "500"
    assert pay(me).status_code == 503
    stripe.keys.clear()
    secret = me("POST", "/pagos/intento", {}).json["client_secret"]
    assert "stripe did not answer" in caplog.text
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert not [word for word in (KEY, WEBHOOK_SECRET, secret) if word in logged]


def test_sin_clave_no_se_cobra_y_no_se_pierde(app, cart, stripe, admin, monkeypatch):
    me, code = cart
    state = app.extensions["daf"]
    keyless = state.settings.model_copy(update={"stripe_key": type(state.settings.stripe_key)("")})
    with monkeypatch.context() as without:
        without.setattr(state, "settings", keyless)
        assert pay(me).status_code == 503
    assert pagos_cobro.provider_of("stripe") is pagos_stripe
    assert pay(me).status_code == 202 and units(admin, code) == (0, 1, 4)
