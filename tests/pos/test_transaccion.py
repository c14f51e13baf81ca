"""Kinds of movement: the system's are as they are, the shop's own behave as an adjustment or a loss."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from tests.conftest import PASSWORD, Act

from .acts import forbidden, refused
from .test_catalogos_cambios import waits

SYSTEM = ("INI", "COM", "DVP", "CON", "ESI", "VEN", "DEV", "AJU", "BAJ", "TRE", "TRI", "ANV")


def kind(shop, code="RGL", type_="INGRESO", words="REGALO RECIBIDO"):
    row = shop.do("admin", "transaccion_crear", trn_cod=code, trn_tipo=type_, trn_descripcion=words)
    return row["trn_cod"]


def move(shop, code, trn, quantity, **more):
    return shop.do(
        "adm_bodega", "kardex_producto_crear", prd_codigo=code, trn_cod=trn, krd_prd_cantidad=quantity, **more
    )


def test_las_que_se_ingresan_a_mano_van_primero_y_las_propias_entre_ellas(counter):
    kind(counter, "zz1")
    rows = counter.do("ventas", "transaccion_listar")
    manual = [row["trn_manual"] for row in rows]
    assert manual == sorted(manual, reverse=True)
    (own,) = [row for row in rows if row["trn_cod"] == "ZZ1"]
    assert own == {"trn_cod": "ZZ1", "trn_tipo": "INGRESO", "trn_descripcion": "REGALO RECIBIDO",
                   "trn_manual": True, "trn_clase": "AJU", "trn_estado": "ACT"}  # fmt: skip


def test_una_entrada_propia_se_comporta_como_un_ajuste(counter):
    trn, product = kind(counter), counter.product(prd_stock=4, prd_costo="2.50")
    with counter.acting("adm_bodega") as act:
        named = {"prd_codigo": product, "trn_cod": trn, "krd_prd_cantidad": 2}
        assert refused(act, "razon_requerida", "kardex_producto_crear", **named) == "422"
    with counter.acting("bodega") as act:
        named["krd_razon"] = "feria"
        assert refused(act, "ajuste_restringido", "kardex_producto_crear", **named) == "403"
    row = move(counter, product, trn, 2, krd_razon="feria")
    assert (row["trn_cod"], row["trn_descripcion"], row["krd_signo"]) == (trn, "REGALO RECIBIDO", 1)
    assert (row["saldo"], row["valor"]) == (6, "5.00")  # at the average there
    assert move(counter, product, trn, 1, krd_razon="feria", costo_unitario=7)["valor"] == "7.00"
    assert counter.posted("KRD", row["krd_codigo"]) == {
        ("INVENTARIO", ""): Decimal("5.00"),
        ("AJUSTE_INVENTARIO", ""): Decimal("-5.00"),
    }
    less = move(counter, product, trn, -2, krd_razon="de más")  # as a negative AJU does
    assert (less["trn_cod"], less["krd_signo"], less["saldo"]) == ("BAJ", -1, 5)


def test_una_salida_propia_se_comporta_como_una_baja(counter):
    trn, product = kind(counter, "MST", "EGRESO", "MUESTRA"), counter.product(prd_stock=4, prd_costo=3)
    row = move(counter, product, trn, -1, krd_razon="cliente nuevo")
    assert (row["trn_cod"], row["krd_signo"], row["krd_cantidad"], row["valor"]) == (trn, -1, 1, "3.00")
    assert counter.posted("KRD", row["krd_codigo"]) == {
        ("INVENTARIO", ""): Decimal("-3.00"),
        ("MERMA", ""): Decimal("3.00"),
    }
    with counter.acting("adm_bodega") as act:
        named = {"prd_codigo": product, "trn_cod": trn, "krd_razon": "x"}
        assert refused(act, "costo_de_entrada", "kardex_producto_crear",
                       **named, krd_prd_cantidad=1, costo_unitario=1) == "422"  # fmt: skip
        assert (
            refused(act, "existencia_insuficiente", "kardex_producto_crear", **named, krd_prd_cantidad=9)
            == "409"
        )


def test_lo_movido_con_una_propia_se_corrige_y_se_revierte(counter):
    gift, sample = kind(counter), kind(counter, "MST", "EGRESO", "MUESTRA")
    product = counter.product(prd_stock=10, prd_costo=2)
    row = move(counter, product, sample, 3, krd_razon="feria")
    fixed = counter.do(
        "adm_bodega", "kardex_producto_actualizar", krd_codigo=row["krd_codigo"], krd_prd_cantidad=1
    )
    assert (fixed["trn_cod"], fixed["saldo"], fixed["krd_reemplaza"]) == (sample, 9, row["krd_codigo"])
    turned = counter.do(
        "adm_bodega", "kardex_producto_actualizar", krd_codigo=fixed["krd_codigo"], trn_cod=gift
    )
    assert (turned["trn_cod"], turned["krd_signo"], turned["saldo"]) == (gift, 1, 11)
    back = counter.do("adm_bodega", "kardex_producto_eliminar", krd_codigo=turned["krd_codigo"])
    assert (back["trn_cod"], back["krd_signo"], back["saldo"]) == (gift, -1, 10)
    assert counter.stock(product) == (10, 20)
    moved = sum(
        (counter.posted("KRD", each["krd_codigo"]).get(("MERMA", ""), Decimal(0)))
        for each in counter.do("adm_bodega", "kardex_producto_listar", prd_codigo=product)["data"]
    )
    assert moved == 0


def test_tambien_mueve_materiales(counter):
    trn = kind(counter, "D1", "EGRESO", "DONACION")
    code = counter.do("admin", "materiaprima_crear", mp_descripcion="Sal", um_compra="KG",
                      mp_cantidad=5, mp_precio_compra=2)["mp_codigo"]  # fmt: skip
    row = counter.do(
        "adm_bodega", "kardexmp_crear", mp_codigo=code, trn_cod=trn, krd_cantidad=2, krd_razon="x"
    )
    assert (row["trn_descripcion"], row["saldo"], row["valor"]) == ("DONACION", 3, "4.00")


@pytest.mark.parametrize("code", SYSTEM)
def test_las_del_sistema_no_se_tocan(counter, code):
    with counter.acting("admin") as act:
        for verb, more in (
            ("actualizar", {"trn_descripcion": "OTRA"}),
            ("actualizar", {"trn_tipo": "INGRESO"}),
            ("eliminar", {}),
        ):
            assert (
                refused(act, "transaccion_del_sistema", f"transaccion_{verb}", trn_cod=code, **more) == "409"
            )
        assert refused(act, "transaccion_unica", "transaccion_crear",
                       trn_cod=code, trn_tipo="EGRESO", trn_descripcion="x") == "409"  # fmt: skip


WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "SALIDA")  # as a Japanese keyboard writes it


@pytest.mark.parametrize("words", ["SALIDA", "otra salida más", "SÁLÏDÀ", "resalidado", "SALI\u0301DA", WIDE])
def test_nada_propio_dice_salida(counter, words):
    own = kind(counter, "OTR")
    with counter.acting("admin") as act:
        assert refused(act, "transaccion_sin_salida", "transaccion_crear",
                       trn_cod="ABC", trn_tipo="EGRESO", trn_descripcion=words) == "422"  # fmt: skip
        assert refused(act, "transaccion_sin_salida", "transaccion_actualizar",
                       trn_cod=own, trn_descripcion=words) == "422"  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"trn_cod": "SOB"}, "transaccion_sin_salida"),
        ({"trn_cod": "s"}, "transaccion_sin_salida"),
        ({"trn_cod": "ABCD"}, "transaccion_codigo_forma"),
        ({"trn_cod": "Ñ"}, "transaccion_codigo_forma"),
        ({"trn_cod": ""}, "transaccion_codigo_forma"),
        ({"trn_tipo": "ENTRADA"}, "transaccion_tipo_conocido"),
        ({"trn_tipo": None}, "transaccion_tipo_conocido"),
        ({"trn_descripcion": " "}, "transaccion_descripcion_largo"),
        ({"trn_descripcion": "x" * 61}, "transaccion_descripcion_largo"),
    ],
)
def test_lo_que_no_es_una_transaccion_se_rechaza_con_su_regla(counter, change, rule):
    asked = {"trn_cod": "ABC", "trn_tipo": "INGRESO", "trn_descripcion": "Algo"}
    with counter.acting("admin") as act:
        assert refused(act, rule, "transaccion_crear", **{**asked, **change}) in ("422", "23514")
        assert "ABC" not in [row["trn_cod"] for row in act("transaccion_listar")]


def test_la_tabla_tampoco_admite_lo_que_los_clientes_confundirian(pos):
    for values in ("('S1', 1, 'x', true, 'AJU')", "('XX', 1, 'Sálida', true, 'AJU')"):
        with pytest.raises(psycopg.errors.CheckViolation, match="transaccion_sin_salida"), pos.transaction():
            pos.execute(
                "INSERT INTO datos.transaccion (trn_cod, trn_signo, trn_descripcion, trn_manual, trn_clase)"
                f" VALUES {values}"
            )


def test_el_tipo_cambia_mientras_nada_se_movio(counter):
    trn = kind(counter)
    assert counter.do("admin", "transaccion_actualizar", trn_cod=trn, trn_tipo="EGRESO")["trn_clase"] == "BAJ"
    product = counter.product(prd_stock=2, prd_costo=1)
    assert move(counter, product, trn, 1, krd_razon="x")["krd_signo"] == -1
    with counter.acting("admin") as act:
        assert refused(act, "transaccion_con_movimientos", "transaccion_actualizar",
                       trn_cod=trn, trn_tipo="INGRESO") == "409"  # fmt: skip
        assert act("transaccion_actualizar", trn_cod=trn, trn_descripcion="OBSEQUIO")["trn_tipo"] == "EGRESO"


def test_una_retirada_no_se_ingresa_se_sigue_leyendo_y_vuelve_con_su_signo(counter):
    trn, product = kind(counter), counter.product(prd_stock=2, prd_costo=1)
    row = move(counter, product, trn, 1, krd_razon="x")
    counter.do("admin", "transaccion_eliminar", trn_cod=trn)
    assert trn not in [each["trn_cod"] for each in counter.do("bodega", "transaccion_listar")]
    assert counter.do("bodega", "transaccion_obtener", trn_cod=trn)["trn_estado"] == "INA"
    shown = counter.do("bodega", "kardex_producto_obtener", krd_codigo=row["krd_codigo"])
    assert shown["trn_descripcion"] == "REGALO RECIBIDO"
    with counter.acting("adm_bodega") as act:
        assert refused(act, "transaccion_activa", "kardex_producto_crear",
                       prd_codigo=product, trn_cod=trn, krd_prd_cantidad=1, krd_razon="x") == "422"  # fmt: skip
        fixed = act("kardex_producto_actualizar", krd_codigo=row["krd_codigo"], krd_prd_cantidad=2)
        assert fixed["trn_cod"] == trn
    assert counter.stock(product) == (4, 4)
    with counter.acting("admin") as act:
        for verb in ("actualizar", "eliminar"):
            assert refused(act, "transaccion_existe", f"transaccion_{verb}", trn_cod=trn) == "404"
        again = {"trn_cod": trn, "trn_descripcion": "REGALO"}
        assert (
            refused(act, "transaccion_con_movimientos", "transaccion_crear", trn_tipo="EGRESO", **again)
            == "409"
        )
        assert act("transaccion_crear", trn_tipo="INGRESO", **again)["trn_estado"] == "ACT"


@pytest.mark.parametrize("role", ["adm_bodega", "adm_ventas", "contador", "bodega"])
def test_solo_el_administrador_las_escribe_y_todo_el_personal_las_lee(counter, role):
    own = kind(counter)
    with counter.acting(role) as act:
        assert act("transaccion_obtener", trn_cod=own)["trn_tipo"] == "INGRESO"
        forbidden(act, "transaccion_crear", trn_cod="X", trn_tipo="INGRESO", trn_descripcion="x")
        forbidden(act, "transaccion_actualizar", trn_cod=own)
        forbidden(act, "transaccion_eliminar", trn_cod=own)


def test_quien_cambia_el_signo_espera_a_quien_mueve_y_lo_ve(servers, people):
    """Neither a movement of the wrong sign nor a kind that contradicts its movements."""
    admin = psycopg.connect(servers.pos, user=people.login("admin"), password=PASSWORD)
    mover = psycopg.connect(servers.pos, user=people.login("adm_bodega"), password=PASSWORD)
    with admin, mover, ThreadPoolExecutor(1) as pool:
        Act(admin)("transaccion_crear", trn_cod="QQ1", trn_tipo="INGRESO", trn_descripcion="Carrera")
        made = Act(admin)("producto_crear", prd_nombre="Carrera", prd_precio_venta=1, um_venta="UND")
        admin.commit()
        mover.execute("SELECT 'a transaction that stays open'")
        row = Act(mover)("kardex_producto_crear", prd_codigo=made["prd_codigo"], trn_cod="QQ1",
                         krd_prd_cantidad=1, krd_razon="x")  # fmt: skip
        later = pool.submit(Act(admin), "transaccion_actualizar", trn_cod="QQ1", trn_tipo="EGRESO")
        while not waits(servers, admin):
            assert not later.done(), later.exception()
        mover.commit()
        with pytest.raises(psycopg.Error) as caught:
            later.result()
        assert caught.value.diag.constraint_name == "transaccion_con_movimientos"
        Act(mover)("kardex_producto_eliminar", krd_codigo=row["krd_codigo"])


def test_saber_si_una_propia_se_uso_no_lee_el_kardex(pos):
    body = pos.execute("SELECT prosrc FROM pg_proc WHERE proname = 'transaccion_usada'").fetchone()[0]
    pos.execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(
        line for (line,) in pos.execute("EXPLAIN " + body.replace("p_trn_cod", "'MST'")).fetchall()
    )
    assert "kardex_de_transaccion_propia" in plan, plan
