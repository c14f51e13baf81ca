"""The doctor sees forged cash: rows that no act wrote, put there by a superuser with every trigger and key off."""

import pytest

from .counter import Counter
from .drawer import closed, moved, opened

LINE = "INSERT INTO datos.asiento_linea (asi_id, linea, cta_id, monto) SELECT 990001, 1, cta_id, {} FROM datos.cuenta"
ENTRY = (
    "INSERT INTO datos.asiento (asi_id, eta_codigo, doc_tipo, doc_codigo, glosa, asi_fecha)"
    " OVERRIDING SYSTEM VALUE VALUES"
)
# Each is broken by one statement; ids of a closed session and of its register stand for %(ses)s and %(caja)s.
FORGED = {
    "sesion_caja_igual_libro": ["UPDATE datos.sesion_caja SET monto_esperado = 41 WHERE id = %(ses)s"],
    "sesion_caja_cerrada_quieta": [
        f"{ENTRY} (990001, '001', 'MOV', '0', 'x', now() + interval '1 day')",
        LINE.format("0.01") + " WHERE clase = 'CAJA' AND ref = '%(ses)s'",
    ],
    "z_sin_huecos": ["UPDATE datos.sesion_caja SET z_secuencial = z_secuencial + 1 WHERE id = %(ses)s"],
    "z_igual_sesion": ["UPDATE datos.sesion_caja_z SET contenido = '{}' WHERE ses_id = %(ses)s"],
    "fondo_de_caja": ["UPDATE datos.sesion_caja SET fondo = fondo - 1 WHERE id = %(ses)s"],
    "movimiento_en_libro": ["UPDATE datos.caja_movimiento SET monto = 6 WHERE ses_id = %(ses)s"],
    "descuadre_igual_libro": ["UPDATE datos.descuadre SET monto = -9 WHERE ses_id = %(ses)s"],
    "descuadre_de_arqueo": ["UPDATE datos.descuadre SET usr_id = 'otro' WHERE ses_id = %(ses)s"],
    "deuda_personal": [
        "INSERT INTO datos.prestamo (eta_codigo, usr_id, ses_id, monto, saldo, motivo)"
        " VALUES ('001', 'nadie', %(ses)s, 1, 1, 'x')"
    ],
    "faltante_cargado": [
        "UPDATE datos.descuadre SET estado = 'RESUELTO', resuelto_por = 'x', fecha_resolucion = now()"
        " WHERE ses_id = %(ses)s"
    ],
    "sesion_caja_abandonada": [
        "UPDATE datos.sesion_caja SET fecha_apertura = now() - interval '3 days' WHERE id = %(open)s"
    ],
}


@pytest.mark.parametrize("invariant", FORGED)
def test_el_efectivo_forjado_se_ve(pos, people, invariant):
    shop = Counter(pos, people)
    session = opened(shop)
    moved(shop, "INGRESO", "5.00")
    closed(shop, session, "40.00", fondo="10.00")
    still = opened(shop, role="admin")
    before = {row["invariante"]: row["filas"] for row in shop.do("auditor", "doctor_revisar")}
    for statement in FORGED[invariant]:
        text = statement.replace("%(ses)s", str(session["id"])).replace("%(open)s", str(still["id"]))
        shop.rewrite(text)
    after = {row["invariante"]: row["filas"] for row in shop.do("auditor", "doctor_revisar")}
    assert before[invariant] == 0 < after[invariant]
