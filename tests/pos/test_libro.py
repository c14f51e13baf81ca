"""Money: every act balances, guarded balances follow, nothing is written twice or later."""

from decimal import Decimal

import psycopg
import pytest

POST = "SELECT privado.asentar('001', 'XXX', %s, 'Prueba', %s::text[], %s::text[], %s::numeric[])"


def post(shop, code, *lines):
    clases, refs, montos = (list(column) for column in zip(*lines, strict=True))
    return shop.conn.execute(POST, (code, clases, refs, [str(monto) for monto in montos])).fetchone()[0]


def test_un_asiento_que_no_suma_cero_no_se_confirma(counter):
    with pytest.raises(psycopg.errors.CheckViolation) as caught, counter.conn.transaction():
        post(counter, "1", ("VENTAS", "", -10), ("CAJA_GENERAL", "001", "9.99"))
        counter.conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert caught.value.diag.constraint_name == "asiento_cuadra"


def test_un_asiento_sin_lineas_tampoco(counter):
    with pytest.raises(psycopg.errors.CheckViolation), counter.conn.transaction():
        counter.conn.execute(
            "INSERT INTO datos.asiento (eta_codigo, doc_tipo, doc_codigo, glosa) VALUES ('001', 'X', '1', '')"
        )
        counter.conn.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_las_lineas_en_cero_no_se_escriben_y_un_acto_sin_dinero_no_asienta(counter):
    assert post(counter, "1", ("VENTAS", "", 0), ("CAJA_GENERAL", "001", "0.00")) is None
    number = post(counter, "2", ("VENTAS", "", -1), ("MERMA", "", 0), ("CAJA_GENERAL", "001", 1))
    assert counter.conn.execute(
        "SELECT count(*) FROM datos.asiento_linea WHERE asi_id = %s", (number,)
    ).fetchone() == (2,)


def test_las_cuentas_guardadas_llevan_su_saldo_y_respetan_su_piso(counter):
    client = counter.buyer()
    post(counter, "1", ("CLIENTE", client, "30.10"), ("VENTAS", "", "-30.10"))
    post(counter, "2", ("CLIENTE", client, "-10"), ("CAJA_GENERAL", "001", 10))
    assert counter.conn.execute("SELECT privado.cliente_deuda(%s)", (client,)).fetchone() == (
        Decimal("20.10"),
    )
    with pytest.raises(psycopg.Error) as caught, counter.conn.transaction():
        post(counter, "3", ("CLIENTE", client, "-20.11"), ("CAJA_GENERAL", "001", "20.11"))
    assert (caught.value.diag.sqlstate, caught.value.diag.constraint_name) == ("NG409", "saldo_no_negativo")
    post(counter, "4", ("CLIENTE", client, "-20.10"), ("CAJA_GENERAL", "001", "20.10"))


def test_una_linea_no_se_agrega_al_asiento_de_otra_transaccion(counter):
    number = post(counter, "1", ("VENTAS", "", -1), ("CAJA_GENERAL", "001", 1))
    into = "INSERT INTO datos.asiento_linea (asi_id, xid, linea, cta_id, monto)"
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught, counter.conn.transaction():
        counter.conn.execute(f"{into} SELECT %s, '3', 9, min(cta_id), 5 FROM datos.cuenta", (number,))
    assert caught.value.diag.constraint_name == "linea_nace_con_su_asiento"


def test_el_libro_lo_leen_quienes_llevan_las_cuentas(counter):
    post(counter, "1", ("VENTAS", "", -1), ("CAJA_GENERAL", "001", 1))
    for role in ("contador", "auditor", "admin"):
        with counter.acting(role):
            assert counter.conn.execute("SELECT count(*) FROM datos.asiento_linea").fetchone()[0] >= 2
    for role in ("ventas", "cajero", "bodega", "adm_ventas", "adm_fact", "compras"):
        with (
            counter.acting(role),
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            counter.conn.transaction(),
        ):
            counter.conn.execute("SELECT count(*) FROM datos.asiento_linea")
