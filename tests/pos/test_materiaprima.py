"""Raw materials: items of the kardex with a purchase price, and who may say what about them."""

from decimal import Decimal

from tests.conftest import as_login

from .acts import forbidden, refused


def create(act, **more):
    return act("materiaprima_crear", **{"mp_descripcion": "Harina de trigo", "um_compra": "KG", **more})


def test_crear_opens_the_stock_at_the_purchase_price(counter, pos, people):
    with as_login(pos, people.login("bodega")) as keeper:
        found = create(keeper, mp_precio_compra="1.234567", mp_cantidad=30)
        assert found["mp_codigo"].startswith("MP") and len(found["mp_codigo"]) == 10
        assert (found["mp_precio_compra"], found["mp_cantidad"]) == ("1.234567", 30)
    row = pos.execute(
        "SELECT trn_cod, krd_cantidad, krd_valor FROM datos.kardex WHERE itm_codigo = %s",
        (found["mp_codigo"],),
    ).fetchall()
    assert row == [("INI", Decimal("30.000"), Decimal("37.037010"))]


def test_stock_sent_later_is_ignored_and_the_rest_stays(counter, pos, people):
    with as_login(pos, people.login("bodega")) as keeper:
        found = create(keeper, mp_precio_compra=2, mp_cantidad=5)
        changed = keeper(
            "materiaprima_actualizar", mp_codigo=found["mp_codigo"], mp_descripcion="Harina integral",
            mp_cantidad=99, mp_precio_compra=2,
        )  # fmt: skip
        assert (changed["mp_descripcion"], changed["mp_cantidad"]) == ("Harina integral", 5)
        assert changed["mp_precio_compra"] == "2.00"


def test_the_price_is_for_who_buys_and_the_state_for_administrators(counter, pos, people):
    with as_login(pos, people.login("bodega")) as keeper:
        code = create(keeper, mp_precio_compra=2)["mp_codigo"]
        assert refused(keeper, "precio_compra_reservado", "materiaprima_actualizar",
                       mp_codigo=code, mp_precio_compra=3) == "403"  # fmt: skip
        assert refused(keeper, "materia_prima_estado_reservado", "materiaprima_actualizar",
                       mp_codigo=code, mp_estado="SUS") == "403"  # fmt: skip
        forbidden(keeper, "materiaprima_eliminar", mp_codigo=code)
    with as_login(pos, people.login("compras")) as buyer:
        changed = buyer("materiaprima_actualizar", mp_codigo=code, mp_precio_compra="3.5")
        assert changed["mp_precio_compra"] == "3.50"
    with as_login(pos, people.login("adm_bodega")) as chief:
        chief("materiaprima_eliminar", mp_codigo=code)
        assert refused(chief, "materia_prima_activa", "materiaprima_eliminar", mp_codigo=code) == "409"
        assert code not in [m["mp_codigo"] for m in chief("materiaprima_elegir")]


def test_bad_values_change_nothing(counter, pos, people):
    with as_login(pos, people.login("bodega")) as keeper:
        before = keeper("materiaprima_listar", page=1)["total"]
        assert refused(keeper, "stock_inicial_no_negativo", "materiaprima_crear",
                       mp_descripcion="X", mp_cantidad=-1) == "422"  # fmt: skip
        assert refused(keeper, "materia_prima_precio_no_negativo", "materiaprima_crear",
                       mp_descripcion="X", mp_precio_compra=-1) == "23514"  # fmt: skip
        assert refused(keeper, "materia_prima_unidad_existe", "materiaprima_crear",
                       mp_descripcion="X", um_compra="ZZZZZ") == "23503"  # fmt: skip
        assert keeper("materiaprima_listar", page=1)["total"] == before


def test_who_sells_does_not_see_materials(counter, pos, people):
    for role in ("ventas", "adm_ventas", "cajero", "adm_fact"):
        with as_login(pos, people.login(role)) as someone:
            forbidden(someone, "materiaprima_listar")


def test_http_takes_the_names_of_the_form_and_answers_its_own(client, auth):
    headers = auth("bodega")
    made = client.post(
        "/api/pos/materiaprima", headers=headers,
        json={"unidad_medida": "LB", "descripcion": "Azúcar morena", "costo": "0.75", "cantidad": 8, "prioridad": "L"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    assert made.json.keys() >= {"mp_codigo", "iva_codigo", "um_compra", "mp_descripcion", "mp_precio_compra"}
    assert (made.json["um_compra"], made.json["mp_cantidad"], made.json["mp_prioridad"]) == ("LB", 8, "L")
    code = made.json["mp_codigo"]
    found = client.get("/api/pos/materiaprima/search?name=morena azucar", headers=headers).json["data"]
    assert code in [row["mp_codigo"] for row in found]
    assert code in [
        row["mp_codigo"] for row in client.get("/api/pos/materiaprima/type", headers=headers).json
    ]
    assert client.get("/api/pos/access", headers=headers).json["access"]["MATERIA_PRIMA"] is True
    assert (
        client.put(f"/api/pos/materiaprima/{code}", headers=headers, json={"cantidad": 50}).json[
            "mp_cantidad"
        ]
        == 8
    )
