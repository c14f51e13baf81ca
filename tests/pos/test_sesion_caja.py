"""Cash sessions: one per register and per person, and cash moves inside one only."""

import json
from decimal import Decimal

from .acts import refused


def register(shop, name="Caja 1"):
    """A new register of the branch's point."""
    return shop.do("admin", "caja_crear", nombre=name, punto_emision="001-001")["id"]


def opened(shop, count=None, role="cajero", name="Caja 1"):
    """An open session of a new register."""
    return shop.do(
        role,
        "sesion_caja_abrir",
        caja=register(shop, name),
        desglose=json.dumps(count or {"20": 2, "0.25": 8}),
    )


def test_abrir_pasa_lo_declarado_a_la_sesion(counter):
    session = opened(counter)
    assert (session["monto_inicial"], session["estado"]) == ("42.00", "ABIERTA")
    assert counter.posted("SES", str(session["id"])) == {
        ("CAJA", str(session["id"])): Decimal("42.00"),
        ("CAJA_GENERAL", "001"): Decimal("-42.00"),
    }
    assert counter.do("cajero", "sesion_caja_activa") == session


def test_una_caja_y_una_persona_tienen_una_sesion_abierta(counter):
    first = opened(counter)
    with counter.acting("admin") as act:
        assert (
            refused(
                act, "sesion_caja_una_por_caja", "sesion_caja_abrir", caja=first["caja"], monto_inicial="1.00"
            )
            == "23505"
        )
    other = register(counter, "Caja 2")
    with counter.acting("cajero") as act:
        assert (
            refused(act, "sesion_caja_una_por_persona", "sesion_caja_abrir", caja=other, monto_inicial="1.00")
            == "23505"
        )


def test_el_desglose_usa_las_denominaciones_del_ajuste(counter):
    box = register(counter)
    with counter.acting("cajero") as act:
        for count, rule in (
            ({"7": 1}, "denominacion_conocida"),
            ({"20": -1}, "arqueo_desglose"),
            ({"20": 1.5}, "arqueo_desglose"),
            ([1], "arqueo_desglose"),
            ({}, "arqueo_monto"),
        ):
            assert refused(act, rule, "sesion_caja_abrir", caja=box, desglose=json.dumps(count)) == "422"
        assert (
            refused(
                act, "arqueo_monto", "sesion_caja_abrir", caja=box, desglose='{"20": 1}', monto_inicial="5"
            )
            == "422"
        )
