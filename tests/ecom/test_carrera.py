"""Races: the last unit, the double click, carts that meet."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.pos.acts import cedula

pytestmark = pytest.mark.usefixtures("healthy")


def together(acts):
    """Run all at once; their answers in order."""
    gate = Barrier(len(acts))

    def run(act):
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_la_ultima_unidad_se_vende_una_vez(shopper, product, admin):
    people = [shopper() for _ in range(12)]
    for _ in range(3):
        code = product(units=1)
        for person in people:
            person("DELETE", "/carrito")
            assert person("POST", "/carrito", {"prd_codigo": code}).status_code == 200
        answers = together([
            lambda p=person: p("POST", "/pagos/checkout", {"card_number": "4242424242424242"}) for person in people
        ])  # fmt: skip
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [202] + [409] * (len(people) - 1)
        assert {a.json["regla"] for a in answers if a.status_code == 409} == {"disponible_no_negativo"}
        assert admin("cupo_obtener", prd_codigo=code)["vendido"] == 1


def test_doble_clic_es_un_pedido(shopper, product, admin):
    me, code = shopper(), product(units=9)
    me("POST", "/carrito", {"prd_codigo": code, "cantidad": 2})
    answers = together([lambda: me("POST", "/pagos/checkout", {"card_number": "4242424242424242"})] * 6)
    # Who comes after the order was paid finds an empty cart; everybody else is answered with the one order.
    assert {answer.status_code for answer in answers} <= {202, 400}
    assert len({answer.json["ped_codigo"] for answer in answers if answer.status_code == 202}) == 1
    assert admin("cupo_obtener", prd_codigo=code)["vendido"] == 2


def test_carritos_con_los_mismos_productos_no_se_traban(shopper, product, admin):
    codes = [product(units=50) for _ in range(4)]
    people = [shopper() for _ in range(8)]
    for turn, person in enumerate(people):
        for code in codes if turn % 2 else reversed(codes):
            person("POST", "/carrito", {"prd_codigo": code, "cantidad": 3})
    answers = together([
        lambda p=person: p("POST", "/pagos/checkout", {"card_number": "4242424242424242"}) for person in people
    ])  # fmt: skip
    assert [answer.status_code for answer in answers] == [202] * len(people)
    assert all(admin("cupo_obtener", prd_codigo=code)["vendido"] == 24 for code in codes)


def test_dos_registros_de_la_misma_identificacion(app, admin):
    number = cedula()

    def register(email):
        body = {
            "email": email,
            "password": "Clave-larga-1",
            "cli_ruc_ced": number,
            "cliente": {"cli_nombre": "X"},
        }
        return app.test_client().post("/api/ecom/auth/register", json=body)

    answers = together([lambda e=f"carrera{n}@correo.ec": register(e) for n in range(4)])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {a.json["regla"] for a in answers if a.status_code == 409} == {"usuario_identificacion_unica"}


def test_un_precio_que_cambia_al_pagar_no_mezcla_dos_precios_en_un_pedido(shopper, product, admin):
    me, code = shopper(), product("10.00", 5)
    me("POST", "/carrito", {"prd_codigo": code})
    me("GET", "/carrito")
    admin.conn.execute(  # the price changes after the order's header was written, before its lines are
        f"""
        CREATE FUNCTION datos.prueba_precio() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            UPDATE datos.producto SET prd_precio_venta = 12 WHERE prd_codigo = '{code}';
            RETURN NULL;
        END $$;
        CREATE TRIGGER prueba_precio AFTER INSERT ON datos.pedido
        FOR EACH ROW EXECUTE FUNCTION datos.prueba_precio();
        """
    )
    try:
        answer = me("POST", "/pagos/checkout", {"card_number": "4242424242424242"})
    finally:
        admin.conn.execute("DROP FUNCTION datos.prueba_precio() CASCADE")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1"), answer.text
    assert admin("cupo_obtener", prd_codigo=code)["vendido"] == 0
    assert me("POST", "/pagos/checkout", {"card_number": "4242424242424242"}).status_code == 202
