"""Recipes, and what production does with them."""

import threading
from decimal import Decimal

from .acts import forbidden, refused


def material(shop, quantity, cost):
    return shop.do(
        "admin", "materiaprima_crear", mp_descripcion="Material", um_compra="KG",
        mp_cantidad=quantity, mp_precio_compra=cost,
    )["mp_codigo"]  # fmt: skip


def recipe(shop, product, lines, approved=True):
    made = shop.do(
        "bodega", "estandar_crear", prd_codigo=product,
        mp_codigo=list(lines), mxp_cantidad=[Decimal(str(quantity)) for quantity in lines.values()],
    )["est_cod"]  # fmt: skip
    if approved:
        shop.do("adm_bodega", "estandar_aprobar", est_cod=made)
    return made


def produce(shop, product, recipe_code, quantity, role="bodega"):
    return shop.do(
        role, "kardex_producto_crear", prd_codigo=product, trn_cod="ESI", krd_prd_cantidad=quantity,
        est_cod=recipe_code,
    )  # fmt: skip


def moves(conn, item):
    return conn.execute(
        "SELECT trn_cod, krd_signo * krd_cantidad, krd_signo * krd_valor, krd_saldo, krd_valor_saldo"
        " FROM datos.kardex WHERE itm_codigo = %s ORDER BY krd_secuencia",
        (item,),
    ).fetchall()


def test_siete_unidades_de_tres_materiales_cuadran_al_sexto_decimal(counter, pos):
    """Seven units of a recipe with three materials, reckoned by hand.

    Opening stock, by the calculator:

    ====  ========  ==============  =============================  ===============
    item  quantity  value           per unit                       takes for seven
    ====  ========  ==============  =============================  ===============
    A     10 + 7    12.34 + 10      22.34 / 17                     0.333 x 7 = 2.331
    B     3         10.00           3.333333...                    0.25  x 7 = 1.750
    C     7         0.70            0.10                           1     x 7 = 7.000 (all of it)
    ====  ========  ==============  =============================  ===============

    A = 22.34 x 2.331 / 17 = 52.07454 / 17      = 3.063208 (3.06320823...)
    B = 10    x 1.75  / 3  = 17.5 / 3           = 5.833333 (5.83333333...)
    C = everything                              = 0.700000
    product: 7 units worth 3.063208 + 5.833333 + 0.700000 = 9.596541, so 1.370934428... each
    left: A 14.669 worth 22.34 - 3.063208 = 19.276792; B 1.250 worth 4.166667; C nothing, worth nothing
    """
    a, b, c = material(counter, 10, "1.234"), material(counter, 3, "3.333333"), material(counter, 7, "0.1")
    counter.do(
        "adm_bodega", "kardexmp_crear", mp_codigo=a, trn_cod="AJU", krd_cantidad=7, krd_razon="conteo",
        costo_unitario="1.428571428571428571",
    )  # fmt: skip
    counter.do(
        "adm_bodega", "kardexmp_actualizar", krd_codigo=first_row(pos, b), costo_unitario="3.33333333333333",
    )  # fmt: skip
    assert (moves(pos, a)[-1][3:], moves(pos, b)[-1][3:]) == (
        (Decimal("17.000"), Decimal("22.340000")),
        (Decimal("3.000"), Decimal("10.000000")),
    )
    product = counter.product()
    made = recipe(counter, product, {a: "0.333", b: "0.25", c: "1"})
    entry = produce(counter, product, made, 7)
    assert moves(pos, a)[-1] == (
        "CON", Decimal("-2.331"), Decimal("-3.063208"), Decimal("14.669"), Decimal("19.276792"),
    )  # fmt: skip
    assert moves(pos, b)[-1] == (
        "CON", Decimal("-1.750"), Decimal("-5.833333"), Decimal("1.250"), Decimal("4.166667"),
    )  # fmt: skip
    assert moves(pos, c)[-1] == ("CON", Decimal("-7.000"), Decimal("-0.700000"), Decimal(0), Decimal(0))
    assert moves(pos, product) == [
        ("ESI", Decimal("7.000"), Decimal("9.596541"), Decimal("7.000"), Decimal("9.596541"))
    ]
    assert (entry["est_cod"], entry["trn_descripcion"]) == (made, "ENTRADA POR PRODUCCION")


def first_row(conn, item):
    return conn.execute("SELECT max(krd_codigo) FROM datos.kardex WHERE itm_codigo = %s", (item,)).fetchone()[
        0
    ]


def test_sin_material_suficiente_no_pasa_nada(counter, pos):
    a, b, product = material(counter, 5, 1), material(counter, 1, 1), counter.product()
    made = recipe(counter, product, {a: 1, b: 1})
    with counter.acting("bodega") as act:
        assert refused(act, "existencia_insuficiente", "kardex_producto_crear", prd_codigo=product,
                       trn_cod="ESI", krd_prd_cantidad=2, est_cod=made) == "409"  # fmt: skip
    assert [len(moves(pos, item)) for item in (a, b, product)] == [1, 1, 0]


def test_revertir_una_produccion_devuelve_sus_materiales(counter, pos):
    a, b, product = material(counter, 10, "0.333333"), material(counter, 10, 2), counter.product()
    entry = produce(counter, product, recipe(counter, product, {a: 2, b: "0.5"}), 3)
    back = counter.do("bodega", "kardex_producto_eliminar", krd_codigo=entry["krd_codigo"])
    assert (back["trn_cod"], back["krd_signo"], back["saldo"]) == ("ESI", -1, 0)
    for item, value in ((a, "3.333330"), (b, "20.000000")):
        assert moves(pos, item)[-1][3:] == (Decimal("10.000"), Decimal(value))
    with counter.acting("bodega") as act:
        assert refused(act, "movimiento_ya_revertido", "kardex_producto_eliminar",
                       krd_codigo=entry["krd_codigo"]) == "409"  # fmt: skip
    consumed = pos.execute(
        "SELECT krd_codigo FROM datos.kardex WHERE itm_codigo = %s AND trn_cod = 'CON' AND krd_revierte IS NULL", (a,)
    ).fetchone()[0]  # fmt: skip
    with counter.acting("adm_bodega") as act:
        assert refused(act, "movimiento_de_documento", "kardexmp_eliminar", krd_codigo=consumed) == "409"


def test_corregir_una_produccion_ya_vendida_cambia_lo_consumido(counter, pos):
    a, product = material(counter, 10, 3), counter.product()
    entry = produce(counter, product, recipe(counter, product, {a: 2}), 5)  # takes all of A
    counter.issue((product, 4))
    fixed = counter.do(
        "bodega", "kardex_producto_actualizar", krd_codigo=entry["krd_codigo"], krd_prd_cantidad=4
    )
    assert (fixed["krd_prd_cantidad"], fixed["krd_reemplaza"]) == (4, entry["krd_codigo"])
    assert moves(pos, a)[-1][3] == Decimal("2.000")
    assert moves(pos, product)[-1][3] == Decimal(0)


def test_un_estandar_pasa_de_borrador_a_aprobado_y_ya_no_cambia(counter):
    a, b, product = material(counter, 1, "1.5"), material(counter, 1, 2), counter.product()
    code = recipe(counter, product, {a: "2"}, approved=False)
    shown = counter.do(
        "bodega", "estandar_detalle_actualizar", est_cod=code, mp_codigo=[b], mxp_cantidad=[Decimal("0.5")]
    )
    assert (shown["est_qty_total"], shown["est_costo_total"], shown["est_precio_total"]) == (
        2.5,
        "4.00",
        "4.00",
    )
    assert [line["mpx_subtotal"] for line in shown["detalles"]] == ["3.00", "1.00"]
    counter.do("compras", "materiaprima_actualizar", mp_codigo=a, mp_precio_compra=10)
    assert counter.do("bodega", "estandar_obtener", est_cod=code)["est_costo_total"] == "21.00"
    counter.do("adm_bodega", "estandar_aprobar", est_cod=code)
    counter.do("compras", "materiaprima_actualizar", mp_codigo=a, mp_precio_compra=1)
    assert counter.do("bodega", "estandar_obtener", est_cod=code)["est_costo_total"] == "21.00"
    with counter.acting("bodega") as act:
        assert refused(act, "estandar_pendiente", "estandar_detalle_eliminar",
                       est_cod=code, mp_codigo=[a]) == "409"  # fmt: skip
        forbidden(act, "estandar_aprobar", est_cod=code)
        forbidden(act, "estandar_anular", est_cod=code)
    assert counter.do("adm_bodega", "estandar_anular", est_cod=code)["est_estado"] == "ANU"
    with counter.acting("bodega") as act:
        assert refused(act, "estandar_aprobado", "kardex_producto_crear", prd_codigo=product, trn_cod="ESI",
                       krd_prd_cantidad=1, est_cod=code) == "409"  # fmt: skip


def test_no_se_aprueba_un_estandar_sin_materiales(counter):
    code = recipe(counter, counter.product(), {}, approved=False)
    with counter.acting("adm_bodega") as act:
        assert refused(act, "estandar_con_materiales", "estandar_aprobar", est_cod=code) == "422"


def test_una_produccion_nombra_un_estandar_aprobado_de_su_producto(counter):
    a, product, other = material(counter, 5, 1), counter.product(), counter.product()
    code = recipe(counter, other, {a: 1})
    draft = recipe(counter, product, {a: 1}, approved=False)
    asks = {"prd_codigo": product, "trn_cod": "ESI", "krd_prd_cantidad": 1}
    with counter.acting("bodega") as act:
        for recipe_code, rule in (
            (code, "estandar_del_producto"), (draft, "estandar_aprobado"), ("ES99999999", "estandar_existe"),
            ("", "estandar_requerido"),
        ):  # fmt: skip
            refused(act, rule, "kardex_producto_crear", **asks, est_cod=recipe_code)


def test_quien_vende_no_ve_estandares(counter):
    for role in ("ventas", "cajero", "compras", "adm_fact"):
        with counter.acting(role) as act:
            forbidden(act, "estandar_listar")


def test_por_http_se_habla_como_las_pantallas(client, auth):
    headers = auth("bodega")

    def post(path, **body):
        return client.post(f"/api/pos{path}", headers=headers, json=body).json

    mp = post("/materiaprima", descripcion="Tela", unidad_medida="M", costo="4.5", cantidad=20)["mp_codigo"]
    prd = post("/producto", prd_nombre="Camisa", um_venta="UND", prd_precio_venta="25")["prd_codigo"]
    made = client.post("/api/pos/estandar", headers=headers, json={"prd_codigo": prd})
    assert made.status_code == 201
    code = made.json["est_cod"]
    body = {"materiasprimas": [{"mp_codigo": mp, "mxp_cantidad": "1.2"}]}
    shown = client.put(f"/api/pos/estandar/{code}/detalle", headers=headers, json=body).json
    assert shown["detalles"][0]["mpx_subtotal"] == "5.40"
    gone = client.delete(f"/api/pos/estandar/{code}/detalle", headers=headers, json={"materiasprimas": [mp]})
    assert gone.json["detalles"] == []
    client.put(f"/api/pos/estandar/{code}/detalle", headers=headers, json=body)
    chief = auth("adm_bodega")
    assert client.put(f"/api/pos/estandar/{code}/aprobar", headers=chief).json["est_estado"] == "APR"
    entry = post("/kardex-producto", prd_codigo=prd, trn_cod="ESI", krd_cantidad=3, est_cod=code)
    assert (entry["est_cod"], entry["saldo"]) == (code, 3)
    found = client.get(f"/api/pos/estandar/product/{prd}", headers=headers).json
    assert [row["est_cod"] for row in found["data"]] == [code]
    assert client.get("/api/pos/estandar/search?name=camisa&page=1", headers=headers).json["total"] >= 1
    assert client.get("/api/pos/access", headers=headers).json["access"]["ESTANDAR"] is True


def test_dos_producciones_a_la_vez_no_consumen_mas_de_lo_que_hay(app, client, auth):
    headers, statuses = auth("bodega"), []

    def post(path, **body):
        return client.post(f"/api/pos{path}", headers=headers, json=body).json

    mps = [
        post("/materiaprima", descripcion="M", unidad_medida="M", costo="1", cantidad=5)["mp_codigo"]
        for _ in "ab"
    ]
    prds = [
        post("/producto", prd_nombre="P", um_venta="UND", prd_precio_venta="1")["prd_codigo"] for _ in "ab"
    ]
    codes = []
    for prd, order in zip(prds, (mps, mps[::-1]), strict=True):
        lines = [{"mp_codigo": mp, "mxp_cantidad": 1} for mp in order]
        codes.append(post("/estandar", prd_codigo=prd, detalles=lines)["est_cod"])
        client.put(f"/api/pos/estandar/{codes[-1]}/aprobar", headers=auth("adm_bodega"))

    def make(which):
        body = {"prd_codigo": prds[which], "trn_cod": "ESI", "krd_cantidad": 1, "est_cod": codes[which]}
        answer = app.test_client().post("/api/pos/kardex-producto", headers=headers, json=body)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=make, args=(n % 2,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] * 5 + [409] * 3


def test_no_se_aprueba_una_receta_con_un_material_que_ya_no_se_usa(counter):
    mp = material(counter, 1, 1)
    code = recipe(counter, counter.product(), {mp: 1}, approved=False)
    counter.do("admin", "materiaprima_eliminar", mp_codigo=mp)
    with counter.acting("adm_bodega") as act:
        assert refused(act, "materia_prima_activa", "estandar_aprobar", est_cod=code) == "409"
