"""Suppliers: one RUC is one supplier, who may write them, and what comes back."""

import threading

from tests.conftest import as_login

from .acts import forbidden, refused, ruc_company

TEXTS = ("prv_telefono", "prv_celular", "prv_mail", "prv_direccion", "ct_codigo", "ciudad_nombre")


def create(act, ruc=None, **more):
    return act("proveedor_crear", prv_razonsocial="Distribuidora Ñandú", prv_ruc=ruc or ruc_company(), **more)


def test_registrar_answers_every_text_and_the_city_by_name(counter, pos, people):
    with as_login(pos, people.login("compras")) as buyer:
        found = create(buyer, ct_codigo="UIO", prv_telefono="022345678")
        assert found["prv_codigo"].startswith("PRV") and len(found["prv_codigo"]) == 10
        assert found["ciudad_nombre"] and found["prv_estado"] == "ACT"
        bare = create(buyer)
        assert [bare[name] for name in TEXTS] == [""] * len(TEXTS)


def test_ruc_is_judged_by_its_digits_and_is_one_supplier(counter, pos, people):
    with as_login(pos, people.login("compras")) as buyer:
        assert refused(buyer, "proveedor_ruc_valido", "proveedor_crear",
                       prv_razonsocial="Otra", prv_ruc="1790012345999") == "422"  # fmt: skip
        ruc = create(buyer)["prv_ruc"]
        assert refused(buyer, "proveedor_ruc_unico", "proveedor_crear",
                       prv_razonsocial="Otra", prv_ruc=ruc) == "409"  # fmt: skip
        assert refused(buyer, "proveedor_razonsocial_largo", "proveedor_crear",
                       prv_razonsocial="Yo", prv_ruc=ruc_company()) == "23514"  # fmt: skip


def test_a_deactivated_supplier_comes_back_under_its_old_code(counter, pos, people):
    with as_login(pos, people.login("adm_compras")) as buyer:
        first = create(buyer, prv_telefono="022345678")
        buyer("proveedor_eliminar", prv_codigo=first["prv_codigo"])
        assert refused(buyer, "proveedor_activo", "proveedor_actualizar",
                       prv_codigo=first["prv_codigo"], prv_mail="a@b.ec") == "409"  # fmt: skip
        again = create(buyer, first["prv_ruc"])
        assert (again["prv_codigo"], again["prv_estado"], again["prv_telefono"]) == (
            first["prv_codigo"],
            "ACT",
            "",
        )


def test_cambiar_keeps_what_is_not_named_and_empties_what_is_empty(counter, pos, people):
    with as_login(pos, people.login("compras")) as buyer:
        found = create(buyer, prv_mail="ventas@nandu.ec", prv_telefono="022345678")
        changed = buyer("proveedor_actualizar", prv_codigo=found["prv_codigo"], prv_mail="")
        assert (changed["prv_mail"], changed["prv_telefono"]) == ("", "022345678")
        assert refused(buyer, "proveedor_estado_reservado", "proveedor_actualizar",
                       prv_codigo=found["prv_codigo"], prv_estado="SUS") == "403"  # fmt: skip
        forbidden(buyer, "proveedor_eliminar", prv_codigo=found["prv_codigo"])


def test_who_does_not_buy_does_not_see_suppliers(counter, pos, people):
    for role in ("ventas", "bodega", "cajero", "adm_ventas"):
        with as_login(pos, people.login(role)) as someone:
            forbidden(someone, "proveedor_listar")
    with as_login(pos, people.login("auditor")) as reader:
        assert reader("proveedor_listar", page=1)["page"] == 1
        forbidden(reader, "proveedor_crear", prv_razonsocial="X X X", prv_ruc=ruc_company())


def test_http_speaks_of_suppliers_as_the_screens_do(client, auth):
    headers = auth("adm_compras")
    made = client.post(
        "/api/pos/proveedor/", headers=headers,
        json={"prv_razonsocial": "Molinos Andinos", "prv_ruc": ruc_company(), "prv_mail": "x@molinos.ec"},
    )  # fmt: skip
    assert made.status_code == 201
    code = made.json["prv_codigo"]
    page = client.get("/api/pos/proveedor?page=1&limit=10&search=andinos molinos", headers=headers).json
    assert code in [row["prv_codigo"] for row in page["data"]]
    found = client.get(f"/api/pos/proveedor/search?q={made.json['prv_ruc']}", headers=headers).json
    assert [row["prv_codigo"] for row in found["data"]] == [code]
    assert client.put(f"/api/pos/proveedor/{code}", headers=headers, json={"prv_celular": "0991234567"}).json[
        "prv_celular"
    ] == "0991234567"  # fmt: skip
    assert client.delete(f"/api/pos/proveedor/{code}", headers=headers).json["prv_estado"] == "INA"
    assert client.get("/api/pos/proveedor/PRV9999999", headers=headers).status_code == 404


def test_two_people_registering_one_ruc_make_one_supplier(app, auth):
    ruc, headers, statuses = ruc_company(), auth("adm_compras"), []

    def register():
        answer = app.test_client().post(
            "/api/pos/proveedor", headers=headers, json={"prv_razonsocial": "A la vez", "prv_ruc": ruc}
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]
