"""Places as they are opened, changed and retired: establecimiento, bodega, punto_emision."""

import pytest

from tests.conftest import as_login

from .acts import forbidden, refused


@pytest.fixture
def admin(pos, people):
    with as_login(pos, people.login("admin")) as act:
        yield act


def branch(admin):
    """A new branch with a bodega and a point."""
    admin("establecimiento_crear", eta_codigo="077", eta_nombre="Sur")
    admin("bodega_crear", bod_codigo="B077", eta_codigo="077", bod_nombre="Bodega sur")
    admin("punto_emision_crear", eta_codigo="077", pto_codigo="001", bod_codigo="B077")


def test_un_lugar_se_retira_de_lo_ultimo_a_lo_primero_y_vuelve(admin):
    branch(admin)
    assert refused(admin, "establecimiento_en_uso", "establecimiento_eliminar", eta_codigo="077") == "409"
    assert refused(admin, "bodega_en_uso", "bodega_eliminar", bod_codigo="B077") == "409"
    admin("punto_emision_eliminar", eta_codigo="077", pto_codigo="001")
    admin("bodega_eliminar", bod_codigo="B077")
    admin("establecimiento_eliminar", eta_codigo="077")
    for noun, key in (
        ("establecimiento", "eta_codigo"),
        ("bodega", "bod_codigo"),
        ("punto_emision", "eta_codigo"),
    ):
        assert not {"077", "B077"} & {row[key] for row in admin(f"{noun}_listar")["data"]}
    assert admin("bodega_obtener", bod_codigo="B077")["bod_estado"] == "INA"
    again = {"bod_codigo": "B077", "eta_codigo": "077", "bod_nombre": "Otra"}
    assert refused(admin, "establecimiento_activo", "bodega_crear", **again) == "409"
    assert admin("establecimiento_crear", eta_codigo="077", eta_nombre="Sur 2")["eta_estado"] == "ACT"
    assert refused(admin, "bodega_activa", "punto_emision_crear",
                   eta_codigo="077", pto_codigo="001", bod_codigo="B077") == "409"  # fmt: skip
    assert refused(admin, "bodega_unica", "bodega_crear", **{**again, "eta_codigo": "001"}) == "409"
    assert admin("bodega_crear", **again)["bod_nombre"] == "Otra"
    point = admin("punto_emision_crear", eta_codigo="077", pto_codigo="001", bod_codigo="B077")
    assert (point["punto_emision"], point["pto_estado"]) == ("077-001", "ACT")


def test_lo_que_no_se_nombra_se_queda_como_esta(admin):
    branch(admin)
    admin("establecimiento_actualizar", eta_codigo="077", eta_direccion="Calle 1")
    assert admin("establecimiento_obtener", eta_codigo="077") == {
        "eta_codigo": "077", "eta_nombre": "Sur", "eta_direccion": "Calle 1", "eta_estado": "ACT",
    }  # fmt: skip
    changed = admin("bodega_actualizar", bod_codigo="B077", bod_vendible=False)
    assert (changed["bod_nombre"], changed["bod_vendible"]) == ("Bodega sur", False)
    assert refused(admin, "punto_emision_bodega_propia", "punto_emision_actualizar",
                   eta_codigo="077", pto_codigo="001", bod_codigo="B001") == "23503"  # fmt: skip
    for store in ("WEB", "TRANSITO", "NADA"):
        assert refused(admin, "bodega_existe", "bodega_eliminar", bod_codigo=store) == "404"
        assert refused(admin, "bodega_existe", "bodega_actualizar", bod_codigo=store, bod_nombre="x") == "404"


def test_una_bodega_con_existencia_no_se_retira_y_en_una_retirada_no_entra_nada(counter):
    counter.do("admin", "bodega_crear", bod_codigo="BX", eta_codigo="001", bod_nombre="Extra")
    thing = counter.product()
    entry = {
        "prd_codigo": thing,
        "trn_cod": "INI",
        "krd_prd_cantidad": 2,
        "costo_unitario": 1,
        "bodega": "BX",
    }
    counter.do("adm_bodega", "kardex_producto_crear", **entry)
    with counter.acting("admin") as act:
        assert refused(act, "bodega_en_uso", "bodega_eliminar", bod_codigo="BX") == "409"
    out = {"prd_codigo": thing, "trn_cod": "BAJ", "krd_prd_cantidad": 2, "krd_razon": "fin", "bodega": "BX"}
    counter.do("adm_bodega", "kardex_producto_crear", **out)
    counter.do("admin", "bodega_eliminar", bod_codigo="BX")
    with counter.acting("adm_bodega") as act:
        assert refused(act, "bodega_activa", "kardex_producto_crear", **{**entry, "trn_cod": "AJU",
                       "krd_razon": "x"}) == "409"  # fmt: skip
    counter.rewrite("UPDATE datos.existencia SET exi_cantidad = 1, exi_valor = 1 WHERE bod_codigo = 'BX'")
    notes = {row["invariante"]: row["filas"] for row in counter.do("auditor", "doctor_revisar")}
    assert notes["bodega_retirada_con_existencia"] == 1
    counter.rewrite("UPDATE datos.existencia SET exi_cantidad = 0, exi_valor = 0 WHERE bod_codigo = 'BX'")


def test_un_punto_donde_alguien_trabaja_o_hay_borradores_no_se_retira(counter, staff):
    point = {"eta_codigo": "001", "pto_codigo": "077"}
    counter.do("admin", "punto_emision_crear", **point, bod_codigo="B001")
    login = staff("ventas", branch=None)
    counter.do("admin", "usuario_establecimiento_asignar", login=login, **point)
    draft = counter.do(login, "factura_crear", cli_codigo=counter.buyer())["fac_codigo"]
    with counter.acting("adm_fact") as act:
        assert refused(act, "punto_emision_en_uso", "punto_emision_eliminar", **point) == "409"
    counter.do("admin", "usuario_establecimiento_asignar", login=login, eta_codigo="001", pto_codigo="001")
    with counter.acting("adm_fact") as act:
        assert refused(act, "punto_emision_en_uso", "punto_emision_eliminar", **point) == "409"
    counter.do(login, "factura_eliminar", fac_codigo=draft)
    counter.settings(punto_emision_web="001-077")
    with counter.acting("adm_fact") as act:
        assert refused(act, "punto_emision_en_uso", "punto_emision_eliminar", **point) == "409"
    counter.settings(punto_emision_web="")
    counter.do("adm_fact", "punto_emision_eliminar", **point)
    with counter.acting("admin") as act:
        assert (
            refused(act, "punto_emision_activo", "usuario_establecimiento_asignar", login=login, **point)
            == "422"
        )
    with counter.acting("ventas") as act:
        assert refused(act, "punto_emision_ajeno", "factura_crear",
                       cli_codigo="CLI0000001", punto_emision="001-077") == "403"  # fmt: skip


def test_cada_quien_ve_los_lugares_de_sus_establecimientos(pos, people):
    with as_login(pos, people.login("ventas")) as act:
        assert [row["eta_codigo"] for row in act("establecimiento_listar")["data"]] == ["001"]
        seen = {row["bod_codigo"] for row in act("bodega_listar")["data"]}
        assert {"B001", "TRANSITO", "WEB"} <= seen and "B002" not in seen
        assert refused(act, "bodega_existe", "bodega_obtener", bod_codigo="B002") == "404"
        assert (
            refused(act, "punto_emision_existe", "punto_emision_obtener", eta_codigo="002", pto_codigo="001")
            == "404"
        )
        assert refused(act, "establecimiento_existe", "establecimiento_obtener", eta_codigo="002") == "404"
    with as_login(pos, people.login("contador")) as act:
        assert {"001", "002"} <= {row["eta_codigo"] for row in act("punto_emision_listar", page=1)["data"]}


@pytest.mark.parametrize("role", ["ventas", "adm_bodega", "adm_fact", "contador"])
def test_solo_el_administrador_retira_lugares(pos, people, role):
    with as_login(pos, people.login(role)) as act:
        forbidden(act, "establecimiento_eliminar", eta_codigo="002")
        forbidden(act, "establecimiento_actualizar", eta_codigo="002")
        forbidden(act, "bodega_eliminar", bod_codigo="B002")
        forbidden(act, "bodega_actualizar", bod_codigo="B002")
        if role != "adm_fact":
            forbidden(act, "punto_emision_eliminar", eta_codigo="002", pto_codigo="001")


def test_por_http_los_lugares_responden_con_sus_nombres(client, auth):
    found = client.get("/api/pos/punto-emision/001/001", headers=auth("ventas"))
    assert found.json == {
        "punto_emision": "001-001", "eta_codigo": "001", "pto_codigo": "001", "bod_codigo": "B001", "pto_estado": "ACT",
    }  # fmt: skip
    assert client.get("/api/pos/bodega?page=1", headers=auth("ventas")).json["total"] >= 3
    assert client.post("/api/pos/bodega", json={"bod_codigo": "x"}, headers=auth("admin")).status_code == 400
    assert client.put("/api/pos/establecimiento/001", json={"eta_nombre": "Local 001"}, headers=auth("admin")).json[
        "eta_nombre"] == "Local 001"  # fmt: skip
    assert client.delete("/api/pos/bodega/WEB", headers=auth("admin")).json["regla"] == "bodega_existe"
