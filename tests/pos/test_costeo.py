"""What the stock is worth: the moving average of the books, and first in, first out beside it."""

import random
from collections import deque
from decimal import Decimal

import pytest

from .acts import forbidden, refused


def buy(shop, thing, quantity, cost):
    shop.do(
        "adm_compras", "compra_crear", itm_codigo=[thing], cantidad=[quantity], costo_unitario=[Decimal(cost)],
        pago="BANCO",
    )  # fmt: skip


def move(shop, thing, trn, quantity, **more):
    entry = {"prd_codigo": thing, "trn_cod": trn, "krd_prd_cantidad": quantity, "krd_razon": "prueba", **more}
    return shop.do("adm_bodega", "kardex_producto_crear", **entry)["krd_codigo"]


def worth(shop, thing, role="contador", **more):
    """The item in B001."""
    (row,) = shop.do(role, "costeo_obtener", itm_codigo=thing, **more)["data"]
    return row


def test_el_ejemplo_de_las_reglas_da_promedio_y_fifo(counter):
    """Buy 10 at 91, buy 15 at 106, sell 20, buy 20 at 115, buy 10 at 119, sell 23."""
    thing = counter.product(price="200.00")
    buy(counter, thing, 10, "91")
    buy(counter, thing, 15, "106")
    counter.issue((thing, 20))
    buy(counter, thing, 20, "115")
    buy(counter, thing, 10, "119")
    counter.issue((thing, 23))
    row = worth(counter, thing)
    assert [(out["valor"], out["valor_fifo"]) for out in row["salidas"]] == [
        ("2000.00", "1970.00"), ("2622.00", "2600.00"),
    ]  # fmt: skip
    assert (row["cantidad"], row["valor"], row["costo_promedio"]) == (12, "1368.00", "114.000000")
    assert row["valor_fifo"] == "1420.00"
    assert [(layer["cantidad"], layer["costo_unitario"]) for layer in row["capas"]] == [
        (2, "115.000000"), (10, "119.000000"),
    ]  # fmt: skip


def test_las_capas_son_las_de_una_cola_y_suman_la_existencia(counter):
    """Against a queue in Python, over random entries and outflows with fractions."""
    chance, thing, queue = random.Random(5), counter.product(), deque()
    spent: list[Decimal] = []
    for _ in range(60):
        held = sum((layer[0] for layer in queue), Decimal(0))
        quantity = Decimal(chance.randint(1, 9000)) / 1000
        if held < quantity or chance.random() < 0.5:
            cost = Decimal(chance.randint(0, 500)) / 100
            move(counter, thing, "AJU", quantity, costo_unitario=cost)
            queue.append([quantity, cost])
        else:
            move(counter, thing, "BAJ", quantity)
            spent.append(Decimal(0))
            while quantity:
                taken = min(quantity, queue[0][0])
                spent[-1] += taken * queue[0][1]
                queue[0][0] -= taken
                quantity -= taken
                if not queue[0][0]:
                    queue.popleft()
    row = worth(counter, thing)
    assert [Decimal(str(layer["cantidad"])) for layer in row["capas"]] == [quantity for quantity, _ in queue]
    assert Decimal(str(row["cantidad"])) == sum(quantity for quantity, _ in queue) == counter.stock(thing)[0]
    assert len(row["salidas"]) == len(spent) > 10
    for out, cost in zip(row["salidas"], spent, strict=True):
        assert abs(Decimal(out["valor_fifo"]) - cost) <= Decimal("0.01")
    fifo = sum(quantity * cost for quantity, cost in queue)
    assert abs(Decimal(row["valor_fifo"]) - fifo) <= Decimal("0.01")
    assert row["valor"] == f"{counter.stock(thing)[1]:.2f}"


def test_lo_revertido_no_es_capa_ni_gasta_la_de_otro(counter):
    thing = counter.product(prd_stock=4, prd_costo="5.00")
    wrong = move(counter, thing, "AJU", 10, costo_unitario=Decimal(9))
    out = move(counter, thing, "BAJ", 1)
    for krd in (out, wrong):
        counter.do("adm_bodega", "kardex_producto_eliminar", krd_codigo=krd)
    row = worth(counter, thing)
    assert [(layer["cantidad"], layer["valor"]) for layer in row["capas"]] == [(4, "20.00")]
    assert row["salidas"] == []


def test_al_terminar_un_dia_cuenta_lo_movido_hasta_entonces(counter):
    thing = counter.product(prd_stock=4, prd_costo="5.00")
    buy(counter, thing, 6, "8")
    move(counter, thing, "BAJ", 5)
    days = dict(
        zip(
            ("INI", "COM", "BAJ"),
            ("2024-01-10 12:00-05", "2024-01-10 23:59:59-05", "2024-02-01 00:00-05"),
            strict=True,
        )
    )
    for trn, moment in days.items():
        counter.rewrite(
            "UPDATE datos.kardex SET krd_fechahora = %s WHERE itm_codigo = %s AND trn_cod = %s", moment, thing, trn
        )  # fmt: skip
    seen = {day: worth(counter, thing, fecha=day) for day in ("2024-01-09", "2024-01-10", "2024-02-01")}
    assert [(row["cantidad"], row["valor_fifo"]) for row in seen.values()] == [
        (0, "0.00"), (10, "68.00"), (5, "40.00"),
    ]  # fmt: skip
    assert seen["2024-01-09"]["costo_promedio"] is None and seen["2024-01-10"]["salidas"] == []
    assert [out["valor_fifo"] for out in seen["2024-02-01"]["salidas"]] == ["28.00"]
    assert worth(counter, thing, fecha="2024-02-29", desde="2024-02-02")["salidas"] == []
    listed = counter.do("contador", "costeo_listar", fecha="2024-01-10", bodega="B001")["data"]
    assert {row["prd_codigo"]: row["valor"] for row in listed}[thing] == "68.00"


def test_el_costo_lo_ve_quien_puede_y_de_sus_bodegas(counter, staff):
    thing = counter.product(prd_stock=4, prd_costo="5.00")
    for role in ("bodega", "ventas", "adm_ventas", "cajero", "adm_fact"):
        with counter.acting(role) as act:
            forbidden(act, "costeo_listar")
            forbidden(act, "costeo_obtener", itm_codigo=thing)
    for role in ("compras", "adm_compras", "adm_bodega", "auditor", "admin"):
        assert worth(counter, thing, role)["valor"] == "20.00"
    with counter.acting(staff("compras", branch="002")) as act:
        assert refused(act, "costeo_existe", "costeo_obtener", itm_codigo=thing) == "404"
        assert thing not in {row["prd_codigo"] for row in act("costeo_listar")["data"]}


@pytest.mark.parametrize("query", ["fecha=ayer", "desde=2024-02-30"])
def test_por_http_se_pide_con_fechas(client, auth, query):
    headers = auth("adm_bodega")
    new = {
        "prd_nombre": "Olla",
        "prd_precio_venta": 1,
        "um_venta": "UND",
        "prd_stock": 2,
        "prd_costo": "1.50",
    }
    thing = client.post("/api/pos/producto", json=new, headers=headers).json["prd_codigo"]
    found = client.get(f"/api/pos/costeo/{thing}?desde=2020-01-01", headers=headers)
    assert (found.json["desde"], found.json["data"][0]["valor"]) == ("2020-01-01", "3.00")
    assert client.get(f"/api/pos/costeo/{thing}?{query}", headers=headers).status_code == 400
    page = client.get("/api/pos/costeo?page=1&limit=1&bodega=B001", headers=headers).json
    assert (len(page["data"]), page["data"][0]["bodega"]) == (1, "B001")
