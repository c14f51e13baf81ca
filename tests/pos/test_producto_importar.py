"""Importing products in arrays: one call, a thousand rows, the rule each bad row broke."""

from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Act, as_login

from .acts import forbidden, refused

COLUMNS = (
    "codigos_barras nombres desc_corta desc_larga um categoria precio costo stock iva promocion prioridad "
    "stock_minimo tipo imagen"
).split()
GOOD = {"nombres": "Bueno", "precio": Decimal(1), "um": "UND"}


def importar(act: Act, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return act("producto_importar", **{c: [row.get(c) for row in rows] for c in COLUMNS})


@pytest.fixture
def adm_bodega(pos, people):
    with as_login(pos, people.login("adm_bodega")) as act:
        yield act


def test_importa_con_existencia_costo_y_precio(pos, adm_bodega):
    rows = [
        {
            **GOOD,
            "nombres": f"Importado {n}",
            "codigos_barras": f"IMP-{n}",
            "stock": n,
            "costo": Decimal("0.333333"),
        }
        for n in range(300)
    ]
    assert importar(adm_bodega, rows) == {"creados": 300, "errores": []}
    found = adm_bodega("producto_listar", barras="IMP-7")["data"][0]
    assert (found["prd_nombre"], found["prd_stock"], found["iva_codigo"]) == ("Importado 7", 7, "GEN")
    pos.execute("RESET SESSION AUTHORIZATION")
    query = (
        "SELECT count(*), sum(krd_cantidad), sum(krd_valor), sum(round(krd_valor, 2)) FROM datos.kardex"
        " JOIN datos.producto ON prd_codigo = itm_codigo WHERE prd_codigo_barras LIKE 'IMP-%%'"
    )
    units = sum(range(300))
    count, quantity, value, cents = pos.execute(query).fetchone()
    assert (count, quantity, value) == (299, units, units * Decimal("0.333333"))
    posted = pos.execute(
        "SELECT sum(l.monto) FROM datos.asiento_linea AS l JOIN datos.asiento AS a USING (asi_id)"
        " JOIN datos.cuenta AS c USING (cta_id) WHERE c.clase = 'INVENTARIO' AND a.xid = pg_current_xact_id()"
    ).fetchone()
    assert posted == (cents,)  # one asiento for the batch, exact to the cent
    assert pos.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_cada_fila_mala_dice_su_regla_y_las_buenas_entran(adm_bodega):
    bad = [
        ({"um": "XXX"}, "producto_unidad_existe", "La unidad de medida no existe."),
        ({"precio": Decimal(-1)}, "producto_precio_no_negativo", "El precio de venta no puede ser negativo."),
        ({"nombres": None}, "dato_requerido", "Falta un dato o tiene una forma que no corresponde."),
        (
            {"nombres": "n" * 61},
            "producto_nombre_largo",
            "El nombre del producto tiene entre 1 y 60 caracteres.",
        ),
        (
            {"codigos_barras": "REP-1"},
            "producto_barras_unico",
            "Ya existe un producto con ese código de barras.",
        ),
        ({"tipo": "SERVICIO", "stock": 1}, "servicio_sin_existencia", "Un servicio no tiene existencia."),
        ({"stock": -1}, "stock_inicial_no_negativo", "El stock inicial no puede ser negativo."),
        ({"costo": -1}, "costo_valido", "El costo no puede ser negativo."),
    ]
    rows = [{**GOOD, "codigos_barras": "REP-1"}, *({**GOOD, **change} for change, _, _ in bad), GOOD]
    answer = importar(adm_bodega, rows)
    assert answer["creados"] == 2
    assert answer["errores"] == [
        {"fila": fila, "regla": rule, "mensaje": message}
        for fila, (_, rule, message) in enumerate(bad, start=2)
    ]


def test_el_costo_lo_importa_quien_lo_ve(pos, people):
    with as_login(pos, people.login("bodega")) as act:
        assert importar(act, [{**GOOD, "stock": 2}])["creados"] == 1
        assert (
            refused(
                act,
                "costo_restringido",
                "producto_importar",
                **{c: [{**GOOD, "costo": 1}.get(c)] for c in COLUMNS},
            )
            == "403"
        )


def test_solo_la_bodega_importa(pos, people):
    for role in ("ventas", "adm_ventas", "contador", "compras"):
        with as_login(pos, people.login(role)) as act:
            forbidden(act, "producto_importar", **{c: [GOOD.get(c)] for c in COLUMNS})


def test_mas_de_mil_filas_es_demasiado(adm_bodega):
    arrays = {c: [GOOD.get(c)] * 1001 for c in COLUMNS}
    assert refused(adm_bodega, "importacion_maximo", "producto_importar", **arrays) == "422"


@pytest.mark.parametrize(
    ("invariant", "harm"),
    [
        ("precio_con_historia", "UPDATE datos.producto SET prd_precio_venta = 9 WHERE prd_codigo = %s"),
        ("servicio_sin_existencia", "UPDATE datos.producto SET prd_tipo = 'SERVICIO' WHERE prd_codigo = %s"),
        (
            "existencia_de_articulo",
            "WITH gone AS (DELETE FROM datos.producto_precio WHERE prd_codigo = %s RETURNING prd_codigo)"
            " DELETE FROM datos.producto USING gone WHERE producto.prd_codigo = gone.prd_codigo",
        ),
        ("consumidor_final", "UPDATE datos.cliente SET cli_nombre = %s WHERE cli_codigo = 'CLI0000001'"),
    ],
)
def test_el_doctor_ve_lo_que_se_dano(pos, adm_bodega, invariant, harm):
    """Harm the superuser does behind every rule: triggers off, as a restored or edited database could be."""
    importar(adm_bodega, [{**GOOD, "stock": 1, "codigos_barras": "DOC-1"}])
    pos.execute("RESET SESSION AUTHORIZATION")
    code = pos.execute("SELECT prd_codigo FROM datos.producto WHERE prd_codigo_barras = 'DOC-1'").fetchone()
    broken = f"SELECT count(*) FROM privado.doctor_{invariant}()"
    before = pos.execute(broken).fetchone()[0]
    pos.execute("SET LOCAL session_replication_role = replica")
    pos.execute(harm, code)
    assert pos.execute(broken).fetchone()[0] == before + 1
