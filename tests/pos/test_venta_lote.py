"""What a terminal sold without a connection: every sale once, at the price of its moment, or kept to be resolved."""

from datetime import timedelta
from decimal import Decimal

import pytest

from .acts import forbidden, refused
from .drawer import opened
from .late import drawer, late, observed, replay


def aged(shop, product, days=6):
    """Pretend a product, with its price, is some days old."""
    shop.rewrite(
        "UPDATE datos.producto_precio SET prp_desde = now() - make_interval(days => %s) WHERE prd_codigo = %s",
        days, product,
    )  # fmt: skip


def test_una_venta_tardia_se_factura_en_la_sesion_abierta_y_dice_cuando_se_hizo(counter):
    session = opened(counter)
    product = counter.product("10.00", prd_stock=5, prd_costo=2)
    sale = late((product, 2), total="23.00", pagos=[{"metodo": "EFECTIVO", "monto": "30.00"}])
    (answer,) = replay(counter, sale)
    assert answer.keys() == {"id", "estado", "fac_codigo", "fac_numero", "total"}
    assert (answer["id"], answer["estado"], answer["total"]) == (sale["id"], "REGISTRADA", "23.00")
    kept = counter.do("cajero", "venta_obtener", fac_codigo=answer["fac_codigo"])
    assert (kept["cambio"], kept["sesion"], kept["factura"]["fac_numero"]) == (
        "7.00",
        session["id"],
        answer["fac_numero"],
    )
    assert kept["vendida_en"][:19] == sale["vendida_en"][:19]
    assert counter.stock(product) == (3, 6)
    assert drawer(counter, session) - Decimal(session["monto_inicial"]) == 23


def test_el_precio_es_el_de_su_momento_y_el_iva_el_de_hoy(counter):
    opened(counter)
    product = counter.product("10.00", prd_tipo="SERVICIO")
    aged(counter, product)
    counter.do(
        "admin", "producto_precio_actualizar", prd_codigo=product, prd_precio_venta="20.00", prd_promocion=50
    )
    before, after = late((product, 1), total="11.50"), late((product, 1), total="11.50", ago=timedelta(0))
    counter.do(
        "admin", "producto_precio_actualizar", prd_codigo=product, prd_precio_venta="30.00", prd_promocion=0
    )
    counter.rewrite(
        "UPDATE datos.producto_precio SET prp_desde = now() - interval '30 minutes'"
        " WHERE prd_codigo = %s AND prd_precio_venta = 20", product,
    )  # fmt: skip
    counter.rewrite("UPDATE datos.producto_precio SET prp_desde = now() + interval '1 minute'"
                    " WHERE prd_codigo = %s AND prd_precio_venta = 30", product)  # fmt: skip
    first, second = replay(counter, before, after)
    assert [first["estado"], second["estado"]] == ["REGISTRADA", "REGISTRADA"]
    lines = [
        counter.do("cajero", "venta_obtener", fac_codigo=r["fac_codigo"])["detalle"][0]
        for r in (first, second)
    ]
    assert [(row["prd_precio_venta"], row["pxfa_descuento"]) for row in lines] == [
        ("10.00", "0.00"),
        ("20.00", "10.00"),
    ]
    counter.rewrite(
        "UPDATE datos.tarifa_iva SET hasta = privado.hoy() - 1 WHERE iva_codigo = 'GEN' AND hasta IS NULL"
    )
    counter.rewrite("INSERT INTO datos.tarifa_iva VALUES ('GEN', '10', 13, privado.hoy(), NULL)")
    taxed = replay(counter, late((product, 1), total="11.50"), late((product, 1), total="11.30"))
    assert [row["estado"] for row in taxed] == ["OBSERVADA", "REGISTRADA"]


def test_repetida_se_contesta_lo_de_la_primera_vez(counter):
    session = opened(counter)
    product = counter.product("10.00", prd_stock=1, prd_costo=2)
    good, short = late((product, 1), total="11.50", ago=timedelta(hours=2)), late((product, 1), total="11.50")
    first = replay(counter, short, good, short)
    assert [row["estado"] for row in first] == ["OBSERVADA", "REGISTRADA", "OBSERVADA"]
    assert first[0] == first[2] and first[0]["regla"] == "existencia_insuficiente"
    counter.do(
        "admin", "kardex_producto_crear", prd_codigo=product, trn_cod="AJU", krd_prd_cantidad=5, krd_razon="x"
    )
    assert replay(counter, good, short) == [first[1], first[0]]
    other = opened(counter, role="admin")
    assert replay(counter, good, role="admin") == [first[1]]
    assert drawer(counter, session) - Decimal(session["monto_inicial"]) == 23
    assert drawer(counter, other) == Decimal(other["monto_inicial"])


def test_otra_venta_con_el_mismo_id_se_rechaza(counter):
    opened(counter)
    product = counter.product("10.00", prd_tipo="SERVICIO")
    sale = late((product, 1), total="11.50")
    answers = replay(
        counter, sale, {**sale, "total_impreso": "23.00", "lineas": [{"prd_codigo": product, "cantidad": 2}]}
    )
    assert [(row["estado"], row.get("regla")) for row in answers] == [
        ("REGISTRADA", None), ("RECHAZADA", "venta_distinta"),
    ]  # fmt: skip


def test_una_mala_no_deshace_las_otras(counter):
    session = opened(counter)
    product, scarce = (
        counter.product("10.00", prd_tipo="SERVICIO"),
        counter.product("1.00", prd_stock=1, prd_costo=1),
    )
    sales = [
        late((product, 1), total="11.50"),
        late((scarce, 2), (product, 1), total="13.80"),
        late((product, 1), total="11.49"),
        {**late((product, 1), total="11.50"), "id": "no es un uuid"},
        late((product, 1), total="11.50"),
    ]
    answers = replay(counter, *sales)
    assert [(row["estado"], row.get("regla")) for row in answers] == [
        ("REGISTRADA", None), ("OBSERVADA", "existencia_insuficiente"), ("OBSERVADA", "total_impreso"),
        ("RECHAZADA", "venta_mal_formada"), ("REGISTRADA", None),
    ]  # fmt: skip
    numbers = [int(row["fac_numero"][-9:]) for row in answers if row["estado"] == "REGISTRADA"]
    assert numbers[1] == numbers[0] + 1
    assert counter.stock(scarce) == (1, 1)
    assert drawer(counter, session) - Decimal(session["monto_inicial"]) == Decimal("48.29")
    assert {row["id"] for row in observed(counter)} >= {sales[1]["id"], sales[2]["id"]}
    assert answers[2]["message"] == "El total que corresponde es 11.50."


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"id": None}, "venta_completa"),
        ({"vendida_en": None}, "venta_completa"),
        ({"vendida_en": "ayer"}, "venta_completa"),
        ({"vendida_en": "2026-11-20T10:00:00"}, "venta_completa"),
        ({"vendida_en": "2026-13-41T10:00:00Z"}, "venta_mal_formada"),
        ({"total_impreso": "once"}, "venta_mal_formada"),
        ({"total_impreso": None}, "venta_completa"),
        ({"total_impreso": "11.505"}, "venta_completa"),
        ({"total_impreso": "-1"}, "venta_completa"),
        ({"total_impreso": "NaN"}, "venta_completa"),
        ({"lineas": None}, "venta_mal_formada"),
        ({"lineas": {}}, "venta_mal_formada"),
        ({"lineas": []}, "venta_con_lineas"),
        ({"lineas": [7]}, "producto_existe"),
        ({"lineas": [{"prd_codigo": "PRD9999999", "cantidad": 1}]}, "producto_existe"),
        ({"cantidad": 0}, "cantidad_positiva"),
        ({"cantidad": "Infinity"}, "venta_fuera_de_rango"),
        ({"cantidad": "1.0001"}, "cantidad_positiva"),
        ({"precio": "-1"}, "venta_fuera_de_rango"),
        ({"precio": "1.001"}, "venta_fuera_de_rango"),
        ({"cli_codigo": "CLI9999999"}, "cliente_existe"),
        ({"pagos": [{"metodo": "EFECTIVO", "monto": "11.49"}]}, "pago_insuficiente"),
        ({"pagos": [{"metodo": "VALE", "monto": "11.50"}]}, "pago_metodo_conocido"),
        ({"pagos": [{"metodo": "QR", "monto": "11.50", "referencia": "x" * 61}]}, "venta_fuera_de_rango"),
        ({"pagos": 5}, "venta_mal_formada"),
    ],
)
def test_lo_que_nunca_sera_una_venta_se_rechaza_y_no_deja_nada(counter, change, rule):
    session = opened(counter)
    product = counter.product("10.00", prd_tipo="SERVICIO")
    sale = late((product, 1), total="11.50")
    of_line = {key: value for key, value in change.items() if key in ("cantidad", "precio")}
    sale["lineas"][0] |= of_line
    (answer,) = replay(counter, sale | {key: value for key, value in change.items() if key not in of_line})
    assert (answer["estado"], answer["regla"]) == ("RECHAZADA", rule)
    assert drawer(counter, session) == Decimal(session["monto_inicial"])
    assert counter.conn.execute(
        "SELECT count(*) FROM datos.venta_diferida WHERE ses_id = %s", (session["id"],)
    ).fetchone() == (0,)
    (mended,) = replay(counter, {**late((product, 1), total="11.50"), "id": sale["id"]})
    assert mended["estado"] == "REGISTRADA"


@pytest.mark.parametrize(
    ("ago", "rule"),
    [(timedelta(days=8), "vendida_hace_mucho"), (timedelta(minutes=-20), "vendida_en_futuro")],
)
def test_de_otro_tiempo_se_observa_y_no_se_pierde(counter, ago, rule):
    session = opened(counter)
    product = counter.product("10.00", prd_tipo="SERVICIO")
    (answer,) = replay(counter, late((product, 1), total="11.50", ago=ago))
    assert (answer["estado"], answer["regla"]) == ("OBSERVADA", rule)
    assert drawer(counter, session) - Decimal(session["monto_inicial"]) == Decimal("11.50")


def test_lo_que_una_cajera_no_puede_vender_se_observa_con_su_regla(counter):
    opened(counter)
    counter.settings(consumidor_final_maximo="50.00")
    product, gone = (
        counter.product("10.00", prd_tipo="SERVICIO"),
        counter.product("1.00", prd_tipo="SERVICIO"),
    )
    counter.do("admin", "producto_actualizar", prd_codigo=gone, prd_estado="SUS")
    idle = counter.buyer()
    counter.do("adm_ventas", "cliente_eliminar", cli_codigo=idle)
    credit = [{"metodo": "CREDITO", "monto": "11.50"}]
    answers = replay(
        counter,
        late((product, 1, "9.00"), total="10.35"),
        late((product, 1, "10.00"), total="11.50"),
        late((product, 10), total="115.00"),
        late((gone, 1), total="1.15"),
        late((product, 1), total="11.50", cli_codigo=idle),
        late((product, 1), total="11.50", pagos=credit, cli_codigo=counter.buyer()),
        late((product, 1), total="11.50", pagos=credit),
        late(
            (product, 1),
            total="11.50",
            pagos=[{"metodo": "SALDO", "monto": "11.50"}],
            cli_codigo=counter.buyer(),
        ),
        late((product, "99999999999"), total="1.00"),
    )
    assert [row.get("regla") for row in answers] == [
        "precio_especial", None, "consumidor_final_maximo", "producto_activo", "cliente_activo", "limite_credito",
        "consumidor_final_sin_credito", "saldo_suficiente", "venta_fuera_de_rango",
    ]  # fmt: skip
    assert {row["estado"] for row in answers} == {"OBSERVADA", "REGISTRADA"}


def test_sin_sesion_o_sin_ventas_no_se_recibe_nada(counter):
    product = counter.product(prd_tipo="SERVICIO")
    sale = late((product, 1), total="11.50")
    with counter.acting("cajero") as act:
        assert refused(act, "sin_sesion_caja", "venta_lote", ventas=[str(sale).replace("'", '"')]) == "409"
    opened(counter)
    with counter.acting("cajero") as act:
        assert refused(act, "lote_tamano", "venta_lote", ventas=[]) == "422"
        assert refused(act, "lote_tamano", "venta_lote", ventas=["{}"] * 501) == "422"
    for role in ("ventas", "adm_ventas", "bodega", "contador"):
        with counter.acting(role) as act:
            forbidden(act, "venta_lote", ventas=["{}"])
