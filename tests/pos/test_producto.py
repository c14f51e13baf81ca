"""Products: rules in SQL as each role."""

from datetime import datetime
from decimal import Decimal

import pytest

from tests.conftest import as_login

from .acts import forbidden, refused

READERS = "ventas adm_ventas adm_fact cajero bodega adm_bodega contador auditor admin".split()
PESO = {"prd_nombre": "Arroz Ñato 1 kg", "prd_precio_venta": Decimal("1.25"), "um_venta": "UND"}


@pytest.fixture
def como(pos, people):
    """Be a role for the length of a ``with``."""
    return lambda role: as_login(pos, people.login(role))


@pytest.fixture
def bodega(como):
    with como("bodega") as act:
        yield act


def test_crear_abre_la_existencia_en_la_bodega_propia(pos, bodega):
    made = bodega("producto_crear", **PESO, prd_stock=10, prd_codigo_barras="EAN-1")
    assert (made["prd_stock"], made["prd_stock_web"], made["prd_stock_transito"]) == (10, 0, 0)
    assert (made["prd_precio_venta"], made["iva_codigo"], made["prd_tipo"], made["prd_img"]) == (
        "1.25",
        "GEN",
        "BIEN",
        None,
    )
    assert made["prd_descripcion"] == made["prd_nombre"]
    pos.execute("RESET SESSION AUTHORIZATION")
    rows = pos.execute(
        "SELECT bod_codigo, trn_cod, krd_cantidad, krd_valor, krd_secuencia, usr_id"
        " FROM datos.kardex WHERE itm_codigo = %s",
        (made["prd_codigo"],),
    ).fetchall()
    assert rows == [("B001", "INI", Decimal(10), Decimal(0), 1, bodega.login)]


def test_el_costo_inicial_vale_lo_que_entra_y_cuadra_en_el_libro(pos, como):
    before = pos.execute("SELECT coalesce(max(asi_id), 0) FROM datos.asiento").fetchone()[0]
    with como("adm_bodega") as act:
        made = act("producto_crear", **PESO, prd_stock=Decimal("10.5"), prd_costo=Decimal("1.333333"))
    value = pos.execute(
        "SELECT exi_valor FROM datos.existencia WHERE itm_codigo = %s", (made["prd_codigo"],)
    ).fetchone()
    assert value == (Decimal("13.999997"),)
    lines = pos.execute(
        "SELECT c.clase, l.monto FROM datos.asiento_linea AS l JOIN datos.cuenta AS c USING (cta_id)"
        " WHERE l.asi_id > %s ORDER BY 1", (before,),
    ).fetchall()  # fmt: skip
    assert lines == [("CAPITAL_INICIAL", Decimal("-14.00")), ("INVENTARIO", Decimal("14.00"))]


@pytest.mark.parametrize(
    ("rule", "state", "datos"),
    [
        ("costo_restringido", "403", {"prd_stock": 1, "prd_costo": 1}),
        ("servicio_sin_existencia", "422", {"prd_stock": 1, "prd_tipo": "SERVICIO"}),
        ("stock_inicial_no_negativo", "422", {"prd_stock": -1}),
        ("stock_inicial_no_negativo", "422", {"prd_stock": Decimal("NaN")}),
        ("producto_nombre_largo", "23514", {"prd_nombre": "n" * 61}),
        ("producto_nombre_largo", "23514", {"prd_nombre": "  "}),
        ("producto_precio_no_negativo", "23514", {"prd_precio_venta": -1}),
        ("producto_precio_no_negativo", "23514", {"prd_precio_venta": Decimal("NaN")}),
        ("producto_promocion_porcentaje", "23514", {"prd_promocion": Decimal("100.5")}),
        ("producto_tipo_conocido", "23514", {"prd_tipo": "NADA"}),
        ("producto_prioridad_conocida", "23514", {"prd_prioridad": "X"}),
        ("producto_unidad_existe", "23503", {"um_venta": "XXX"}),
        ("producto_categoria_existe", "23503", {"cat_codigo": "NADA"}),
        ("producto_iva_existe", "23503", {"iva_codigo": "XXX"}),
        ("producto_barras_forma", "23514", {"prd_codigo_barras": "con espacio"}),
        ("producto_img_forma", "23514", {"prd_img": "../../etc/passwd"}),
    ],
)
def test_cada_regla_tiene_su_nombre(bodega, rule, state, datos):
    assert refused(bodega, rule, "producto_crear", **{**PESO, **datos}) == state


def test_sin_establecimiento_no_hay_donde_abrir_existencia(pos, staff):
    with as_login(pos, staff("bodega", branch=None)) as act:
        assert refused(act, "sin_establecimiento", "producto_crear", **PESO, prd_stock=1) == "422"
        assert act("producto_crear", **PESO)["prd_stock"] == 0


def test_el_codigo_de_barras_es_unico_y_se_puede_vaciar(bodega):
    one = bodega("producto_crear", **PESO, prd_codigo_barras="EAN-2")
    assert (
        refused(bodega, "producto_barras_unico", "producto_crear", **PESO, prd_codigo_barras="EAN-2")
        == "23505"
    )
    assert bodega("producto_listar", barras="EAN-2")["data"][0]["prd_codigo"] == one["prd_codigo"]
    cleared = bodega("producto_actualizar", prd_codigo=one["prd_codigo"], prd_codigo_barras="", cat_codigo="")
    assert (cleared["prd_codigo_barras"], cleared["cat_codigo"]) == (None, None)
    assert bodega("producto_crear", **PESO, prd_codigo_barras="EAN-2")


def test_actualizar_es_parcial_y_no_toca_el_stock(bodega):
    made = bodega("producto_crear", **PESO, prd_stock=10, prd_desc_corta="corta", prd_desc_larga="larga")
    resent = {"prd_stock": 99, "prd_costo": 5, "prd_precio_venta": Decimal("1.250"), "prd_estado": "ACT"}
    change = {"prd_nombre": "Arroz Largo", "prd_desc_larga": ""}
    changed = bodega("producto_actualizar", prd_codigo=made["prd_codigo"], **change, **resent)
    assert changed == {**made, **change, "prd_descripcion": "Arroz Largo", "prd_img_anterior": None}


def test_el_precio_despues_de_crear_es_de_la_administracion_de_ventas(como):
    with como("adm_bodega") as act:
        code = act("producto_crear", **PESO)["prd_codigo"]
        for change in ({"prd_precio_venta": 2}, {"prd_promocion": 5}):
            assert refused(act, "precio_reservado", "producto_actualizar", prd_codigo=code, **change) == "403"
        forbidden(act, "producto_precio_actualizar", prd_codigo=code, prd_precio_venta=2)
    with como("adm_ventas") as act:
        forbidden(act, "producto_actualizar", prd_codigo=code, prd_nombre="x")
        priced = act(
            "producto_precio_actualizar", prd_codigo=code, prd_precio_venta=2, prd_promocion=Decimal("7.5")
        )
        assert (priced["prd_precio_venta"], priced["prd_promocion"]) == ("2.00", 7.5)
    with como("admin") as act:
        assert act("producto_actualizar", prd_codigo=code, prd_precio_venta=3)["prd_precio_venta"] == "3.00"


def test_cada_precio_queda_en_la_historia_una_vez(pos, como):
    with como("bodega") as act:
        code = act("producto_crear", **PESO)["prd_codigo"]
        act("producto_actualizar", prd_codigo=code, prd_precio_venta=Decimal("1.25"), prd_nombre="Otro")
    with como("adm_ventas") as act:
        for price in (2, 2, 3):
            act("producto_precio_actualizar", prd_codigo=code, prd_precio_venta=price)
        act("producto_precio_actualizar", prd_codigo=code, prd_promocion=10)
    rows = pos.execute(
        "SELECT prd_precio_venta, prd_promocion, prp_desde"
        " FROM datos.producto_precio WHERE prd_codigo = %s ORDER BY prp_id",
        (code,),
    ).fetchall()
    assert [(p, d) for p, d, _ in rows] == [(Decimal("1.25"), 0), (2, 0), (3, 0), (3, 10)]
    assert all(isinstance(since, datetime) for _, _, since in rows)
    with pytest.raises(Exception, match="no se modifica ni se borra"), pos.transaction():
        pos.execute("DELETE FROM datos.producto_precio")


def test_la_version_crece_con_cada_cambio(pos, como):
    def version() -> int:
        return pos.execute(
            "SELECT prd_version FROM datos.producto WHERE prd_codigo = %s", (code,)
        ).fetchone()[0]

    with como("admin") as act:
        code = act("producto_crear", **PESO)["prd_codigo"]
        versions = [version()]
        for change in ({"prd_nombre": "Otro"}, {"prd_precio_venta": 9}, {"prd_img": "a.png"}):
            act("producto_actualizar", prd_codigo=code, **change)
            versions.append(version())
        act("producto_eliminar", prd_codigo=code)
        versions.append(version())
    assert versions == sorted(set(versions))


def test_el_estado_lo_cambia_la_administracion_de_bodega(como):
    with como("bodega") as act:
        code = act("producto_crear", **PESO, prd_codigo_barras="EAN-3")["prd_codigo"]
        assert (
            refused(
                act, "producto_estado_reservado", "producto_actualizar", prd_codigo=code, prd_estado="SUS"
            )
            == "403"
        )
        forbidden(act, "producto_eliminar", prd_codigo=code)
    with como("adm_bodega") as act:
        act("producto_actualizar", prd_codigo=code, prd_estado="SUS")
        assert code not in [p["prd_codigo"] for p in act("producto_elegir")]
        assert [p["prd_estado"] for p in act("producto_listar", barras="EAN-3")["data"]] == ["SUS"]
        act("producto_eliminar", prd_codigo=code)
        assert act("producto_listar", barras="EAN-3")["total"] == 0
        assert refused(act, "producto_activo", "producto_eliminar", prd_codigo=code) == "409"
        assert (
            refused(act, "producto_activo", "producto_actualizar", prd_codigo=code, prd_nombre="x") == "409"
        )
        assert act("producto_actualizar", prd_codigo=code, prd_estado="ACT")["prd_estado"] == "ACT"
    with como("ventas") as act:
        assert refused(act, "producto_existe", "producto_obtener", prd_codigo="PRD9999999") == "404"


def test_lo_que_tiene_existencia_no_se_vuelve_servicio(pos, como):
    with como("bodega") as act:
        full = act("producto_crear", **PESO, prd_stock=1)["prd_codigo"]
        empty = act("producto_crear", **PESO)["prd_codigo"]
        assert (
            refused(
                act, "servicio_sin_existencia", "producto_actualizar", prd_codigo=full, prd_tipo="SERVICIO"
            )
            == "409"
        )
        assert act("producto_actualizar", prd_codigo=empty, prd_tipo="SERVICIO")["prd_tipo"] == "SERVICIO"


def test_el_stock_es_el_de_las_sucursales_propias(pos, staff, como):
    with as_login(pos, staff("bodega", branch="002")) as act:
        code = act("producto_crear", **PESO, prd_stock=4)["prd_codigo"]
    for role, stock in (("ventas", 0), ("adm_ventas", 4), ("contador", 4)):
        with como(role) as act:
            assert act("producto_obtener", prd_codigo=code)["prd_stock"] == stock
            listed = [p for p in act("producto_elegir") if p["prd_codigo"] == code]
            assert listed[0]["prd_stock"] == stock


def test_la_busqueda_es_por_palabras_sin_acentos(bodega):
    code = bodega("producto_crear", **{**PESO, "prd_nombre": "Café Ñandú molido"}, prd_codigo_barras="EAN-4")[
        "prd_codigo"
    ]
    for text in ("molido cafe", "ÑAN", "nandu", code.lower(), "ean-4"):
        assert code in [p["prd_codigo"] for p in bodega("producto_buscar", search=text)["data"]], text
    assert bodega("producto_buscar", search="cafe_nandu")["total"] == 0


def test_las_listas_van_por_nombre_sin_repetir_ni_saltar(bodega):
    for name in ("Zeta wqx", "alfa wqx", "Ábaco wqx", "alfa wqx"):
        bodega("producto_crear", **{**PESO, "prd_nombre": name})
    pages = [bodega("producto_listar", page=n, limit=1, search="wqx")["data"][0] for n in (1, 2, 3, 4)]
    assert [p["prd_nombre"] for p in pages] == ["Ábaco wqx", "alfa wqx", "alfa wqx", "Zeta wqx"]
    assert len({p["prd_codigo"] for p in pages}) == 4
    assert bodega("producto_listar", page=5, limit=1, search="wqx")["data"] == []


def test_quien_no_lee_productos_no_los_lee_de_ningun_modo(pos, como):
    for role in ("compras", "adm_compras"):
        with como(role) as act:
            forbidden(act, "producto_listar")
            with pytest.raises(Exception, match="permission denied"), pos.transaction():
                pos.execute("SELECT privado.producto_json('ENVIO')")
    for role in READERS:
        with como(role) as act:
            assert act("producto_obtener", prd_codigo="ENVIO")["prd_estado"] == "SUS"
    for role in ("ventas", "adm_ventas", "cajero", "adm_fact", "contador", "auditor"):
        with como(role) as act:
            forbidden(act, "producto_crear", **PESO)
