"""Transfers: what leaves one bodega is on its way until it arrives, comes back or is lost, in units and in value."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import psycopg
import pytest

from tests.conftest import PASSWORD, Act

from .acts import forbidden, refused


def send(shop, lines, to="B002", role="bodega", **more):
    return shop.do(
        role, "transferencia_crear", bodega_destino=to, itm_codigo=list(lines), cantidad=list(lines.values()), **more
    )  # fmt: skip


def act_on(shop, role, verb, code, lines=None, **more):
    parts = {"itm_codigo": list(lines), "cantidad": list(lines.values())} if lines else {}
    return shop.do(role, f"transferencia_{verb}", tra_codigo=code, **parts, **more)


@pytest.fixture
def far(staff):
    """Somebody who keeps the bodega of branch 002."""
    return staff("bodega", branch="002")


def test_lo_enviado_esta_en_camino_hasta_que_llega(counter, far):
    thing = counter.product(prd_stock=10, prd_costo="1.25")
    sent = send(counter, {thing: 4}, tra_observacion="Caja azul")
    code, (line,) = sent["tra_codigo"], sent["lineas"]
    assert (sent["bodega"], sent["bodega_destino"], sent["tra_estado"]) == ("B001", "B002", "ENVIADA")
    assert (line["prd_codigo"], line["cantidad"], line["pendiente"]) == (thing, 4, 4)
    assert (counter.stock(thing), counter.stock(thing, "TRANSITO")) == ((6, Decimal("7.5")), (4, 5))
    shown = counter.do("ventas", "producto_obtener", prd_codigo=thing)
    assert (shown["prd_stock"], shown["prd_stock_transito"]) == (6, 4)
    got = act_on(counter, far, "recibir", code, {thing: 3})
    assert (got["tra_estado"], got["lineas"][0]["recibida"], got["lineas"][0]["pendiente"]) == (
        "PARCIAL",
        3,
        1,
    )
    assert act_on(counter, far, "recibir", code)["tra_estado"] == "RECIBIDA"
    assert (counter.stock(thing, "TRANSITO"), counter.stock(thing, "B002")) == ((0, 0), (4, 5))
    with counter.acting(far) as act:
        assert refused(act, "transferencia_en_camino", "transferencia_recibir", tra_codigo=code) == "409"


def test_no_se_envia_lo_que_no_hay_ni_se_recibe_mas_de_lo_enviado(counter, far):
    thing, other = counter.product(prd_stock=3, prd_costo=1), counter.product(prd_stock=1, prd_costo=1)
    with counter.acting("bodega") as act:
        assert refused(act, "existencia_insuficiente", "transferencia_crear",
                       bodega_destino="B002", itm_codigo=[other, thing], cantidad=[1, 4]) == "409"  # fmt: skip
    assert counter.stock(other) == (1, 1)
    code = send(counter, {thing: 2})["tra_codigo"]
    for lines in ({thing: 3}, {other: 1}):
        with counter.acting(far) as act:
            assert refused(act, "transferencia_dentro_de_lo_enviado", "transferencia_recibir", tra_codigo=code,
                           itm_codigo=list(lines), cantidad=list(lines.values())) == "409"  # fmt: skip


def test_cada_envio_lleva_su_propio_valor_aunque_viajen_juntos(counter, far):
    """TRANSITO is one heap, but what arrives is worth what was sent."""
    thing = counter.product(prd_stock=3, prd_costo="1.00")
    dear = counter.do("admin", "bodega_crear", bod_codigo="BDEAR", eta_codigo="001", bod_nombre="Cara")[
        "bod_codigo"
    ]
    entry = {"prd_codigo": thing, "trn_cod": "INI", "krd_prd_cantidad": 3, "costo_unitario": "9.333333"}
    counter.do("adm_bodega", "kardex_producto_crear", bodega=dear, **entry)
    cheap_code = send(counter, {thing: 3})["tra_codigo"]
    dear_code = send(counter, {thing: 3}, bodega=dear)["tra_codigo"]
    act_on(counter, far, "recibir", dear_code, {thing: 2})
    assert counter.stock(thing, "B002") == (2, Decimal("18.666666"))
    assert counter.stock(thing, "TRANSITO") == (4, Decimal("12.333333"))
    act_on(counter, far, "recibir", cheap_code)
    act_on(counter, "bodega", "devolver", dear_code)
    assert counter.stock(thing, dear) == (1, Decimal("9.333333"))
    assert counter.stock(thing, "B002") == (5, Decimal("21.666666"))


def test_lo_que_falta_sigue_en_camino_hasta_que_vuelve_o_se_da_de_baja(counter, far):
    thing = counter.product(prd_stock=5, prd_costo="2.00")
    code = send(counter, {thing: 5})["tra_codigo"]
    act_on(counter, far, "recibir", code, {thing: 2})
    act_on(counter, "bodega", "devolver", code, {thing: 1})
    with counter.acting("adm_bodega") as act:
        assert refused(act, "razon_requerida", "transferencia_baja", tra_codigo=code) == "422"
    with counter.acting("bodega") as act:
        forbidden(act, "transferencia_baja", tra_codigo=code, motivo="se cayó")
    end = act_on(counter, "adm_bodega", "baja", code, motivo="Se cayó del camión")
    (line,) = end["lineas"]
    assert (end["tra_estado"], end["tra_motivo"]) == ("CERRADA", "Se cayó del camión")
    assert [line[key] for key in ("recibida", "devuelta", "baja", "pendiente")] == [2, 1, 2, 0]
    assert counter.posted("TRA", code) == {("INVENTARIO", ""): -4, ("MERMA", ""): 4}
    assert (counter.stock(thing), counter.stock(thing, "B002")) == ((1, 2), (2, 4))


def test_cada_extremo_hace_lo_suyo_y_nadie_mas_lo_ve(counter, far, staff):
    thing = counter.product(prd_stock=5, prd_costo=1)
    code = send(counter, {thing: 2})["tra_codigo"]
    with counter.acting("bodega") as act:
        assert refused(act, "transferencia_recibe_destino", "transferencia_recibir", tra_codigo=code) == "403"
    with counter.acting(far) as act:
        assert refused(act, "transferencia_vuelve_origen", "transferencia_devolver", tra_codigo=code) == "403"
        assert refused(act, "bodega_ajena", "transferencia_crear", bodega="B001",
                       bodega_destino="B002", itm_codigo=[thing], cantidad=[1]) == "403"  # fmt: skip
        shown = act("transferencia_listar", estado="ENVIADA", bodega="B002")["data"]
        assert code in {row["tra_codigo"] for row in shown}
        assert not {"valor", "costo_unitario"} & shown[0]["lineas"][0].keys()
        assert {"B001", "B002"} <= {row["bod_codigo"] for row in act("transferencia_destino_listar")}
    assert counter.do("contador", "transferencia_obtener", tra_codigo=code)["lineas"][0]["valor"] == "2.00"
    counter.do("admin", "establecimiento_crear", eta_codigo="066", eta_nombre="Norte")
    counter.do("admin", "bodega_crear", bod_codigo="B066", eta_codigo="066", bod_nombre="Norte")
    counter.do("admin", "punto_emision_crear", eta_codigo="066", pto_codigo="001", bod_codigo="B066")
    third = staff("bodega", branch=None)
    counter.do("admin", "usuario_establecimiento_asignar", login=third, eta_codigo="066", pto_codigo="001")
    with counter.acting(third) as act:
        assert refused(act, "transferencia_existe", "transferencia_obtener", tra_codigo=code) == "404"
        assert refused(act, "transferencia_existe", "transferencia_recibir", tra_codigo=code) == "404"
    for role in ("ventas", "cajero", "compras"):
        with counter.acting(role) as act:
            forbidden(act, "transferencia_listar")
    with counter.acting("admin") as act:
        assert refused(act, "bodega_en_uso", "bodega_eliminar", bod_codigo="B002") == "409"


@pytest.mark.parametrize(
    ("to", "items", "quantities", "rule"),
    [
        ("B001", ["thing"], [1], "transferencia_entre_dos"),
        ("WEB", ["thing"], [1], "transferencia_destino_existe"),
        ("NADA", ["thing"], [1], "transferencia_destino_existe"),
        ("B002", ["thing", "thing"], [1, 1], "transferencia_detalle_unico"),
        ("B002", ["NADA"], [1], "articulo_existe"),
        ("B002", ["thing"], [0], "transferencia_cantidad_positiva"),
        ("B002", ["thing"], [Decimal("NaN")], "transferencia_cantidad_positiva"),
        ("B002", ["thing"], [Decimal("0.0001")], "cantidad_positiva"),
        ("B002", [], [], "transferencia_con_lineas"),
    ],
)
def test_un_envio_mal_formado_no_mueve_nada(counter, to, items, quantities, rule):
    thing = counter.product(prd_stock=3, prd_costo=1)
    items = [thing if item == "thing" else item for item in items]
    with counter.acting("bodega") as act:
        assert refused(act, rule, "transferencia_crear",
                       bodega_destino=to, itm_codigo=items, cantidad=quantities) == "422"  # fmt: skip
    assert (counter.stock(thing), counter.stock(thing, "TRANSITO")) == ((3, 3), (0, 0))


@pytest.mark.parametrize(
    ("invariant", "damage"),
    [
        ("transito_igual_envios", "valor_pendiente = valor_pendiente - 1"),
        ("envio_igual_kardex", "recibida = recibida - 1, baja = baja + 1"),
    ],
)
def test_el_doctor_ve_un_envio_que_no_cuadra(counter, far, invariant, damage):
    thing = counter.product(prd_stock=5, prd_costo=2)
    code = send(counter, {thing: 5})["tra_codigo"]
    act_on(counter, far, "recibir", code, {thing: 2})
    counter.healthy()
    with counter.conn.transaction(force_rollback=True):
        counter.rewrite(f"UPDATE datos.transferencia_detalle SET {damage} WHERE tra_codigo = %s", code)
        found = {row["invariante"]: row["filas"] for row in counter.do("auditor", "doctor_revisar")}
        assert found[invariant] == 1


def test_recibir_y_devolver_a_la_vez_no_reparte_dos_veces_lo_mismo(servers, people, client, auth, staff):
    """Both ends at the same boxes, in any order of items: every unit ends in exactly one place."""
    headers, chance = auth("adm_bodega"), random.Random(11)
    new = {
        "prd_nombre": "Cajón",
        "prd_precio_venta": 1,
        "um_venta": "UND",
        "prd_stock": 40,
        "prd_costo": "3.3333",
    }
    things = [
        client.post("/api/pos/producto", json=new, headers=headers).json["prd_codigo"] for _ in range(3)
    ]
    lines = [{"prd_codigo": thing, "cantidad": 40} for thing in things]
    body = {"bodega_destino": "B002", "lineas": lines}
    code = client.post("/api/pos/transferencia", json=body, headers=headers).json["tra_codigo"]
    logins = [people.login("bodega"), staff("bodega", branch="002")]
    conns = [
        psycopg.connect(servers.pos, user=name, password=PASSWORD, autocommit=True) for name in logins * 2
    ]
    start = Barrier(len(conns))

    def work(conn, verb):
        start.wait()
        for _ in range(12):
            some = chance.sample(things, 2)
            try:
                Act(conn)(f"transferencia_{verb}", tra_codigo=code, itm_codigo=some, cantidad=[2, 1])
            except psycopg.Error as exc:
                assert exc.diag.constraint_name.startswith("transferencia_"), exc

    with ThreadPoolExecutor(len(conns)) as pool:
        list(pool.map(work, conns, ["devolver", "recibir"] * 2))
    for conn in conns:
        conn.close()
    left = client.get(f"/api/pos/transferencia/{code}", headers=headers).json
    assert all(row["recibida"] + row["devuelta"] + row["pendiente"] == 40 for row in left["lineas"])
    client.post(f"/api/pos/transferencia/{code}/recibir", headers=headers)
    with psycopg.connect(servers.admin_conninfo("pos")) as boss:
        broken = [row for row in Act(boss)("doctor_revisar") if row["filas"] and row["nivel"] == "VIOLACION"]
        assert not broken, broken


def test_por_http_se_envia_y_se_recibe(client, auth):
    headers = auth("adm_bodega")
    new = {"descripcion": "Azúcar", "unidad_medida": "KG", "costo": 1, "cantidad": 9}
    sugar = client.post("/api/pos/materiaprima", json=new, headers=headers).json["mp_codigo"]
    body = {"bodega_destino": "B002", "lineas": [{"mp_codigo": sugar, "cantidad": "2.5"}]}
    sent = client.post("/api/pos/transferencia", json=body, headers=headers)
    assert (sent.status_code, sent.json["lineas"][0]["mp_codigo"]) == (201, sugar)
    code = sent.json["tra_codigo"]
    assert (
        client.post(f"/api/pos/transferencia/{code}/recibir", headers=headers).json["tra_estado"]
        == "RECIBIDA"
    )
    assert client.get("/api/pos/transferencia?estado=RECIBIDA&page=1", headers=headers).json["total"] >= 1
    both = {"bodega_destino": "B002", "lineas": [{"mp_codigo": sugar, "prd_codigo": "PRD1", "cantidad": 1}]}
    assert (
        client.post("/api/pos/transferencia", json=both, headers=headers).json["regla"] == "linea_un_articulo"
    )
    assert client.post("/api/pos/transferencia", json={}, headers=headers).status_code == 400
    assert client.get("/api/pos/transferencia/type", headers=auth("bodega")).json[0]["bod_codigo"]
