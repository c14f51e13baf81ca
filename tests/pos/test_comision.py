"""Commissions: whoever lists their own does not wait for everybody else's."""

import pytest


@pytest.fixture
def many(counter):
    """Twenty thousand commissions of a hundred people, and who sees only theirs."""
    counter.conn.execute(
        "INSERT INTO datos.comision (eta_codigo, usr_login, fac_codigo, doc_tipo, doc_codigo, com_fecha, com_base,"
        " com_porcentaje, com_monto)"
        " SELECT '001', 'nadie_' || n % 100, 'C' || n, 'NCR', 'C' || n, now() - n * interval '1 min', 0, 1, 0"
        " FROM generate_series(1, 20000) AS n"
    )
    counter.conn.execute("ANALYZE datos.comision")
    return counter


@pytest.mark.parametrize(
    ("role", "mine", "since", "index"),
    [
        ("ventas", "'nadie_7'", "'-infinity'", "comision_por_persona"),
        ("adm_ventas", "NULL::text", "(now() - interval '1 hour')", "comision_por_fecha"),
    ],
)
def test_las_propias_y_las_de_unos_dias_salen_de_su_indice(many, role, mine, since, index):
    source = "SELECT prosrc FROM pg_proc WHERE proname = 'comision_listar'"
    body = many.conn.execute(source).fetchone()[0]
    page = body[body.index("SELECT c.* FROM") : body.index("LIMIT privado.limite")]
    total = body[body.index("SELECT count(*)") : body.index("RETURN privado.json_unir")]
    names = {
        "v_mias": mine, "p_usuario": "''", "v_desde": f"{since}::timestamptz", "v_hasta": "'infinity'::timestamptz",
        " INTO v": "", ";": "",
    }  # fmt: skip
    for query in (f"{page} LIMIT 20", total):
        for name, value in names.items():
            query = query.replace(name, value)
        with many.acting(role) as act:
            plan = "\n".join(line for (line,) in act.conn.execute(f"EXPLAIN {query}").fetchall())
        assert index in plan and "Seq Scan on comision" not in plan, plan
