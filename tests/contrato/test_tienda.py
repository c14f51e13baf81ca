"""The shop: the window, accounts, carts and payment as the storefront asks for them."""

import pytest

from daf_backend.ecom import pagos_simulada
from daf_backend.ecom.pagos_cargo import Payment

from ..ecom.conftest import (  # noqa: F401  (fixtures)
    APPROVED,
    DECLINED,
    PASSWORD,
    admin,
    cedula,
    lists,
    patience,
    pos_away,
    product,
    shopper,
)
from ..gateway import Message, Simulada
from .conftest import Tab, envelope, keys, serial

FILA = (
    "id codigo nombre descripcion_corta descripcion_larga precio precio_final promocion imagen stock categoria"
    " um_descripcion"
)
CUENTA = (
    "usr_email usr_fecha_registro cli_estado cli_codigo cli_nombre cli_ruc_ced cli_telefono cli_celular"
    " cli_direccion"
)
LINEA = (
    "prd_codigo prd_nombre prd_desc_corta prd_img prd_precio_venta cantidad pxca_cantidad subtotal pxca_subtotal"
    " disponible"
)
PEDIDO = (
    "ped_codigo ped_fecha ped_estado ped_pagado ped_descuento ped_envio ped_subtotal ped_iva ped_total cli_nombre"
    " fac_codigo fac_numero"
)
REEMBOLSO = (
    "reembolso ped_codigo estado origen medio motivo monto documento nota_credito fecha resuelto lineas"
)
TOTALES = "crr_codigo subtotal crr_subtotal descuento iva envio total crr_total"


@pytest.fixture
def buyer(shopper, app) -> Tab:  # noqa: F811
    """Somebody with an account."""
    return Tab(app.test_client(), "/api/ecom", shopper().headers)


@pytest.fixture
def visitor(tab) -> Tab:
    """Somebody without one."""
    return tab(None, "ecom")


def new_product() -> str:
    """A code that no other test brings."""
    return f"PRD8{serial():06d}"


def cart(answer) -> dict:
    """A cart: the envelope, its figures, its lines twice."""
    assert envelope(answer, more="carrito detalles") == answer["detalles"]
    keys(answer["carrito"], TOTALES)
    for line in answer["detalles"]:
        keys(line, LINEA)
        assert (line["cantidad"], line["subtotal"]) == (line["pxca_cantidad"], line["pxca_subtotal"])
    return answer


def test_la_vitrina(visitor, product, client):  # noqa: F811
    code = product(code=new_product(), price="10.00", prd_nombre="Café molido", prd_promocion=10)
    page = visitor.get("/producto?q=cafe&minPrice=1&maxPrice=99&orden=precio_asc&page=1")
    row = next(row for row in envelope(page, more="facetas") if row["id"] == code)
    keys(row, FILA)
    assert (row["codigo"], row["precio"], row["precio_final"], row["promocion"]) == (
        code,
        "10.00",
        "10.35",
        10,
    )
    assert visitor.get(f"/producto/{code}") == row
    first = client.get(f"/api/ecom/producto/{code}")
    tagged = client.get(f"/api/ecom/producto/{code}", headers={"If-None-Match": first.headers["ETag"]})
    assert tagged.status_code == 304 and "public" in first.headers["Cache-Control"]
    assert visitor.get("/producto")["page"] == 1
    assert envelope(visitor.get("/categoria"))
    assert {"ct_codigo", "ct_descripcion", "ct_envio"} == set(visitor.get("/ciudad")[0])
    visitor.refused(404, "producto_existe", "GET", "/producto/PRD9999999")


def test_la_cuenta(visitor, app, admin):  # noqa: F811
    ruc, email = cedula(830_000 + serial()), f"contrato{serial()}@correo.ec"
    visitor.refused(404, "cliente_existe", "GET", f"/auth/client/{ruc}")
    account = {"email": email, "password": PASSWORD, "cli_ruc_ced": ruc}
    visitor.refused(400, "datos_invalidos", "POST", "/auth/register", {**account, "password": "corta"})
    visitor.refused(422, "cliente_datos", "POST", "/auth/register", account)
    keys(
        visitor.post(
            "/auth/register", {**account, "cliente": {"cli_nombre": "Eva", "ct_codigo": "UIO"}}, 201
        ),
        "message",
    )
    visitor.refused(409, "usuario_identificacion_unica", "GET", f"/auth/client/{ruc}")
    visitor.refused(
        401, "credenciales_invalidas", "POST", "/auth/login", {"email": email, "password": "otra-clave"}
    )
    for name in ("email", "user"):
        inside = visitor.post("/auth/login", {name: email, "password": PASSWORD})
        keys(inside, "message token access_token refresh_token")
    me = Tab(app.test_client(), "/api/ecom", {"Authorization": f"Bearer {inside['token']}"})
    keys(me.get("/auth/me"), CUENTA, more="ct_codigo")
    assert len(me.get("/auth/sesiones")["data"]) == 2
    other = next(row["sid"] for row in me.get("/auth/sesiones")["data"] if not row["actual"])
    assert me.delete(f"/auth/sesiones/{other}")["message"]
    keys(
        visitor.post("/auth/refresh", {"refresh_token": inside["refresh_token"]}),
        "token access_token refresh_token",
    )
    keys(me.put("/auth/password", {"password": "otra-clave-1"}), "message")
    me.refused(403, "clave_actual", "PUT", "/auth/password", {"password": "mas-claves-1", "actual": "no es"})
    keys(me.delete("/auth"), "message")
    me.refused(401, "token_invalido", "GET", "/auth/me")


def test_salir_cierra_la_sesion(buyer):
    assert buyer.post("/auth/logout")["message"]
    buyer.refused(401, "token_invalido", "GET", "/auth/me")


def test_el_carrito(buyer, product):  # noqa: F811
    one, two = (
        product(code=new_product(), price="10.00", units=5),
        product(code=new_product(), price="2.00", units=5, prd_nombre="Panela"),
    )
    assert cart(buyer.get("/carrito?page=1"))["detalles"] == []
    assert cart(buyer.post("/carrito", {"prd_codigo": one}))["detalles"][0]["cantidad"] == 1
    buyer.post("/carrito", {"prd_codigo": two, "cantidad": "2"})
    full = cart(buyer.put("/carrito/detalle", {"prd_codigo": one, "cantidad": 3}))
    assert (full["carrito"]["subtotal"], full["carrito"]["total"]) == ("34.00", "39.10")
    assert [row["prd_codigo"] for row in cart(buyer.get("/carrito/name?name=panela"))["detalles"]] == [two]
    buyer.refused(
        409, "disponible_no_negativo", "PUT", "/carrito/detalle", {"prd_codigo": one, "cantidad": 6}
    )
    buyer.refused(400, "datos_invalidos", "PUT", "/carrito/detalle", {"prd_codigo": one, "cantidad": 0})
    assert len(cart(buyer.delete(f"/carrito/detalle/{one}"))["detalles"]) == 1
    assert cart(buyer.put("/carrito/envio", {}))["carrito"]["envio"] == "0.00"
    assert cart(buyer.delete("/carrito"))["detalles"] == []


def test_el_carrito_de_un_visitante_lo_sigue_al_entrar(client, product, shopper):  # noqa: F811
    code, person = product(code=new_product()), shopper()
    first = client.post("/api/ecom/carrito", json={"prd_codigo": code})
    token = first.headers["X-Cart-Token"]
    assert (
        client.get("/api/ecom/carrito", headers={"X-Cart-Token": token}).json["detalles"][0]["cantidad"] == 1
    )
    person.login(**{"X-Cart-Token": token})
    assert person("GET", "/carrito").json["detalles"][0]["prd_codigo"] == code


def test_el_pago(buyer, visitor, product):  # noqa: F811
    keys(visitor.post("/pagos/validate", {"card_number": APPROVED}), "valid marca")
    bad = visitor.refused(
        400, "tarjeta_valida", "POST", "/pagos/validate", {"card_number": "4242424242424241"}
    )
    assert "4242" not in str(bad)
    buyer.refused(400, "carrito_vacio", "POST", "/pagos/checkout", {"card_number": APPROVED})
    buyer.post("/carrito", {"prd_codigo": product(code=new_product())})
    buyer.refused(402, "pago_rechazado", "POST", "/pagos/checkout", {"card_number": DECLINED})
    paid = buyer.post("/pagos/checkout", {"card_number": APPROVED}, 202)  # the till is away
    keys(paid, "message fac_codigo fac_numero ped_codigo total")
    rows = envelope(buyer.get("/pedido?page=1"))
    assert paid["ped_codigo"] in [row["ped_codigo"] for row in rows]
    assert buyer.get(f"/pedido/{paid['ped_codigo']}")["ped_total"] == paid["total"]
    buyer.refused(409, "pedido_sin_pagar", "POST", f"/pedido/{paid['ped_codigo']}/cancelar")
    buyer.refused(409, "cuenta_con_pedidos", "DELETE", "/auth")
    buyer.refused(404, "pedido_existe", "GET", "/pedido/PED9999999")


def test_el_pago_que_el_comprador_hace_en_su_navegador(buyer, visitor, product, app):  # noqa: F811
    buyer.refused(400, "carrito_vacio", "POST", "/pagos/intento", {})
    buyer.post("/carrito", {"prd_codigo": product(code=new_product())})
    buyer.refused(400, "metodo_de_pago", "POST", "/pagos/intento", {"payment_method": "pm_nada"})
    visitor.refused(401, "sin_token", "POST", "/pagos/intento", {})
    opened = buyer.post("/pagos/intento", {}, 201)
    keys(opened, "ped_codigo pag_id proveedor estado total client_secret")
    assert (opened["proveedor"], opened["estado"]) == ("simulada", "INICIADO")
    assert buyer.post("/pagos/intento", {}, 201) == opened
    visitor.refused(404, "pago_proveedor_conocido", "POST", "/pagos/webhook/nadie", {})
    visitor.refused(400, "firma_valida", "POST", "/pagos/webhook/simulada", {"id": "evt_1"})
    visitor.refused(400, "firma_valida", "POST", "/pagos/webhook/stripe", {"id": "evt_1"})
    large = Message(app, "x" * 70_000, "").deliver()
    assert (large.status_code, large.json["regla"]) == (413, "demasiado_grande")
    gateway = Simulada(app)
    assert (
        gateway.says("CAPTURADO", opened["client_secret"], "nada").deliver().json["regla"]
        == "evento_mal_formado"
    )
    told = gateway.says("CAPTURADO", opened["client_secret"], opened["total"])
    with app.app_context():  # as a provider does it: first the charge, then the word of it
        pagos_simulada.charge(
            Payment(opened["pag_id"], opened["total"], ""), pagos_simulada.method(APPROVED, None)
        )
    assert told.deliver().json == {"resultado": "APLICADO", "repetido": False}
    assert told.deliver().json == {"resultado": "APLICADO", "repetido": True}
    paid = buyer.post("/pagos/intento", {"idempotency": "otra"}, 400)  # the cart was paid and is empty
    assert paid["regla"] == "carrito_vacio"
    assert buyer.get(f"/pedido/{opened['ped_codigo']}")["ped_estado"] == "PAGADO"


def test_un_pedido_se_envia_se_entrega_y_se_devuelve(buyer, tab, product, admin):  # noqa: F811
    buyer.post(
        "/carrito", {"prd_codigo": (code := product(code=new_product(), price="10.00")), "cantidad": 2}
    )
    order = buyer.post("/pagos/checkout", {"card_number": APPROVED}, 202)["ped_codigo"]
    sales, place = tab("adm_ventas", "ecom"), f"/pedido/{order}"
    sales.refused(409, "pedido_estado_siguiente", "PATCH", f"{place}/estado", {"estado": "ENVIADO"})
    admin("pedido_facturado", ped_codigo=order, fac_codigo=f"FAC{order}", fac_numero="001-001-000000008")
    for state in ("ENVIADO", "ENTREGADO", "ENTREGADO"):
        row = sales.ask("PATCH", f"{place}/estado", {"estado": state, "observacion": "Guía 1"})
        keys(row, PEDIDO)
        assert row["ped_estado"] == state
    sales.refused(400, "datos_invalidos", "PATCH", f"{place}/estado", {"estado": "PERDIDO"})
    sales.refused(404, "pedido_existe", "PATCH", "/pedido/PED9999999/estado", {"estado": "ENVIADO"})
    buyer.refused(403, "sin_permiso", "PATCH", f"{place}/estado", {"estado": "ENVIADO"})
    buyer.refused(403, "sin_permiso", "POST", f"{place}/reembolso", {"motivo": "x"})
    sales.refused(400, "datos_invalidos", "POST", f"{place}/reembolso", {})
    lines = [{"prd_codigo": code, "cantidad": 3}]
    sales.refused(
        409, "retorno_dentro_de_lo_vendido", "POST", f"{place}/reembolso", {"lineas": lines, "motivo": "x"}
    )
    lines = [{"prd_codigo": code, "cantidad": "1", "a_stock": False}]
    told = sales.post(f"{place}/reembolso", {"lineas": lines, "motivo": "Roto"}, 202)  # the till is away
    keys(told, REEMBOLSO, more="usr_id regla error intentos negado desistido desiste soltado")
    keys(told["lineas"][0], "prd_codigo cantidad a_stock monto")
    sales.refused(409, "reembolso_en_curso", "POST", f"{place}/reembolso", {"motivo": "x"})
    shown = buyer.get(place)
    keys(shown, PEDIDO, more="cli_ruc_ced cli_mail direccion pago detalles historial reembolsos")
    keys(shown["reembolsos"][0], REEMBOLSO)
    keys(shown["historial"][0], "estado fecha observacion usr_id")
    assert [step["estado"] for step in shown["historial"]][2:] == ["FACTURADO", "ENVIADO", "ENTREGADO"]


def test_las_direcciones(buyer, product):  # noqa: F811
    made = buyer.post("/direccion", {"dir_calle": "Av. Amazonas 1", "ct_codigo": "UIO"}, 201)
    place = f"/direccion/{made['dir_codigo']}"
    assert buyer.put(place, {"dir_telefono": "022222222"})["dir_calle"] == "Av. Amazonas 1"
    assert buyer.get(place)["dir_telefono"] == "022222222"
    assert len(envelope(buyer.get("/direccion?page=1"))) == 1
    buyer.post("/carrito", {"prd_codigo": product(code=new_product())})
    assert (
        cart(buyer.put("/carrito/envio", {"direccion": made["dir_codigo"]}))["carrito"]["envio"]
        == made["envio"]
    )
    assert buyer.delete(place)["message"]
    buyer.refused(404, "direccion_existe", "GET", place)


def test_lo_que_mira_el_auditor(tab):
    eye = tab("auditor", "ecom")
    assert "data" in eye.get("/auditoria/sellos?page=1")
    assert "data" in eye.get("/auditoria/invariantes")
