"""Carts: priced at each read, capped by what is left, owned by a shopper or by whoever holds the token."""

from decimal import Decimal

import pytest

HEADER = "X-Cart-Token"


@pytest.fixture
def guest(client, product):
    """Requests of a guest: the first one opens the cart, the rest carry its token."""
    token = {}

    def send(method, path, body=None):
        answer = client.open(f"/api/ecom{path}", method=method, json=body, headers=token)
        if HEADER in answer.headers:
            token[HEADER] = answer.headers[HEADER]
        return answer

    send.token = token
    return send


def figures(answer):
    return {name: answer.json["carrito"][name] for name in ("subtotal", "descuento", "iva", "envio", "total")}


def test_agregar_suma_y_responde_el_carrito_entero(shopper, product):
    me, milk, soap = shopper(), product("1.20", 8), product("2.50", 5, iva_codigo="CER", prd_promocion=10)
    me("POST", "/carrito", {"prd_codigo": milk})
    me("POST", "/carrito", {"prd_codigo": soap, "cantidad": "2"})
    answer = me("POST", "/carrito", {"prd_codigo": milk, "cantidad": 2})
    assert answer.json["limit"] == 100 and answer.json["count"] == 2
    assert answer.json["detalles"] == answer.json["data"]
    assert [(d["prd_codigo"], d["cantidad"], d["subtotal"], d["disponible"]) for d in answer.json["detalles"]] == [
        (milk, 3, "3.60", 8), (soap, 2, "4.50", 5),
    ]  # fmt: skip
    line = answer.json["detalles"][0]
    assert (line["pxca_cantidad"], line["pxca_subtotal"], line["prd_precio_venta"]) == (3, "3.60", "1.20")
    assert figures(answer) == {
        "subtotal": "8.10",
        "descuento": "0.50",
        "iva": "0.54",
        "envio": "0.00",
        "total": "8.64",
    }
    assert me("GET", "/carrito").json == answer.json


def test_ningun_cache_guarda_un_carrito(shopper, guest, product):
    me, code = shopper(), product()
    for send in (me, guest):
        send("POST", "/carrito", {"prd_codigo": code})
        for path in ("/carrito", "/carrito?page=1", "/carrito/name?name=producto"):
            headers = send("GET", path).headers
            assert headers["Cache-Control"] == "no-store" and "ETag" not in headers


def test_lo_que_se_le_niega_a_un_desconocido_no_deja_un_carrito(client, admin, guest, product):
    def carts():
        return admin.conn.execute("SELECT count(*) FROM datos.carrito").fetchone()[0]

    before, scarce = carts(), product(units=1)
    for code, quantity, status in (("PRD9999999", 1, 404), (scarce, 2, 409)):
        refused = guest("POST", "/carrito", {"prd_codigo": code, "cantidad": quantity})
        assert refused.status_code == status and HEADER not in refused.headers
    assert carts() == before
    assert guest("POST", "/carrito", {"prd_codigo": scarce}).status_code == 200 and carts() == before + 1
    assert guest("POST", "/carrito", {"prd_codigo": scarce}).status_code == 409 and carts() == before + 1
    assert guest("GET", "/carrito").json["count"] == 1


def test_cambiar_quitar_y_vaciar(shopper, product):
    me, milk, soap = shopper(), product(), product()
    for code in (milk, soap):
        me("POST", "/carrito", {"prd_codigo": code})
    assert (
        me("PUT", "/carrito/detalle", {"prd_codigo": milk, "cantidad": 4}).json["detalles"][0]["cantidad"]
        == 4
    )
    assert me("PUT", "/carrito/detalle", {"prd_codigo": milk, "cantidad": 0}).status_code == 400
    assert me("DELETE", f"/carrito/detalle/{milk}").json["count"] == 1
    gone = me("DELETE", f"/carrito/detalle/{milk}")
    assert (gone.status_code, gone.json["regla"]) == (404, "carrito_detalle_existe")
    assert me("GET", f"/carrito/name?name={soap.lower()}").json["count"] == 1
    assert me("GET", "/carrito/name?name=nada").json["count"] == 0
    emptied = me("DELETE", "/carrito")
    assert emptied.json["detalles"] == [] and figures(emptied)["total"] == "0.00"


def test_no_mas_de_lo_disponible(shopper, product):
    me, code = shopper(), product(units=3)
    assert me("POST", "/carrito", {"prd_codigo": code, "cantidad": 2}).status_code == 200
    for method, path, quantity in (("POST", "/carrito", 2), ("PUT", "/carrito/detalle", 4)):
        answer = me(method, path, {"prd_codigo": code, "cantidad": quantity})
        assert (answer.status_code, answer.json["regla"]) == (409, "disponible_no_negativo")
    assert me("GET", "/carrito").json["detalles"][0]["cantidad"] == 2


def test_solo_lo_activo_se_vende(shopper, product):
    me = shopper()
    suspended, retired = product(prd_estado="SUS"), product(prd_estado="INA")
    assert me("POST", "/carrito", {"prd_codigo": suspended}).json["regla"] == "producto_en_venta"
    assert me("POST", "/carrito", {"prd_codigo": retired}).status_code == 404
    assert me("POST", "/carrito", {"prd_codigo": product(prd_tipo="SERVICIO", units=0)}).status_code == 404


def test_se_valora_en_cada_lectura(shopper, product):
    me, code = shopper(), product("10.00")
    me("POST", "/carrito", {"prd_codigo": code})
    product("12.00", 0, code=code, prd_version=2)
    assert figures(me("GET", "/carrito"))["total"] == "13.80"


def test_envio_es_una_linea_con_su_iva_dentro_del_subtotal(shopper, product):
    me = shopper()
    me("POST", "/carrito", {"prd_codigo": product("10.00", iva_codigo="CER")})
    address = me("POST", "/direccion", {"dir_calle": "Av. Amazonas 123", "ct_codigo": "UIO"})
    assert address.status_code == 201 and address.json["envio"] == "5.00"
    shipped = me("PUT", "/carrito/envio", {"direccion": address.json["dir_codigo"]})
    assert figures(shipped) == {
        "subtotal": "15.00", "descuento": "0.00", "iva": "0.75", "envio": "5.00", "total": "15.75",
    }  # fmt: skip
    assert len(shipped.json["detalles"]) == 1
    money = {name: Decimal(value) for name, value in figures(shipped).items()}
    assert money["total"] - money["subtotal"] == money["iva"]
    assert figures(me("PUT", "/carrito/envio", {}))["envio"] == "0.00"


def test_la_direccion_es_propia(shopper):
    owner, other = shopper(), shopper()
    code = owner("POST", "/direccion", {"dir_calle": "Calle 1", "ct_codigo": "UIO"}).json["dir_codigo"]
    for answer in (
        other("PUT", "/carrito/envio", {"direccion": code}),
        other("GET", f"/direccion/{code}"),
        other("PUT", f"/direccion/{code}", {"dir_calle": "Mía"}),
        other("DELETE", f"/direccion/{code}"),
    ):
        assert (answer.status_code, answer.json["regla"]) == (404, "direccion_existe")
    assert other("GET", "/direccion").json["data"] == []
    assert owner("PUT", f"/direccion/{code}", {"dir_referencia": "Casa azul"}).json["dir_calle"] == "Calle 1"
    assert owner("DELETE", f"/direccion/{code}").status_code == 200
    assert owner("GET", "/direccion").json["total"] == 0


def test_invitado_lleva_su_carrito_con_un_token(guest, client, admin, product):
    code = product()
    assert guest("GET", "/carrito").json["detalles"] == [] and not guest.token
    assert guest("POST", "/carrito", {"prd_codigo": code}).status_code == 200
    token = guest.token[HEADER]
    assert len(token) >= 43
    assert (
        guest("PUT", "/carrito/detalle", {"prd_codigo": code, "cantidad": 2}).json["detalles"][0]["cantidad"]
        == 2
    )
    assert guest.token[HEADER] == token
    assert client.get("/api/ecom/carrito").json["detalles"] == []
    kept = admin.conn.execute(
        "SELECT string_agg(encode(crr_token, 'escape'), ' ') FROM datos.carrito"
    ).fetchone()[0]
    assert token not in kept
    paid = guest("POST", "/pagos/checkout", {"card_number": "4242424242424242"})
    assert paid.status_code == 401
    assert (
        client.get("/api/ecom/carrito", headers={**guest.token, "Authorization": "Bearer viejo"}).status_code
        == 401
    )


def test_un_token_vencido_ya_no_abre_nada(guest, admin, product):
    guest("POST", "/carrito", {"prd_codigo": product()})
    admin.conn.execute(
        "UPDATE datos.carrito SET crr_vence = now() - interval '1 minute' WHERE crr_token IS NOT NULL"
    )
    assert guest("GET", "/carrito").json["detalles"] == []
    assert admin("limpieza_hacer")["carrito"] >= 1


def test_al_entrar_los_carritos_se_suman_con_tope(guest, shopper, product):
    me, plenty, scarce, only_guest = shopper(), product(units=9), product(units=3), product(units=2)
    for code, own in ((plenty, 2), (scarce, 2)):
        me("POST", "/carrito", {"prd_codigo": code, "cantidad": own})
    for code in (plenty, scarce, only_guest):
        guest("POST", "/carrito", {"prd_codigo": code, "cantidad": 2})
    me.login(**guest.token)
    merged = {d["prd_codigo"]: d["cantidad"] for d in me("GET", "/carrito").json["detalles"]}
    assert merged == {plenty: 4, scarce: 3, only_guest: 2}
    assert guest("GET", "/carrito").json["detalles"] == []
    me.login(**guest.token)
    assert len(me("GET", "/carrito").json["detalles"]) == 3


def test_precios_con_iva_incluido_cuadran_al_centavo(ecom, shopper, product):
    me = shopper()
    for price in ("9.99", "0.35", "4.99"):
        me("POST", "/carrito", {"prd_codigo": product(price), "cantidad": 3})
    ecom.execute("UPDATE datos.ajuste SET aju_valor = 'true' WHERE aju_clave = 'precios_incluyen_iva'")
    subtotal, iva, total = ecom.execute(
        "SELECT t.subtotal, t.iva, t.total FROM datos.carrito AS c, privado.carrito_totales(c.crr_codigo) AS t"
        " WHERE c.usr_id = %s",
        (me.id,),
    ).fetchone()
    assert (subtotal + iva, total, subtotal) == (
        total,
        Decimal("45.99"),
        round(Decimal("45.99") / Decimal("1.15"), 2),
    )
    ecom.execute("SELECT api.catalogo_refrescar()")
    final = ecom.execute(
        "SELECT count(*) FROM datos.producto WHERE prd_precio_final <> prd_precio_venta AND prd_promocion = 0"
    )
    assert final.fetchone() == (0,)
