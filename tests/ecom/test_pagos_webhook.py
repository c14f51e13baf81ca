"""Messages of a provider: believed when signed, done once, in any order; what contradicts waits for a person."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bench import paying
from daf_backend.ecom import pagos_cobro, pagos_simulada, pagos_webhook
from daf_backend.ecom.pagos_cargo import NoAnswer, Payment
from daf_backend.http.brake import Brake

from ..gateway import Message, Simulada, sign
from .conftest import APPROVED
from .test_pagos import order_of, sweep, units

pytestmark = pytest.mark.usefixtures("healthy")


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Every test forges on its own account."""
    monkeypatch.setattr(pagos_webhook, "brake", Brake(burst=30, per_second=0.5))


@pytest.fixture
def gateway(app):
    return Simulada(app)


@pytest.fixture
def opened(shopper, product):
    """Somebody's open intent, with whose it is and of what."""
    me, code = shopper(), product("10.00", 5)
    me("POST", "/carrito", {"prd_codigo": code})
    return {**me("POST", "/pagos/intento", {}).json, "me": me, "code": code}


def charge(app, opened, card=APPROVED):
    """What the provider does before it tells."""
    with app.app_context():
        method = pagos_simulada.method(card, None)
        return pagos_simulada.charge(Payment(opened["pag_id"], opened["total"], ""), method)


def stored(admin, opened):
    rows = admin.conn.execute(
        "SELECT evt_tipo, evt_resultado, evt_regla FROM datos.pago_evento WHERE pag_id = %s ORDER BY evt_recibido",
        (opened["pag_id"],),
    )
    return rows.fetchall()


def state(admin, opened):
    return order_of(admin, opened["code"])[1:]


def warned(admin):
    return {row["invariante"]: row["ejemplos"] for row in admin("doctor_revisar") if row["filas"]}


def test_una_captura_vende_y_se_intenta_facturar_una_vez(app, gateway, opened, admin, monkeypatch):
    asked = []
    monkeypatch.setitem(app.extensions, "daf_facturar", asked.append)
    charge(app, opened)
    told = gateway.says("CAPTURADO", opened["client_secret"], "11.50", marca="VISA", ultimos4="4242")
    assert told.deliver().json == {"resultado": "APLICADO", "repetido": False}
    assert told.deliver().json == {"resultado": "APLICADO", "repetido": True}
    assert state(admin, opened) == ("PAGADO", "CAPTURADO") and units(admin, opened["code"]) == (0, 1, 4)
    assert asked == [opened["ped_codigo"]] and opened["me"]("GET", "/carrito").json["detalles"] == []
    paid = opened["me"]("GET", f"/pedido/{opened['ped_codigo']}").json["pago"]
    assert (paid["marca"], paid["ultimos4"]) == ("VISA", "4242")
    assert stored(admin, opened) == [("pago.capturado", "APLICADO", None)]


def test_si_la_factura_revienta_el_aviso_vale(app, gateway, opened, admin, monkeypatch):
    monkeypatch.setitem(app.extensions, "daf_facturar", lambda code: 1 / 0)
    charge(app, opened)
    assert gateway.says("CAPTURADO", opened["client_secret"], "11.50").deliver().status_code == 200
    assert state(admin, opened) == ("PAGADO", "CAPTURADO")


def test_lo_que_no_esta_firmado_no_se_lee_ni_se_escribe(gateway, opened, admin):
    true = gateway.says("CAPTURADO", opened["client_secret"], "11.50")
    before = admin.conn.execute("SELECT count(*) FROM datos.pago_evento").fetchone()
    tries = [
        {"signature": ""}, {"signature": "t=1,v1=00"}, {"signature": "t=x,v1=00"}, {"signature": "garbage"},
        {"signature": sign(true.body, "otro secreto")}, {"signature": sign(true.body, gateway.secret, age=301)},
        {"signature": true.signature.replace("v1=", "v0=")}, {"body": true.body + " "},
        {"body": true.body.replace("11.50", "0.01")}, {"body": b"\xff\xfe" + true.body.encode()},
        {"signature": sign(true.body, "")}, {"body": ""},
    ]  # fmt: skip
    answers = [true.deliver(**changes) for changes in tries]
    assert {(answer.status_code, answer.json["regla"], answer.json["detail"]) for answer in answers} == {
        (400, "firma_valida", "La firma no es válida.")
    }
    assert admin.conn.execute("SELECT count(*) FROM datos.pago_evento").fetchone() == before
    assert state(admin, opened) == ("PENDIENTE_PAGO", "INICIADO")


def test_quien_falsifica_mucho_espera_y_lo_firmado_pasa(app, gateway, opened, admin):
    false = Message(app, "{}", "t=1,v1=00")
    statuses = [false.deliver().status_code for _ in range(40)]
    assert statuses[:30] == [400] * 30 and statuses[-1] == 429 and false.deliver().headers["Retry-After"]
    charge(app, opened)
    assert gateway.says("CAPTURADO", opened["client_secret"], "11.50").deliver().status_code == 200


def test_proveedor_desconocido_cuerpo_grande_y_sin_sentido(app, gateway):
    assert Message(app, "{}", "", provider="nadie").deliver().json["regla"] == "pago_proveedor_conocido"
    assert Message(app, "x" * 65_537, "").deliver().status_code == 413
    for body in ("[]", "{}", '{"id": "e", "type": "pago.capturado"}', "null", '{"data": {"object": 1}}'):
        answer = Message(app, body, sign(body, gateway.secret)).deliver()
        assert (answer.status_code, answer.json["regla"]) == (400, "evento_mal_formado"), body


def test_sin_secreto_de_stripe_nada_de_stripe_se_cree(app):
    body = '{"id": "evt_1", "type": "payment_intent.succeeded"}'
    assert Message(app, body, sign(body, ""), "stripe").deliver().json["regla"] == "firma_valida"


def test_otro_monto_se_observa_y_no_se_aplica(app, gateway, opened, admin):
    charge(app, opened)
    wrong = gateway.says("CAPTURADO", opened["client_secret"], "1150.00").deliver()
    assert wrong.json == {"resultado": "OBSERVADO", "repetido": False}
    assert state(admin, opened) == ("PENDIENTE_PAGO", "INICIADO")
    assert stored(admin, opened) == [("pago.capturado", "OBSERVADO", "pago_monto")]
    assert opened["pag_id"] in str(warned(admin)["pago_evento_observado"])
    assert (
        gateway.says("CAPTURADO", opened["client_secret"], "11.50").deliver().json["resultado"] == "APLICADO"
    )
    forget(admin)


def forget(admin):
    """What a person looked at leaves the doctor's list, so that the next test starts well."""
    admin.conn.execute("UPDATE datos.pago_evento SET evt_resultado = 'IGNORADO', evt_regla = NULL"
                       " WHERE evt_resultado = 'OBSERVADO' AND evt_resuelto IS NULL")  # fmt: skip


def test_lo_que_no_es_nuestro_se_ignora(gateway, opened, admin):
    assert gateway.says("pago.visto", opened["client_secret"], "1").deliver().json["resultado"] == "IGNORADO"
    stranger = opened["client_secret"].replace(opened["pag_id"][:8], "00000000")
    assert gateway.says("CAPTURADO", stranger, "11.50").deliver().json["resultado"] == "IGNORADO"
    assert state(admin, opened) == ("PENDIENTE_PAGO", "INICIADO")


def test_lo_firmado_con_la_clave_anterior_vale_hasta_retirarla(app, gateway, opened, monkeypatch):
    told, ring = (
        gateway.says("pago.visto", opened["client_secret"], "1"),
        app.extensions["daf"].keyring.gateway,
    )
    live = app.extensions["daf"].keys
    for keys, status in (({"k9": b"9" * 32, **ring}, 200), ({"k9": b"9" * 32}, 400)):
        monkeypatch.setattr(live, "_keyring", replace(live.now(), gateway=keys))
        assert told.deliver().status_code == status


def test_una_falla_despues_de_la_captura_es_noticia_vieja(app, gateway, opened, admin):
    charge(app, opened)
    assert gateway.says("CAPTURADO", opened["client_secret"], "11.50").deliver().status_code == 200
    assert (
        gateway.says("RECHAZADO", opened["client_secret"], "11.50").deliver().json["resultado"] == "APLICADO"
    )
    assert state(admin, opened) == ("PAGADO", "CAPTURADO")


def test_una_falla_se_pregunta_al_proveedor(app, gateway, opened, admin, monkeypatch):
    charge(app, opened, card="4000000000000002")
    told = gateway.says("RECHAZADO", opened["client_secret"], "11.50")
    assert told.deliver().json["resultado"] == "POR_RELEER"
    assert state(admin, opened) == ("PENDIENTE_PAGO", "INICIADO")
    with monkeypatch.context() as silent:
        silent.setattr(pagos_simulada, "look", lambda payment: (_ for _ in ()).throw(NoAnswer()))
        sweep(app, admin)
    assert stored(admin, opened) == [("pago.rechazado", "POR_RELEER", None)]
    sweep(app, admin)
    assert state(admin, opened) == ("CANCELADO", "RECHAZADO") and units(admin, opened["code"]) == (0, 0, 5)
    assert stored(admin, opened) == [("pago.rechazado", "APLICADO", None)]


def test_lo_que_llega_despues_de_cancelar_se_devuelve_en_cualquier_orden(app, gateway, opened, admin):
    assert opened["me"]("POST", f"/pedido/{opened['ped_codigo']}/cancelar").status_code == 200
    payment = Payment(opened["pag_id"], opened["total"], "")
    charge(app, opened)
    with app.app_context():
        pagos_simulada.give_back(payment)
    back = gateway.says("REEMBOLSADO", opened["client_secret"], "11.50")
    assert back.deliver().json["resultado"] == "APLICADO"
    assert state(admin, opened) == ("CANCELADO", "REEMBOLSADO")
    assert (
        gateway.says("CAPTURADO", opened["client_secret"], "11.50").deliver().json["resultado"] == "APLICADO"
    )
    assert state(admin, opened) == ("CANCELADO", "REEMBOLSADO") and units(admin, opened["code"]) == (0, 0, 5)


def test_una_captura_de_lo_que_se_creia_anulado_se_comprueba(app, gateway, opened, admin):
    admin.conn.execute("UPDATE datos.pago SET pag_espera = now() WHERE pag_id = %s", (opened["pag_id"],))
    sweep(app, admin)
    assert state(admin, opened) == ("EXPIRADO", "ANULADO")
    told = gateway.says("CAPTURADO", opened["client_secret"], "11.50")
    assert told.deliver().json["resultado"] == "POR_RELEER"
    sweep(app, admin)  # the book says otherwise
    assert state(admin, opened) == ("EXPIRADO", "ANULADO")
    assert stored(admin, opened) == [("pago.capturado", "OBSERVADO", "pago_estado")]
    forget(admin)


def test_ocho_a_la_vez_hacen_una(app, gateway, opened, admin):
    charge(app, opened)
    told, ready = gateway.says("CAPTURADO", opened["client_secret"], "11.50"), threading.Barrier(8)

    def send(_):
        ready.wait()
        return told.deliver().json

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(send, range(8)))
    assert sorted(answer["repetido"] for answer in answers) == [False] + [True] * 7
    assert units(admin, opened["code"]) == (0, 1, 4)


def test_trescientos_avisos_en_cualquier_orden_dejan_lo_mismo(app, gateway, product, admin):
    key = next(iter(app.extensions["daf"].keyring.gateway.values()))
    code = product("10.00", 1000)
    calm, wild = (paying.stories(admin.conn, 132, code, key, serial) for serial in (1, 2))
    for story in calm:
        for body in story.bodies:
            assert Message(app, body, paying.signed(body, key).signature).deliver().status_code == 200
    sent = paying.shuffled(wild, key, random.Random(20261121))
    assert sum(len(story.bodies) for story in wild) > 300 and sum(one.forged for one in sent) > 40

    def deliver(one):
        for _ in range(20):  # as a provider does while we are busy: a 503 has done nothing
            status = Message(app, one.body, one.signature).deliver().status_code
            if status != 503:
                break
        return one.forged, status

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(deliver, sent))
    assert {status for forged, status in answers if forged} <= {400, 429}
    assert {status for forged, status in answers if not forged} == {200}
    for _ in range(6):  # fifty a turn
        with app.app_context():
            pagos_cobro.sweep()
    assert paying.endings(admin.conn, wild) == paying.endings(admin.conn, calm)
    assert len(paying.endings(admin.conn, calm)) == len(paying.STORIES)
    forged = admin.conn.execute(
        "SELECT count(*) FROM datos.pago_evento WHERE evt_id LIKE 'forged%'"
    ).fetchone()
    assert forged == (0,)
    forget(admin)
