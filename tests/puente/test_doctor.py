"""The doctor between both databases notices what no side could see alone."""

import threading

import pytest

from daf_backend.puente import cupo, doctor, pedido

from ..conftest import Act
from .conftest import Bridge


def broken(bridge: Bridge) -> set[str]:
    return {finding.name for finding in doctor.check(bridge.sides.runtime) if finding.rows}


def tamper(act: Act, change: str) -> None:
    """Change rows behind the triggers, as only a superuser may."""
    act.conn.execute("SET session_replication_role = replica")
    act.conn.execute(f"UPDATE datos.{change}")
    act.conn.execute("SET session_replication_role = origin")


# Each is undone with the other sign.
PRODUCT = "WHERE prd_codigo = '{product}'"
DAMAGE = [
    ("shop", f"cupo SET cupo = cupo {{sign}} 1 {PRODUCT}", "puente_unidades"),
    ("pos", "existencia SET exi_cantidad = exi_cantidad {sign} 1"
     " WHERE itm_codigo = '{product}' AND bod_codigo = 'WEB'", "puente_unidades"),
    ("shop", f"cupo_movimiento SET mov_cantidad = mov_cantidad {{sign}} 1 {PRODUCT}", "puente_movimientos"),
    ("pos", f"cupo_web SET cup_mover = cup_mover {{sign}} 1, cup_movido = cup_movido {{sign}} 1 {PRODUCT}",
     "puente_movimientos"),
    ("shop", "pedido SET ped_total = ped_total {sign} 1, ped_iva = ped_iva {sign} 1"
     " WHERE ped_codigo = '{order}'", "puente_pedidos"),
    ("pos", "venta_web SET vwe_total = vwe_total {sign} 1 WHERE ped_codigo = '{order}'", "puente_pedidos"),
    ("shop", f"producto SET prd_version = prd_version {{sign}} 7 {PRODUCT}", "puente_catalogo"),
    ("pos", f"producto SET prd_version = prd_version {{sign}} 1 {PRODUCT}", "puente_catalogo"),
    ("shop", "ajuste SET aju_version = aju_version {sign} 7 WHERE aju_clave = 'moneda'", "puente_ajustes"),
    ("pos", "ajuste SET aju_version = aju_version {sign} 1 WHERE aju_clave = 'moneda'", "puente_ajustes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("side", "damage", "name"), DAMAGE, ids=[f"{side}-{change.split()[0]}" for side, change, _ in DAMAGE]
)
def test_nota_lo_que_alguien_cambia_a_mano(bridge, side, damage, name):
    product = bridge.give(bridge.product(), 5)
    order = bridge.order(product)
    pedido.facturar(bridge.sides, order)
    assert broken(bridge) == set()
    tamper(getattr(bridge, side), damage.format(sign="+", product=product, order=order))
    assert broken(bridge) == {name}
    tamper(getattr(bridge, side), damage.format(sign="-", product=product, order=order))


def test_no_da_falsas_alarmas_mientras_se_vende_y_se_mueve(bridge):
    product = bridge.give(bridge.product(stock=200), 30)
    shoppers = [bridge.shopper() for _ in range(2)]
    stop = threading.Event()

    def sell(shopper) -> None:
        while not stop.is_set():
            shopper.buy(product)

    def move() -> None:
        units = 30
        while not stop.is_set():
            units = 60 - units
            cupo.ajustar(bridge.sides, bridge.ask_units(product, units))

    threads = [threading.Thread(target=sell, args=(shopper,)) for shopper in shoppers]
    threads.append(threading.Thread(target=move))
    for thread in threads:
        thread.start()
    found = [broken(bridge) for _ in range(15)]
    stop.set()
    for thread in threads:
        thread.join()
    assert found == [set()] * 15
