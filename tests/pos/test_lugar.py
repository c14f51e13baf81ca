"""Company, branches, stock locations, points, and who works where."""

import pytest

from tests.conftest import as_login

from .acts import forbidden, refused


@pytest.fixture
def admin(pos, people):
    with as_login(pos, people.login("admin")) as act:
        yield act


def branches(pos) -> list[str]:
    return sorted(pos.execute("SELECT privado.mis_establecimientos()").fetchone()[0])


def test_quien_supervisa_ve_todas_las_sucursales_y_los_demas_las_suyas(pos, people):
    every = [code for (code,) in pos.execute("SELECT eta_codigo FROM datos.establecimiento ORDER BY 1")]
    assert {"001", "002"} <= set(every)
    for role in ("admin", "adm_bodega", "adm_ventas", "adm_fact", "adm_compras", "contador", "auditor"):
        with as_login(pos, people.login(role)):
            assert branches(pos) == every, role
    for role in ("ventas", "bodega", "cajero", "compras"):
        with as_login(pos, people.login(role)):
            assert branches(pos) == ["001"], role


def test_la_bodega_de_otra_sucursal_no_se_ve(pos, people):
    query = "SELECT array_agg(bod_codigo ORDER BY bod_codigo) FROM datos.bodega"
    with as_login(pos, people.login("ventas")):
        seen = set(pos.execute(query).fetchone()[0])
        assert {"B001", "TRANSITO", "WEB"} <= seen and "B002" not in seen
    with as_login(pos, people.login("adm_bodega")):
        assert {"B001", "B002", "TRANSITO", "WEB"} <= set(pos.execute(query).fetchone()[0])


def test_mi_lugar_es_el_principal(pos, people, admin):
    login = people.login("ventas")
    admin("usuario_establecimiento_asignar", login=login, eta_codigo="002", pto_codigo="001")
    with as_login(pos, login):
        assert branches(pos) == ["001", "002"]
        assert pos.execute("SELECT * FROM privado.mi_lugar()").fetchone() == ("001", "001", "B001")
    pos.execute("RESET SESSION AUTHORIZATION")
    with as_login(pos, people.login("admin")) as act:
        act(
            "usuario_establecimiento_asignar", login=login, eta_codigo="002", pto_codigo="001", principal=True
        )
    with as_login(pos, login):
        assert pos.execute("SELECT * FROM privado.mi_lugar()").fetchone() == ("002", "001", "B002")


def test_sin_establecimiento_no_hay_lugar(pos, staff, people, admin):
    login = staff("ventas", branch=None)
    with as_login(pos, login) as act:
        assert branches(pos) == []
        assert pos.execute("SELECT count(*) FROM datos.punto_emision").fetchone() == (0,)
        with pytest.raises(Exception, match="establecimiento principal") as caught, pos.transaction():
            pos.execute("SELECT * FROM privado.mi_lugar()")
        assert caught.value.diag.constraint_name == "sin_establecimiento"
        assert act.login == login


def test_la_primera_sucursal_es_la_principal(pos, staff, people):
    login = staff("bodega", branch=None)
    with as_login(pos, people.login("admin")) as act:
        answer = act("usuario_establecimiento_asignar", login=login, eta_codigo="002", pto_codigo="001")
    assert answer["principal"] is True


def test_un_punto_vende_de_una_bodega_de_su_sucursal(admin):
    assert refused(
        admin, "punto_emision_bodega_propia", "punto_emision_crear",
        eta_codigo="001", pto_codigo="009", bod_codigo="B002",
    ) == "23503"  # fmt: skip


def test_abrir_una_sucursal(pos, admin):
    admin("establecimiento_crear", eta_codigo="003", eta_nombre="Sur")
    admin("bodega_crear", bod_codigo="B003", eta_codigo="003", bod_nombre="Bodega sur")
    admin("punto_emision_crear", eta_codigo="003", pto_codigo="001", bod_codigo="B003")
    assert {"001", "002", "003"} <= set(branches(pos))
    assert (
        refused(admin, "establecimiento_unico", "establecimiento_crear", eta_codigo="003", eta_nombre="x")
        == "23505"
    )
    assert (
        refused(
            admin, "establecimiento_codigo_forma", "establecimiento_crear", eta_codigo="3", eta_nombre="x"
        )
        == "23514"
    )
    assert (
        refused(
            admin,
            "bodega_con_establecimiento",
            "bodega_crear",
            bod_codigo="B9",
            eta_codigo=None,
            bod_nombre="x",
        )
        == "23514"
    )


@pytest.mark.parametrize("role", ["ventas", "adm_bodega", "contador", "auditor"])
def test_solo_el_administrador_abre_lugares(pos, people, role):
    with as_login(pos, people.login(role)) as act:
        forbidden(act, "establecimiento_crear", eta_codigo="004", eta_nombre="x")
        forbidden(act, "bodega_crear", bod_codigo="B4", eta_codigo="001", bod_nombre="x")
        forbidden(act, "usuario_establecimiento_asignar", login=act.login, eta_codigo="002", pto_codigo="001")
        forbidden(act, "empresa_actualizar", emp_ruc="1790016919001", emp_razon_social="Otra")


def test_los_cambios_quedan_en_auditoria(pos, admin):
    admin("empresa_actualizar", emp_nombre_comercial="El Quinde")
    pos.execute("RESET SESSION AUTHORIZATION")
    usuario, despues = pos.execute(
        "SELECT usuario, despues FROM datos.auditoria WHERE tabla = 'empresa' ORDER BY aud_id DESC LIMIT 1"
    ).fetchone()
    assert usuario == admin.login
    assert despues == {"emp_nombre_comercial": "El Quinde"}
