"""Cities, units, categories and IVA rates as administrators change them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest

from tests.conftest import PASSWORD, Act, as_login

from .acts import cedula, forbidden, refused


@pytest.fixture
def admin(pos, people):
    with as_login(pos, people.login("admin")) as act:
        yield act


def names(act, noun, key):
    rows = act(f"{noun}_listar")
    return {row[key] for row in (rows if isinstance(rows, list) else rows["data"])}


@pytest.mark.parametrize(
    ("noun", "key", "code", "words", "rule"),
    [
        ("ciudad", "ct_codigo", "ZZA", "ct_descripcion", "ciudad_unica"),
        ("unidadmedida", "um_codigo", "ZZU", "um_descripcion", "unidad_medida_unica"),
        ("categoria", "cat_codigo", "ZZC", "cat_nombre", "categoria_unica"),
    ],
)
def test_lo_retirado_sale_de_las_listas_y_vuelve_al_crearlo(admin, noun, key, code, words, rule):
    assert admin(f"{noun}_crear", **{key: code.lower(), words: " Zeta "})[words] == "Zeta"
    assert refused(admin, rule, f"{noun}_crear", **{key: code, words: "Otra"}) == "409"
    assert admin(f"{noun}_actualizar", **{key: code, words: "Eta"})[words] == "Eta"
    assert admin(f"{noun}_actualizar", **{key: code})[words] == "Eta"
    admin(f"{noun}_eliminar", **{key: code})
    assert code not in names(admin, noun, key)
    for verb in ("actualizar", "eliminar"):
        assert refused(admin, rule.replace("unica", "existe"), f"{noun}_{verb}", **{key: code}) == "404"
    assert admin(f"{noun}_crear", **{key: code, words: "Theta"})[words] == "Theta"
    assert code in names(admin, noun, key)


def test_una_ciudad_con_clientes_no_se_retira_y_una_retirada_no_se_elige(pos, people, admin):
    admin("ciudad_crear", ct_codigo="ZZA", ct_descripcion="Zeta")
    buyer = {"cli_tipo_id": "PASAPORTE", "cli_nombre": "Ana", "ct_codigo": "ZZA"}
    made = admin("cliente_crear", cli_ruc_ced="PZZA1", **buyer)
    assert refused(admin, "ciudad_en_uso", "ciudad_eliminar", ct_codigo="ZZA") == "409"
    admin("cliente_eliminar", cli_codigo=made["cli_codigo"])
    admin("ciudad_eliminar", ct_codigo="ZZA")
    assert refused(admin, "ciudad_activa", "cliente_crear", cli_ruc_ced="PZZA2", **buyer) == "422"
    other = admin("cliente_crear", cli_ruc_ced="PZZA3", **{**buyer, "ct_codigo": "UIO"})
    assert refused(admin, "ciudad_activa", "cliente_actualizar",
                   cli_codigo=other["cli_codigo"], ct_codigo="ZZA") == "422"  # fmt: skip


def test_una_unidad_y_una_categoria_con_productos_no_se_retiran(admin):
    admin("unidadmedida_crear", um_codigo="ZZU", um_descripcion="Zeta")
    admin("categoria_crear", cat_codigo="ZZC", cat_nombre="Zeta")
    thing = {"prd_nombre": "Cosa", "prd_precio_venta": 1, "um_venta": "ZZU", "cat_codigo": "ZZC"}
    code = admin("producto_crear", **thing)["prd_codigo"]
    assert refused(admin, "unidad_medida_en_uso", "unidadmedida_eliminar", um_codigo="ZZU") == "409"
    assert refused(admin, "categoria_en_uso", "categoria_eliminar", cat_codigo="ZZC") == "409"
    admin("producto_actualizar", prd_codigo=code, um_venta="UND", cat_codigo="")
    admin("unidadmedida_eliminar", um_codigo="ZZU")
    admin("categoria_eliminar", cat_codigo="ZZC")
    assert refused(admin, "categoria_activa", "producto_crear", **{**thing, "um_venta": "UND"}) == "422"
    assert refused(admin, "unidad_medida_activa", "producto_crear", **{**thing, "cat_codigo": ""}) == "422"


def test_la_ciudad_que_alguien_esta_eligiendo_no_se_retira_debajo(servers, people, client, auth):
    """The one who retires waits for the one who chooses, and then sees the client."""
    client.post("/api/pos/ciudad", json={"ct_codigo": "ZZB", "ct_descripcion": "Beta"}, headers=auth("admin"))
    dsn = servers.pos
    with (
        psycopg.connect(dsn, user=people.login("ventas"), password=PASSWORD) as chooses,
        psycopg.connect(dsn, user=people.login("admin"), password=PASSWORD) as retires,
        ThreadPoolExecutor(1) as pool,
    ):
        chooses.execute("SELECT 'a transaction that stays open'")
        made = Act(chooses)("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Ana", ct_codigo="ZZB")
        later = pool.submit(Act(retires), "ciudad_eliminar", ct_codigo="ZZB")
        while not waits(servers, retires):
            assert not later.done(), later.exception()
        chooses.commit()
        with pytest.raises(psycopg.Error) as caught:
            later.result()
        assert caught.value.diag.constraint_name == "ciudad_en_uso"
    assert made["ct_codigo"] == "ZZB"


def waits(servers, conn):
    """Whether that connection waits for a lock."""
    with psycopg.connect(servers.admin_conninfo("pos")) as boss:
        query = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
        return boss.execute(query, (conn.info.backend_pid,)).fetchone()[0]


def test_una_rama_se_cuelga_de_otra_pero_no_de_si_misma(pos, admin):
    for code, parent in (("ZA", ""), ("ZB", "ZA"), ("ZC", "ZB"), ("ZD", "")):
        admin("categoria_crear", cat_codigo=code, cat_nombre=code, cat_padre=parent)
    for parent in ("ZC", "ZA"):
        assert refused(admin, "categoria_sin_ciclo", "categoria_actualizar",
                       cat_codigo="ZA", cat_padre=parent) == "409"  # fmt: skip
    admin("categoria_actualizar", cat_codigo="ZB", cat_padre="ZD")
    tree = [
        (r["cat_codigo"], r["nivel"]) for r in admin("categoria_listar")["data"] if r["cat_codigo"][0] == "Z"
    ]
    assert [row for row in tree if row[0] in ("ZA", "ZB", "ZC", "ZD")] == [
        ("ZA", 0),
        ("ZD", 0),
        ("ZB", 1),
        ("ZC", 2),
    ]
    assert admin("categoria_actualizar", cat_codigo="ZB", cat_padre="")["cat_padre"] is None
    assert admin("categoria_actualizar", cat_codigo="ZC", cat_nombre="Ce")["cat_padre"] == "ZB"
    assert refused(admin, "categoria_en_uso", "categoria_eliminar", cat_codigo="ZB") == "409"
    admin("categoria_eliminar", cat_codigo="ZD")
    assert (
        refused(admin, "categoria_activa", "categoria_actualizar", cat_codigo="ZB", cat_padre="ZD") == "422"
    )


def test_dos_que_se_cuelgan_a_la_vez_una_de_otra_no_cierran_un_ciclo(servers, staff):
    people = [
        psycopg.connect(servers.pos, user=staff("admin"), password=PASSWORD, autocommit=True) for _ in "ab"
    ]
    for code in ("ZLA", "ZLB"):
        Act(people[0])("categoria_crear", cat_codigo=code, cat_nombre=code)
    for _ in range(10):
        start = Barrier(2)

        def hang(conn, code, parent, start=start):
            start.wait()
            try:
                return Act(conn)("categoria_actualizar", cat_codigo=code, cat_padre=parent)["cat_padre"]
            except psycopg.Error as exc:
                return exc.diag.constraint_name

        with ThreadPoolExecutor(2) as pool:
            answers = set(pool.map(hang, people, ("ZLA", "ZLB"), ("ZLB", "ZLA")))
        assert "categoria_sin_ciclo" in answers and len(answers) == 2
        for code in ("ZLA", "ZLB"):
            Act(people[0])("categoria_actualizar", cat_codigo=code, cat_padre="")
    for conn in people:
        conn.close()


def rates(act):
    return {
        row["desde"]: (row["porcentaje"], row["hasta"])
        for row in act("iva_listar", page=1, limit=100)["data"]
        if row["iva_codigo"] == "RED"
    }


def test_una_tarifa_nueva_cierra_la_anterior_en_su_vispera_y_retirarla_la_reabre(pos, admin):
    today = pos.execute("SELECT privado.hoy()").fetchone()[0]
    first, second = today + timedelta(30), today + timedelta(60)
    admin("iva_crear", iva_codigo="RED", sri_codigo="8", porcentaje=8, desde=second)
    admin("iva_crear", iva_codigo="RED", sri_codigo="5", porcentaje=6, desde=first)
    eve = [str(day - timedelta(1)) for day in (first, second)]
    assert rates(admin) == {"2024-04-01": (5, eve[0]), str(first): (6, eve[1]), str(second): (8, None)}
    assert admin("iva_actualizar", iva_codigo="RED", desde=first, porcentaje=7)["porcentaje"] == 7
    admin("iva_eliminar", iva_codigo="RED", desde=first)
    assert rates(admin) == {"2024-04-01": (5, eve[1]), str(second): (8, None)}
    admin("iva_eliminar", iva_codigo="RED", desde=second)
    assert rates(admin) == {"2024-04-01": (5, None)}


def test_retirar_una_tarifa_con_fin_propio_no_deja_dias_sin_tarifa(pos, admin):
    today = pos.execute("SELECT privado.hoy()").fetchone()[0]
    first, last = today + timedelta(30), today + timedelta(35)
    admin("iva_crear", iva_codigo="RED", sri_codigo="8", porcentaje=8, desde=first, hasta=last)
    admin("iva_eliminar", iva_codigo="RED", desde=first)
    assert rates(admin) == {"2024-04-01": (5, None)}


def test_la_tarifa_que_ya_rigio_no_se_cambia(pos, admin):
    today = pos.execute("SELECT privado.hoy()").fetchone()[0]
    since = "2024-04-01"
    for day in (since, today):
        assert refused(admin, "tarifa_iva_en_uso", "iva_crear",
                       iva_codigo="RED", sri_codigo="5", porcentaje=9, desde=day) == "409"  # fmt: skip
    for change in ({"porcentaje": 9}, {"sri_codigo": "9"}, {"hasta": today - timedelta(1)}):
        assert refused(admin, "tarifa_iva_en_uso", "iva_actualizar",
                       iva_codigo="RED", desde=since, **change) == "409"  # fmt: skip
    assert refused(admin, "tarifa_iva_en_uso", "iva_eliminar", iva_codigo="RED", desde=since) == "409"
    assert refused(admin, "tarifa_iva_existe", "iva_eliminar", iva_codigo="RED", desde="2030-01-01") == "404"
    assert refused(admin, "tarifa_iva_clase_existe", "iva_crear",
                   iva_codigo="ZZZ", sri_codigo="5", porcentaje=9, desde="2040-01-01") == "422"  # fmt: skip
    assert admin("iva_actualizar", iva_codigo="RED", desde=since, hasta=today)["hasta"] == str(today)


@pytest.mark.parametrize("role", ["adm_bodega", "adm_ventas", "adm_fact", "contador", "auditor", "cajero"])
def test_solo_el_administrador_cambia_los_catalogos(pos, people, role):
    with as_login(pos, people.login(role)) as act:
        forbidden(act, "ciudad_crear", ct_codigo="ZZZ", ct_descripcion="x")
        forbidden(act, "ciudad_eliminar", ct_codigo="UIO")
        forbidden(act, "unidadmedida_actualizar", um_codigo="UND")
        forbidden(act, "categoria_actualizar", cat_codigo="X")
        forbidden(act, "iva_crear", iva_codigo="GEN", sri_codigo="4", porcentaje=1, desde="2040-01-01")
        forbidden(act, "iva_eliminar", iva_codigo="GEN", desde="2024-04-01")


def test_por_http_se_escriben_con_sus_nombres(client, auth):
    admin = auth("admin")
    made = client.post("/api/pos/ciudad", json={"ct_codigo": "ZZH", "ct_descripcion": "Hache"}, headers=admin)
    assert (made.status_code, made.json) == (201, {"ct_codigo": "ZZH", "ct_descripcion": "Hache"})
    same = {"ct_codigo": "NOPE", "ct_descripcion": "Acha"}
    assert client.put("/api/pos/ciudad/ZZH", json=same, headers=admin).json["ct_codigo"] == "ZZH"
    assert client.delete("/api/pos/ciudad/ZZH", headers=admin).json["ct_codigo"] == "ZZH"
    assert client.post("/api/pos/ciudad", json={"ct_codigo": "ZZ1", "ct_descripcion": "x"}, headers=admin).json[
        "regla"] == "ciudad_codigo_forma"  # fmt: skip
    new = {"iva_codigo": "RED", "sri_codigo": "5", "porcentaje": "6", "desde": "2090-01-01"}
    assert client.post("/api/pos/iva", json=new, headers=admin).json["hasta"] is None
    assert (
        client.put("/api/pos/iva/RED/2090-01-01", json={"porcentaje": 7}, headers=admin).json["porcentaje"]
        == 7
    )
    assert client.put("/api/pos/iva/RED/manana", json={"porcentaje": 7}, headers=admin).status_code == 400
    assert client.delete("/api/pos/iva/RED/2090-01-01", headers=admin).status_code == 200
    assert client.post("/api/pos/unidadmedida", json={}, headers=admin).status_code == 400
