"""Units asked for in WEB: both databases agree in the end, and no unit is ever lost or made."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from daf_backend.errors import Problem
from daf_backend.puente import cupo

from .conftest import Bridge, Broken

UP = ["cupo_web_siguiente", "cupo_obtener", "cupo_web_decidir", "cupo_ajustar", "cupo_web_concluir"]
DOWN = ["cupo_web_siguiente", "cupo_obtener", "cupo_web_decidir", "cupo_bajar", "cupo_web_concluir"]


def stock(bridge: Bridge, product: str) -> dict[str, tuple[Decimal, Decimal]]:
    rows = bridge.pos.conn.execute(
        "SELECT bod_codigo, exi_cantidad, exi_valor FROM datos.existencia WHERE itm_codigo = %s", (product,)
    )
    return {store: (quantity, value) for store, quantity, value in rows}


def test_subir_traslada_con_su_valor_y_la_tienda_lo_cuenta(bridge):
    product = bridge.product(stock=20)
    told = bridge.adjust(product, 8)
    assert (told["pedido"], told["concedido"], told["estado"]) == (8, 8, "APLICADO")
    assert stock(bridge, product) == {"B001": (12, 48), "WEB": (8, 32)}
    assert bridge.web(product) == (8, 8)


def test_bajar_devuelve_a_la_bodega(bridge):
    product = bridge.give(bridge.product(stock=20), 8)
    assert bridge.adjust(product, 3)["concedido"] == 3
    assert stock(bridge, product) == {"B001": (17, 68), "WEB": (3, 12)}
    assert bridge.web(product) == (3, 3)


def test_pedir_lo_que_ya_hay_no_mueve_nada(bridge):
    product = bridge.give(bridge.product(stock=20), 8)
    before = bridge.pos.conn.execute("SELECT count(*) FROM datos.kardex").fetchone()
    assert bridge.adjust(product, 8)["concedido"] == 8
    assert bridge.pos.conn.execute("SELECT count(*) FROM datos.kardex").fetchone() == before


def test_la_cantidad_es_lo_que_queda_sin_vender(bridge):
    product = bridge.give(bridge.product(stock=20), 8)
    assert bridge.shopper().buy(product, 3).status_code == 201
    assert bridge.adjust(product, 8)["concedido"] == 8
    assert bridge.web(product) == (8, 8)
    assert stock(bridge, product)["B001"][0] == 9


def test_una_bodega_con_menos_da_lo_que_tiene_y_lo_dice(bridge):
    product = bridge.product(stock=5)
    told = bridge.adjust(product, 8)
    assert (told["pedido"], told["concedido"], told["estado"]) == (8, 5, "APLICADO")
    assert bridge.web(product) == (5, 5)


def test_lo_reservado_no_baja(bridge):
    product = bridge.give(bridge.product(stock=20), 8)
    shopper = bridge.shopper()
    shopper("POST", "/carrito", {"prd_codigo": product, "cantidad": 6})
    late = shopper("POST", "/pagos/checkout", {"card_number": "4000000000000259"})
    assert late.status_code == 503  # reserved, and nobody knows yet whether it was paid
    assert bridge.adjust(product, 0)["concedido"] == 6
    assert bridge.web(product) == (6, 6)


def test_un_producto_que_la_tienda_no_conoce_se_le_cuenta_antes(bridge):
    product = bridge.product(told=False)
    assert bridge.adjust(product, 4)["concedido"] == 4
    assert bridge.web(product) == (4, 4)


def test_un_pedido_nuevo_reemplaza_al_que_no_se_decidio(bridge):
    product = bridge.product()
    first, second = bridge.ask_units(product, 4), bridge.ask_units(product, 7)
    cupo.ajustar(bridge.sides, second)
    assert bridge.intent(second)["concedido"] == 7
    assert bridge.intent(first)["estado"] == "REEMPLAZADO"
    assert bridge.web(product) == (7, 7)


def test_uno_decidido_se_termina_antes_que_el_siguiente(bridge):
    product = bridge.product()
    first = bridge.ask_units(product, 4)
    with pytest.raises(Problem):
        cupo.ajustar(Broken(bridge.sides.runtime, nth=4), first)
    assert bridge.web(product) == (4, 0)
    assert bridge.adjust(product, 1)["concedido"] == 1
    assert bridge.intent(first)["concedido"] == 4
    assert bridge.web(product) == (1, 1)


@pytest.mark.parametrize("after", [False, True], ids=["antes", "despues"])
@pytest.mark.parametrize("nth", range(1, 6))
@pytest.mark.parametrize(("start", "units", "steps"), [(0, 6, UP), (9, 6, DOWN)], ids=["sube", "baja"])
def test_morir_en_cualquier_paso_converge(bridge, start, units, steps, nth, after):
    product = bridge.product(stock=20)
    if start:
        bridge.give(product, start)
    dying = Broken(bridge.sides.runtime, nth, after)
    intent = bridge.ask_units(product, units)
    with pytest.raises(Problem):
        cupo.ajustar(dying, intent)
    assert dying.steps == steps[:nth]
    assert bridge.violations() == []  # half done is not inconsistent
    at_pos, at_shop = bridge.web(product)
    assert at_shop <= at_pos  # the shop never sells what is not in WEB
    bridge.sweep()
    told = bridge.intent(intent)
    assert (told["estado"], told["concedido"]) == ("APLICADO", units)
    assert bridge.web(product) == (units, units)
    assert sum(quantity for quantity, _ in stock(bridge, product).values()) == 20
    assert sum(value for _, value in stock(bridge, product).values()) == 80


def test_dos_obreros_y_una_venta_a_la_vez_no_pierden_unidades(bridge):
    product = bridge.give(bridge.product(stock=50), 10)
    shoppers = [bridge.shopper() for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        sales = [pool.submit(shopper.buy, product, 2) for shopper in shoppers]
        for units in (20, 5, 12):
            intent = bridge.ask_units(product, units)
            drives = [pool.submit(cupo.ajustar, bridge.sides, intent) for _ in range(3)]
            assert all(drive.exception() is None for drive in drives)
        assert {sale.result().status_code for sale in sales} <= {201, 202, 409}
    bridge.sweep()
    at_pos, at_shop = bridge.web(product)
    assert at_pos == at_shop >= 0
    sold = 2 * sum(sale.result().status_code in (201, 202) for sale in sales)
    assert sum(quantity for quantity, _ in stock(bridge, product).values()) == 50 - sold


def test_un_rechazo_queda_anotado_y_se_reintenta_mas_tarde(bridge):
    product = bridge.product()
    bridge.shop.conn.execute(
        f"ALTER TABLE datos.cupo ADD CONSTRAINT prueba CHECK (prd_codigo <> '{product}')"
    )
    told = bridge.adjust(product, 4)
    bridge.shop.conn.execute("ALTER TABLE datos.cupo DROP CONSTRAINT prueba")
    assert (told["estado"], told["concedido"]) == ("PENDIENTE", None)
    row = bridge.pos.conn.execute(
        "SELECT cup_error, cup_intentos, cup_reintentar > now() FROM datos.cupo_web WHERE cup_id = %s",
        (told["cup_id"],),
    ).fetchone()
    assert row == ("prueba: No se cumple una regla del negocio.", 1, True)
    bridge.sweep()
    assert bridge.web(product) == (4, 4)


@pytest.mark.parametrize("role", ["bodega", "ventas", "adm_ventas", "contador"])
def test_solo_quien_administra_la_bodega_pide_cupo(bridge, role):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bridge.staff(role)("cupo_web_pedir", prd_codigo=bridge.product(), cantidad=1)


def test_un_servicio_no_tiene_cupo(bridge):
    with pytest.raises(psycopg.Error) as caught:
        bridge.ask_units("ENVIO", 1)
    assert caught.value.diag.constraint_name == "servicio_sin_existencia"
