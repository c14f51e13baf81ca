"""How a sale is paid, to the cent; and how its money goes back."""

import random
from decimal import Decimal

import psycopg
import pytest

from .acts import refused
from .drawer import opened
from .test_retorno import earns, give_back
from .test_venta import FINAL, sell

METHODS = ("QR", "TRANSFERENCIA", "TARJETA", "CREDITO", "SALDO")


def service(shop, price="10.00"):
    """Something whose stock never ends."""
    return shop.product(price, prd_tipo="SERVICIO", iva_codigo="CER")


def owed(shop, amount, limit="0"):
    """A client to whom the company owes an amount: what came back of an invoice."""
    buyer = shop.buyer(limit)
    fac = shop.issue((service(shop, amount), 1), buyer=buyer)
    give_back(shop, "nota_credito", fac["factura"], {fac["detalle"][0]["pxfa_codigo"]: 1}, reembolso="SALDO")
    return buyer


def drawer(shop, session):
    """What the drawer of a session should hold."""
    return shop.conn.execute("SELECT privado.saldo_de('CAJA', %s)", (str(session["id"]),)).fetchone()[0]


@pytest.mark.parametrize(
    ("payments", "cash", "change"),
    [
        ([], "10.00", "0.00"),
        ([("EFECTIVO", None)], "10.00", "0.00"),
        ([("EFECTIVO", "10.00")], "10.00", "0.00"),
        ([("EFECTIVO", "50.00")], "10.00", "40.00"),
        ([("QR", "10.00")], "0.00", "0.00"),
        ([("QR", "3.00"), ("TARJETA", "2.50"), ("TRANSFERENCIA", "4.50")], "0.00", "0.00"),
        ([("TARJETA", "4.00"), ("TARJETA", "3.00"), ("EFECTIVO", "5.00")], "3.00", "2.00"),
        ([("EFECTIVO", None), ("QR", "9.99")], "0.01", "0.00"),
        ([("QR", "10.00"), ("EFECTIVO", "5.00")], "0.00", "5.00"),
    ],
)
def test_la_caja_recibe_lo_debido_y_el_cliente_su_cambio(counter, payments, cash, change):
    session = opened(counter)
    methods = {"metodo": [m for m, _ in payments], "monto": [v for _, v in payments]}
    sale = sell(counter, (service(counter), 1), **methods)
    assert sale["cambio"] == change
    assert drawer(counter, session) - Decimal(session["monto_inicial"]) == Decimal(cash)
    posted = counter.posted("FAC", sale["factura"]["fac_codigo"])
    assert posted.get(("CAJA", str(session["id"])), 0) == Decimal(cash)
    assert posted.get(("BANCO", ""), 0) == 10 - Decimal(cash)
    assert sum(Decimal(p["monto"]) for p in sale["pagos"]) == 10


@pytest.mark.parametrize(
    ("payments", "rule"),
    [
        ([("EFECTIVO", "9.99")], "pago_insuficiente"),
        ([("QR", "9.99")], "pago_insuficiente"),
        ([("QR", "5.00"), ("EFECTIVO", "4.99")], "pago_insuficiente"),
        ([("QR", "10.01")], "pago_excesivo"),
        ([("QR", "6.00"), ("TARJETA", "6.00")], "pago_excesivo"),
        ([("EFECTIVO", "5.00"), ("EFECTIVO", "5.00")], "pago_un_efectivo"),
        ([("VALE", "10.00")], "pago_metodo_conocido"),
        ([(None, "10.00")], "pago_metodo_conocido"),
        ([("QR", None)], "monto_positivo"),
        ([("QR", "0.00"), ("EFECTIVO", None)], "monto_positivo"),
        ([("QR", "-1.00"), ("EFECTIVO", "11.00")], "monto_positivo"),
        ([("QR", "10.001")], "monto_positivo"),
        ([("EFECTIVO", "-10.00")], "pago_monto_positivo"),
        ([("EFECTIVO", "10.001")], "pago_monto_positivo"),
        ([("EFECTIVO", "NaN")], "pago_monto_positivo"),
        ([("EFECTIVO", "Infinity")], "pago_monto_positivo"),
    ],
)
def test_lo_que_no_paga_la_venta_la_rechaza_entera(counter, payments, rule):
    session = opened(counter)
    with counter.acting("cajero") as act:
        asks = {"metodo": [m for m, _ in payments], "monto": [v for _, v in payments]}
        code = service_code(counter)
        assert refused(act, rule, "venta_crear", prd_codigo=[code], cantidad=[1], **asks) == "422"
    assert drawer(counter, session) == Decimal(session["monto_inicial"])


def service_code(shop):
    """A service made before anybody acts."""
    shop.conn.execute("RESET SESSION AUTHORIZATION")
    code = service(shop)
    shop.conn.execute(f"SET SESSION AUTHORIZATION {shop.people.login('cajero')}")
    return code


def test_a_credito_abre_una_deuda_dentro_del_limite(counter):
    opened(counter)
    product, buyer = service(counter), counter.buyer(limit="12.00")
    sale = sell(counter, (product, 1), cli_codigo=buyer, metodo=["CREDITO", "EFECTIVO", "CREDITO"],
                monto=["4.00", "5.00", "3.00"])  # fmt: skip
    assert (sale["cambio"], [p["monto"] for p in sale["pagos"]]) == ("2.00", ["4.00", "3.00", "3.00"])
    (debt,) = counter.do("cajero", "cuenta_por_cobrar_listar", cli_codigo=buyer)["data"]
    assert (debt["monto"], debt["documento"]) == ("7.00", sale["factura"]["fac_codigo"])
    asks = {"prd_codigo": [product], "cantidad": [1], "metodo": ["CREDITO"], "monto": ["10.00"]}
    with counter.acting("cajero") as act:
        assert refused(act, "limite_credito", "venta_crear", **asks, cli_codigo=buyer) == "409"
        assert refused(act, "consumidor_final_sin_credito", "venta_crear", **asks) == "409"
        assert refused(act, "consumidor_final_sin_credito", "venta_crear", **asks, cli_codigo=FINAL) == "409"


def test_con_saldo_a_favor_se_paga_hasta_lo_que_hay(counter):
    opened(counter)
    buyer, product = owed(counter, "12.00"), service(counter)
    sale = sell(counter, (product, 1), cli_codigo=buyer, metodo=["SALDO"], monto=["10.00"])
    posted = counter.posted("FAC", sale["factura"]["fac_codigo"])
    assert posted[("SALDO_CLIENTE", buyer)] == 10
    asks = {"prd_codigo": [product], "cantidad": [1], "metodo": ["SALDO", "EFECTIVO"]}
    with counter.acting("cajero") as act:
        short = {**asks, "monto": ["2.01", None]}
        assert refused(act, "saldo_suficiente", "venta_crear", **short, cli_codigo=buyer) == "409"
        assert refused(act, "consumidor_final_sin_saldo", "venta_crear", **short) == "409"
    assert sell(counter, (product, 1), cli_codigo=buyer, metodo=["SALDO", "EFECTIVO"], monto=["2.00", None])


def test_un_regalo_se_vende_sin_mover_la_caja(counter):
    session = opened(counter)
    gift = counter.product("10.00", prd_promocion=100, prd_stock=2, prd_costo=3)
    sale = sell(counter, (gift, 1))
    assert sale["pagos"] == [{"metodo": "EFECTIVO", "monto": "0.00", "recibido": "0.00", "referencia": ""}]
    assert drawer(counter, session) == Decimal(session["monto_inicial"])


@pytest.mark.parametrize(
    ("way", "account"),
    [(None, "SALDO_CLIENTE"), ("SALDO", "SALDO_CLIENTE"), ("TRANSFERENCIA", "BANCO"), ("TARJETA", "BANCO")],
)
def test_anulada_el_dinero_vuelve_a_saldo_o_como_se_pida_y_nunca_a_su_caja(counter, way, account):
    session = opened(counter)
    earns(counter, 0)
    buyer = counter.buyer()
    sale = sell(counter, (service(counter), 1), cli_codigo=buyer)
    before = drawer(counter, session)
    code = sale["factura"]["fac_codigo"]
    counter.do("adm_ventas", "factura_anular", fac_codigo=code, reembolso=way)
    posted = counter.posted("FAC", code)
    assert sum(v for (kind, _), v in posted.items() if kind == account) == -10
    assert drawer(counter, session) == before
    assert counter.do("cajero", "venta_obtener", fac_codigo=code)["factura"]["fac_estado"] == "ANU"
    assert [r["fac_codigo"] for r in counter.do("cajero", "venta_listar", estado="ANU")["data"]] == [code]


def test_en_efectivo_se_reembolsa_de_la_caja_de_quien_reembolsa(counter):
    opened(counter)
    sale = sell(counter, (service(counter), 1), cli_codigo=counter.buyer())
    line = {sale["detalle"][0]["pxfa_codigo"]: 1}
    mine = opened(counter, role="admin")
    back = give_back(counter, "nota_credito", sale["factura"], line, role="admin", reembolso="EFECTIVO")
    assert counter.posted("NCR", back["ret_codigo"])[("CAJA", str(mine["id"]))] == -10


def test_a_consumidor_final_hay_que_decir_como_se_le_devuelve(counter):
    opened(counter)
    sale = sell(counter, (service(counter), 2))
    line = sale["detalle"][0]["pxfa_codigo"]
    asks = {
        "fac_codigo": sale["factura"]["fac_codigo"],
        "pxfa_codigo": [line],
        "cantidad": [1],
        "motivo": "x",
    }
    with counter.acting("adm_ventas") as act:
        assert refused(act, "consumidor_final_sin_saldo", "devolucion_crear", **asks) == "409"
        assert refused(act, "sin_sesion_caja", "devolucion_crear", **asks, reembolso="EFECTIVO") == "409"
    back = give_back(counter, "devolucion", sale["factura"], {line: 1}, reembolso="TRANSFERENCIA")
    assert counter.posted("DEV", back["ret_codigo"])[("BANCO", "")] == -10


def test_lo_que_fue_a_credito_reduce_primero_la_deuda(counter):
    opened(counter)
    buyer = counter.buyer(limit="100")
    sale = sell(
        counter, (service(counter), 2), cli_codigo=buyer, metodo=["CREDITO", "QR"], monto=["8.00", "12.00"]
    )
    back = give_back(counter, "nota_credito", sale["factura"], {sale["detalle"][0]["pxfa_codigo"]: 1})
    posted = counter.posted("NCR", back["ret_codigo"])
    assert (posted[("CLIENTE", buyer)], posted[("SALDO_CLIENTE", buyer)]) == (-8, -2)


def test_quinientas_ventas_al_azar_dejan_en_la_caja_la_suma_de_su_efectivo(counter):
    chance = random.Random(20261121)
    session = opened(counter)
    buyer = owed(counter, "50.00", limit="999999")
    shelf = [
        counter.product(f"{chance.randint(1, 999) / 100:.2f}", prd_tipo="SERVICIO",
                        iva_codigo=chance.choice(["GEN", "RED", "CER"]), prd_promocion=chance.choice([0, 0, 15]))
        for _ in range(12)
    ]  # fmt: skip
    expected, sold, refusals = Decimal(session["monto_inicial"]), 0, set()
    with counter.acting("cajero") as act:
        while sold < 500:
            lines = chance.sample(shelf, chance.randint(1, 4))
            amounts = [f"{chance.randint(1, 3000) / 1000:.3f}" for _ in lines]
            others = [chance.choice(METHODS) for _ in range(chance.randint(0, 2))]
            paid = [f"{chance.randint(1, 200) / 100:.2f}" for _ in others]
            cash = [("EFECTIVO", chance.choice([None, "100.00", "5.00"]))] * chance.randint(0, 1)
            asks = {"metodo": others + [m for m, _ in cash], "monto": paid + [v for _, v in cash]}
            try:
                sale = act("venta_crear", prd_codigo=lines, cantidad=amounts, cli_codigo=buyer, **asks)
            except psycopg.Error as refusal:
                refusals.add(refusal.diag.constraint_name)
                continue
            sold += 1
            expected += sum(Decimal(p["monto"]) for p in sale["pagos"] if p["metodo"] == "EFECTIVO")
            assert sum(Decimal(p["monto"]) for p in sale["pagos"]) == Decimal(sale["factura"]["fac_total"])
    assert drawer(counter, session) == expected
    assert refusals == {"pago_excesivo", "pago_insuficiente", "saldo_suficiente"}
