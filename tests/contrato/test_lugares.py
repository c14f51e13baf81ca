"""Places, what moves between them, and the catalogues that an administrator writes."""

from .conftest import envelope, keys, serial

PUNTO = "punto_emision eta_codigo pto_codigo bod_codigo pto_estado"
TRANSFERENCIA = (
    "tra_codigo bodega bodega_destino tra_fecha tra_observacion tra_estado tra_motivo usr_id lineas"
)
CONTEO = (
    "cnt_codigo bodega cnt_fecha cnt_observacion cnt_estado cnt_cierre cnt_motivo usr_id articulos contados"
)
CONTEO_LINEA = "prd_codigo mp_codigo nombre contado contado_en contado_por"
COSTEO = "prd_codigo mp_codigo nombre bodega cantidad valor costo_promedio valor_fifo"
TRANSFERENCIA_LINEA = "prd_codigo mp_codigo nombre cantidad recibida devuelta baja pendiente"


def test_los_lugares_se_abren_y_se_cierran(till, tab):
    branch, store = f"9{serial() % 100:02d}", f"K{serial()}"
    made = till.post("/establecimiento", {"eta_codigo": branch, "eta_nombre": "Norte"}, 201)
    keys(made, "eta_codigo eta_nombre eta_direccion eta_estado")
    body = {"bod_codigo": store, "eta_codigo": branch, "bod_nombre": "Norte"}
    keys(till.post("/bodega", body, 201), "bod_codigo eta_codigo bod_nombre bod_vendible bod_estado")
    point = till.post("/punto-emision", {"eta_codigo": branch, "pto_codigo": "001", "bod_codigo": store}, 201)
    keys(point, PUNTO)
    assert till.put(f"/establecimiento/{branch}", {"eta_nombre": "Sur"})["eta_nombre"] == "Sur"
    assert till.put(f"/bodega/{store}", {"bod_nombre": "Sur"})["bod_nombre"] == "Sur"
    assert till.put(f"/punto-emision/{branch}/001", {"bod_codigo": store})["bod_codigo"] == store
    for place in (f"/establecimiento/{branch}", f"/bodega/{store}", f"/punto-emision/{branch}/001"):
        assert till.get(place)["eta_codigo"] == branch
        tab("ventas").refused(403, "sin_permiso", "DELETE", place)
    for noun in ("establecimiento", "bodega", "punto-emision"):
        assert envelope(till.get(f"/{noun}?page=1"))
    for place in (f"/punto-emision/{branch}/001", f"/bodega/{store}", f"/establecimiento/{branch}"):
        assert till.delete(place)["message"]


def test_lo_que_va_de_una_bodega_a_otra(till, tab):
    form = {"unidad_medida": "KG", "descripcion": f"Viaje {serial()}", "costo": 1, "cantidad": 9}
    material = till.post("/materiaprima", form, 201)["mp_codigo"]
    chief = tab("adm_bodega")

    def line(quantity):
        return {"lineas": [{"mp_codigo": material, "cantidad": quantity}]}

    sent = chief.post("/transferencia", {"bodega_destino": "B002", **line(6)}, 201)
    keys(sent, TRANSFERENCIA)
    for row in sent["lineas"]:
        assert set(row) - {"costo_unitario", "valor", "valor_pendiente"} == set(TRANSFERENCIA_LINEA.split())
    place = f"/transferencia/{sent['tra_codigo']}"
    assert chief.post(f"{place}/recibir", line(2))["lineas"][0]["recibida"] == 2
    assert chief.post(f"{place}/devolver", line(1))["lineas"][0]["devuelta"] == 1
    assert chief.post(f"{place}/baja", {**line(1), "motivo": "se rompió"})["lineas"][0]["baja"] == 1
    assert chief.post(f"{place}/recibir")["lineas"][0]["pendiente"] == 0
    assert chief.get(place)["tra_codigo"] == sent["tra_codigo"]
    assert envelope(chief.get("/transferencia?page=1"))
    assert chief.get("/transferencia/type")[0]["bod_codigo"]
    chief.refused(404, "transferencia_existe", "GET", "/transferencia/TRA9999999")


def test_los_catalogos_los_escribe_un_administrador(till, tab):
    for noun, new, change in (
        ("ciudad", {"ct_codigo": "KKA", "ct_descripcion": "Ka"}, {"ct_descripcion": "Kaa"}),
        ("categoria", {"cat_codigo": "KKA", "cat_nombre": "Ka"}, {"cat_descripcion": "Kaa"}),
        ("unidadmedida", {"um_codigo": "KKA", "um_descripcion": "Ka"}, {"um_descripcion": "Kaa"}),
    ):
        tab("ventas").refused(403, "sin_permiso", "POST", f"/{noun}", new)
        made = till.post(f"/{noun}", new, 201)
        assert {name: made[name] for name in new} == new
        changed = till.put(f"/{noun}/KKA", change)
        assert {name: changed[name] for name in change} == change
        assert till.delete(f"/{noun}/KKA")["message"]
        till.refused(400, "datos_invalidos", "POST", f"/{noun}", {})
    rate = {"iva_codigo": "RED", "sri_codigo": "5", "porcentaje": "6", "desde": "2095-01-01"}
    assert till.post("/iva", rate, 201)["desde"] == "2095-01-01"
    assert till.put("/iva/RED/2095-01-01", {"porcentaje": 7})["porcentaje"] == 7
    assert till.delete("/iva/RED/2095-01-01")["message"]


def test_las_transacciones_propias_las_escribe_un_administrador(till, tab):
    new = {"trn_cod": "K1", "trn_tipo": "EGRESO", "trn_descripcion": "Muestra"}
    tab("adm_bodega").refused(403, "sin_permiso", "POST", "/transaccion", new)
    made = till.post("/transaccion", new, 201)
    keys(made, " ".join(new), more="trn_manual trn_clase trn_estado")
    assert {name: made[name] for name in new} == new
    till.refused(409, "transaccion_unica", "POST", "/transaccion", new)
    till.refused(400, "datos_invalidos", "POST", "/transaccion", {**new, "trn_tipo": "OTRO"})
    till.refused(400, "datos_invalidos", "POST", "/transaccion", {**new, "trn_cod": "LARGO"})
    till.refused(422, "transaccion_sin_salida", "POST", "/transaccion", {**new, "trn_cod": "S1"})
    assert till.put("/transaccion/K1", {"trn_descripcion": "Cata"})["trn_descripcion"] == "Cata"
    till.refused(422, "transaccion_sin_salida", "PUT", "/transaccion/K1", {"trn_descripcion": "Salida"})
    till.refused(409, "transaccion_del_sistema", "PUT", "/transaccion/VEN", {"trn_descripcion": "Cata"})
    till.refused(409, "transaccion_del_sistema", "DELETE", "/transaccion/BAJ")
    keys(till.delete("/transaccion/K1"), "message trn_cod")
    assert "K1" not in [row["trn_cod"] for row in till.get("/transaccion")]
    assert till.get("/transaccion/K1")["trn_estado"] == "INA"
    till.refused(404, "transaccion_existe", "DELETE", "/transaccion/K1")
    till.refused(404, "transaccion_existe", "GET", "/transaccion/NO")


def test_lo_que_se_cuenta_y_lo_que_vale(till, tab):
    form = {"unidad_medida": "KG", "descripcion": f"Cuenta {serial()}", "costo": "1.50", "cantidad": 9}
    material = till.post("/materiaprima", form, 201)["mp_codigo"]
    chief, clerk = tab("adm_bodega"), tab("bodega")
    code = clerk.post("/conteo", {"articulos": [material]}, 201)["cnt_codigo"]
    place = f"/conteo/{code}"
    blind = clerk.post(f"{place}/cuenta", {"lineas": [{"mp_codigo": material, "cantidad": 8}]})
    keys(blind, CONTEO, more="lineas")
    keys(blind["lineas"][0], CONTEO_LINEA)
    keys(chief.get(place)["lineas"][0], CONTEO_LINEA, more="existencia diferencia")
    assert chief.post(f"{place}/aprobar")["lineas"][0]["diferencia"] == -1
    chief.refused(409, "conteo_abierto", "POST", f"{place}/aprobar")
    other = clerk.post("/conteo", {"articulos": [material]}, 201)["cnt_codigo"]
    assert chief.post(f"/conteo/{other}/anular", {"motivo": "doble"})["cnt_estado"] == "ANU"
    keys(envelope(chief.get("/conteo?page=1"))[0], CONTEO)
    keys(envelope(chief.get("/costeo?page=1&bodega=B001"))[0], COSTEO)
    (worth,) = chief.get(f"/costeo/{material}")["data"]
    keys(worth, COSTEO, more="capas salidas")
    assert (worth["valor"], worth["valor_fifo"], worth["capas"][0]["cantidad"]) == ("12.00", "12.00", 8)
    clerk.refused(403, "sin_permiso", "GET", f"/costeo/{material}")
