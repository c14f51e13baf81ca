"""Giving back, as the shop alone knows it: who may ask for what, what the POS tells, and what the provider does."""

import json
import threading
import uuid
from decimal import Decimal

import psycopg
import pytest

from daf_backend.ecom import reembolso_pago

from ..conftest import as_login
from .test_doctor import broken

KEYS = (
    "reembolso ped_codigo estado origen medio motivo monto documento nota_credito fecha resuelto lineas usr_id"
    " regla error intentos negado desistido desiste soltado"
).split()


@pytest.fixture
def sale(shopper, product, admin):
    """An invoiced order of three units at 10.00."""
    buyer, code = shopper(), product(units=5)
    order = buyer.buy(code, 3).json["ped_codigo"]
    admin("pedido_facturado", ped_codigo=order, fac_codigo=f"FAC-{order}", fac_numero="001-001-000000007")
    return {"buyer": buyer, "order": order, "code": code}


@pytest.fixture
def ask(client, auth):
    """``ask(order, [(product, units)])``: one request of a member of staff."""

    def post(order, lines=None, role="adm_ventas", motivo="No le gustó", **headers):
        body = {"motivo": motivo}
        if lines is not None:
            body["lineas"] = [{"prd_codigo": code, "cantidad": units} for code, units in lines]
        return client.post(
            f"/api/ecom/pedido/{order}/reembolso", json=body, headers={**auth(role, "ecom"), **headers}
        )

    return post


def credited(sale, units, key=None, medio="PASARELA", **more):
    """What the POS tells of a return of so many units."""
    amount = Decimal("11.50") * units
    return json.dumps({
        "reembolso": str(key or uuid.uuid4()), "ped_codigo": sale["order"], "fac_codigo": f"FAC-{sale['order']}",
        "fac_numero": "001-001-000000007", "documento": f"NCR{uuid.uuid4().hex[:7]}", "numero": "001-001-000000001",
        "motivo": "x", "medio": medio, "monto": str(amount), "usuario": "alguien",
        "lineas": [{
            "prd_codigo": sale["code"], "cantidad": str(units), "a_stock": True,
            "subtotal": str(Decimal("10.00") * units), "iva": str(Decimal("1.50") * units),
        }], **more,
    })  # fmt: skip


def pay(app):
    """The worker's sweep of what the provider owes."""
    with app.app_context():
        return reembolso_pago.barrer()


def state(admin, order):
    row = admin.conn.execute("SELECT ped_estado FROM datos.pedido WHERE ped_codigo = %s", (order,)).fetchone()
    return row[0]


@pytest.mark.parametrize(
    "role", ["admin", "adm_ventas", "ventas", "contador", "auditor", "adm_fact", "bodega"]
)
def test_lo_pide_quien_administra_las_ventas(sale, ask, role):
    answer = ask(sale["order"], role=role)
    assert answer.status_code == (202 if role in ("admin", "adm_ventas") else 403), answer.text


def test_lo_pedido_espera_al_punto_de_venta_y_no_se_pide_dos_veces(sale, ask, people):
    answer = ask(sale["order"], [(sale["code"], 1)])
    assert answer.status_code == 202 and [*answer.json] == KEYS
    told = answer.json
    assert (told["estado"], told["monto"], told["usr_id"]) == ("PENDIENTE", None, people.login("adm_ventas"))
    assert told["lineas"] == [{"prd_codigo": sale["code"], "cantidad": 1, "a_stock": True, "monto": None}]
    again = ask(sale["order"], [(sale["code"], 1)])
    assert (again.status_code, again.json["regla"]) == (409, "reembolso_en_curso")


def test_la_misma_clave_es_el_mismo_reembolso(sale, ask):
    key = {"Idempotency-Key": "devolver-1"}
    first, again = (ask(sale["order"], **key) for _ in range(2))
    assert first.json["reembolso"] == again.json["reembolso"] and again.status_code == 202
    other = ask(sale["order"], motivo="Otra cosa", **key)
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("lines", "status", "rule"),
    [
        ([], 422, "retorno_con_lineas"),
        ([("code", 1), ("code", 1)], 422, "retorno_detalle_unico"),
        ([("PRD-NADA", 1)], 422, "linea_del_pedido"),
        ([("ENVIO", 1)], 422, "linea_del_pedido"),
        ([("code", 0)], 422, "cantidad_positiva"),
        ([("code", 4)], 409, "retorno_dentro_de_lo_vendido"),
        ([("code", "muchas")], 400, "datos_invalidos"),
    ],
)
def test_lo_que_no_corresponde_no_se_pide(sale, ask, admin, lines, status, rule):
    answer = ask(sale["order"], [(sale["code"] if code == "code" else code, units) for code, units in lines])
    assert (answer.status_code, answer.json["regla"]) == (status, rule), answer.text
    rows = admin.conn.execute("SELECT count(*) FROM datos.reembolso WHERE ped_codigo = %s", (sale["order"],))
    assert rows.fetchone() == (0,)


def test_sin_motivo_o_sin_pago_no_se_pide(sale, ask, shopper, product):
    assert ask(sale["order"], motivo=" ").status_code == 400
    assert ask("PED9999999").json["regla"] == "pedido_existe"
    lost = shopper()
    lost.buy(product(), card="4000000000000002")
    declined = lost("GET", "/pedido").json["data"][0]["ped_codigo"]
    assert ask(declined).json["regla"] == "pedido_reembolsable"


def test_lo_acreditado_lo_devuelve_el_proveedor_y_el_pedido_termina(app, sale, ask, admin):
    key = ask(sale["order"], [(sale["code"], 2)]).json["reembolso"]
    told = credited(sale, 2, key, documento="NCR1")
    for _ in range(2):
        assert admin("reembolso_recibir", reembolso=told)["estado"] == "ACREDITADO"
    assert pay(app) == 1 and pay(app) == 0
    assert state(admin, sale["order"]) == "FACTURADO"
    with pytest.raises(psycopg.Error, match="otro documento"):
        admin("reembolso_recibir", reembolso=json.dumps({**json.loads(told), "monto": "1.00"}))
    admin("reembolso_recibir", reembolso=credited(sale, 1))
    assert state(admin, sale["order"]) == "FACTURADO"  # credited, and its money is not back
    assert pay(app) == 1 and state(admin, sale["order"]) == "REEMBOLSADO"
    shown = sale["buyer"]("GET", f"/pedido/{sale['order']}").json
    assert [(row["origen"], row["estado"], row["monto"]) for row in shown["reembolsos"]] == [
        ("TIENDA", "HECHO", "23.00"), ("MOSTRADOR", "HECHO", "11.50"),
    ]  # fmt: skip
    assert shown["historial"][-1]["estado"] == "REEMBOLSADO" and shown["pago"]["estado"] == "CAPTURADO"


def test_lo_devuelto_de_otro_modo_esta_hecho_al_saberse(app, sale, admin):
    admin("reembolso_recibir", reembolso=credited(sale, 3, medio="SALDO"))
    assert state(admin, sale["order"]) == "REEMBOLSADO" and pay(app) == 0


def test_el_comprador_no_ve_lo_rechazado_ni_lo_de_otro(app, sale, ask, admin, shopper, as_shopper):
    key = ask(sale["order"]).json["reembolso"]
    assert len(sale["buyer"]("GET", f"/pedido/{sale['order']}").json["reembolsos"]) == 1
    admin("reembolso_rechazar", reembolso=key, clase=409, regla="x", error="No.")
    assert sale["buyer"]("GET", f"/pedido/{sale['order']}").json["reembolsos"] == []
    admin("reembolso_recibir", reembolso=credited(sale, 1))
    rows = "SELECT count(ree_id) FROM datos.reembolso"
    for table in ("reembolso_detalle", "pedido_estado"):
        with as_shopper("shopper", shopper().id) as other:
            assert other.execute(rows).fetchone() == (0,)
            assert other.execute(f"SELECT count(*) FROM datos.{table}").fetchone() == (0,)
    assert pay(app) == 1
    with as_shopper("shopper", sale["buyer"].id) as mine:
        assert mine.execute(rows).fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            mine.execute("SELECT usr_id FROM datos.reembolso")


def test_el_proveedor_devuelve_una_vez_por_clave_y_nunca_mas_de_lo_cobrado(sale, admin):
    (charge,) = admin.conn.execute(
        "SELECT pag_id FROM datos.pago WHERE ped_codigo = %s", (sale["order"],)
    ).fetchone()
    keys, told = [uuid.uuid4() for _ in range(5)], []

    def give(key):
        with psycopg.connect(admin.conn.info.dsn, password=admin.conn.info.password, autocommit=True) as conn:
            row = conn.execute("SELECT api.simulada_devolver(%s, %s, 11.50)", (key, charge)).fetchone()
            told.append(row[0]["resultado"])

    threads = [threading.Thread(target=give, args=(key,)) for key in keys * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["RECHAZADO"] * 4 + ["REEMBOLSADO"] * 6
    sums = "SELECT count(*), sum(rem_monto) FROM datos.simulada_reembolso WHERE car_clave = %s"
    assert admin.conn.execute(sums, (charge,)).fetchone() == (3, Decimal("34.50"))
    admin.conn.execute("DELETE FROM datos.simulada_reembolso WHERE car_clave = %s", (charge,))


def test_solo_el_puente_dice_que_se_acredito_o_se_devolvio(ecom, people, sale):
    acts = {
        "reembolso_recibir": {"reembolso": credited(sale, 1)},
        "reembolso_hecho": {"ped_codigo": sale["order"], "reembolso": uuid.uuid4()},
        "reembolso_rechazar": {"reembolso": uuid.uuid4(), "clase": 409, "regla": "x", "error": "x"},
        "simulada_devolver": {"clave": uuid.uuid4(), "cargo": uuid.uuid4(), "monto": 1},
    }
    for login in (people.login("admin"), people.login("adm_ventas"), "ecom_cliente"):
        with as_login(ecom, login) as act:
            for name, params in acts.items():
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    act(name, **params)


WOUNDS = {
    "reembolso_es_suma_de_lineas": "UPDATE datos.reembolso SET ree_monto = 1 WHERE ped_codigo = %(order)s",
    "reembolso_dentro_de_lo_comprado": "UPDATE datos.reembolso_detalle SET cantidad = 4 WHERE prd_codigo = %(code)s",
    "reembolso_dentro_de_lo_cobrado": "UPDATE datos.reembolso SET ree_monto = 99 WHERE ped_codigo = %(order)s",
    "pedido_reembolsado_entero": "UPDATE datos.pedido SET ped_estado = 'REEMBOLSADO' WHERE ped_codigo = %(order)s",
    "reembolso_es_del_proveedor": "UPDATE datos.reembolso SET ree_estado = 'HECHO', ree_resuelto = now()"
    " WHERE ped_codigo = %(order)s",
    "reembolso_sin_terminar": "UPDATE datos.reembolso SET ree_fecha = now() - interval '1 hour'"
    " WHERE ped_codigo = %(order)s",
    "pedido_estado_con_fecha": "ALTER TABLE datos.pedido_estado DISABLE TRIGGER ALL; DELETE FROM datos.pedido_estado",
}


@pytest.mark.parametrize("name", WOUNDS)
def test_el_doctor_nota_lo_que_no_cuadra(ecom, sale, admin, app, name):
    admin("reembolso_recibir", reembolso=credited(sale, 1))
    before = broken(ecom)
    for statement in WOUNDS[name].split("; "):
        ecom.execute(statement, sale if "%(" in statement else None)
    after = broken(ecom)
    ecom.rollback()
    assert pay(app) == 1
    assert name in after and name not in before
