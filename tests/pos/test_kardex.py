"""Goods: moving average to the last cent, no stock below nothing, rows that never change."""

from decimal import Decimal

import psycopg
import pytest

from .acts import refused


def enter(shop, product, code, quantity, **more):
    return shop.do(
        "adm_bodega",
        "kardex_producto_crear",
        prd_codigo=product,
        trn_cod=code,
        krd_prd_cantidad=quantity,
        **more,
    )


def test_el_ejemplo_del_dominio_sale_exacto(counter):
    product = counter.product(prd_stock=10, prd_costo=91)
    enter(counter, product, "AJU", 15, krd_razon="compra", costo_unitario=106)
    first = enter(counter, product, "BAJ", 20, krd_razon="venta")
    enter(counter, product, "AJU", 20, krd_razon="compra", costo_unitario=115)
    enter(counter, product, "AJU", 10, krd_razon="compra", costo_unitario=119)
    second = enter(counter, product, "BAJ", 23, krd_razon="venta")
    assert (first["valor"], second["valor"]) == ("2000.00", "2622.00")
    assert counter.stock(product) == (Decimal(12), Decimal(1368))


def test_la_ultima_unidad_se_lleva_todo_el_valor(counter):
    product = counter.product(prd_stock=3, prd_costo="0.333333")
    values = [enter(counter, product, "BAJ", 1, krd_razon="rotura")["krd_codigo"] for _ in range(3)]
    rows = counter.conn.execute(
        "SELECT krd_valor FROM datos.kardex WHERE krd_codigo = ANY (%s) ORDER BY 1", (values,)
    ).fetchall()
    assert sum(row[0] for row in rows) == Decimal("0.999999")
    assert counter.stock(product) == (0, 0)


def test_no_sale_lo_que_no_hay(counter):
    product = counter.product(prd_stock=5, prd_costo=1)
    with counter.acting("adm_bodega") as act:
        status = refused(
            act, "existencia_insuficiente", "kardex_producto_crear",
            prd_codigo=product, trn_cod="BAJ", krd_prd_cantidad="5.001", krd_razon="rotura",
        )  # fmt: skip
    assert status == "409"
    assert counter.stock(product) == (5, 5)


@pytest.mark.parametrize("quantity", ["0", "-1", "NaN", "1.0001"])
def test_una_cantidad_que_no_lo_es_se_rechaza(counter, quantity):
    product = counter.product(prd_stock=5, prd_costo=1)
    with counter.acting("adm_bodega") as act:
        refused(
            act, "cantidad_positiva", "kardex_producto_crear",
            prd_codigo=product, trn_cod="DVP", krd_prd_cantidad=quantity,
        )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE datos.kardex SET krd_cantidad = 1",
        "DELETE FROM datos.kardex",
        "TRUNCATE datos.kardex",
        "UPDATE datos.asiento SET glosa = ''",
        "DELETE FROM datos.asiento_linea",
        "DELETE FROM datos.cuenta",
    ],
)
def test_los_libros_solo_crecen_aun_para_su_dueno(counter, change):
    counter.product(prd_stock=5, prd_costo=1)
    counter.conn.execute("SET ROLE pos_datos")
    with pytest.raises(psycopg.Error) as caught, counter.conn.transaction():
        counter.conn.execute(change)
    assert caught.value.diag.constraint_name == "solo_agregar"
    counter.conn.execute("RESET ROLE")


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ("exi_cantidad = -1, exi_valor = 0", "existencia_no_negativa"),
        ("exi_cantidad = 'NaN'", "existencia_no_negativa"),
        ("exi_valor = -1", "existencia_valor_no_negativo"),
        ("exi_cantidad = 0", "existencia_cero_sin_valor"),
    ],
)
def test_la_tabla_guarda_sus_reglas_sin_ayuda(counter, columns, rule):
    product = counter.product(prd_stock=5, prd_costo=1)
    with pytest.raises(psycopg.errors.CheckViolation) as caught, counter.conn.transaction():
        counter.conn.execute(f"UPDATE datos.existencia SET {columns} WHERE itm_codigo = %s", (product,))
    assert caught.value.diag.constraint_name == rule


def test_el_traslado_lleva_su_valor_y_no_mueve_el_inventario(counter):
    product = counter.product(prd_stock=3, prd_costo="0.335")
    counter.conn.execute(
        "SELECT privado.kardex_trasladar(%s, 'B001', 'TRANSITO', 1, 'TRA', 'T1')", (product,)
    )
    assert counter.stock(product) == (2, Decimal("0.67"))
    assert counter.stock(product, "TRANSITO") == (1, Decimal("0.335"))
    # 1.005 was worth 1.01; 0.67 and 0.335 are worth 0.67 and 0.34
    assert counter.posted("TRA", "T1") == {}
    counter.conn.execute(
        "SELECT privado.kardex_trasladar(%s, 'TRANSITO', 'B001', 1, 'TRA', 'T2')", (product,)
    )
    assert counter.stock(product) == (3, Decimal("1.005"))


def test_cada_quien_ve_las_unidades_de_sus_locales(counter, staff):
    product = counter.product(prd_stock=7, prd_costo=1)
    counter.do("bodega", "transferencia_crear", bodega_destino="B002", itm_codigo=[product], cantidad=[2])
    other = staff("bodega", branch="002")
    seen = "SELECT disponible, transito FROM privado.existencias(ARRAY[%s])"
    rows = "SELECT count(*) FROM datos.existencia WHERE itm_codigo = %s"
    expected = {"ventas": ((5, 2), 1), other: ((0, 2), 0), "adm_ventas": ((5, 2), 2)}
    for who, (units, visible) in expected.items():
        with counter.acting(who):
            assert counter.conn.execute(seen, (product,)).fetchone() == units
            assert counter.conn.execute(rows, (product,)).fetchone() == (visible,)


def test_el_costo_es_de_quien_puede_verlo(counter):
    counter.product(prd_stock=7, prd_costo=1)
    for role in ("ventas", "cajero", "bodega", "adm_ventas", "adm_fact"):
        with (
            counter.acting(role),
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            counter.conn.transaction(),
        ):
            counter.conn.execute("SELECT exi_valor FROM datos.existencia")
    for role in ("compras", "adm_bodega", "adm_compras", "contador", "auditor", "admin"):
        with counter.acting(role):
            counter.conn.execute("SELECT exi_valor FROM datos.existencia")
