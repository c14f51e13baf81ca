"""Cash: registers, sessions from opening to Z, movements, differences, advances."""

import pytest

from .conftest import envelope, keys, serial

CAJA = "id nombre tipo punto_emision estado sesion"
SESION = (
    "id caja punto_emision usuario estado fecha_apertura monto_inicial monto_inicial_esperado desglose_apertura"
    " observacion_apertura fecha_cierre cerrada_por numero_z monto_esperado monto_final_declarado desglose_cierre"
    " diferencia cuadre fondo observacion_cierre"
)
REPORTE = "tipo ciego sesion monto_esperado ventas anuladas pagos iva efectivo movimientos"
BALANCE = "id estado ciego monto_inicial entradas salidas monto_esperado pagos"
MOVIMIENTO = "id sesion tipo cuenta monto motivo fecha usuario"
DESCUADRE = (
    "id sesion momento establecimiento usuario monto fecha estado observacion resuelto_por fecha_resolucion"
)
PRESTAMO = "id persona establecimiento origen sesion descuadre monto saldo motivo fecha estado otorgado_por"


@pytest.fixture
def register(till) -> int:
    """A new register of branch 001."""
    return till.post("/caja", {"nombre": f"Registro {serial()}", "punto_emision": "001-001"}, 201)["id"]


@pytest.fixture
def cashier(tab, staff):
    """A cashier with no session yet, as everybody's is somebody's."""
    return tab(staff("cajero"))


def opened(cashier, register, money="50.00") -> int:
    body = {"caja": register, "monto_inicial": money, "observacion": "Turno"}
    session = cashier.post("/caja/abrir", body, 201)
    keys(session, SESION)
    return session["id"]


def closed(who, session, **count) -> dict:
    z = who.ask("PATCH", f"/caja/sesion/{session}/cerrar", count)
    keys(z, REPORTE)
    keys(z["sesion"], SESION)
    return z


def test_una_caja_se_administra(till, cashier):
    form = {"nombre": f"Registro {serial()}", "punto_emision": "001-001", "tipo": "SOLO_VENTAS"}
    made = till.post("/caja", form, 201)
    keys(made, CAJA)
    assert (made["tipo"], made["estado"], made["sesion"]) == ("SOLO_VENTAS", "ACT", None)
    till.refused(409, "caja_nombre_unico", "POST", "/caja", form)
    till.refused(
        422, "caja_punto_existe", "POST", "/caja", {**form, "nombre": "X", "punto_emision": "001-999"}
    )
    till.refused(400, "datos_invalidos", "POST", "/caja", {"nombre": "X"})
    cashier.refused(403, "sin_permiso", "POST", "/caja", form)
    place = f"/caja/{made['id']}"
    changed = till.ask("PATCH", place, {"nombre": f"Registro {serial()}", "tipo": "MIXTA"})
    assert (changed["tipo"], changed["punto_emision"]) == ("MIXTA", "001-001")
    session = opened(cashier, made["id"])
    busy = cashier.get(place)["sesion"]
    keys(busy, "id usuario fecha_apertura")
    assert made["id"] in [
        row["id"] for row in envelope(cashier.get("/caja?page=1&limit=100")) if row["sesion"]
    ]
    till.refused(409, "caja_en_uso", "DELETE", place)
    till.refused(409, "caja_en_uso", "PATCH", place, {"punto_emision": "002-001"})
    closed(cashier, session, monto_final_declarado="50.00", fondo=30)
    keys(till.delete(place), "message id")
    assert till.get(place)["estado"] == "INA"
    till.refused(404, "caja_existe", "DELETE", place)
    till.refused(404, "caja_existe", "GET", "/caja/999999")
    cashier.refused(409, "caja_activa", "POST", "/caja/abrir", {"caja": made["id"], "monto_inicial": 1})


def test_una_sesion_de_la_apertura_al_z(till, tab, cashier, register):
    cashier.refused(404, "sin_sesion_caja", "GET", "/caja/sesion-activa")
    cashier.refused(404, "caja_existe", "POST", "/caja/abrir", {"caja": 999999, "monto_inicial": 1})
    cashier.refused(
        422, "denominacion_conocida", "POST", "/caja/abrir", {"caja": register, "desglose": {"7": 1}}
    )
    cashier.refused(422, "arqueo_monto", "POST", "/caja/abrir", {"caja": register})
    cashier.refused(400, "datos_invalidos", "POST", "/caja/abrir", {"caja": register, "desglose": {"5": -1}})
    session = opened(cashier, register)
    assert cashier.get("/caja/sesion-activa")["id"] == session
    cashier.refused(
        409, "sesion_caja_una_por_caja", "POST", "/caja/abrir", {"caja": register, "monto_inicial": 1}
    )
    detail = cashier.get(f"/caja/sesion/{session}")
    keys(detail, SESION, more="anuladas_despues")
    for place in ("/caja", f"/caja/sesion/{session}"):
        told, x = cashier.get(f"{place}/balance"), cashier.get(f"{place}/reporte-x")
        keys(told, BALANCE)
        keys(x, REPORTE)
        assert (told["ciego"], told["monto_esperado"], x["monto_esperado"]) == (True, None, None)
    assert till.get(f"/caja/sesion/{session}/balance")["monto_esperado"] == "50.00"
    place = f"/caja/sesion/{session}/cerrar"
    cashier.refused(422, "sesion_caja_fondo", "PATCH", place, {"monto_final_declarado": 1, "fondo": 2})
    z = closed(cashier, session, desglose={"20": 2, "5": 1, "0.05": 3}, fondo="20.00", observacion="Fin")
    assert (z["tipo"], z["sesion"]["cuadre"], z["sesion"]["diferencia"]) == ("Z", "FALTANTE", "-4.85")
    assert z["sesion"]["numero_z"].startswith("001-001-")
    assert cashier.get(f"/caja/sesion/{session}/reporte-x") == z
    cashier.refused(409, "sesion_caja_cerrada", "PATCH", place, {"monto_final_declarado": 1})
    cashier.refused(404, "sesion_caja_existe", "GET", "/caja/sesion/999999")
    for row in envelope(cashier.get(f"/caja/historial?page=1&limit=5&caja={register}&desde=2020-01-01")):
        keys(row, SESION)
    cashier.refused(400, "datos_invalidos", "GET", "/caja/historial?desde=ayer")
    tab("ventas").refused(403, "sin_permiso", "GET", "/caja/historial")


def test_el_dinero_que_entra_y_sale(till, cashier, register):
    move = {"tipo": "EGRESO", "monto": "12.50", "motivo": "Agua"}
    cashier.refused(409, "sin_sesion_caja", "POST", "/caja/movimiento", move)
    session = opened(cashier, register)
    made = cashier.post("/caja/movimiento", move, 201)
    keys(made, MOVIMIENTO)
    assert (made["cuenta"], made["monto"], made["sesion"]) == ("GASTOS_CAJA", "12.50", session)
    drop = {"tipo": "INGRESO", "monto": 5, "motivo": "Sueltos", "destino": "CAJA_GENERAL"}
    assert cashier.post("/caja/movimiento", drop, 201)["cuenta"] == "CAJA_GENERAL"
    said = cashier.refused(409, "saldo_no_negativo", "POST", "/caja/movimiento", {**move, "monto": "42.51"})
    assert not any(letter.isdigit() for letter in said["message"])
    cashier.refused(422, "monto_positivo", "POST", "/caja/movimiento", {**move, "monto": 0})
    for wrong in ({"tipo": "ROBO"}, {"motivo": ""}, {"monto": "x"}, {"destino": "BANCO"}):
        cashier.refused(400, "datos_invalidos", "POST", "/caja/movimiento", {**move, **wrong})
    assert [m["monto"] for m in cashier.get("/caja/reporte-x")["movimientos"]] == ["12.50", "5.00"]
    closed(cashier, session, monto_final_declarado="42.50")


def test_un_descuadre_se_resuelve_y_se_paga(till, cashier, register):
    closed(cashier, opened(cashier, register), monto_final_declarado="47.00")
    (short,) = envelope(cashier.get("/descuadre?page=1&estado=PENDIENTE"))
    keys(short, DESCUADRE)
    place = f"/descuadre/{short['id']}/resolver"
    verdict = {"estado": "RESUELTO", "observacion": "Lo asume"}
    cashier.refused(403, "sin_permiso", "PATCH", place, verdict)
    till.refused(400, "datos_invalidos", "PATCH", place, {**verdict, "estado": "PENDIENTE"})
    solved = till.ask("PATCH", place, verdict)
    keys(solved, DESCUADRE)
    assert (solved["estado"], solved["monto"]) == ("RESUELTO", "-3.00")
    till.refused(409, "descuadre_pendiente", "PATCH", place, verdict)
    till.refused(404, "descuadre_existe", "PATCH", "/descuadre/999999/resolver", verdict)
    (owed,) = envelope(cashier.get(f"/prestamo?page=1&estado=PEN&persona={short['usuario']}"))
    assert (owed["origen"], owed["saldo"], owed["descuadre"]) == ("DESCUADRE", "3.00", short["id"])


def test_un_prestamo_se_da_y_se_paga(till, cashier, register, staff):
    person = staff("bodega")
    loan = {"persona": person, "monto": 20, "motivo": "Pasajes"}
    cashier.refused(409, "sin_sesion_caja", "POST", "/prestamo", loan)
    session = opened(cashier, register)
    made = cashier.post("/prestamo", loan, 201)
    keys(made, PRESTAMO)
    assert (made["persona"], made["saldo"], made["estado"], made["origen"]) == (
        person,
        "20.00",
        "PEN",
        "CAJA",
    )
    cashier.refused(404, "persona_existe", "POST", "/prestamo", {**loan, "persona": "nadie_aqui"})
    cashier.refused(409, "saldo_no_negativo", "POST", "/prestamo", {**loan, "monto": 31})
    cashier.refused(400, "datos_invalidos", "POST", "/prestamo", {"persona": person})
    assert made["id"] in [row["id"] for row in envelope(cashier.get("/prestamo?page=1&estado=PEN"))]
    place = f"/prestamo/{made['id']}/pagar"
    assert cashier.post(place, {"monto": "5.00"})["saldo"] == "15.00"
    cashier.refused(409, "pago_dentro_de_la_deuda", "POST", place, {"monto": "15.01"})
    cashier.refused(422, "monto_positivo", "POST", place, {"monto": 0})
    assert cashier.post(place)["estado"] == "PAG"
    cashier.refused(409, "prestamo_abierto", "POST", place)
    cashier.refused(404, "prestamo_existe", "POST", "/prestamo/999999/pagar")
    closed(cashier, session, monto_final_declarado="50.00")
