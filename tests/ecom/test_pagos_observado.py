"""What providers told that contradicts what we know: looked at by who oversees, resolved once with a reason."""

import json
import uuid

import psycopg
import pytest

from ..conftest import as_login
from ..gateway import Message, Simulada, sign
from ..stripe_server import GOOD, WEBHOOK_SECRET
from .conftest import APPROVED
from .test_pagos_webhook import forget, warned

pytestmark = pytest.mark.usefixtures("healthy")

KEYS = (
    "proveedor evento tipo recibido estado monto referencia resultado regla ped_codigo pag_id pag_estado pag_monto"
    " resuelto resuelve motivo"
).split()


@pytest.fixture(autouse=True)
def forgetting(healthy, admin):
    """What nobody resolved is gone at the end."""
    yield
    forget(admin)


@pytest.fixture
def observed(app, shopper, product):
    """A message that a payment was captured for another amount; its id and its payment's."""
    me, code = shopper(), product("10.00", 5)
    me("POST", "/carrito", {"prd_codigo": code})
    opened = me("POST", "/pagos/intento", {}).json
    id_ = f"evt_{uuid.uuid4().hex}"
    told = Simulada(app).says("CAPTURADO", opened["client_secret"], "1.00", id=id_).deliver()
    assert told.json["resultado"] == "OBSERVADO"
    return {**opened, "id": id_}


@pytest.fixture
def desk(client, auth):
    """``desk(role, method, path, body)``: a request of a member of staff."""

    def ask(role, method, path, body=None, **headers):
        return client.open(
            f"/api/ecom{path}", method=method, json=body, headers={**auth(role, "ecom"), **headers}
        )

    return ask


def listed(desk, role="adm_ventas", query="por_resolver=true&limit=100"):
    return {row["evento"]: row for row in desk(role, "GET", f"/pagos/evento?{query}").json["data"]}


def test_lo_observado_espera_a_que_alguien_diga_que_fue(desk, observed, admin, people):
    place = f"/pagos/evento/simulada/{observed['id']}/resolver"
    row = listed(desk)[observed["id"]]
    assert [*row] == KEYS
    assert (row["regla"], row["monto"], row["pag_monto"], row["pag_id"]) == (
        "pago_monto", "1.00", "11.50", observed["pag_id"],
    )  # fmt: skip
    assert observed["id"] in str(warned(admin)["pago_evento_observado"])
    for body in ({}, {"motivo": " "}, {"motivo": "x" * 256}):
        assert desk("admin", "POST", place, body).json["regla"] == "datos_invalidos"
    done = desk("adm_ventas", "POST", place, {"motivo": " Una prueba del proveedor "})
    assert (done.status_code, done.json["motivo"]) == (200, "Una prueba del proveedor"), done.text
    assert done.json["resuelve"] == people.login("adm_ventas") and done.json["resultado"] == "OBSERVADO"
    again = desk("admin", "POST", place, {"motivo": "Otra cosa"})
    assert (again.status_code, again.json["regla"]) == (409, "pago_evento_por_resolver")
    assert observed["id"] not in listed(desk)
    assert listed(desk, query="resultado=OBSERVADO&limit=100")[observed["id"]]["motivo"]
    assert observed["id"] not in str(warned(admin).get("pago_evento_observado"))
    seen = admin.conn.execute(
        "SELECT usuario, despues ->> 'motivo' FROM datos.auditoria"
        " WHERE tabla = 'PAGO_EVENTO_RESUELTO' AND clave = %s", (f"simulada {observed['id']}",),
    ).fetchall()  # fmt: skip
    assert seen == [(people.login("adm_ventas"), "Una prueba del proveedor")]


def test_resolver_no_mueve_el_pago(desk, observed, admin):
    desk("admin", "POST", f"/pagos/evento/simulada/{observed['id']}/resolver", {"motivo": "x"})
    row = admin.conn.execute(
        "SELECT pag_estado, ped_estado FROM datos.pago JOIN datos.pedido USING (ped_codigo) WHERE pag_id = %s",
        (observed["pag_id"],),
    ).fetchone()
    assert row == ("INICIADO", "PENDIENTE_PAGO")


def test_lo_que_vale_o_no_existe_no_se_resuelve(app, desk, shopper, product, admin):
    me = shopper()
    me("POST", "/carrito", {"prd_codigo": product("10.00", 5)})
    secret = me("POST", "/pagos/intento", {}).json["client_secret"]
    id_ = f"evt_{uuid.uuid4().hex}"
    assert Simulada(app).says("pago.visto", secret, "1", id=id_).deliver().json["resultado"] == "IGNORADO"
    fine = desk("admin", "POST", f"/pagos/evento/simulada/{id_}/resolver", {"motivo": "x"})
    assert (fine.status_code, fine.json["regla"]) == (409, "pago_evento_por_resolver")
    nobody = desk("admin", "POST", "/pagos/evento/stripe/evt_nada/resolver", {"motivo": "x"})
    assert (nobody.status_code, nobody.json["regla"]) == (404, "pago_evento_existe")


@pytest.mark.parametrize("role", ["contador", "auditor", "ventas", "adm_fact", "bodega"])
def test_lee_quien_supervisa_y_resuelve_quien_administra(desk, observed, ecom, people, role):
    reads = role in ("contador", "auditor")
    answer = desk(role, "GET", "/pagos/evento?por_resolver=true&limit=100")
    assert answer.status_code == (200 if reads else 403)
    assert not reads or observed["id"] in {row["evento"] for row in answer.json["data"]}
    place = f"/pagos/evento/simulada/{observed['id']}/resolver"
    assert desk(role, "POST", place, {"motivo": "x"}).status_code == 403
    with as_login(ecom, people.login(role)) as act, pytest.raises(psycopg.errors.InsufficientPrivilege):
        act.conn.execute("UPDATE datos.pago_evento SET evt_motivo = 'x'")


def test_lo_dudoso_que_no_se_aclara_cede_su_turno(ecom, observed):
    """Messages nobody can make sense of are asked about again, later, and keep no other waiting."""
    keys = [f"evt_{uuid.uuid4().hex}" for _ in range(3)]
    ecom.execute(
        "INSERT INTO datos.pago_evento"
        " (evt_proveedor, evt_id, evt_tipo, evt_estado, pag_id, evt_resultado, evt_reintentar)"
        " SELECT 'simulada', k, '', 'RECHAZADO', (SELECT min(pag_id::text)::uuid FROM datos.pago), 'POR_RELEER',"
        " '2000-01-01' FROM unnest(%s::text[]) AS k",
        (keys,),
    )
    with as_login(ecom, "puente") as bridge:
        asked = [row["evento"] for _ in range(3) for row in bridge("pago_pendientes", segundos=0, limite=1)]
    assert sorted(key for key in asked if key in keys) == sorted(keys)


def test_un_reembolso_que_stripe_al_final_no_hizo_se_observa(app, cart, stripe, desk):
    """The bank took it and days later sent it back: what we hold for given back was not."""
    me, _ = cart
    order = me("POST", "/pagos/checkout", {"payment_method": GOOD}).json["ped_codigo"]
    (intent,) = stripe.intents.values()
    about = {"id": "re_1", "object": "refund", "amount": 1150, "payment_intent": intent["id"], "metadata": {}}
    body = json.dumps({"id": f"evt_{uuid.uuid4().hex}", "type": "refund.failed", "data": {"object": about}})
    told = Message(app, body, sign(body, WEBHOOK_SECRET), "stripe").deliver()
    assert told.json["resultado"] == "OBSERVADO"
    (row,) = [row for row in listed(desk).values() if row["ped_codigo"] == order]
    assert (row["regla"], row["estado"], row["monto"]) == ("pago_no_devuelto", "NO_DEVUELTO", "11.50")
    place = f"/pagos/evento/stripe/{row['evento']}/resolver"
    assert desk("adm_ventas", "POST", place, {"motivo": "Se le hizo una transferencia"}).status_code == 200


def test_un_reembolso_que_se_sabe_sin_hacer_no_contradice_nada(app, shopper, product, admin):
    me, code = shopper(), product(units=5)
    order = me.buy(code, 1, APPROVED).json["ped_codigo"]
    admin("pedido_facturado", ped_codigo=order, fac_codigo=f"FAC-{order}", fac_numero="001-001-000000009")
    key = str(uuid.uuid4())
    admin("reembolso_recibir", reembolso=json.dumps({
        "reembolso": key, "ped_codigo": order, "fac_codigo": f"FAC-{order}", "fac_numero": "001-001-000000009",
        "documento": f"NCR{key[:7]}", "numero": "001-001-000000001", "motivo": "x", "medio": "PASARELA",
        "monto": "11.50", "usuario": "alguien", "lineas": [{
            "prd_codigo": code, "cantidad": "1", "a_stock": True, "subtotal": "10.00", "iva": "1.50",
        }],
    }))  # fmt: skip
    pag_id, reference = admin.conn.execute(
        "SELECT pag_id, pag_referencia FROM datos.pago WHERE ped_codigo = %s", (order,)
    ).fetchone()
    told = admin(
        "pago_evento_recibir", proveedor="simulada", evento=f"evt_{key}", tipo="refund.failed",
        estado="NO_DEVUELTO", pag_id=pag_id, monto="11.50", referencia=reference,
    )  # fmt: skip
    assert told["resultado"] == "APLICADO"
    admin("simulada_devolver", clave=key, cargo=pag_id, monto="11.50")
    admin("reembolso_hecho", ped_codigo=order, reembolso=key)
