"""Count sheets: what is found is compared with the ledger of that moment, while the shop goes on selling."""

from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier, Event

import psycopg
import pytest

from tests.conftest import PASSWORD, Act

from .acts import forbidden, refused


def sheet(shop, *items, role="bodega", **more):
    return shop.do(role, "conteo_crear", itm_codigo=list(items) or None, **more)["cnt_codigo"]


def count(shop, code, found, role="bodega"):
    return shop.do(
        role, "conteo_contar", cnt_codigo=code, itm_codigo=list(found), cantidad=list(found.values())
    )  # fmt: skip


def post(shop, code):
    return shop.do("adm_bodega", "conteo_aprobar", cnt_codigo=code)


def lines(document):
    return {row["prd_codigo"] or row["mp_codigo"]: row for row in document["lineas"]}


def test_lo_que_sobra_entra_y_lo_que_falta_sale_en_un_asiento(counter):
    more, less, same = (counter.product(prd_stock=10, prd_costo="2.00") for _ in "abc")
    code = sheet(counter, more, less, same, cnt_observacion="Fin de mes")
    count(counter, code, {more: Decimal(12), less: Decimal("7.5"), same: Decimal(10)})
    done = post(counter, code)
    assert (done["cnt_estado"], done["articulos"], done["contados"]) == ("APR", 3, 3)
    assert {item: row["diferencia"] for item, row in lines(done).items()} == {more: 2, less: -2.5, same: 0}
    assert (counter.stock(more), counter.stock(less), counter.stock(same)) == (
        (12, 24),
        (Decimal("7.5"), 15),
        (10, 20),
    )
    assert counter.posted("CNT", code) == {
        ("INVENTARIO", ""): -1, ("AJUSTE_INVENTARIO", ""): -4, ("MERMA", ""): 5,
    }  # fmt: skip
    row = counter.do("adm_bodega", "kardex_producto_listar", prd_codigo=less)["data"][0]
    assert (row["trn_cod"], row["krd_razon"]) == ("BAJ", f"Conteo {code}")
    with counter.acting("adm_bodega") as act:
        assert refused(act, "conteo_abierto", "conteo_aprobar", cnt_codigo=code) == "409"
        assert (
            refused(act, "movimiento_de_documento", "kardex_producto_eliminar", krd_codigo=row["krd_codigo"])
            == "409"
        )
    with counter.acting("bodega") as act:
        assert refused(act, "conteo_abierto", "conteo_contar",
                       cnt_codigo=code, itm_codigo=[more], cantidad=[1]) == "409"  # fmt: skip


def test_lo_vendido_entre_contar_y_registrar_no_es_diferencia(counter):
    thing = counter.product(prd_stock=10, prd_costo="1.00")
    code = sheet(counter, thing)
    counter.issue((thing, 2))
    count(counter, code, {thing: 7})
    counter.issue((thing, 3))
    assert lines(post(counter, code))[thing]["diferencia"] == -1
    assert counter.stock(thing) == (4, 4)


def test_quien_vuelve_a_contar_reemplaza_lo_contado(counter):
    thing = counter.product(prd_stock=10, prd_costo="1.00")
    code = sheet(counter, thing)
    count(counter, code, {thing: 3})
    counter.issue((thing, 4))
    again = lines(count(counter, code, {thing: 6}))[thing]
    assert (again["contado"], again["contado_por"]) == (6, counter.people.login("bodega"))
    assert lines(post(counter, code))[thing]["diferencia"] == 0


def test_dos_hojas_del_mismo_articulo_corrigen_una_vez(counter):
    thing = counter.product(prd_stock=10, prd_costo="1.00")
    codes = [sheet(counter, thing) for _ in "ab"]
    for code in codes:
        count(counter, code, {thing: 8})
    assert [lines(post(counter, code))[thing]["diferencia"] for code in codes] == [-2, 0]
    assert counter.stock(thing) == (8, 8)


def test_lo_que_nadie_conto_se_queda_y_lo_hallado_entra_en_la_hoja(counter):
    seen, left, found = (counter.product(prd_stock=5, prd_costo="1.00") for _ in "abc")
    code = sheet(counter, seen, left)
    with counter.acting("adm_bodega") as act:
        assert refused(act, "conteo_con_cuentas", "conteo_aprobar", cnt_codigo=code) == "422"
    done = post(counter, count(counter, code, {seen: 4, found: 6})["cnt_codigo"])
    assert (done["articulos"], done["contados"]) == (3, 2)
    assert lines(done)[left]["contado"] is None and counter.stock(left) == (5, 5)
    assert (counter.stock(seen)[0], counter.stock(found)[0]) == (4, 6)


def test_si_despues_salio_mas_de_lo_contado_se_cuenta_otra_vez(counter):
    thing, other = (counter.product(prd_stock=10, prd_costo="1.00") for _ in "ab")
    code = sheet(counter, thing, other)
    count(counter, code, {thing: 4, other: 9})
    counter.issue((thing, 6))
    with counter.acting("adm_bodega") as act:
        assert refused(act, "conteo_contradicho", "conteo_aprobar", cnt_codigo=code) == "409"
    assert counter.stock(other) == (10, 10)  # nothing of the sheet was posted
    count(counter, code, {thing: 3})
    assert lines(post(counter, code))[thing]["diferencia"] == -1


def test_se_cuenta_a_ciegas(counter):
    thing = counter.product(prd_stock=10, prd_costo="1.00")
    code = sheet(counter, thing)
    for shown in (count(counter, code, {thing: 8}), counter.do("bodega", "conteo_obtener", cnt_codigo=code)):
        assert not {"existencia", "diferencia"} & lines(shown)[thing].keys()
    with counter.acting("bodega") as act:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), act.conn.transaction():
            act.conn.execute("SELECT existencia FROM datos.conteo_detalle")
    preview = lines(counter.do("contador", "conteo_obtener", cnt_codigo=code))[thing]
    assert (preview["existencia"], preview["diferencia"]) == (10, -2)


def test_una_hoja_se_abre_por_articulos_por_categoria_o_entera(counter):
    counter.do("admin", "categoria_crear", cat_codigo="ZCA", cat_nombre="Alta")
    counter.do("admin", "categoria_crear", cat_codigo="ZCB", cat_nombre="Baja", cat_padre="ZCA")
    top, low, none = (counter.product(cat_codigo=cat) for cat in ("ZCA", "ZCB", ""))
    stocked = counter.product(prd_stock=1, prd_costo=1)
    shelf = counter.do("bodega", "conteo_crear", cat_codigo="ZCA")
    assert set(lines(shelf)) == {top, low}
    whole = set(lines(counter.do("bodega", "conteo_crear")))
    assert stocked in whole and none not in whole
    with counter.acting("bodega") as act:
        assert refused(act, "conteo_con_lineas", "conteo_crear", cat_codigo="NADA") == "422"
        assert refused(act, "articulo_existe", "conteo_crear", itm_codigo=["NADA"]) == "422"
        assert refused(act, "articulo_existe", "conteo_crear", itm_codigo=["ENVIO"]) == "422"
        assert refused(act, "bodega_ajena", "conteo_crear", bodega="B002") == "403"


@pytest.mark.parametrize("bad", [-1, Decimal("NaN"), Decimal("1.0001"), None])
def test_una_cuenta_es_cero_o_mas(counter, bad):
    thing = counter.product(prd_stock=1, prd_costo=1)
    code = sheet(counter, thing)
    with counter.acting("bodega") as act:
        assert refused(act, "conteo_no_negativo", "conteo_contar",
                       cnt_codigo=code, itm_codigo=[thing], cantidad=[bad]) == "422"  # fmt: skip
        assert refused(act, "conteo_detalle_unico", "conteo_contar",
                       cnt_codigo=code, itm_codigo=[thing, thing], cantidad=[1, 1]) == "422"  # fmt: skip


def test_cuenta_bodega_y_registra_o_descarta_su_administracion(counter, staff):
    thing = counter.product(prd_stock=5, prd_costo=1)
    code = sheet(counter, thing)
    with counter.acting("bodega") as act:
        forbidden(act, "conteo_aprobar", cnt_codigo=code)
        forbidden(act, "conteo_anular", cnt_codigo=code)
    for role in ("ventas", "cajero", "compras", "adm_compras"):
        with counter.acting(role) as act:
            forbidden(act, "conteo_contar", cnt_codigo=code, itm_codigo=[thing], cantidad=[1])
            forbidden(act, "conteo_listar")
    with counter.acting(staff("bodega", branch="002")) as act:
        assert refused(act, "conteo_existe", "conteo_obtener", cnt_codigo=code) == "404"
        assert refused(act, "conteo_existe", "conteo_contar",
                       cnt_codigo=code, itm_codigo=[thing], cantidad=[1]) == "404"  # fmt: skip
    with counter.acting("admin") as act:
        assert refused(act, "bodega_en_uso", "bodega_eliminar", bod_codigo="B001") == "409"
    gone = counter.do("adm_bodega", "conteo_anular", cnt_codigo=code, motivo=" ")
    assert (gone["cnt_estado"], gone["cnt_motivo"], counter.stock(thing)) == ("ANU", "SIN MOTIVO", (5, 5))
    listed = counter.do("bodega", "conteo_listar", estado="ANU", bodega="B001")["data"]
    assert code in {row["cnt_codigo"] for row in listed}


def test_el_doctor_ve_una_diferencia_que_el_kardex_no_tiene(counter):
    thing = counter.product(prd_stock=5, prd_costo=1)
    code = sheet(counter, thing)
    count(counter, code, {thing: 4})
    post(counter, code)
    with counter.conn.transaction(force_rollback=True):
        counter.rewrite("UPDATE datos.conteo_detalle SET diferencia = -2 WHERE cnt_codigo = %s", code)
        found = {row["invariante"]: row["filas"] for row in counter.do("auditor", "doctor_revisar")}
        assert found["conteo_igual_kardex"] == 1


def test_contar_mientras_se_vende_no_inventa_diferencias(servers, staff, client, auth):
    """Three tills sell and two people count what is on the shelf; at the end the shelf is what the ledger says."""
    headers, units, missing = auth("adm_bodega"), 300, 5
    new = {"prd_nombre": "Lata", "prd_precio_venta": 1, "um_venta": "UND", "prd_stock": units, "prd_costo": 1}
    things = [
        client.post("/api/pos/producto", json=new, headers=headers).json["prd_codigo"] for _ in range(3)
    ]
    code = client.post("/api/pos/conteo", json={"articulos": things}, headers=headers).json["cnt_codigo"]
    sold: Tally[str] = Tally()
    logins = [*(staff("ventas") for _ in range(3)), *(staff("bodega") for _ in range(2))]
    conns = [psycopg.connect(servers.pos, user=name, password=PASSWORD, autocommit=True) for name in logins]
    start, stop = Barrier(len(conns)), Event()

    def sell(conn):
        act, mine = Act(conn), Tally()
        start.wait()
        while not stop.is_set() and mine.total() < 60:
            draft = act("factura_crear", cli_codigo="CLI0000001")["fac_codigo"]
            for thing in things:
                act("factura_detalle_crear", fac_codigo=draft, prd_codigo=thing, pxfa_cantidad=1)
            act("factura_aprobar", fac_codigo=draft)
            mine.update(things)
        return mine

    def shelf(conn, thing):
        """What somebody standing there would find: the ledger's truth less what was stolen long ago."""
        row = conn.execute("SELECT exi_cantidad FROM datos.existencia WHERE itm_codigo = %s AND bod_codigo = 'B001'"
                           " FOR UPDATE", (thing,)).fetchone()  # fmt: skip
        return row[0] - missing

    def tally(conn):
        with psycopg.connect(servers.admin_conninfo("pos")) as eyes:
            start.wait()
            for _ in range(6):
                for thing in things:
                    with eyes.transaction():
                        found = shelf(eyes, thing)
                        # counted and entered in one breath: the balance is held while it is typed
                        eyes.execute("SET SESSION AUTHORIZATION " + conn.info.user)
                        Act(eyes)("conteo_contar", cnt_codigo=code, itm_codigo=[thing], cantidad=[found])
                        eyes.execute("RESET SESSION AUTHORIZATION")
        stop.set()
        return Tally()

    with ThreadPoolExecutor(len(conns)) as pool:
        for done in pool.map(lambda job: job[0](job[1]), zip([sell] * 3 + [tally] * 2, conns, strict=True)):
            sold += done
    for conn in conns:
        conn.close()
    posted = client.post(f"/api/pos/conteo/{code}/aprobar", headers=headers)
    assert {row["diferencia"] for row in posted.json["lineas"]} == {-missing}, posted.text
    assert sold.total() > 0
    for thing in things:
        left = client.get(f"/api/pos/producto/{thing}", headers=headers).json["prd_stock"]
        assert left == units - sold[thing] - missing
    with psycopg.connect(servers.admin_conninfo("pos")) as boss:
        broken = [row for row in Act(boss)("doctor_revisar") if row["filas"] and row["nivel"] == "VIOLACION"]
        assert not broken, broken


def test_una_hoja_se_registra_una_vez_aunque_la_registren_varios(servers, staff, client, auth):
    headers = auth("adm_bodega")
    new = {"prd_nombre": "Vaso", "prd_precio_venta": 1, "um_venta": "UND", "prd_stock": 9, "prd_costo": 1}
    thing = client.post("/api/pos/producto", json=new, headers=headers).json["prd_codigo"]
    code = client.post("/api/pos/conteo", json={"articulos": [thing]}, headers=headers).json["cnt_codigo"]
    body = {"lineas": [{"prd_codigo": thing, "cantidad": "4"}]}
    assert client.post(f"/api/pos/conteo/{code}/cuenta", json=body, headers=headers).json["contados"] == 1
    conns = [psycopg.connect(servers.pos, user=staff("adm_bodega"), password=PASSWORD) for _ in range(4)]
    start = Barrier(len(conns))

    def work(conn):
        start.wait()
        try:
            return Act(conn)("conteo_aprobar", cnt_codigo=code)["cnt_estado"]
        except psycopg.Error as exc:
            return exc.diag.constraint_name

    with ThreadPoolExecutor(len(conns)) as pool:
        answers = sorted(pool.map(work, conns))
    for conn in conns:
        conn.close()
    assert answers == ["APR", *["conteo_abierto"] * 3]
    assert client.get(f"/api/pos/producto/{thing}", headers=headers).json["prd_stock"] == 4
    assert client.post("/api/pos/conteo", json={"articulos": "x"}, headers=headers).status_code == 400
    assert client.get("/api/pos/conteo?page=1&estado=APR", headers=headers).json["total"] >= 1
