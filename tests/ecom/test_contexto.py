"""The signed context: whoever merely reaches the login ecom_cliente reads nothing."""

import psycopg
import pytest

from daf_backend.auth import context

TABLES = ["pedido", "pedido_detalle", "pago", "carrito", "carrito_detalle", "direccion", "usuario_app"]


@pytest.fixture
def owner(shopper, product):
    """A shopper with a row in every table."""
    me = shopper()
    me("POST", "/direccion", {"dir_calle": "Calle 1", "ct_codigo": "UIO"})
    assert me.buy(product()).status_code == 202
    me("POST", "/carrito", {"prd_codigo": product()})
    return me


def seen(conn):
    return {table: conn.execute(f"SELECT count(*) FROM datos.{table}").fetchone()[0] for table in TABLES}


def nothing(conn):
    assert set(seen(conn).values()) == {0}
    assert conn.execute("SELECT api.cuenta_obtener()").fetchone()[0] is None
    assert conn.execute("SELECT api.pedido_listar()").fetchone()[0]["data"] == []
    for act in (
        "carrito_vaciar()",
        "carrito_agregar('PRD0000001')",
        "checkout_reservar()",
        "cuenta_eliminar()",
    ):
        with pytest.raises(psycopg.Error) as refused:
            conn.execute(f"SELECT api.{act}")
        assert refused.value.sqlstate == "NG401"


def test_con_contexto_ve_lo_suyo_y_nada_mas(owner, shopper, as_shopper):
    with as_shopper("shopper", owner.id) as conn:
        assert set(seen(conn).values()) == {1}
    with as_shopper("shopper", shopper().id) as conn:
        assert {name for name, rows in seen(conn).items() if rows} == {"usuario_app"}


def test_sin_contexto_o_con_uno_forjado_no_ve_nada(owner, as_shopper):
    def forged(ring, kind, subject, pid):
        return context.sign({"k1": b"\0" * 32}, kind, subject, pid)

    def other_subject(ring, kind, subject, pid):
        kid, letter, _, *rest = context.sign(ring, kind, "1", pid).split(".")
        return ".".join([kid, letter, subject, *rest])

    def guest_as_shopper(ring, kind, subject, pid):
        return context.sign(ring, "guest", subject, pid).replace(".c.", ".s.")

    with as_shopper() as conn:
        nothing(conn)
    for sign in (forged, other_subject, guest_as_shopper, lambda *_: "k1.s.1", lambda *_: "' OR true --"):
        with as_shopper("shopper", owner.id, sign) as conn:
            nothing(conn)


def test_vencido_o_repetido_en_otra_conexion_no_ve_nada(owner, as_shopper, monkeypatch):
    with as_shopper("shopper", owner.id) as conn:
        replayed = conn.execute("SELECT current_setting('daf.contexto')").fetchone()[0]
        with as_shopper("shopper", owner.id, lambda *_: replayed) as second:
            nothing(second)
    monkeypatch.setattr(context, "LIFETIME", -5)
    with as_shopper("shopper", owner.id) as conn:
        nothing(conn)
    monkeypatch.setattr(context, "LIFETIME", 3600)
    with as_shopper("shopper", owner.id) as conn:
        nothing(conn)


def test_un_invitado_no_llega_al_carrito_de_un_comprador(owner, admin, as_shopper):
    cart = admin.conn.execute(
        "SELECT crr_codigo FROM datos.carrito WHERE usr_id = %s", (owner.id,)
    ).fetchone()[0]
    with as_shopper("guest", cart) as conn:
        assert set(seen(conn).values()) == {0}
        assert conn.execute("SELECT api.carrito_mostrar()").fetchone()[0]["detalles"] == []


@pytest.mark.parametrize("act", [
    "pago_resolver(gen_random_uuid(), 'CAPTURADO')", "cupo_ajustar('PRD0000001', 5, 'x')", "reserva_expirar()",
    "ingreso_preparar('a@b.ec')", "pedido_facturado('PED0000001', 'FAC', '1')", "doctor_revisar()",
    "simulada_cobrar(gen_random_uuid(), 1, 'APROBADO')", "catalogo_recibir()",
    "registro_crear('a@b.ec', 'x', '1', '1')",
])  # fmt: skip
def test_un_comprador_no_cobra_ni_reparte_ni_crea_cuentas(owner, as_shopper, act):
    with as_shopper("shopper", owner.id) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"SELECT api.{act}")


@pytest.mark.parametrize(
    "table", [*TABLES, "cupo", "producto", "reserva", "usuario_clave", "sesion", "contexto_clave"]
)
def test_nadie_escribe_una_tabla(owner, as_shopper, table):
    with as_shopper("shopper", owner.id) as conn:
        for statement in (f"DELETE FROM datos.{table}", f"TRUNCATE datos.{table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


@pytest.mark.parametrize(
    "table", ["usuario_clave", "verificacion", "correo", "cliente_pos", "contexto_clave", "reserva"]
)
def test_lo_secreto_no_se_lee_ni_con_contexto(owner, as_shopper, table):
    with as_shopper("shopper", owner.id) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"SELECT count(*) FROM datos.{table}")


def test_lo_vendido_no_es_publico(owner, as_shopper):
    with as_shopper("shopper", owner.id) as conn:
        conn.execute("SELECT disponible FROM datos.cupo")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT vendido FROM datos.cupo")


def test_la_clave_de_idempotencia_es_de_cada_quien(shopper, product):
    me, other, code = shopper(), shopper(), product(units=9)
    mine = me("POST", "/carrito", {"prd_codigo": code, "cantidad": 2}, **{"Idempotency-Key": "misma"})
    theirs = other("POST", "/carrito", {"prd_codigo": code, "cantidad": 2}, **{"Idempotency-Key": "misma"})
    assert mine.json["carrito"]["crr_codigo"] != theirs.json["carrito"]["crr_codigo"]
    again = me("POST", "/carrito", {"prd_codigo": code, "cantidad": 2}, **{"Idempotency-Key": "misma"})
    assert again.data == mine.data
    assert me("GET", "/carrito").json["detalles"][0]["cantidad"] == 2
