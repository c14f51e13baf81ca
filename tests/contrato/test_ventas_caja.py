"""Sales at a till: one request, and what each refusal looks like."""

import uuid
from datetime import UTC, datetime

import psycopg
import pytest

from ..conftest import PASSWORD, Act
from .conftest import envelope, keys, new_cedula, serial
from .test_ventas import FILA, LINEA, document

VENTA = "factura detalle pagos cambio sesion vendida_en"
OBSERVADA = (
    "id usr_id sesion punto_emision cli_codigo vendida_en recibida_en total_impreso regla message estado observacion"
    " resuelta_por fecha_resolucion fac_codigo lineas pagos"
)


@pytest.fixture
def product(till) -> str:
    """A product with ten units."""
    form = {"prd_nombre": f"Caja {serial()}", "um_venta": "UND", "prd_precio_venta": 10, "prd_stock": 10}
    return till.post("/producto", form, 201)["prd_codigo"]


@pytest.fixture
def cashier(tab, staff, servers):
    """``cashier()``: a new cashier's tab, with an open session of a new register unless told otherwise."""

    def make(role="cajero", count="20.00", kind="MIXTA"):
        login = staff(role)
        if count is None:
            return tab(login), None
        with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
            box = Act(conn)("caja_crear", nombre=uuid.uuid4().hex, punto_emision="001-001", tipo=kind)["id"]
        with psycopg.connect(servers.pos, user=login, password=PASSWORD, autocommit=True) as conn:
            return tab(login), Act(conn)("sesion_caja_abrir", caja=box, monto_inicial=count)["id"]

    return make


def sale(answer) -> dict:
    """A sale: its invoice as an invoice is, and what it adds."""
    keys(answer, VENTA)
    document({"factura": answer["factura"], "detalle": answer["detalle"]})
    for payment in answer["pagos"]:
        keys(payment, "metodo monto recibido referencia")
    return answer


def test_una_venta_de_principio_a_fin(till, cashier, product):
    desk, session = cashier()
    buyer = till.post("/cliente", {"cli_ruc_ced": new_cedula(), "cli_nombre": "Compra"}, 201)["cli_codigo"]
    body = {
        "cli_codigo": buyer,
        "lineas": [{"prd_codigo": product, "cantidad": "2"}],
        "pagos": [{"metodo": "QR", "monto": 3, "referencia": "A1"}, {"metodo": "EFECTIVO", "monto": "50.00"}],
        "sesion": session,
    }
    sold = sale(desk.post("/venta", body, 201))
    assert (sold["factura"]["fac_total"], sold["cambio"], sold["sesion"]) == ("23.00", "30.00", session)
    assert [(p["monto"], p["recibido"]) for p in sold["pagos"]] == [("3.00", "3.00"), ("20.00", "50.00")]
    keys(sold["detalle"][0], LINEA, more="pxfa_iva")
    code = sold["factura"]["fac_codigo"]
    assert sale(desk.get(f"/venta/{code}")) == sold
    alone = sale(desk.post("/venta", {"lineas": body["lineas"], "cli_codigo": "", "pagos": []}, 201))
    assert alone["factura"]["cli_ruc_ced"] == "9999999999999"
    rows = envelope(desk.get(f"/venta?page=1&sesion={session}&estado=APR&desde=2026-01-01"))
    assert [row["fac_codigo"] for row in rows] == [alone["factura"]["fac_codigo"], code]
    keys(rows[0], FILA, more="sesion usr_id vendida_en")
    assert code in [row["fac_codigo"] for row in envelope(till.get(f"/venta?page=1&sesion={session}"))]
    assert till.get(f"/producto/{product}")["prd_stock"] == 6


def test_cada_rechazo_de_una_venta_tiene_su_regla(tab, cashier, product):
    desk, session = cashier()
    line = {"prd_codigo": product, "cantidad": 1}
    for status, rule, body in (
        (400, "datos_invalidos", {}),
        (400, "datos_invalidos", {"lineas": [{"prd_codigo": product, "cantidad": "1.0001"}]}),
        (400, "datos_invalidos", {"lineas": [line], "pagos": [{"metodo": "VALE", "monto": 1}]}),
        (422, "venta_con_lineas", {"lineas": []}),
        (422, "cantidad_positiva", {"lineas": [{**line, "cantidad": 0}]}),
        (422, "producto_activo", {"lineas": [{**line, "prd_codigo": "PRD0"}]}),
        (422, "cliente_activo", {"lineas": [line], "cli_codigo": "CLI0"}),
        (403, "precio_especial", {"lineas": [{**line, "precio": 1, "motivo_precio": "x"}]}),
        (422, "pago_insuficiente", {"lineas": [line], "pagos": [{"metodo": "EFECTIVO", "monto": 1}]}),
        (422, "pago_excesivo", {"lineas": [line], "pagos": [{"metodo": "QR", "monto": 99}]}),
        (422, "pago_un_efectivo", {"lineas": [line], "pagos": [{"metodo": "EFECTIVO"}] * 2}),
        (422, "monto_positivo", {"lineas": [line], "pagos": [{"metodo": "QR"}]}),
        (409, "consumidor_final_sin_credito", {"lineas": [line], "pagos": [{"metodo": "CREDITO", "monto": "11.50"}]}),
        (409, "consumidor_final_sin_saldo", {"lineas": [line], "pagos": [{"metodo": "SALDO", "monto": "11.50"}]}),
        (409, "consumidor_final_maximo", {"lineas": [{**line, "cantidad": 5}]}),
        (409, "sesion_caja_propia", {"lineas": [line], "sesion": session + 1}),
    ):  # fmt: skip
        desk.refused(status, rule, "POST", "/venta", body)
    desk.refused(404, "venta_existe", "GET", "/venta/FAC9999999")
    cashier("cajero", None)[0].refused(409, "sin_sesion_caja", "POST", "/venta", {"lineas": [line]})
    cashier(kind="SOLO_AGENTES")[0].refused(409, "caja_sin_ventas", "POST", "/venta", {"lineas": [line]})
    tab("ventas").ask("POST", "/venta", {"lineas": [line]}, 403)
    tab(None).ask("POST", "/venta", {"lineas": [line]}, 401)
    assert envelope(desk.get("/venta?page=1")) == []


def test_una_venta_repetida_con_su_clave_se_hace_una_vez(till, cashier, product):
    desk, session = cashier()
    headers, body = (
        {"Idempotency-Key": uuid.uuid4().hex},
        {"lineas": [{"prd_codigo": product, "cantidad": 1}]},
    )
    desk.headers = {**desk.headers, **headers}
    first, second = (desk.post("/venta", body, 201) for _ in range(2))
    assert first == second
    other = {"lineas": [{"prd_codigo": product, "cantidad": 2}]}
    desk.ask("POST", "/venta", other, 422)
    assert len(envelope(till.get(f"/venta?page=1&sesion={session}"))) == 1


def late(product, total, **more):
    """A sale of one unit as a terminal sends it."""
    moment = datetime.now(UTC).isoformat()
    line = {"prd_codigo": product, "cantidad": 1, "precio": "10.00"}
    return {"id": str(uuid.uuid4()), "vendida_en": moment, "total_impreso": total, "lineas": [line], **more}


def test_un_lote_se_contesta_venta_por_venta(tab, staff, cashier, product):
    desk, session = cashier()
    right, wrong = late(product, "11.50", pagos=[{"metodo": "EFECTIVO", "monto": 20}]), late(product, 9)
    broken = [{**late(product, "11.50"), "lineas": "nada"}, "ni un objeto", {**right, "id": "\x00"}]
    answers = desk.post("/venta/lote", {"ventas": [right, wrong, *broken]})["ventas"]
    keys(answers[0], "id estado fac_codigo fac_numero total")
    keys(answers[1], "id estado regla message")
    assert [row["estado"] for row in answers] == ["REGISTRADA", "OBSERVADA", *["RECHAZADA"] * 3]
    assert [row["id"] for row in answers] == [right["id"], wrong["id"], broken[0]["id"], None, None]
    assert desk.post("/venta/lote", {"ventas": [wrong, right]})["ventas"] == answers[1::-1]
    (found,) = envelope(desk.get("/venta/observada?page=1&estado=PENDIENTE"))
    keys(found, OBSERVADA)
    keys(found["lineas"][0], "prd_codigo cantidad precio")
    keys(found["pagos"][0], "metodo monto recibido referencia")
    place, body = (
        f"/venta/observada/{wrong['id']}/resolver",
        {"accion": "FACTURAR", "observacion": "Etiqueta vieja"},
    )
    desk.ask("POST", place, body, 403)
    chief = tab(staff("adm_ventas"))
    chief.refused(400, "datos_invalidos", "POST", place, {"accion": "NADA", "observacion": "x"})
    chief.refused(400, "datos_invalidos", "POST", place, {"accion": "FACTURAR"})
    chief.refused(404, "venta_observada_existe", "POST", place.replace(wrong["id"], str(uuid.uuid4())), body)
    chief.refused(404, "venta_observada_existe", "POST", "/venta/observada/nada/resolver", body)
    done = chief.post(place, body)
    keys(done, OBSERVADA)
    assert (done["estado"], done["observacion"]) == ("FACTURADA", "Etiqueta vieja")
    chief.refused(409, "venta_observada_pendiente", "POST", place, body)
    assert chief.get(f"/factura/{done['fac_codigo']}")["factura"]["fac_total"] == "9.00"
    assert envelope(desk.get(f"/venta?page=1&sesion={session}"))[0]["vendida_en"]


def test_un_lote_sin_sesion_o_demasiado_largo_se_rechaza_entero(cashier, product):
    desk, _ = cashier("cajero", None)
    desk.refused(409, "sin_sesion_caja", "POST", "/venta/lote", {"ventas": [late(product, "11.50")]})
    desk, _ = cashier()
    desk.refused(422, "lote_tamano", "POST", "/venta/lote", {"ventas": []})
    desk.refused(400, "datos_invalidos", "POST", "/venta/lote", {"ventas": [{}] * 501})
    desk.refused(400, "datos_invalidos", "POST", "/venta/lote", {})
