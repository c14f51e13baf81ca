"""Clients: rules in SQL as each role, and the contract over HTTP."""

from decimal import Decimal
from threading import Barrier, Thread

import pytest

from tests.conftest import as_login

from .acts import cedula, forbidden, refused, ruc_company

READERS = "ventas adm_ventas adm_fact cajero contador auditor admin".split()


@pytest.fixture
def ventas(pos, people):
    with as_login(pos, people.login("ventas")) as act:
        yield act


@pytest.fixture
def adm_ventas(pos, people):
    with as_login(pos, people.login("adm_ventas")) as act:
        yield act


def test_crear_deduce_el_tipo_y_no_deja_nulos(ventas):
    made = ventas("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="  Ñandú Pérez ")
    assert made["cli_tipo_id"] == "CEDULA"
    assert made["cli_nombre"] == "Ñandú Pérez"
    texts = ("cli_telefono", "cli_celular", "cli_mail", "cli_direccion", "ct_codigo")
    assert [made[key] for key in texts] == [""] * 5
    assert (made["cli_limite_credito"], made["cli_deuda"], made["cli_estado"]) == ("0.00", "0.00", "ACT")
    assert ventas("cliente_crear", cli_ruc_ced=ruc_company(), cli_nombre="S. A.")["cli_tipo_id"] == "RUC"


@pytest.mark.parametrize(
    ("rule", "state", "datos"),
    [
        ("cliente_cedula_valida", "422", {"cli_ruc_ced": "1710034066"}),
        ("cliente_ruc_valido", "422", {"cli_ruc_ced": "1790012345000"}),
        ("cliente_cedula_valida", "422", {"cli_ruc_ced": "123", "cli_tipo_id": "CEDULA"}),
        ("cliente_identificacion_forma", "23514", {"cli_ruc_ced": "X" * 21}),
        ("cliente_identificacion_forma", "23514", {"cli_ruc_ced": "PA 12"}),
        ("cliente_tipo_id_conocido", "23514", {"cli_ruc_ced": "PA12", "cli_tipo_id": "NADA"}),
        ("cliente_identificacion_forma", "23514", {"cli_ruc_ced": "PA12", "cli_tipo_id": "FINAL"}),
        ("cliente_identificacion_unica", "409", {"cli_ruc_ced": "9999999999999"}),
        ("cliente_nombre_largo", "23514", {"cli_ruc_ced": "PA12", "cli_nombre": " "}),
        ("cliente_nombre_largo", "23514", {"cli_ruc_ced": "PA12", "cli_nombre": "n" * 121}),
        ("cliente_telefono_forma", "23514", {"cli_ruc_ced": "PA12", "cli_telefono": "02-245"}),
        ("cliente_celular_forma", "23514", {"cli_ruc_ced": "PA12", "cli_celular": "09912345678"}),
        ("cliente_mail_forma", "23514", {"cli_ruc_ced": "PA12", "cli_mail": "sin arroba"}),
        ("cliente_ciudad_existe", "23503", {"cli_ruc_ced": "PA12", "ct_codigo": "XXX"}),
        ("limite_credito_reservado", "403", {"cli_ruc_ced": "PA12", "cli_limite_credito": Decimal(1)}),
    ],
)
def test_cada_regla_tiene_su_nombre(ventas, rule, state, datos):
    assert refused(ventas, rule, "cliente_crear", **{"cli_nombre": "Alguien", **datos}) == state


def test_el_limite_de_credito_lo_fija_la_administracion(pos, people, ventas):
    made = ventas("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Ana", cli_limite_credito=0)
    code = made["cli_codigo"]
    assert refused(ventas, "limite_credito_reservado", "cliente_actualizar",
                   cli_codigo=code, cli_limite_credito=Decimal("9.99")) == "403"  # fmt: skip
    with as_login(pos, people.login("adm_ventas")) as jefa:
        changed = jefa("cliente_actualizar", cli_codigo=code, cli_limite_credito=Decimal("100.50"))
        assert changed["cli_limite_credito"] == "100.50"
        assert refused(jefa, "cliente_limite_no_negativo", "cliente_actualizar",
                       cli_codigo=code, cli_limite_credito=Decimal("NaN")) == "23514"  # fmt: skip
    with as_login(pos, people.login("ventas")) as act:  # a form sends back what it read
        same = act(
            "cliente_actualizar", cli_codigo=code, cli_limite_credito=Decimal("100.50"), cli_telefono="022"
        )
        assert (same["cli_limite_credito"], same["cli_telefono"]) == ("100.50", "022")


def test_actualizar_es_parcial_y_vacio_borra(ventas):
    made = ventas("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Ana", cli_mail="a@b.ec", ct_codigo="UIO",
                  cli_direccion="Calle 1")  # fmt: skip
    changed = ventas(
        "cliente_actualizar", cli_codigo=made["cli_codigo"], cli_nombre="Ana María", ct_codigo="", cli_mail=""
    )
    assert changed == {**made, "cli_nombre": "Ana María", "ct_codigo": "", "cli_mail": ""}
    assert ventas("cliente_buscar", search="maria ana")["total"] >= 1


def test_cambiar_la_identificacion_la_vuelve_a_juzgar(ventas):
    made = ventas("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Ana")
    code = made["cli_codigo"]
    assert refused(
        ventas, "cliente_ruc_valido", "cliente_actualizar", cli_codigo=code, cli_ruc_ced="1790012345000"
    )
    assert refused(
        ventas, "cliente_identificacion_forma", "cliente_actualizar", cli_codigo=code, cli_tipo_id="FINAL"
    )
    company = ruc_company()
    changed = ventas("cliente_actualizar", cli_codigo=code, cli_ruc_ced=company)
    assert (changed["cli_tipo_id"], changed["cli_ruc_ced"]) == ("RUC", company)


def test_consumidor_final_es_intocable(adm_ventas):
    final = adm_ventas("cliente_obtener", cli_codigo="CLI0000001")
    assert (final["cli_ruc_ced"], final["cli_nombre"]) == ("9999999999999", "CONSUMIDOR FINAL")
    rule = "consumidor_final_intocable"
    assert refused(adm_ventas, rule, "cliente_actualizar", cli_codigo="CLI0000001", cli_nombre="Yo") == "409"
    assert refused(adm_ventas, rule, "cliente_eliminar", cli_codigo="CLI0000001") == "409"


def test_desactivar_y_volver_con_los_datos_nuevos(pos, people, ventas):
    number = cedula()
    made = ventas("cliente_crear", cli_ruc_ced=number, cli_nombre="Zoila Única", cli_telefono="022")
    code = made["cli_codigo"]
    assert (
        refused(ventas, "cliente_identificacion_unica", "cliente_crear", cli_ruc_ced=number, cli_nombre="x")
        == "409"
    )
    forbidden(ventas, "cliente_eliminar", cli_codigo=code)
    assert (
        refused(ventas, "cliente_estado_reservado", "cliente_actualizar", cli_codigo=code, cli_estado="INA")
        == "403"
    )
    with as_login(pos, people.login("adm_ventas")) as jefa:
        jefa("cliente_actualizar", cli_codigo=code, cli_limite_credito=7)
        assert jefa("cliente_eliminar", cli_codigo=code)["cli_estado"] == "INA"
        assert refused(jefa, "cliente_activo", "cliente_eliminar", cli_codigo=code) == "409"
        assert refused(jefa, "cliente_activo", "cliente_actualizar", cli_codigo=code, cli_nombre="x") == "409"
    with as_login(pos, people.login("cajero")) as cajero:
        assert cajero("cliente_buscar", search=number)["total"] == 0
        assert code not in [c["cli_codigo"] for c in cajero("cliente_elegir")]
        assert cajero("cliente_obtener", cli_codigo=code)["cli_estado"] == "INA"
        back = cajero("cliente_crear", cli_ruc_ced=number, cli_nombre="Zoila de Vuelta")
        assert (back["cli_codigo"], back["cli_estado"], back["cli_telefono"]) == (code, "ACT", "")
        assert back["cli_limite_credito"] == "7.00"
        assert cajero("cliente_buscar", search="vuelta zoi")["data"][0]["cli_codigo"] == code


def test_un_cliente_suspendido_se_lista_por_paginas_y_no_se_elige(pos, people, adm_ventas):
    code = adm_ventas("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Suspendida")["cli_codigo"]
    adm_ventas("cliente_actualizar", cli_codigo=code, cli_estado="SUS")
    assert adm_ventas("cliente_listar", search="suspendida")["total"] == 0
    assert [c["cli_codigo"] for c in adm_ventas("cliente_listar", search="suspendida", page=1)["data"]] == [
        code
    ]


def test_la_busqueda_toma_los_signos_como_letras(ventas):
    ventas("cliente_crear", cli_ruc_ced=cedula(), cli_nombre="Cien % algodón_puro")
    for text, found in (("100%", 0), ("% algodon", 1), ("algodon_pu", 1), ("algodonxpuro", 0), ("\\", 0)):
        assert ventas("cliente_buscar", search=text)["total"] == found, text


def test_quien_no_lee_clientes_no_los_lee_de_ningun_modo(pos, people):
    for role in "adm_bodega bodega adm_compras compras".split():
        with as_login(pos, people.login(role)) as act:
            forbidden(act, "cliente_listar")
            forbidden(act, "cliente_obtener", cli_codigo="CLI0000001")
            with pytest.raises(Exception, match="permission denied"), pos.transaction():
                pos.execute("SELECT privado.cliente_pagina(1, 1, NULL, '{ACT}', false)")
            with pytest.raises(Exception, match="permission denied"), pos.transaction():
                pos.execute("SELECT cli_nombre FROM datos.cliente")
    for role in READERS:
        with as_login(pos, people.login(role)) as act:
            assert act("cliente_obtener", cli_codigo="CLI0000001")


def test_por_http(client, auth):
    headers, number = auth("ventas"), cedula()
    made = client.post("/api/pos/clientes/", headers=headers, json={
        "cli_ruc_ced": number, "cli_nombre": "Rosa HTTP", "cli_limite_credito": "0.00", "desconocido": 1,
    })  # fmt: skip
    assert made.status_code == 201, made.text
    url = f"/api/pos/cliente/{made.json['cli_codigo']}"
    assert (
        client.put(url, headers=headers, json={"cli_celular": "0991234567"}).json["cli_celular"]
        == "0991234567"
    )
    assert client.get(url, headers=headers).json["cli_nombre"] == "Rosa HTTP"
    twice = client.post("/api/pos/cliente", headers=headers, json={"cli_ruc_ced": number, "cli_nombre": "x"})
    assert (twice.status_code, twice.json["regla"]) == (409, "cliente_identificacion_unica")
    bad = client.post(
        "/api/pos/cliente", headers=headers, json={"cli_ruc_ced": "1710034066", "cli_nombre": "x"}
    )
    assert (bad.status_code, bad.json["regla"]) == (422, "cliente_cedula_valida")
    assert client.post("/api/pos/cliente", headers=headers, json={"cli_nombre": "x"}).status_code == 400
    assert client.delete(url, headers=headers).status_code == 403
    assert client.delete(url, headers=auth("adm_ventas")).status_code == 200
    assert client.get("/api/pos/cliente/CLI9999999", headers=headers).json["regla"] == "cliente_existe"
    assert client.get("/api/pos/cliente", headers=auth("bodega")).status_code == 403


def test_las_listas_por_http(client, auth):
    headers = auth("ventas")
    client.post(
        "/api/pos/cliente", headers=headers, json={"cli_ruc_ced": cedula(), "cli_nombre": "Búho Listado"}
    )
    page = client.get("/api/pos/cliente?page=1&limit=2", headers=headers).json
    assert (page["page"], page["limit"], page["pagination"]["totalCount"]) == (1, 2, page["total"])
    assert set(client.get("/api/pos/cliente", headers=headers).json["data"][0]) == {
        "cli_codigo", "cli_ruc_ced", "cli_nombre", "cli_estado",
    }  # fmt: skip
    found = client.get("/api/pos/cliente/search?name=buho list", headers=headers).json
    assert [c["cli_nombre"] for c in found["data"]] == ["Búho Listado"]
    assert "cli_direccion" in found["data"][0]
    assert isinstance(client.get("/api/pos/cliente/type", headers=headers).json, list)


def test_dos_altas_a_la_vez_del_mismo_cliente_son_una(app, auth):
    headers, number, gate, seen = auth("ventas"), cedula(), Barrier(4), []

    def register() -> None:
        gate.wait()
        body = {"cli_ruc_ced": number, "cli_nombre": "A la vez"}
        seen.append(app.test_client().post("/api/pos/cliente", headers=headers, json=body).status_code)

    threads = [Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [201, 409, 409, 409]
