"""What the provider refuses to give back: asked anew, or given up and settled at the counter, and never both."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from daf_backend.ecom import reembolso_pago
from daf_backend.puente import reembolso

from .conftest import Bridge
from .refunds import Dead, Refunds, dying, money_back, provider

WHY = {"motivo": "El banco dice que la tarjeta se cerró"}


@pytest.fixture
def refunds(bridge: Bridge) -> Refunds:
    """Orders to give back, and the staff who do."""
    return Refunds(bridge)


def given_up(refunds):
    """An order and its refund, left to the counter."""
    order, key = refunds.refused()
    answer = refunds.act(key, "desistir", **WHY)
    assert answer.status_code == 202 and answer.json["soltado"], answer.text
    return order, key


def entries(bridge, order):
    """What moved of the accounts that give money back for an order, after it was sold: (class, amount)."""
    return bridge.pos.conn.execute(
        "SELECT c.clase, l.monto FROM datos.reembolso_web AS w JOIN datos.asiento AS a USING (doc_tipo, doc_codigo)"
        " JOIN datos.asiento_linea AS l USING (asi_id) JOIN datos.cuenta AS c USING (cta_id)"
        " WHERE w.ped_codigo = %s AND c.clase IN ('PASARELA', 'BANCO', 'CAJA', 'SALDO_CLIENTE')"
        " ORDER BY a.asi_id, l.linea", (order,),
    ).fetchall()  # fmt: skip


def refused(rule, act, *args, **more):
    with pytest.raises(psycopg.Error) as caught:
        act(*args, **more)
    assert caught.value.diag.constraint_name == rule


def test_lo_negado_se_vuelve_a_pedir_cuando_alguien_quiere(bridge, refunds):
    order, key = refunds.refused()
    with provider("no quiere"):
        again = refunds.act(key, "reintentar")
    assert (again.status_code, again.json["estado"], again.json["intentos"]) == (202, "ACREDITADO", 2)
    assert again.json["negado"] and again.json["error"]
    done = refunds.act(key, "reintentar")
    assert (done.status_code, done.json["estado"], done.json["medio"]) == (200, "HECHO", "PASARELA")
    assert money_back(bridge, order) == Decimal("11.50") and bridge.state(order)[0] == "REEMBOLSADO"
    for verb in ("reintentar", "desistir"):
        late = refunds.act(key, verb, **WHY)
        assert (late.status_code, late.json["regla"]) == (409, "reembolso_por_devolver")


FILA = (
    "reembolso ped_codigo fac_codigo fac_numero cli_codigo cli_nombre documento medio monto fecha por_saldar saldado"
    " usr_id"
).split()


def test_por_http_se_mira_se_desiste_y_se_salda(bridge, refunds):
    order, key = refunds.refused()
    client, shop, till = (
        bridge.app.test_client(), refunds.headers(), refunds.headers("adm_ventas", "pos")
    )  # fmt: skip
    waiting = client.get("/api/ecom/reembolso?estado=ACREDITADO&page=1", headers=shop).json["data"][0]
    assert (waiting["reembolso"], waiting["error"]) == (key, "el proveedor no lo devuelve") and waiting[
        "negado"
    ]
    place = f"/api/pos/reembolso-web/{key}/saldar"
    early = client.post(place, json={"reembolso": "SALDO"}, headers=till)
    assert (early.status_code, early.json["regla"]) == (409, "reembolso_web_por_saldar")
    with provider("no quiere"):
        assert refunds.act(key, "reintentar").status_code == 202
    assert refunds.act(key, "desistir", **WHY).json["desiste"] == "p_adm_ventas"
    (row,) = client.get("/api/pos/reembolso-web?por_saldar=true", headers=till).json["data"]
    assert [*row] == FILA and row["ped_codigo"] == order
    for body in ({}, {"reembolso": "TARJETA"}):
        assert client.post(place, json=body, headers=till).json["regla"] == "datos_invalidos"
    nobody = place.replace(key, "0" * 8 + key[8:])
    assert (
        client.post(nobody, json={"reembolso": "SALDO"}, headers=till).json["regla"] == "reembolso_web_existe"
    )
    headers = {**till, "Idempotency-Key": key}
    done = [client.post(place, json={"reembolso": "TRANSFERENCIA"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in done] == [200, 200] and done[0].data == done[1].data
    assert (done[0].json["medio"], done[0].json["por_saldar"]) == ("TRANSFERENCIA", False)
    changes = bridge.shop.conn.execute(
        "SELECT usuario, despues ->> 'ree_desiste_motivo' FROM datos.auditoria"
        " WHERE tabla = 'reembolso' AND clave = %s AND despues ? 'ree_desiste_motivo' AND antes IS NOT NULL", (key,),
    ).fetchall()  # fmt: skip
    assert changes == [("p_adm_ventas", WHY["motivo"])]


@pytest.mark.parametrize(("how", "account"), [("TRANSFERENCIA", "BANCO"), ("SALDO", "SALDO_CLIENTE")])
def test_lo_negado_se_salda_de_otro_modo_una_vez(bridge, refunds, how, account):
    order, key = given_up(refunds)
    assert bridge.violations() == []
    counter = bridge.staff("adm_ventas")
    (waiting,) = counter("reembolso_web_listar", por_saldar=True)["data"]
    assert (waiting["reembolso"], waiting["por_saldar"], waiting["monto"]) == (key, True, "11.50")
    told = refunds.settle(key, how)
    assert (told["medio"], told["por_saldar"], told["usr_id"]) == (how, False, "p_adm_ventas")
    assert bridge.violations() == []  # the shop is still to hear of it
    refused("reembolso_web_por_saldar", refunds.settle, key, how)
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["estado"], row["medio"], row["monto"]) == ("HECHO", how, "11.50")
    assert bridge.state(order)[0] == "REEMBOLSADO" and money_back(bridge, order) == 0
    amount = Decimal("11.50")
    assert entries(bridge, order) == [("PASARELA", -amount), ("PASARELA", amount), (account, -amount)]
    assert counter("reembolso_web_listar", por_saldar=True)["data"] == []


def test_en_efectivo_sale_de_la_caja_abierta_de_quien_lo_salda(bridge, refunds):
    order, key = given_up(refunds)
    refused("sin_sesion_caja", refunds.settle, key, "EFECTIVO")
    refunds.drawer("admin")
    refunds.settle(key, "EFECTIVO", "admin")
    bridge.sweep()
    assert [row for row in entries(bridge, order) if row[0] == "CAJA"] == [("CAJA", Decimal("-11.50"))]
    assert refunds.shown(order)["reembolsos"][0]["medio"] == "EFECTIVO"


def test_la_anulacion_de_una_factura_tambien_se_salda(bridge, refunds):
    order = refunds.sold(bridge.give(bridge.product(), 2), 1)
    code, _ = refunds.invoice(order)
    bridge.staff("adm_ventas")("factura_anular", fac_codigo=code, motivo="Se equivocó")
    with provider("no quiere"):
        bridge.sweep()
    key = refunds.shown(order)["reembolsos"][0]["reembolso"]
    assert refunds.act(key, "desistir", **WHY).json["soltado"]
    refunds.settle(key, "SALDO")
    bridge.sweep()
    assert refunds.gateway(order) == Decimal("11.50") and bridge.state(order)[0] == "REEMBOLSADO"


@pytest.mark.parametrize("role", ["ventas", "contador", "auditor", "adm_fact", "cajero"])
def test_solo_quien_administra_las_ventas_reintenta_desiste_y_salda(bridge, refunds, role):
    _, key = refunds.refused()
    for verb in ("reintentar", "desistir"):
        assert refunds.act(key, verb, role, **WHY).status_code == 403
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        refunds.settle(key, "SALDO", role)


def test_nada_se_salda_mientras_el_proveedor_lo_puede_devolver(bridge, refunds):
    _, key = refunds.refused()
    refused("reembolso_web_por_saldar", refunds.settle, key, "SALDO")
    assert refunds.act(key, "desistir", motivo=" ").status_code == 400
    with provider("calla"):
        answer = refunds.act(key, "desistir", **WHY)
    assert (answer.status_code, answer.json["soltado"]) == (202, None) and answer.json["desistido"]
    refused("reembolso_web_por_saldar", refunds.settle, key, "SALDO")
    assert refunds.act(key, "reintentar").json["regla"] == "reembolso_por_devolver"
    bridge.sweep()
    refused("reembolso_conocido", refunds.settle, key, "TARJETA")
    refunds.settle(key, "SALDO")


def test_de_lo_que_no_se_ha_pedido_no_se_desiste(bridge, refunds):
    order = refunds.sold(bridge.give(bridge.product(), 2), 1)
    credited = bridge.sides.pos(
        "nota_credito_web",
        reembolso=(key := refunds.intent(order)),
        ped_codigo=order,
        motivo="x",
        solicita="a",
    )
    bridge.sides.shop("reembolso_recibir", reembolso=json.dumps(credited))
    assert refunds.act(key, "desistir", **WHY).json["regla"] == "reembolso_por_intentar"
    assert refunds.act("0" * 8 + key[8:], "desistir", **WHY).json["regla"] == "reembolso_existe"


def test_lo_que_el_proveedor_si_habia_hecho_no_llega_al_mostrador(bridge, refunds):
    order = refunds.sold(bridge.give(bridge.product(), 2), 1)
    with provider("lo hizo y calla"):
        key = refunds.ask(order).json["reembolso"]
    answer = refunds.act(key, "desistir", **WHY)
    assert (answer.status_code, answer.json["estado"], answer.json["medio"]) == (200, "HECHO", "PASARELA")
    refused("reembolso_web_por_saldar", refunds.settle, key, "SALDO")
    assert money_back(bridge, order) == Decimal("11.50")


def test_un_pedido_al_proveedor_que_llega_tarde_no_devuelve_nada(bridge, refunds):
    """A worker read what is owed, slept, and asks when somebody desisted already."""
    order, key = refunds.refused()
    (owed,) = bridge.sides.shop("reembolso_por_pagar", limite=1, reembolso=key)
    assert refunds.act(key, "desistir", **WHY).json["soltado"]
    with bridge.app.app_context():
        assert reembolso_pago._give_back(owed) is False
    bridge.sides.shop("reembolso_hecho", ped_codigo=order, reembolso=key)
    assert refunds.shown(order)["reembolsos"][0]["estado"] == "ACREDITADO"
    refunds.settle(key, "SALDO")
    bridge.sweep()
    assert money_back(bridge, order) == 0
    notice = bridge.shop.conn.execute(
        "SELECT api.pago_evento_recibir('simulada', %s, 'pago.reembolsado', 'REEMBOLSADO', pag_id, 11.50,"
        " pag_referencia) FROM datos.pago WHERE ped_codigo = %s", (f"evt_{key}", order),
    ).fetchone()[0]  # fmt: skip
    assert notice["resultado"] == "OBSERVADO"


WOUNDS = [
    "UPDATE datos.reembolso_web SET rwe_saldado = NULL, rwe_salda = NULL WHERE rwe_id = %s",
    "UPDATE datos.reembolso_web SET rwe_medio = 'PASARELA', rwe_salda = NULL, rwe_saldado = NULL WHERE rwe_id = %s",
]


@pytest.mark.parametrize("wound", WOUNDS)
def test_el_doctor_nota_lo_saldado_que_no_cuadra(bridge, refunds, wound):
    _, key = given_up(refunds)
    refunds.settle(key, "SALDO")
    bridge.sweep()
    with bridge.pos.conn.transaction() as block:
        bridge.pos.conn.execute("ALTER TABLE datos.reembolso_web DISABLE TRIGGER USER")
        bridge.pos.conn.execute(wound, (key,))
        found = {row["invariante"] for row in bridge.pos("doctor_revisar") if row["filas"]}
        raise psycopg.Rollback(block)
    assert "reembolso_web_en_pasarela" in found


STEPS = ["reembolso_por_soltar", "simulada_dejar", "reembolso_web_soltar", "reembolso_soltado"]
NEWS = ["reembolso_web_por_entregar", "reembolso_recibir", "reembolso_web_entregado"]


@pytest.mark.parametrize("after", [False, True], ids=["antes", "despues"])
@pytest.mark.parametrize("step", STEPS + NEWS)
def test_morir_en_cualquier_paso_salda_una_vez(bridge, refunds, step, after):
    order, key = refunds.refused()
    bridge.shop("reembolso_desistir", reembolso=key, motivo="x")
    if step in STEPS:
        with dying(step, after), pytest.raises(Dead):
            refunds.carry_out(key)
        assert bridge.violations() == []
    refunds.carry_out(key)
    refunds.settle(key, "SALDO")
    if step in NEWS:
        with dying(step, after), pytest.raises(Dead):
            reembolso.barrer(bridge.sides)
        assert bridge.violations() == []
    bridge.sweep()
    (row,) = refunds.shown(order)["reembolsos"]
    assert (row["estado"], row["medio"]) == ("HECHO", "SALDO")
    assert money_back(bridge, order) == 0 and bridge.state(order)[0] == "REEMBOLSADO"


def test_lo_que_la_tienda_oyo_antes_no_cuenta_como_lo_de_ahora(bridge, refunds):
    """A delivery of before the settlement that is confirmed after it: the shop is still to hear of the settlement."""
    order, key = given_up(refunds)
    refunds.settle(key, "SALDO")
    assert bridge.sides.pos("reembolso_web_entregado", reembolso=key, medio="PASARELA") is None
    bridge.sweep()
    assert refunds.shown(order)["reembolsos"][0]["medio"] == "SALDO"


def test_todos_a_la_vez_lo_devuelven_una_vez(bridge, refunds):
    """The sweeps, who asks anew, who desists and two who settle: either the provider or the counter, for each order."""
    people, counter = ["adm_ventas", "admin"], bridge.staff("adm_ventas")
    assert all(refunds.headers(role) for role in people)
    for _ in range(4):
        order, key = refunds.refused()

        def settle(key=key):
            try:
                with psycopg.connect(counter.conn.info.dsn, password="clave-de-prueba", autocommit=True):
                    return refunds.settle(key, "SALDO")
            except psycopg.Error as exc:
                return exc

        def sweep():
            with bridge.app.app_context():
                reembolso_pago.barrer()
                reembolso.soltar(bridge.sides)

        with ThreadPoolExecutor(6) as pool:
            for step in (sweep, sweep):
                pool.submit(step)
            pool.submit(refunds.act, key, "reintentar", "admin")
            pool.submit(refunds.act, key, "desistir", **WHY)
            pool.submit(settle)
            pool.submit(sweep)
        bridge.sweep()
        shown = refunds.shown(order)["reembolsos"][0]
        if shown["estado"] == "ACREDITADO":
            refunds.settle(key, "SALDO")
            bridge.sweep()
            shown = refunds.shown(order)["reembolsos"][0]
        back = money_back(bridge, order)
        assert (shown["medio"], back) in [("PASARELA", Decimal("11.50")), ("SALDO", Decimal(0))]
        assert bridge.state(order)[0] == "REEMBOLSADO"
        assert bridge.violations() == []
