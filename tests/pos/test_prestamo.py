"""Advances to staff out of a drawer, and shortages charged to a cashier: one debt, paid alike."""

from decimal import Decimal

from .acts import forbidden, refused
from .drawer import balance, closed, opened, register


def lent(shop, person, money="10.00", role="cajero"):
    return shop.do(role, "prestamo_crear", persona=str(person), monto=money, motivo="Pasajes")


def test_un_prestamo_sale_de_la_caja_de_quien_lo_da(counter):
    session, person = opened(counter), counter.people.login("bodega")
    loan = lent(counter, person)
    assert (loan["persona"], loan["saldo"], loan["estado"], loan["origen"]) == (
        person,
        "10.00",
        "PEN",
        "CAJA",
    )
    assert counter.posted("PRE", loan["id"]) == {
        ("DEUDA_PERSONAL", person): Decimal("10.00"),
        ("CAJA", str(session["id"])): Decimal("-10.00"),
    }
    with counter.acting("cajero") as act:
        more = {"persona": person, "monto": "32.01", "motivo": "x"}
        assert refused(act, "saldo_no_negativo", "prestamo_crear", **more) == "409"


def test_se_paga_por_partes_en_la_caja_de_quien_cobra(counter):
    opened(counter)
    loan = lent(counter, counter.people.login("bodega"))
    other = opened(counter, "0.00", role="admin")
    assert counter.do("admin", "prestamo_pagar", id=loan["id"], monto="4.00")["saldo"] == "6.00"
    assert balance(counter, "CAJA", other["id"]) == 4
    with counter.acting("admin") as act:
        for money, rule, status in (
            ("6.01", "pago_dentro_de_la_deuda", "409"),
            ("0", "monto_positivo", "422"),
        ):
            assert refused(act, rule, "prestamo_pagar", id=loan["id"], monto=money) == status
    paid = counter.do("admin", "prestamo_pagar", id=loan["id"])
    assert (paid["saldo"], paid["estado"]) == ("0.00", "PAG")
    with counter.acting("admin") as act:
        assert refused(act, "prestamo_abierto", "prestamo_pagar", id=loan["id"]) == "409"
    assert balance(counter, "DEUDA_PERSONAL", counter.people.login("bodega")) == 0


def test_la_persona_se_nombra_por_usuario_correo_o_numero(counter, staff):
    opened(counter)
    login = staff("bodega")
    number = counter.do(
        "admin", "persona_crear", nombres="Ana", p_apellido="Vera", fecha_nacimiento="1990-01-01", genero="F"
    )["data"]["id"]
    counter.rewrite("UPDATE datos.usuario SET per_id = %s WHERE usr_login = %s", number, login)
    for name in (login, f"{login}@prueba.ec", number):
        assert lent(counter, name, "1.00")["persona"] == login
    with counter.acting("cajero") as act:
        for name in ("nadie_aqui", "999999", "cajero", "postgres", "api_login"):
            loan = {"persona": name, "monto": "1.00", "motivo": "x"}
            assert refused(act, "persona_existe", "prestamo_crear", **loan) == "404", name
    counter.do("admin", "usuario_off", login=login)
    with counter.acting("cajero") as act:
        loan = {"persona": login, "monto": "1.00", "motivo": "x"}
        assert refused(act, "persona_activa", "prestamo_crear", **loan) == "409"
        assert (
            refused(
                act, "prestamo_con_motivo", "prestamo_crear", **{**loan, "persona": act.login, "motivo": " "}
            )
            == "23514"
        )


def test_los_prestamos_se_buscan_y_son_de_su_sucursal(counter, staff):
    opened(counter)
    loan = lent(counter, counter.people.login("bodega"))
    lent(counter, counter.people.login("ventas"), "1.00")
    owed = counter.do("cajero", "prestamo_listar", page=1, persona=loan["persona"], estado="PEN")["data"]
    assert owed == [loan]
    assert counter.do("cajero", "prestamo_listar", estado="PAG", persona=loan["persona"])["data"] == []
    with counter.acting(staff("cajero", "002")) as act:
        assert loan["id"] not in [row["id"] for row in act("prestamo_listar")["data"]]
        assert refused(act, "prestamo_existe", "prestamo_pagar", id=loan["id"]) == "404"
    with counter.acting("contador") as act:
        assert len(act("prestamo_listar", page=1)["data"]) >= 2
        forbidden(act, "prestamo_crear", persona=loan["persona"], monto=1, motivo="x")


def test_un_faltante_resuelto_es_deuda_de_su_cajero_y_se_paga_igual(counter):
    closed(counter, opened(counter), "40.00")
    (short,) = counter.do("cajero", "descuadre_listar", page=1)["data"]
    counter.do("admin", "descuadre_resolver", id=short["id"], estado="RESUELTO", observacion="Lo asume")
    (owed,) = counter.do("cajero", "prestamo_listar", page=1, estado="PEN", persona=short["usuario"])["data"]
    assert (owed["origen"], owed["saldo"], owed["descuadre"]) == ("DESCUADRE", "2.00", short["id"])
    assert balance(counter, "DEUDA_PERSONAL", short["usuario"]) == 2
    opened(counter, "0.00", caja=register(counter))
    assert counter.do("cajero", "prestamo_pagar", id=owed["id"])["estado"] == "PAG"
