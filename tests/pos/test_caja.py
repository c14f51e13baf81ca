"""Registers: tied to an active point, changed and retired only while nobody works at them; and money in and out."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused
from .drawer import balance, closed, moved, opened, register


def test_la_lista_dice_quien_la_tiene_abierta(counter, staff):
    session = opened(counter)
    with counter.acting(staff("cajero")) as act:
        (box,) = [row for row in act("caja_listar")["data"] if row["id"] == session["caja"]]
    assert box["sesion"]["usuario"] == session["usuario"]
    with counter.acting(staff("cajero", "002")) as act:
        assert session["caja"] not in [row["id"] for row in act("caja_listar")["data"]]
        assert refused(act, "caja_existe", "caja_obtener", id=session["caja"]) == "404"
        assert (
            refused(act, "caja_existe", "sesion_caja_abrir", caja=session["caja"], monto_inicial=1) == "404"
        )
        assert act.conn.execute("SELECT privado.caja_ocupada(%s)", (session["caja"],)).fetchone() == (None,)


def test_una_caja_nombra_un_punto_activo(counter):
    counter.do("admin", "punto_emision_crear", eta_codigo="001", pto_codigo="900", bod_codigo="B001")
    box = register(counter, point="001-900")
    with counter.acting("admin") as act:
        retire = {"eta_codigo": "001", "pto_codigo": "900"}
        assert refused(act, "punto_emision_en_uso", "punto_emision_eliminar", **retire) == "409"
        act("caja_eliminar", id=box)
        act("punto_emision_eliminar", **retire)
        again = {"nombre": "Otra", "punto_emision": "001-900"}
        assert refused(act, "punto_emision_activo", "caja_crear", **again) == "422"
        other = act("caja_crear", nombre="Otra", punto_emision="001-001")["id"]
        assert (
            refused(act, "punto_emision_activo", "caja_actualizar", id=other, punto_emision="001-900")
            == "422"
        )
        for wrong in ("001-999", "nada", ""):
            assert refused(act, "caja_punto_existe", "caja_crear", nombre="X", punto_emision=wrong) == "422"


def test_con_sesion_abierta_solo_cambia_de_nombre(counter):
    session = opened(counter)
    box = session["caja"]
    with counter.acting("admin") as act:
        for change in ({"punto_emision": "002-001"}, {"tipo": "SOLO_VENTAS"}):
            assert refused(act, "caja_en_uso", "caja_actualizar", id=box, **change) == "409"
        assert refused(act, "caja_en_uso", "caja_eliminar", id=box) == "409"
        same = {"punto_emision": "001-001", "tipo": "MIXTA"}
        assert act("caja_actualizar", id=box, nombre="Principal", **same)["nombre"] == "Principal"
    closed(counter, session, "42.00")
    changed = counter.do("admin", "caja_actualizar", id=box, tipo="SOLO_VENTAS", nombre="")
    assert (changed["nombre"], changed["tipo"]) == ("Principal", "SOLO_VENTAS")
    with counter.acting("adm_ventas") as act:
        forbidden(act, "caja_actualizar", id=box, nombre="x")


def test_el_fondo_de_una_desactivada_pasa_a_la_caja_general(counter):
    session = opened(counter)
    closed(counter, session, "42.00", fondo="30.00")
    before = balance(counter, "CAJA_GENERAL", "001")
    counter.do("admin", "caja_eliminar", id=session["caja"])
    assert balance(counter, "CAJA_FONDO", session["caja"]) == 0
    assert balance(counter, "CAJA_GENERAL", "001") - before == 30
    assert counter.do("admin", "caja_obtener", id=session["caja"])["estado"] == "INA"
    assert session["caja"] not in [row["id"] for row in counter.do("admin", "caja_listar")["data"]]
    name = counter.do("admin", "caja_obtener", id=session["caja"])["nombre"]
    assert counter.do("admin", "caja_crear", nombre=name, punto_emision="001-001")["id"] != session["caja"]
    with counter.acting("admin") as act:
        again = {"nombre": name.upper(), "punto_emision": "001-001"}
        assert refused(act, "caja_nombre_unico", "caja_crear", **again) == "23505"


@pytest.mark.parametrize(
    ("kind", "target", "account", "sign"),
    [
        ("INGRESO", None, "OTROS_INGRESOS", -1), ("EGRESO", None, "GASTOS_CAJA", 1),
        ("INGRESO", "CAJA_GENERAL", "CAJA_GENERAL", -1), ("EGRESO", "CAJA_GENERAL", "CAJA_GENERAL", 1),
    ],
)  # fmt: skip
def test_un_movimiento_tiene_su_otra_cuenta(counter, kind, target, account, sign):
    session = opened(counter)
    made = moved(counter, kind, "7.50", destino=target)
    assert (made["cuenta"], made["tipo"], made["motivo"]) == (account, kind, "Cambio")
    posted = counter.posted("MOV", made["id"])
    assert posted == {
        ("CAJA", str(session["id"])): -sign * Decimal("7.50"),
        (account, "001" if target else ""): sign * Decimal("7.50"),
    }


def test_no_sale_mas_de_lo_que_hay_y_no_se_dice_cuanto_hay(counter):
    opened(counter)
    with counter.acting("cajero") as act:
        out = {"tipo": "EGRESO", "motivo": "x"}
        with pytest.raises(Exception, match="saldo") as caught:
            act("caja_movimiento_crear", monto="42.01", **out)
        said = caught.value.diag
        assert (said.sqlstate, said.constraint_name) == ("NG409", "saldo_no_negativo")
        assert not any(letter.isdigit() for letter in f"{said.message_primary}{said.message_detail or ''}")
        act("caja_movimiento_crear", monto="42.00", **out)
        for wrong, rule in (
            ({"monto": "0"}, "monto_positivo"),
            ({"monto": "0.001"}, "monto_positivo"),
            ({"monto": "NaN"}, "monto_positivo"),
            ({"destino": "BANCO"}, "movimiento_destino"),
        ):
            assert refused(act, rule, "caja_movimiento_crear", **{**out, "monto": "1", **wrong}) == "422"
        assert (
            refused(
                act,
                "caja_movimiento_con_motivo",
                "caja_movimiento_crear",
                **{**out, "monto": 1, "motivo": " "},
            )
            == "23514"
        )
    with counter.acting("adm_ventas") as act:
        forbidden(act, "caja_movimiento_crear", monto="1", **out)
