"""IVA changes at local midnight while drafts are open: an invoice carries the rate of its own approval date.

The clock is moved where every rule reads the local date, `privado.hoy()`, and only inside the test's transaction.
"""

import pytest

CLOCK = """
    CREATE OR REPLACE FUNCTION privado.hoy() RETURNS date LANGUAGE sql STABLE AS
    $$ SELECT privado.fecha_local(current_setting('prueba.ahora')::timestamptz) $$
"""


@pytest.fixture
def at(counter):
    """From now on it is that moment; the general rate goes from 15 to 18 percent with the local 1 March 2027."""
    counter.conn.execute(CLOCK)
    counter.conn.execute(
        "UPDATE datos.tarifa_iva SET hasta = '2027-02-28' WHERE iva_codigo = 'GEN' AND hasta IS NULL"
    )
    counter.conn.execute("INSERT INTO datos.tarifa_iva VALUES ('GEN', '9', 18, '2027-03-01', NULL)")

    def move(moment):
        counter.conn.execute("SELECT set_config('prueba.ahora', %s, true)", (moment,))

    return move


@pytest.mark.parametrize(
    ("zone", "last_second", "midnight"),
    [
        ("America/Guayaquil", "2027-03-01T04:59:59.999999Z", "2027-03-01T05:00:00Z"),  # UTC-5
        ("America/La_Paz", "2027-03-01T03:59:59.999999Z", "2027-03-01T04:00:00Z"),  # UTC-4
    ],
)
def test_cada_factura_lleva_la_tarifa_de_su_fecha_local_de_emision(counter, at, zone, last_second, midnight):
    counter.settings(zona_horaria=zone)
    product = counter.product("100.00", prd_stock=9, prd_costo=1)
    at("2027-02-20T12:00:00Z")
    drafts = [counter.draft((product, 1)) for _ in range(3)]
    shown = {
        counter.do("ventas", "factura_obtener", fac_codigo=code)["factura"]["fac_total"] for code in drafts
    }
    assert shown == {"115.00"}
    issued = []
    for moment, code in zip((last_second, midnight, "2027-03-02T12:00:00Z"), drafts, strict=True):
        at(moment)
        issued.append(counter.do("ventas", "factura_aprobar", fac_codigo=code))
    assert [(i["factura"]["fac_total"], i["detalle"][0]["iva_porcentaje"]) for i in issued] == [
        ("115.00", 15), ("118.00", 18), ("118.00", 18),
    ]  # fmt: skip
    assert ("IVA_VENTAS", "4") in counter.posted("FAC", drafts[0])
    assert ("IVA_VENTAS", "9") in counter.posted("FAC", drafts[1])


def test_a_la_misma_hora_dos_zonas_pueden_tener_tarifas_distintas(counter, at):
    product = counter.product("100.00", prd_stock=9, prd_costo=1)
    totals = {}
    for zone in ("America/Guayaquil", "America/La_Paz"):
        counter.settings(zona_horaria=zone)
        at("2027-03-01T04:30:00Z")
        code = counter.draft((product, 1))
        totals[zone] = counter.do("ventas", "factura_aprobar", fac_codigo=code)["factura"]["fac_total"]
    assert totals == {"America/Guayaquil": "115.00", "America/La_Paz": "118.00"}
