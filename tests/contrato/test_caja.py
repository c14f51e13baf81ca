"""Cash: registers, sessions from opening to Z, movements, differences, advances."""

import pytest

from .conftest import envelope, keys, new_cedula, new_ruc, serial

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
    report(z)
    return z


def report(told) -> None:
    """An X or a Z: the same keys at every depth."""
    keys(told, REPORTE)
    keys(told["sesion"], SESION)
    for part in ("ventas", "anuladas"):
        keys(told[part], "cantidad total primera ultima")
    keys(told["efectivo"], "entradas salidas reembolsos actos")
    for rows, promised in (
        (told["efectivo"]["actos"], "documento tipo concepto cantidad monto"),
        (told["pagos"], "metodo cantidad monto"),
        (told["iva"], "sri_codigo porcentaje base iva"),
        (told["movimientos"], MOVIMIENTO),
    ):
        for row in rows:
            keys(row, promised)


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
        report(x)
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


def test_el_efectivo_de_los_demas_actos_pasa_por_la_caja(till, tab, staff, set_aside, register):
    boss = tab(staff("admin"))  # who may buy, sell, annul and open a drawer; the others' own are theirs
    session = opened(boss, register, "100.00")

    def drawer() -> str:
        return boss.get("/caja/balance")["monto_esperado"]

    form = {
        "prd_nombre": f"De caja {serial()}",
        "um_venta": "UND",
        "prd_precio_venta": 10,
        "iva_codigo": "CER",
    }
    product = boss.post("/producto", {**form, "prd_stock": 5, "prd_costo": 1}, 201)["prd_codigo"]
    lines = [{"prd_codigo": product, "cantidad": 4, "costo_unitario": 5}]
    bought = boss.post("/compra", {"lineas": lines, "pago": "CAJA"}, 201)
    assert (bought["pago"], drawer()) == ("CAJA", "80.00")
    boss.post(f"/compra/{bought['cmp_codigo']}/anular", {"motivo": "x"})
    assert drawer() == "100.00"
    supplier = boss.post("/proveedor", {"prv_razonsocial": "De caja S. A.", "prv_ruc": new_ruc()}, 201)[
        "prv_codigo"
    ]
    boss.post(
        "/compra", {"prv_codigo": supplier, "nro_documento": "F-1", "lineas": lines, "pago": "CREDITO"}, 201
    )
    owed = next(
        row for row in envelope(boss.get("/cuenta-por-pagar?page=1")) if row["prv_codigo"] == supplier
    )["id"]
    boss.post(f"/cuenta-por-pagar/{owed}/pagar", {"monto": 20, "pago": "CAJA"})
    assert drawer() == "80.00"
    buyer = boss.post("/cliente", {"cli_ruc_ced": new_cedula(), "cli_nombre": "De caja"}, 201)["cli_codigo"]
    boss.put(f"/cliente/{buyer}", {"cli_limite_credito": 100})
    set_aside(factura_directa="CREDITO")
    code = boss.post("/factura", {"cli_codigo": buyer}, 201)["fac_codigo"]
    boss.post("/factura/detalle", {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": 2}, 201)
    sold = boss.put(f"/factura/{code}/aprobar")
    (debt,) = envelope(boss.get(f"/cuenta-por-cobrar?page=1&cli_codigo={buyer}"))
    boss.post(f"/cuenta-por-cobrar/{debt['id']}/cobrar", {"monto": 20, "metodo": "EFECTIVO"})
    assert drawer() == "100.00"
    line = {"pxfa_codigo": sold["detalle"][0]["pxfa_codigo"], "cantidad": 1}
    back = {"lineas": [line], "motivo": "x"}
    boss.post(f"/factura/{code}/nota-credito", {**back, "reembolso": "EFECTIVO"}, 201)
    boss.post(f"/factura/{code}/nota-credito", {**back, "reembolso": "SALDO"}, 201)
    boss.post(f"/cliente/{buyer}/saldo/retirar", {"monto": 10})
    assert drawer() == "80.00"
    z = closed(boss, session, monto_final_declarado=80)
    assert [(a["documento"], a["tipo"], a["monto"]) for a in z["efectivo"]["actos"]] == [
        ("CMP", "ENTRADA", "20.00"), ("CXC", "ENTRADA", "20.00"), ("CMP", "SALIDA", "20.00"),
        ("CXP", "SALIDA", "20.00"), ("NCR", "SALIDA", "10.00"), ("SAL", "SALIDA", "10.00"),
    ]  # fmt: skip
