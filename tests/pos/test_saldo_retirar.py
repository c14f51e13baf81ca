"""What the company owes a client, paid out: from the own drawer, or by who oversees sales from the bank."""

import psycopg
import pytest

from .acts import refused
from .drawer import opened


@pytest.fixture
def owed(counter):
    """A client whom the company owes 5.00."""
    buyer = counter.buyer()
    counter.conn.execute(
        "SELECT privado.asentar('001', 'PRU', %(c)s, 'Saldo', '{SALDO_CLIENTE,CAJA_GENERAL}',"
        " ARRAY[%(c)s, '001'], '{-5.00,5.00}')",
        {"c": buyer},
    )
    return buyer


def test_un_retiro_del_banco_es_de_una_sucursal_y_lo_ve_quien_lleva_los_libros(counter, owed):
    counter.do("adm_ventas", "cliente_saldo_retirar", cli_codigo=owed, monto="2.00", metodo="TRANSFERENCIA")
    (entry,) = counter.do("contador", "asiento_listar", doc_tipo="SAL", doc_codigo=owed)
    assert {(line["clase"], line["monto"]) for line in entry["lineas"]} == {
        ("SALDO_CLIENTE", "2.00"), ("BANCO", "-2.00"),
    }  # fmt: skip


def test_un_cajero_entrega_saldos_de_su_caja_y_no_del_banco(counter, owed):
    opened(counter, "20.00")
    with counter.acting("cajero") as act:
        take = {"cli_codigo": owed, "monto": "1.00"}
        assert (
            refused(act, "retiro_de_caja", "cliente_saldo_retirar", **take, metodo="TRANSFERENCIA") == "403"
        )
        assert act("cliente_saldo_retirar", **take)["saldo"] == "4.00"
        assert refused(act, "metodo_conocido", "cliente_saldo_retirar", **take, metodo="TARJETA") == "422"


def test_un_asiento_de_ninguna_sucursal_no_entra(counter):
    with pytest.raises(psycopg.errors.CheckViolation) as caught, counter.conn.transaction():
        counter.conn.execute(
            "SELECT privado.asentar(NULL, 'PRU', 'x', 'x', '{VENTAS,CAJA_GENERAL}', '{\"\",001}', '{-1,1}')"
        )
    assert caught.value.diag.constraint_name == "asiento_con_sucursal"


def test_una_factura_de_cero_a_credito_no_mira_el_limite(counter):
    counter.settings(factura_directa="CREDITO")
    buyer = counter.buyer("100")
    counter.issue((counter.product("50.00", prd_tipo="SERVICIO"), 1), buyer=buyer)
    counter.do("adm_ventas", "cliente_actualizar", cli_codigo=buyer, cli_limite_credito="0")
    free = counter.product("0.00", prd_tipo="SERVICIO")
    assert counter.issue((free, 1), buyer=buyer)["factura"]["fac_total"] == "0.00"
