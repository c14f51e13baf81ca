"""Crediting an order of the shop under the key of its refund, as the POS alone sees it."""

import json
import uuid
from decimal import Decimal

import psycopg
import pytest

from tests.conftest import as_login

from .acts import forbidden, refused


@pytest.fixture
def sale(counter):
    """An invoiced order of three units of a product, at 10.00 and a cost of 2.00."""
    product = counter.product("10.00", prd_stock=5, prd_costo=2)
    intent = counter.do("adm_bodega", "cupo_web_pedir", prd_codigo=product, cantidad=3)
    with as_login(counter.conn, "puente") as bridge:
        bridge("cupo_web_decidir", cup_id=intent["cup_id"], sin_vender=0)
        bridge("cupo_web_concluir", cup_id=intent["cup_id"], concedido=3)
        order = f"PED{uuid.uuid4().hex[:7]}"
        invoice = bridge("venta_web", pedido=json.dumps(snapshot(order, product)))
    return {"order": order, "product": product, "invoice": invoice["fac_codigo"]}


def snapshot(order, product):
    """An order as the shop hands it over."""
    return {
        "ped_codigo": order, "subtotal": "30.00", "iva": "4.50", "total": "34.50",
        "cliente": {"cli_ruc_ced": f"X{order}", "cli_tipo_id": "PASAPORTE", "cli_nombre": "Ana"},
        "pago": {"proveedor": "simulada", "pag_id": str(uuid.uuid4()), "monto": "34.50"},
        "lineas": [{
            "linea": 1, "prd_codigo": product, "prd_nombre": "Cosa", "cantidad": 3, "precio": "10.00",
            "promocion": 0, "descuento": "0.00", "subtotal": "30.00", "iva": "4.50", "iva_codigo": "GEN",
            "sri_codigo": "4", "porcentaje": 15,
        }],
    }  # fmt: skip


def credit(counter, sale, key=None, units=None, **more):
    """What the bridge asks for a refund: all that is left, or so many units."""
    lines = {"prd_codigo": [sale["product"]], "cantidad": [units], "a_stock": [True]} if units else {}
    with as_login(counter.conn, "puente") as bridge:
        return bridge(
            "nota_credito_web", reembolso=key or uuid.uuid4(), ped_codigo=sale["order"], motivo="No le gustó",
            solicita="ana", **{**lines, **more},
        )  # fmt: skip


def test_la_misma_clave_acredita_una_vez(counter, sale):
    key = uuid.uuid4()
    first, again = (credit(counter, sale, key, 1) for _ in range(2))
    assert first == again and (first["monto"], first["medio"], first["usuario"]) == (
        "11.50",
        "PASARELA",
        "ana",
    )
    assert counter.stock(sale["product"]) == (3, 6) and counter.stock(sale["product"], "WEB")[0] == 0
    posted = counter.posted("NCR", first["documento"])
    assert posted[("PASARELA", "simulada")] == Decimal("-11.50")
    assert posted[("COSTO_VENTAS", "")] == Decimal("-2.00")
    (row,) = counter.do("adm_ventas", "nota_credito_listar", fac_codigo=sale["invoice"])["data"]
    assert (row["ret_numero"], row["usr_id"], row["ret_reembolso"]) == (first["numero"], "puente", None)


def test_sin_lineas_acredita_lo_que_queda(counter, sale):
    assert credit(counter, sale, units=1)["monto"] == "11.50"
    rest = credit(counter, sale)
    assert (rest["monto"], rest["lineas"][0]["cantidad"]) == ("23.00", "2.000")
    assert counter.posted("FAC", sale["invoice"])[("PASARELA", "simulada")] == Decimal("34.50")


@pytest.mark.parametrize(
    ("change", "rule", "status"),
    [
        ({"units": 4}, "retorno_dentro_de_lo_vendido", "409"),
        ({"units": 1, "prd_codigo": ["NADA"]}, "linea_de_la_factura", "422"),
        ({"units": 1, "motivo": " "}, "motivo_requerido", "422"),
        ({"units": 1, "ped_codigo": "PEDNADA"}, "factura_existe", "404"),
    ],
)
def test_lo_que_no_corresponde_no_acredita(counter, sale, change, rule, status):
    asks = {
        "reembolso": uuid.uuid4(), "ped_codigo": sale["order"], "motivo": "x", "solicita": "ana",
        "prd_codigo": [sale["product"]], "a_stock": [True], **change,
    }  # fmt: skip
    asks["cantidad"] = [asks.pop("units")]
    with as_login(counter.conn, "puente") as bridge:
        assert refused(bridge, rule, "nota_credito_web", **asks) == status
    assert counter.stock(sale["product"]) == (2, 4)


def test_de_lo_devuelto_entero_no_queda_nada(counter, sale):
    credit(counter, sale)
    with as_login(counter.conn, "puente") as bridge:
        asks = {"reembolso": uuid.uuid4(), "ped_codigo": sale["order"], "motivo": "x", "solicita": "ana"}
        assert refused(bridge, "retorno_dentro_de_lo_vendido", "nota_credito_web", **asks) == "409"


def test_solo_el_puente_acredita_con_clave(counter, sale):
    asks = {"reembolso": uuid.uuid4(), "ped_codigo": sale["order"], "motivo": "x", "solicita": "ana"}
    for role in ("adm_ventas", "adm_fact", "admin", "auditor"):
        with counter.acting(role) as act:
            forbidden(act, "nota_credito_web", **asks)
            forbidden(act, "reembolso_web_entregado", reembolso=uuid.uuid4(), medio="PASARELA")


def test_lo_que_la_tienda_no_sabe_espera_y_se_reintenta(counter, sale):
    key = credit(counter, sale, units=1)["reembolso"]
    with as_login(counter.conn, "puente") as bridge:
        assert key in {row["reembolso"] for row in bridge("reembolso_web_por_entregar", limite=1000)}
        assert bridge("reembolso_web_fallar", reembolso=key, error="la tienda no responde")["intentos"] == 1
        assert key not in {row["reembolso"] for row in bridge("reembolso_web_por_entregar", limite=1000)}
        told = [bridge("reembolso_web_entregado", reembolso=key, medio="PASARELA") for _ in range(2)]
        assert told[0] == told[1]
        assert bridge("reembolso_web_fallar", reembolso=key, error="tarde") is None


WOUNDS = {
    "reembolso_web_de_cada_retorno": "DELETE FROM datos.reembolso_web WHERE ped_codigo = %s",
    "reembolso_web_en_pasarela": "UPDATE datos.reembolso_web SET rwe_medio = 'SALDO' WHERE ped_codigo = %s",
    "reembolso_web_sin_entregar": "UPDATE datos.reembolso_web SET rwe_fecha = now() - interval '1 hour'"
    " WHERE ped_codigo = %s",
}


@pytest.mark.parametrize("name", WOUNDS)
def test_el_doctor_nota_lo_que_no_cuadra(counter, sale, name):
    credit(counter, sale, units=1)
    before = {row["invariante"]: row["filas"] for row in counter.do("auditor", "doctor_revisar")}
    with counter.conn.transaction() as block:
        counter.rewrite(WOUNDS[name], sale["order"])
        after = {row["invariante"]: row["filas"] for row in counter.do("auditor", "doctor_revisar")}
        raise psycopg.Rollback(block)
    assert after[name] > before[name]
