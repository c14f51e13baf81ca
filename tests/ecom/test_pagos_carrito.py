"""What is paid is what the cart says now: its goods, their quantities, where they go; never another purchase's."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ..stripe_server import GOOD
from .conftest import APPROVED
from .test_pagos import units

pytestmark = pytest.mark.usefixtures("healthy")


def pay(me, **body):
    return me("POST", "/pagos/checkout", {"card_number": APPROVED, **body})


def opened(me, **body):
    answer = me("POST", "/pagos/intento", body)
    assert answer.status_code == 201, answer.text
    return answer.json["ped_codigo"]


@pytest.fixture
def place(shopper):
    """Somebody with two addresses in one city, and their codes."""
    me = shopper()
    made = [me("POST", "/direccion", {"dir_calle": street, "ct_codigo": "UIO"}) for street in ("Uno", "Dos")]
    return me, [answer.json["dir_codigo"] for answer in made]


def test_otros_bienes_por_el_mismo_total_son_otra_compra(shopper, product, admin):
    me, one, other = shopper(), product("10.00"), product("10.00")
    me("POST", "/carrito", {"prd_codigo": one})
    order = opened(me)
    me("DELETE", f"/carrito/detalle/{one}")
    me("POST", "/carrito", {"prd_codigo": other})
    busy = pay(me)
    assert (busy.status_code, busy.json["regla"]) == (409, "pedido_en_curso")
    assert units(admin, one)[1] == units(admin, other)[1] == 0
    assert me("POST", f"/pedido/{order}/cancelar").status_code == 200
    paid = me("GET", f"/pedido/{pay(me).json['ped_codigo']}").json
    assert [line["prd_codigo"] for line in paid["detalles"]] == [other]


def test_otras_cantidades_por_el_mismo_total_son_otra_compra(shopper, product):
    me, one, other = shopper(), product("10.00"), product("5.00")
    me("POST", "/carrito", {"prd_codigo": one, "cantidad": 1})
    me("POST", "/carrito", {"prd_codigo": other, "cantidad": 4})
    opened(me)
    me("PUT", "/carrito/detalle", {"prd_codigo": one, "cantidad": 2})
    me("PUT", "/carrito/detalle", {"prd_codigo": other, "cantidad": 2})
    assert pay(me).json["regla"] == "pedido_en_curso"


@pytest.mark.parametrize("how", ["carrito", "pago", "se edita", "se retira"])
def test_a_otra_direccion_es_otra_compra(place, product, how):
    me, (first, second) = place
    me("POST", "/carrito", {"prd_codigo": product()})
    me("PUT", "/carrito/envio", {"direccion": first})
    opened(me)
    body = {}
    if how == "carrito":
        me("PUT", "/carrito/envio", {"direccion": second})
    elif how == "pago":
        body = {"direccion": second}
    elif how == "se edita":
        assert me("PUT", f"/direccion/{first}", {"dir_calle": "Tres"}).status_code == 200
    else:
        me("PUT", "/carrito/envio", {})
    busy = pay(me, **body)
    assert (busy.status_code, busy.json["regla"]) == (409, "pedido_en_curso")


def test_lo_mismo_otra_vez_es_el_mismo_pedido(place, product):
    me, (first, _) = place
    me("POST", "/carrito", {"prd_codigo": product(), "cantidad": 2})
    me("PUT", "/carrito/envio", {"direccion": first})
    order = opened(me, direccion=first)
    assert opened(me) == opened(me, direccion=first) == order
    paid = pay(me, direccion=first)
    assert (paid.status_code, paid.json["ped_codigo"]) == (202, order)


def test_la_clave_de_un_pedido_ya_devuelto_responde_con_el(shopper, product, admin):
    me, code = shopper(), product()
    me("POST", "/carrito", {"prd_codigo": code})
    paid = pay(me, idempotency="una").json
    admin(
        "pedido_facturado",
        ped_codigo=paid["ped_codigo"],
        fac_codigo=f"FAC-{code}",
        fac_numero="001-001-000000011",
    )
    admin.conn.execute(
        "UPDATE datos.pedido SET ped_estado = 'REEMBOLSADO' WHERE ped_codigo = %s", (paid["ped_codigo"],)
    )
    again = pay(me, idempotency="una")
    admin.conn.execute(
        "UPDATE datos.pedido SET ped_estado = 'FACTURADO' WHERE ped_codigo = %s", (paid["ped_codigo"],)
    )
    assert (again.status_code, again.json["fac_codigo"]) == (201, f"FAC-{code}")


def test_lo_que_stripe_no_cobra_por_pequeno_se_dice_y_suelta_las_unidades(shopper, product, stripe, admin):
    me, code = shopper(), product("0.40", 5)
    me("POST", "/carrito", {"prd_codigo": code})
    for path, body in (("checkout", {"payment_method": GOOD}), ("intento", {})):
        small = me("POST", f"/pagos/{path}", body)
        assert (small.status_code, small.json["regla"]) == (422, "pago_monto_minimo"), small.text
        assert units(admin, code) == (0, 0, 5)
    assert stripe.intents == {}


def test_lo_que_vence_toma_sus_productos_en_orden(shopper, product, admin, servers):
    """Two orders of one sweep beside a checkout of both products: units are taken in the order of their codes."""
    low, high = sorted(product() for _ in range(2))
    for age, code in enumerate((low, high), 1):  # the one that expires first holds the later product
        me = shopper()
        me("POST", "/carrito", {"prd_codigo": code})
        admin.conn.execute(
            "UPDATE datos.pedido SET ped_vence = now() - interval '1 minute' * %s WHERE ped_codigo = %s",
            (age, opened(me)),
        )
    take = "UPDATE datos.cupo SET reservado = reservado WHERE prd_codigo = %s"
    waits = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
    buyer, sweeper = (psycopg.connect(servers.admin_conninfo("ecom")) for _ in range(2))
    with buyer, sweeper, ThreadPoolExecutor(1) as pool:
        buyer.execute(take, (low,))
        swept = pool.submit(sweeper.execute, "SELECT api.reserva_expirar(1000)")
        while admin.conn.execute(waits, (sweeper.info.backend_pid,)).fetchone() != (True,):
            assert not swept.done()
        buyer.execute(take, (high,))
        buyer.commit()
        assert swept.result().fetchone()[0]["expirados"] >= 2
    assert [units(admin, code)[0] for code in (low, high)] == [0, 0]
