"""What clients owe, document by document, and what the company owes them."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, FechaHora, Money, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from . import pago_metodo

blp = Noun("cuenta-por-cobrar", __name__, description="Cuentas por cobrar")

ESTADOS = ("PEN", "PAG", "ANU")


class CuentaPorCobrar(Schema):
    """What one document left owing."""

    id = Entero(max=2**63 - 1, required=True)
    cli_codigo = Codigo(required=True)
    cli_nombre = Texto(120, required=True)
    establecimiento = Codigo(required=True)
    documento = Codigo(required=True)
    fecha = FechaHora(required=True)
    monto = Money(required=True)
    saldo = Money(required=True)
    estado = Opcion(*ESTADOS, required=True)


class CuentaQuery(PageQuery):
    """Debts of one state, of one client."""

    estado = Opcion(*ESTADOS)
    cli_codigo = Codigo()


class Cobro(Schema):
    """How much, and how."""

    monto = Money(min=0, required=True)
    metodo = Opcion(*pago_metodo.COBRO, required=True)
    referencia = Texto(100)


class Retiro(Schema):
    """How much a client takes of what they are owed; in cash unless something else is said."""

    monto = Money(min=0, required=True)
    metodo = Opcion("EFECTIVO", "TRANSFERENCIA")


class Saldo(Schema):
    """What is left of what the company owes a client."""

    cli_codigo = Codigo(required=True)
    saldo = Money(required=True)


@blp.get("/cuenta-por-cobrar", query=CuentaQuery, answers=envelope(CuentaPorCobrar))
def cuenta_por_cobrar_listar(query: dict[str, Any]) -> bytes:
    """Lista lo que los clientes deben, lo más reciente primero."""
    query.pop("search", None)
    return call("cuenta_por_cobrar_listar", **query)


@blp.post("/cuenta-por-cobrar/<int:cxc_codigo>/cobrar", takes=Cobro, answers=CuentaPorCobrar)
def cuenta_por_cobrar_cobrar(cxc_codigo: int, datos: dict[str, Any]) -> bytes:
    """Cobra parte o todo de una deuda."""
    return call("cuenta_por_cobrar_cobrar", cxc_codigo=cxc_codigo, **datos)


@blp.post("/cliente/<cli_codigo>/saldo/retirar", takes=Retiro, answers=Saldo)
def cliente_saldo_retirar(cli_codigo: str, datos: dict[str, Any]) -> bytes:
    """Entrega al cliente su saldo a favor."""
    return call("cliente_saldo_retirar", cli_codigo=cli_codigo, **datos)
