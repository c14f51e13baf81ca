"""Cash sessions: one per register and per person, opened and closed by a count."""

import json
from decimal import Decimal

import pytest

from .acts import forbidden, refused
from .drawer import balance, closed, debt, moved, opened, register

TOMORROW, YESTERDAY = "2999-01-01", "2000-01-01"


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
    other = register(counter)
    for role, box, rule in (
        ("admin", first["caja"], "sesion_caja_una_por_caja"),
        ("cajero", other, "sesion_caja_una_por_persona"),
    ):
        with counter.acting(role) as act:
            assert refused(act, rule, "sesion_caja_abrir", caja=box, monto_inicial="1.00") == "23505"


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
        both = {"desglose": '{"20": 1}', "monto_inicial": "5"}
        assert refused(act, "arqueo_monto", "sesion_caja_abrir", caja=box, **both) == "422"


@pytest.mark.parametrize(
    ("count", "cuadre", "gone"),
    [("52.00", "CUADRADO", "0"), ("51.00", "FALTANTE", "1.00"), ("55.50", "SOBRANTE", "-3.50")]
)  # fmt: skip
def test_cerrar_deja_la_cuenta_en_cero_y_la_diferencia_en_quien_conto(counter, count, cuadre, gone):
    before = balance(counter, "CAJA_GENERAL", "001")
    session = opened(counter)
    moved(counter, "INGRESO", "10.00")
    z = closed(counter, session, count, fondo="40.00")
    assert (z["tipo"], z["monto_esperado"], z["sesion"]["cuadre"]) == ("Z", "52.00", cuadre)
    assert Decimal(z["sesion"]["diferencia"]) == -Decimal(gone)
    assert balance(counter, "CAJA", session["id"]) == 0
    assert balance(counter, "DESCUADRE", session["usuario"]) == Decimal(gone)
    assert balance(counter, "CAJA_FONDO", session["caja"]) == 40
    assert balance(counter, "CAJA_GENERAL", "001") - before == Decimal(count) - 40 - 42


def test_dentro_de_la_tolerancia_no_queda_descuadre(counter):
    counter.settings(descuadre_tolerancia="0.50")
    for count, account in (("41.50", "FALTANTES"), ("42.50", "OTROS_INGRESOS")):
        before = balance(counter, account)
        z = closed(counter, opened(counter), count)
        assert z["sesion"]["cuadre"] == "CUADRADO"
        assert balance(counter, account) - before == Decimal(42) - Decimal(count)
    assert counter.do("cajero", "descuadre_listar")["data"] == []
    assert closed(counter, opened(counter), "41.49")["sesion"]["cuadre"] == "FALTANTE"


def test_lo_que_falta_del_fondo_es_descuadre_de_quien_abre(counter):
    session = opened(counter)
    closed(counter, session, "42.00", fondo="42.00")
    again = opened(counter, "40.00", caja=session["caja"])
    assert (again["monto_inicial_esperado"], again["monto_inicial"]) == ("42.00", "40.00")
    (found,) = counter.do("cajero", "descuadre_listar")["data"]
    assert (found["momento"], found["monto"], found["sesion"]) == ("APERTURA", "-2.00", again["id"])
    assert balance(counter, "CAJA_FONDO", session["caja"]) == 0


def test_se_cierra_una_vez_y_despues_nada_se_mueve(counter):
    session, owed = opened(counter), debt(counter, "10.00")
    with counter.acting("cajero") as act:
        for bad in ({"fondo": "42.01"}, {"fondo": "-1"}, {"fondo": "0.001"}, {"fondo": "NaN"}):
            count = {"id": session["id"], "monto_final_declarado": "42.00"}
            assert refused(act, "sesion_caja_fondo", "sesion_caja_cerrar", **count, **bad) == "422"
    closed(counter, session, "42.00")
    with counter.acting("cajero") as act:
        count = {"id": session["id"], "monto_final_declarado": "42.00"}
        assert refused(act, "sesion_caja_cerrada", "sesion_caja_cerrar", **count) == "409"
        move = {"tipo": "INGRESO", "monto": "1.00", "motivo": "x"}
        assert refused(act, "sin_sesion_caja", "caja_movimiento_crear", **move) == "409"
        pay = {"cxc_codigo": owed, "monto": "1.00", "metodo": "EFECTIVO"}
        assert refused(act, "sin_sesion_caja", "cuenta_por_cobrar_cobrar", **pay) == "409"
        assert refused(act, "sin_sesion_caja", "sesion_caja_activa") == "404"


def test_los_numeros_z_no_tienen_huecos(counter):
    numbers = [closed(counter, opened(counter), "42.00")["sesion"]["numero_z"] for n in range(3)]
    first = int(numbers[0][-9:])
    assert numbers == [f"001-001-{first + n:09}" for n in range(3)]


def test_quien_supervisa_cierra_la_de_un_ausente(counter, staff):
    session, colleague = opened(counter), staff("cajero")
    with counter.acting(colleague) as act:
        count = {"id": session["id"], "monto_final_declarado": "42.00"}
        assert refused(act, "sesion_caja_existe", "sesion_caja_cerrar", **count) == "404"
    z = closed(counter, session, "40.00", role="adm_ventas", observacion="No volvió")
    assert z["sesion"]["cerrada_por"] == counter.people.login("adm_ventas")
    assert balance(counter, "DESCUADRE", session["usuario"]) == 2
    with counter.acting("contador") as act:
        forbidden(act, "sesion_caja_cerrar", id=session["id"], monto_final_declarado="1")


def test_la_sesion_de_un_desactivado_sigue_abierta_hasta_que_la_cierran(counter, staff):
    gone = staff("cajero")
    session = opened(counter, role=gone)
    counter.do("admin", "usuario_off", login=gone)
    notices = {row["invariante"]: row["filas"] for row in counter.do("auditor", "doctor_revisar")}
    assert notices["sesion_caja_abandonada"] == 1
    assert counter.do("admin", "sesion_caja_obtener", id=session["id"])["estado"] == "ABIERTA"
    assert closed(counter, session, "42.00", role="admin")["sesion"]["cuadre"] == "CUADRADO"


def test_el_historial_se_busca_por_caja_persona_y_dia(counter, staff):
    cashier = staff("cajero")
    mine = [opened(counter, role=cashier)["id"]]
    closed(counter, {"id": mine[0]}, "42.00", role=cashier)
    mine.insert(0, opened(counter, role=cashier)["id"])
    other = opened(counter)

    def ids(role, **query):
        return [row["id"] for row in counter.do(role, "sesion_caja_listar", page=1, **query)["data"]]

    assert ids(cashier) == mine
    assert ids("adm_ventas")[:3] == [other["id"], *mine]
    assert ids("adm_ventas", caja=other["caja"]) == [other["id"]]
    assert ids("adm_ventas", usuario=cashier) == mine
    assert ids(cashier, desde=YESTERDAY, hasta=TOMORROW) == mine
    assert ids(cashier, desde=TOMORROW) == ids(cashier, hasta=YESTERDAY) == []
