"""The invoice as a draft and as people find it."""

from decimal import Decimal

import pytest

from .acts import forbidden, refused


def test_un_borrador_no_tiene_numero_ni_mueve_nada(counter):
    product = counter.product("10.00", prd_stock=5, prd_costo=2)
    code = counter.draft((product, 2))
    document = counter.do("ventas", "factura_obtener", fac_codigo=code)
    header = document["factura"]
    assert (header["fac_estado"], header["fac_numero"], header["fac_total"]) == ("PEN", None, "23.00")
    assert header["factura"] == {key: value for key, value in header.items() if key != "factura"}
    assert document["detalle"][0]["pxfa_cantidad"] == 2
    assert counter.stock(product) == (5, 10)
    assert counter.posted("FAC", code) == {}


def test_un_cliente_que_no_esta_activo_no_compra(counter):
    client = counter.buyer()
    counter.do("adm_ventas", "cliente_eliminar", cli_codigo=client)
    with counter.acting("ventas") as act:
        for code in (client, "CLI9999999"):
            assert refused(act, "cliente_activo", "factura_crear", cli_codigo=code) == "422"


def test_el_cliente_del_borrador_es_el_de_hoy_y_el_de_la_emitida_el_de_entonces(counter):
    client, product = counter.buyer(), counter.product(prd_tipo="SERVICIO")
    issued = counter.issue((product, 1), buyer=client)["factura"]["fac_codigo"]
    draft = counter.draft((product, 1), buyer=client)
    counter.do("ventas", "cliente_actualizar", cli_codigo=client, cli_nombre="Otro Nombre")
    names = [
        counter.do("ventas", "factura_obtener", fac_codigo=code)["factura"]["cli_nombre"]
        for code in (issued, draft)
    ]
    assert names == ["Ana Compradora", "Otro Nombre"]


def test_se_elimina_lo_propio_en_borrador_y_nada_mas(counter, staff):
    product = counter.product(prd_tipo="SERVICIO")
    mine, other, issued = (
        counter.draft((product, 1)),
        counter.draft((product, 1)),
        counter.draft((product, 1)),
    )
    counter.do("ventas", "factura_aprobar", fac_codigo=issued)
    colleague = staff("ventas")
    with counter.acting(colleague) as act:
        assert refused(act, "factura_ajena", "factura_eliminar", fac_codigo=mine) == "403"
    counter.do("ventas", "factura_eliminar", fac_codigo=mine)
    counter.do("adm_ventas", "factura_eliminar", fac_codigo=other)
    with counter.acting("adm_ventas") as act:
        assert refused(act, "factura_abierta", "factura_eliminar", fac_codigo=issued) == "409"
        assert refused(act, "factura_existe", "factura_eliminar", fac_codigo=mine) == "404"


def test_cada_quien_ve_las_facturas_de_sus_locales(counter, staff):
    product = counter.product(prd_tipo="SERVICIO")
    here, stranger = counter.draft((product, 1)), staff("ventas", branch="002")
    with counter.acting(stranger) as act:
        for name in ("factura_obtener", "factura_aprobar", "factura_eliminar"):
            assert refused(act, "factura_existe", name, fac_codigo=here) == "404"
        assert counter.conn.execute("SELECT privado.factura_claves(%s)", (here,)).fetchone() == ([],)
        lines = "SELECT count(*) FROM datos.factura_detalle WHERE fac_codigo = %s"
        assert counter.conn.execute(lines, (here,)).fetchone() == (0,)
        params = {"cli_codigo": "CLI0000001", "punto_emision": "001-001"}
        assert refused(act, "punto_emision_ajeno", "factura_crear", **params) == "403"
        there = act("factura_crear", cli_codigo="CLI0000001")["fac_codigo"]
    for role in ("adm_ventas", "adm_fact", "contador", "auditor", "admin"):
        for code in (here, there):
            counter.do(role, "factura_obtener", fac_codigo=code)


def test_sin_establecimiento_no_hay_donde_vender(counter, staff):
    with counter.acting(staff("ventas", branch=None)) as act:
        assert refused(act, "sin_establecimiento", "factura_crear", cli_codigo="CLI0000001") == "422"


@pytest.mark.parametrize("how", ["fac_codigo", "prefix", "fac_numero", "number", "client"])
def test_se_busca_por_codigo_numero_o_cliente(counter, how):
    client, product = counter.buyer(), counter.product(prd_tipo="SERVICIO")
    ruc = counter.conn.execute(
        "SELECT cli_ruc_ced FROM datos.cliente WHERE cli_codigo = %s", (client,)
    ).fetchone()[0]
    header = counter.issue((product, 1), buyer=client)["factura"]
    code, number = header["fac_codigo"], header["fac_numero"]
    search = {"fac_codigo": code.lower(), "prefix": code[:9], "fac_numero": number,
              "number": number[-9:].lstrip("0"), "client": f"compradora {ruc}"}[how]  # fmt: skip
    found = counter.do("ventas", "factura_listar", page=1, limit=100, search=search)
    assert code in [row["fac_codigo"] for row in found["data"]]
    assert counter.do("ventas", "factura_listar", page=1, search="nadie se llama asi")["total"] == 0


def test_la_lista_va_de_la_mas_reciente_a_la_mas_antigua(counter):
    product = counter.product(prd_tipo="SERVICIO")
    codes = [counter.draft((product, 1)) for _ in range(3)]
    for age, code in enumerate(codes):
        counter.conn.execute(
            "UPDATE datos.factura SET fac_fecha = now() + make_interval(hours => %s) WHERE fac_codigo = %s",
            (age, code),
        )
    page = counter.do("ventas", "factura_listar", page=1, limit=2)
    assert [row["fac_codigo"] for row in page["data"]] == codes[:0:-1]
    assert page["total"] >= 3


def test_cada_papel_tiene_sus_actos(counter):
    code = counter.draft((counter.product(prd_tipo="SERVICIO"), 1))
    denied = {
        "factura_crear": ("adm_fact", "contador", "auditor", "bodega", "cajero", "compras"),
        "factura_aprobar": ("contador", "auditor", "bodega", "compras", "cajero"),
        "factura_anular": ("ventas", "contador", "auditor", "bodega"),
        "factura_listar": ("bodega", "adm_bodega", "compras", "adm_compras"),
    }
    for name, roles in denied.items():
        params = {"factura_crear": {"cli_codigo": "CLI0000001"}, "factura_listar": {}}.get(
            name, {"fac_codigo": code}
        )
        for role in roles:
            with counter.acting(role) as act:
                forbidden(act, name, **params)


def test_por_http_una_venta_entera(client, auth):
    seller = auth("ventas")
    bread = {"prd_nombre": "Pan", "prd_precio_venta": "1.25", "um_venta": "UND"}
    made = client.post("/api/pos/producto", json=bread | {"prd_stock": 9}, headers=auth("admin"))
    product = made.json["prd_codigo"]
    made = client.post("/api/pos/factura/factura", json={"cli_codigo": "CLI0000001"}, headers=seller)
    code = made.json["fac_codigo"]
    assert (made.status_code, set(made.json)) == (201, {"fac_codigo"})
    line = {"fac_codigo": code, "prd_codigo": product, "pxfa_cantidad": "4"}
    added = client.post("/api/pos/factura/detalle", json=line, headers=seller)
    assert added.status_code == 201
    again = client.post("/api/pos/factura/detalle", json=line, headers=seller)
    assert (again.status_code, again.json["regla"]) == (409, "producto_una_vez")
    assert again.json["message"] == "El producto ya está en la factura."
    pxfa = added.json["detalle"][0]["pxfa_codigo"]
    changed = client.put(f"/api/pos/factura/detalle/{pxfa}", json={"pxfa_cantidad": 3}, headers=seller)
    assert changed.json["factura"]["fac_total"] == "4.31"
    issued = client.put(f"/api/pos/factura/{code}/aprobar/", headers=seller)
    assert (issued.status_code, issued.json["factura"]["fac_estado"]) == (200, "APR")
    assert client.put(f"/api/pos/factura/{code}/aprobar", headers=seller).json["regla"] == "factura_abierta"
    assert client.delete(f"/api/pos/factura/{code}", headers=seller).status_code == 409
    listed = client.get("/api/pos/factura?page=1", headers=seller).json
    assert listed["data"][0]["fac_codigo"] == code
    assert Decimal(listed["data"][0]["fac_total"]) == Decimal("4.31")
    assert client.put(f"/api/pos/factura/{code}/anular", json={}, headers=seller).status_code == 403
