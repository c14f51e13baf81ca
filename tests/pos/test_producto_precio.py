"""Every price a product had: which, since when, by whom, and what it replaced."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused

READERS = (
    "ventas",
    "adm_ventas",
    "adm_fact",
    "cajero",
    "bodega",
    "adm_bodega",
    "contador",
    "auditor",
    "admin",
)


def priced(shop, *changes):
    """A product at 10.00 whose price changed so."""
    code = shop.product("10.00")
    for change in changes:
        shop.do("adm_ventas", "producto_precio_actualizar", prd_codigo=code, **change)
    return code


def test_cada_precio_dice_lo_que_reemplazo_quien_y_desde_cuando(counter, people):
    code = priced(counter, {"prd_precio_venta": "12.00"}, {"prd_promocion": Decimal("7.5")})
    rows = counter.do("ventas", "producto_precio_listar", prd_codigo=code)["data"]
    told = [(row["prd_precio_venta"], row["prd_precio_anterior"], row["prd_promocion"],
             row["prd_promocion_anterior"]) for row in rows]  # fmt: skip
    assert told == [("12.00", "12.00", 7.5, 0), ("12.00", "10.00", 0, 0), ("10.00", None, 0, None)]
    assert [row["usr_id"] for row in rows] == [people.login(r) for r in ("adm_ventas", "adm_ventas", "admin")]
    moments = [row["prp_desde"] for row in rows]
    assert moments == sorted(moments, reverse=True) and len(set(moments)) == 3
    assert {row["prd_codigo"] for row in rows} == {code}


def test_lo_que_no_cambia_no_deja_rastro_y_el_de_otro_no_se_mezcla(counter):
    code, other = priced(counter, {"prd_precio_venta": "10.00"}), priced(counter)
    counter.do("bodega", "producto_actualizar", prd_codigo=code, prd_nombre="Otra", prd_precio_venta="10.00")
    counter.do("admin", "producto_actualizar", prd_codigo=other, prd_precio_venta="3.00")
    assert counter.do("ventas", "producto_precio_listar", prd_codigo=code)["total"] == 1
    rows = counter.do("ventas", "producto_precio_listar", prd_codigo=other)["data"]
    assert [row["prd_precio_anterior"] for row in rows] == ["10.00", None]


def test_las_paginas_no_pierden_lo_anterior(counter):
    code = priced(counter, *({"prd_precio_venta": price} for price in range(11, 16)))
    pages = [
        counter.do("contador", "producto_precio_listar", prd_codigo=code, page=page, limit=2)
        for page in (1, 2, 3, 4)
    ]
    assert [page["total"] for page in pages] == [6] * 4 and pages[0]["totalPages"] == 3
    rows = [row for page in pages for row in page["data"]]
    prices = [Decimal(row["prd_precio_venta"]) for row in rows]
    assert prices == [15, 14, 13, 12, 11, 10]
    assert [row["prd_precio_anterior"] for row in rows] == [f"{price:.2f}" for price in prices[1:]] + [None]


def test_lo_lee_quien_lee_el_producto_y_nadie_lo_escribe(counter, pos):
    code = priced(counter)
    for role in READERS:
        assert counter.do(role, "producto_precio_listar", prd_codigo=code)["total"] == 1
        with counter.acting(role) as act:
            assert refused(act, "producto_existe", "producto_precio_listar", prd_codigo="PRD9999999") == "404"
    for role in ("compras", "adm_compras"):
        with counter.acting(role) as act:
            forbidden(act, "producto_precio_listar", prd_codigo=code)
    may = pos.execute(
        "SELECT bool_or(has_table_privilege(rolname, 'datos.producto_precio', 'INSERT, UPDATE, DELETE'))"
        " FROM pg_roles WHERE rolname = ANY (%s)",
        [list(READERS)],
    ).fetchone()[0]
    assert may is False


@pytest.mark.parametrize("deep", [0, 1000])
def test_la_pagina_y_lo_anterior_salen_del_indice_sin_ordenar(counter, pos, deep):
    code = priced(counter)
    pos.execute(
        "INSERT INTO datos.producto_precio (prd_codigo, prd_precio_venta, prd_promocion, prp_desde)"
        " SELECT %s, n, 0, now() - n * interval '1 s' FROM generate_series(1, 5000) AS n",
        [code],
    )
    pos.execute("ANALYZE datos.producto_precio")
    body = pos.execute("SELECT prosrc FROM pg_proc WHERE proname = 'producto_precio_listar'").fetchone()[0]
    query = body[body.index("SELECT json_agg") : body.rindex("RETURN")].strip().rstrip(";")
    query = query.replace(" INTO v_filas", "").replace("p_prd_codigo", f"'{code}'")
    query = query.replace("privado.limite(p_page, p_limit)", "20").replace(
        "privado.salto(p_page, p_limit)", str(deep)
    )
    plan = "\n".join(line for (line,) in pos.execute(f"EXPLAIN {query}").fetchall())
    assert plan.count("producto_precio_por_fecha") == 2, plan
    assert "Seq Scan" not in plan and "Bitmap" not in plan, plan
