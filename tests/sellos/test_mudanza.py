"""Months of the trail that are made late: sealed in the default partition, compared in their own."""

from .test_sellado import sealed


def test_una_fila_sellada_se_muda_a_su_mes_sin_que_los_sellos_lo_noten(trail):
    trail.query(
        "pos",
        "INSERT INTO datos.auditoria (cuando, tabla, clave, operacion) VALUES ('2043-01-05', 'c', 'mudada', 'EVENT')",
    )
    trail.seal()
    assert sealed(trail, "mudada") == 1
    [(done,)] = trail.query("pos", "SELECT api.auditoria_preparar()")
    assert done == {"meses": ["2043-01"], "movidas": 1}
    assert trail.query("pos", "SELECT clave FROM datos.auditoria_2043_01") == [("mudada",)]
    assert trail.verify("pos").findings == []
