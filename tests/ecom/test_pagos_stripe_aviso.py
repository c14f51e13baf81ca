"""What stripe tells by itself: before its answer, of its refunds, of others' charges; what is ours is done once."""

import json
from uuid import uuid4

import pytest

from daf_backend.ecom import reembolso_pago

from ..gateway import Message, sign
from ..stripe_server import GOOD, WEBHOOK_SECRET
from .test_pagos import units
from .test_pagos_stripe import pay
from .test_pagos_webhook import forget, warned

pytestmark = pytest.mark.usefixtures("healthy")


@pytest.mark.parametrize(
    "kinds", [["charge.succeeded"], ["payment_intent.succeeded"], ["payment_intent", "charge"]]
)
def test_la_tarjeta_se_sabe_por_el_aviso_que_la_trae(app, cart, stripe, kinds):
    me, _ = cart
    opened = me("POST", "/pagos/intento", {}).json
    stripe.pay(opened["client_secret"])
    for event in stripe.events:
        if event["type"].startswith(tuple(kinds)):
            body = json.dumps(event)
            told = Message(app, body, sign(body, WEBHOOK_SECRET), "stripe").deliver()
            assert told.json == {"resultado": "APLICADO", "repetido": False}
    shown = me("GET", f"/pedido/{opened['ped_codigo']}").json
    known = ("VISA", "4242") if "charge" in kinds[-1] else (None, None)
    assert (shown["ped_estado"], shown["pago"]["marca"], shown["pago"]["ultimos4"]) == ("PAGADO", *known)


def test_lo_que_acreditamos_lo_devuelve_stripe_y_su_aviso_cuadra(app, cart, stripe, admin):
    def tell(event):
        body = json.dumps(event)
        answers.append(Message(app, body, sign(body, WEBHOOK_SECRET), "stripe").deliver().json["resultado"])

    (me, code), answers = cart, []
    order, refund = pay(me).json["ped_codigo"], str(uuid4())
    stripe.on_event = tell
    line = {"prd_codigo": code, "cantidad": 1, "a_stock": True, "subtotal": "10.00", "iva": "1.50"}
    credited = {
        "reembolso": refund, "ped_codigo": order, "fac_codigo": f"FAC{code[3:]}", "fac_numero": f"001-001-{code[3:]}",
        "documento": f"NCR{code[3:]}", "numero": f"001-001-{code[3:]}", "medio": "PASARELA", "motivo": "Se arrepintió",
        "monto": "11.50", "usuario": "ana", "lineas": [line],
    }  # fmt: skip
    admin("reembolso_recibir", reembolso=json.dumps(credited))
    with app.app_context():
        reembolso_pago.devolver(refund)
    assert [row["amount"] for row in stripe.refunds] == [1150] and answers == ["APLICADO"]
    assert me("GET", f"/pedido/{order}").json["ped_estado"] == "REEMBOLSADO"


def test_otro_cobro_con_el_nombre_de_un_pago_nuestro_se_observa(app, cart, stripe, admin):
    pay(cart[0])
    (ours,) = stripe.intents.values()
    told = [
        ({**ours, "id": "pi_otro"}, "pago_referencia"),
        ({**ours, "metadata": {"pag_id": str(uuid4())}}, "pago_existe"),
    ]
    for about, rule in told:
        id_ = f"evt_{uuid4()}"
        body = json.dumps({"id": id_, "type": "payment_intent.succeeded", "data": {"object": about}})
        answer = Message(app, body, sign(body, WEBHOOK_SECRET), "stripe").deliver()
        assert answer.json == {"resultado": "OBSERVADO", "repetido": False}
        seen = admin.conn.execute(
            "DELETE FROM datos.pago_evento WHERE evt_id = %s RETURNING evt_regla", (id_,)
        )
        assert seen.fetchone() == (rule,)


def test_el_aviso_de_stripe_puede_llegar_antes_que_su_respuesta(app, shopper, product, stripe, admin):
    def tell(event):
        body = json.dumps(event)
        answers.append(Message(app, body, sign(body, WEBHOOK_SECRET), "stripe").deliver().json)

    answers, me, code = [], shopper(), product("10.00", 5)
    stripe.on_event = tell
    paid = me.buy(code, card=None, payment_method=GOOD)
    assert paid.status_code == 202 and answers == [{"resultado": "APLICADO", "repetido": False}] * 2
    shown = me("GET", f"/pedido/{paid.json['ped_codigo']}").json["pago"]
    assert units(admin, code) == (0, 1, 4) and (shown["marca"], shown["ultimos4"]) == ("VISA", "4242")
    (intent,) = stripe.intents.values()
    assert intent["metadata"]["pag_id"] in str(stripe.events) and "4242424242424242" not in str(stripe.events)
    stripe.refund({"payment_intent": intent["id"], "amount": "1150"})  # by hand, at stripe's own screen
    assert answers[-1]["resultado"] == "OBSERVADO" and "pago_devuelto" in str(warned(admin))
    forget(admin)


def test_lo_que_otro_sistema_cobra_con_la_misma_cuenta_de_stripe_se_ignora(app, stripe):
    for notes in ({}, {"pag_id": "17"}, {"pag_id": None}):
        about = {
            "id": "pi_ajeno",
            "object": "payment_intent",
            "amount": 1,
            "amount_received": 1,
            "metadata": notes,
        }
        told = {"id": f"evt_{len(notes)}_{notes.get('pag_id')}", "type": "payment_intent.succeeded"}
        body = json.dumps({**told, "data": {"object": about}})
        answer = Message(app, body, sign(body, WEBHOOK_SECRET), "stripe").deliver()
        assert answer.json == {"resultado": "IGNORADO", "repetido": False}
