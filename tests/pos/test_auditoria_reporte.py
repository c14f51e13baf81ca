"""What the auditor's reports say, of acts done by the people who may do them."""

import pytest

from .acts import forbidden

REPORTS = {
    "auditoria_documento": {"codigo": "x"},
    "auditoria_fuera_de_hora": {},
    "auditoria_pares": {},
    "auditoria_costos": {},
}


def test_el_informe_de_un_documento_junta_cambios_bienes_y_dinero_en_orden(counter):
    product = counter.product(prd_stock=5, prd_costo=2)
    code = counter.issue((product, 2))["factura"]["fac_codigo"]
    counter.do("adm_ventas", "factura_anular", fac_codigo=code, motivo="se equivocó")
    told = counter.do("auditor", "auditoria_documento", codigo=code)
    facts = [(fact["origen"], fact["hecho"]) for fact in told["data"]]
    assert {("KARDEX", "VEN"), ("KARDEX", "ANV"), ("AUDITORIA", "INSERT factura")} <= set(facts)
    assert [kind for kind, _ in facts].count("LIBRO") == 2
    headers = [fact["detalle"]["despues"] for fact in told["data"] if fact["hecho"].endswith(" factura")]
    assert [header.get("fac_estado") for header in headers] == ["PEN", "APR", "ANU"]
    money = [fact for fact in told["data"] if fact["origen"] == "LIBRO"]
    assert all(sum(float(line["monto"]) for line in fact["detalle"]["lineas"]) == 0 for fact in money)


def test_la_historia_va_acto_por_acto(client, auth, people):
    """Committed one by one, as people do: what each act changed stands before what it posted."""
    product = client.post(
        "/api/pos/producto", headers=auth("admin"),
        json={"prd_nombre": "Historia", "prd_precio_venta": "4.00", "um_venta": "UND", "prd_stock": 3},
    ).json["prd_codigo"]  # fmt: skip
    buyer = {"cli_tipo_id": "PASAPORTE", "cli_ruc_ced": f"H{product}", "cli_nombre": "Ana Historia"}
    client_code = client.post("/api/pos/cliente", headers=auth("ventas"), json=buyer).json["cli_codigo"]
    code = client.post("/api/pos/factura", headers=auth("ventas"), json={"cli_codigo": client_code}).json[
        "fac_codigo"
    ]
    line = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": 1}
    assert client.post("/api/pos/factura/detalle", headers=auth("ventas"), json=line).status_code in (
        200,
        201,
    )
    for role, act in (("ventas", "aprobar"), ("adm_ventas", "anular")):
        done = client.put(f"/api/pos/factura/{code}/{act}", headers=auth(role), json={})
        assert done.status_code == 200, done.text
    told = client.get(f"/api/pos/auditoria/reporte/documento?codigo={code}", headers=auth("auditor")).json[
        "data"
    ]
    assert [(fact["origen"], fact["usuario"]) for fact in told] == [
        ("AUDITORIA", people.login("ventas")),
        *((origin, people.login("ventas")) for origin in ("AUDITORIA", "KARDEX", "LIBRO")),
        *((origin, people.login("adm_ventas")) for origin in ("AUDITORIA", "KARDEX", "LIBRO")),
    ]


def test_un_documento_que_no_existe_no_tiene_historia(counter):
    assert counter.do("auditor", "auditoria_documento", codigo="FAC9999999") == {
        "codigo": "FAC9999999",
        "data": [],
    }


def move(counter, code, state, moment):
    """Say that an invoice came to a state at another time: the trail's clock cannot be asked to wait."""
    counter.rewrite(
        "UPDATE datos.auditoria SET cuando = %s WHERE tabla = 'factura' AND clave = %s"
        " AND despues ->> 'fac_estado' = %s", moment, code, state,
    )  # fmt: skip


@pytest.mark.parametrize(("opens", "closes", "inside", "outside"), [
    ("08:00", "20:00", ("2026-03-10 08:00", "2026-03-10 19:59:59"), ("2026-03-10 07:59:59", "2026-03-10 20:00")),
    ("18:00", "03:00", ("2026-03-10 18:00", "2026-03-11 02:59"), ("2026-03-10 17:59", "2026-03-10 03:00")),
])  # fmt: skip
def test_las_anulaciones_con_el_local_cerrado_se_ven(counter, opens, closes, inside, outside):
    counter.settings(hora_apertura=opens, hora_cierre=closes)
    product = counter.product(prd_stock=9, prd_costo=2)
    codes = {}
    for moment in (*inside, *outside):
        code = counter.issue((product, 1))["factura"]["fac_codigo"]
        counter.do("adm_ventas", "factura_anular", fac_codigo=code, motivo="de noche")
        move(counter, code, "ANU", f"{moment}-05")
        codes[moment] = code
    told = counter.do("auditor", "auditoria_fuera_de_hora", desde="2026-03-09", hasta="2026-03-12")
    assert {row["fac_codigo"] for row in told["data"]} == {codes[moment] for moment in outside}
    [row, _] = told["data"]
    assert (row["anulo"], row["emitio"], row["motivo"]) == (
        counter.people.login("adm_ventas"), counter.people.login("ventas"), "de noche",
    )  # fmt: skip
    assert row["fac_total"] == "11.50" and row["hora"] in {moment[11:16] for moment in outside}


def test_una_persona_se_ve_al_lado_de_las_demas(counter, staff):
    honest, odd, boss = staff("ventas"), staff("ventas"), staff("adm_ventas")
    product = counter.product(prd_stock=50, prd_costo=2)
    for who, sales, annulled in ((honest, 8, 1), (odd, 2, 2)):
        for number in range(sales):
            code = counter.draft((product, 1), role=who)
            counter.do(who, "factura_aprobar", fac_codigo=code)
            if number < annulled:
                counter.do(boss, "factura_anular", fac_codigo=code)
    counter.do(odd, "factura_eliminar", fac_codigo=counter.draft((product, 1), role=odd))
    told = counter.do("auditor", "auditoria_pares", rol="ventas")["data"]
    by_login = {row["usuario"]: row for row in told if row["usuario"] in (honest, odd)}
    assert (by_login[honest]["emitidas"], by_login[honest]["anuladas"]) == (8, 1)
    assert (by_login[odd]["emitidas"], by_login[odd]["anuladas"], by_login[odd]["descartes"]) == (2, 2, 1)
    assert by_login[odd]["razon_anuladas"] == pytest.approx(8 * by_login[honest]["razon_anuladas"], abs=0.2)
    assert by_login[odd]["razon_anulo"] is None or by_login[odd]["razon_anulo"] == 0
    everybody = counter.do("auditor", "auditoria_pares")["data"]
    annuller = next(row for row in everybody if row["usuario"] == boss)
    assert annuller["anulo"] == 3 and annuller["razon_anulo"] is None  # it issued nothing to be measured by


def test_un_precio_a_mano_cuenta_en_quien_lo_puso(counter):
    product = counter.product(prd_stock=5, prd_costo=2)
    code = counter.draft(role="adm_ventas")
    counter.do(
        "adm_ventas", "factura_detalle_crear", fac_codigo=code, prd_codigo=product, pxfa_cantidad=1,
        precio="3.00", motivo_precio="amigo",
    )  # fmt: skip
    told = counter.do("auditor", "auditoria_pares")["data"]
    assert next(row for row in told if row["usuario"] == counter.people.login("adm_ventas"))["precios"] == 1


def test_sin_pgaudit_el_informe_de_costos_lo_dice_y_como_encenderlo(counter):
    told = counter.do("auditor", "auditoria_costos")
    assert told["activo"] is False and told["columnas"] == []
    assert "shared_preload_libraries" in told["como"]


@pytest.mark.parametrize("name", REPORTS)
def test_solo_el_auditor_pide_informes(counter, name):
    for role in ("admin", "contador", "adm_ventas", "ventas"):
        with counter.acting(role) as act:
            forbidden(act, name, **REPORTS[name])


def test_los_informes_salen_por_http(client, auth, people):
    for path in ("documento?codigo=FAC0000001", "fuera-de-hora", "pares?rol=ventas", "costos"):
        answer = client.get(f"/api/pos/auditoria/reporte/{path}", headers=auth("auditor"))
        assert answer.status_code == 200, answer.text
        assert client.get(f"/api/pos/auditoria/reporte/{path}", headers=auth("admin")).status_code == 403
    shop = people.headers("auditor", "ecom")
    assert client.get("/api/ecom/auditoria/reporte/documento?codigo=PED1", headers=shop).json["data"] == []
