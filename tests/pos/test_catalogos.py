"""Cities, units, kinds of movement, categories and IVA rates."""

from datetime import date
from decimal import Decimal

import pytest

from tests.conftest import as_login

from .acts import forbidden, refused

ROLES = (
    "admin adm_bodega bodega adm_ventas ventas adm_fact adm_compras compras cajero contador auditor".split()
)


@pytest.mark.parametrize("role", ROLES)
def test_cualquier_persona_lee_los_catalogos(pos, people, role):
    with as_login(pos, people.login(role)) as act:
        for noun in ("ciudad", "unidadmedida", "transaccion", "categoria", "iva"):
            assert act(f"{noun}_listar")


def test_las_listas_para_elegir_son_arreglos(client, auth):
    headers = auth("ventas")
    for noun in ("ciudad", "unidadmedida", "transaccion"):
        answer = client.get(f"/api/pos/{noun}", headers=headers)
        assert answer.status_code == 200
        assert isinstance(answer.json, list)
        assert answer.headers["ETag"]
    assert client.get("/api/pos/ciudad").status_code == 401
    assert {"ct_codigo": "UIO", "ct_descripcion": "Quito"} in client.get(
        "/api/pos/ciudad", headers=headers
    ).json


def test_las_transacciones_manuales_van_primero(client, auth):
    rows = client.get("/api/pos/transaccion", headers=auth("bodega")).json
    by_hand = [r["trn_cod"] for r in rows if r["trn_manual"]]  # those of the system, and what a shop added
    assert by_hand == sorted(by_hand) and {"AJU", "BAJ", "CON", "DVP", "ESI", "INI"} <= set(by_hand)
    assert [r["trn_manual"] for r in rows] == [True] * len(by_hand) + [False] * 6
    words = {r["trn_cod"]: (r["trn_tipo"], r["trn_descripcion"]) for r in rows}
    assert words["INI"] == ("INGRESO", "INVENTARIO INICIAL")
    assert words["DVP"] == ("EGRESO", "BAJA POR DEVOLUCION AL PROVEEDOR")
    assert words["TRI"] == ("INGRESO", "ENTRADA POR TRASLADO")
    # an existing client asks for a recipe when it reads either of these
    assert not [r for r in rows if "SALIDA" in r["trn_descripcion"] or r["trn_cod"].startswith("S")]


@pytest.mark.parametrize(
    ("day", "rate", "sri"),
    [
        ("2016-05-31", 12, "2"), ("2016-06-01", 14, "3"), ("2017-05-31", 14, "3"), ("2017-06-01", 12, "2"),
        ("2024-03-31", 12, "2"), ("2024-04-01", 15, "4"), ("2030-01-01", 15, "4"),
    ],
)  # fmt: skip
def test_la_tarifa_general_de_cada_fecha(pos, day, rate, sri):
    found = pos.execute("SELECT * FROM privado.iva_en('GEN', %s)", (date.fromisoformat(day),)).fetchall()
    assert found == [(sri, Decimal(rate))]


def test_dos_tarifas_de_una_clase_no_se_traslapan(pos):
    insert = (
        "INSERT INTO datos.tarifa_iva (iva_codigo, sri_codigo, porcentaje, desde, hasta)"
        " VALUES (%s, '4', %s, %s, %s)"
    )
    with pytest.raises(Exception, match="tarifa_iva_sin_traslape"), pos.transaction():
        pos.execute(insert, ("GEN", 15, "2016-05-01", "2016-06-01"))
    with pytest.raises(Exception, match="tarifa_iva_porcentaje_no_negativo"), pos.transaction():
        pos.execute(insert, ("RED", "NaN", "1999-01-01", "1999-12-31"))
    pos.execute(insert, ("GEN", 10, "1999-01-01", "1999-12-31"))


def test_iva_sin_pagina_es_lo_vigente(client, auth):
    current = client.get("/api/pos/iva", headers=auth("ventas")).json
    assert {r["iva_codigo"]: r["porcentaje"] for r in current["data"]} == {
        "GEN": 15, "RED": 5, "CER": 0, "NOB": 0, "EXE": 0,
    }  # fmt: skip
    history = client.get("/api/pos/iva?page=1", headers=auth("ventas")).json
    assert [r["porcentaje"] for r in history["data"] if r["iva_codigo"] == "GEN"] == [15, 12, 14, 12]


def test_las_categorias_salen_en_orden_de_arbol(pos, people):
    with as_login(pos, people.login("admin")) as admin:
        for code, name, parent in (
            ("ZZ1", "Zapatos", None), ("AB1", "Ábaco", None),
            ("ZZ2", "Niños", "ZZ1"), ("ZZ3", "Adultos", "ZZ1"),
        ):  # fmt: skip
            admin("categoria_crear", cat_codigo=code, cat_nombre=name, cat_padre=parent)
        assert refused(admin, "categoria_padre_existe", "categoria_crear",
                       cat_codigo="ZZ4", cat_nombre="x", cat_padre="NADA") == "23503"  # fmt: skip
        mine = [
            r for r in admin("categoria_listar")["data"] if r["cat_codigo"] in ("AB1", "ZZ1", "ZZ2", "ZZ3")
        ]
        assert [(r["cat_codigo"], r["nivel"]) for r in mine] == [
            ("AB1", 0),
            ("ZZ1", 0),
            ("ZZ3", 1),
            ("ZZ2", 1),
        ]
        assert [r["cat_codigo"] for r in admin("categoria_listar", search="abac")["data"]] == ["AB1"]
        assert admin("categoria_listar", page=1, limit=1)["limit"] == 1
    with as_login(pos, people.login("adm_bodega")) as act:
        forbidden(act, "categoria_crear", cat_codigo="XX", cat_nombre="x")
