"""What is owed to suppliers, document by document."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, FechaHora, Money, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("cuenta-por-pagar", __name__, description="Cuentas por pagar")

ESTADOS = ("PEN", "PAG", "ANU")


class CuentaPorPagar(Schema):
    """What one document left owing."""

    id = Entero(max=2**63 - 1, required=True)
    prv_codigo = Codigo(required=True)
    prv_razonsocial = Texto(120, required=True)
    establecimiento = Codigo(required=True)
    documento = Codigo(required=True)
    nro_documento = Texto(40, required=True)
    fecha = FechaHora(required=True)
    monto = Money(required=True)
    saldo = Money(required=True)
    estado = Opcion(*ESTADOS, required=True)


class CuentaQuery(PageQuery):
    """Debts of one state, of one supplier."""

    estado = Opcion(*ESTADOS)
    prv_codigo = Codigo()


class Pago(Schema):
    """How much, and from where."""

    monto = Money(min=0, required=True)
    pago = Opcion("CAJA", "BANCO", required=True)


@blp.get("/cuenta-por-pagar", query=CuentaQuery, answers=envelope(CuentaPorPagar))
def cuenta_por_pagar_listar(query: dict[str, Any]) -> bytes:
    """Lista lo que se debe a proveedores, lo más reciente primero."""
    query.pop("search", None)
    return call("cuenta_por_pagar_listar", **query)


@blp.post("/cuenta-por-pagar/<int:cxp_id>/pagar", takes=Pago, answers=CuentaPorPagar)
def cuenta_por_pagar_pagar(cxp_id: int, datos: dict[str, Any]) -> bytes:
    """Paga parte o todo de una deuda con un proveedor."""
    return call("cuenta_por_pagar_pagar", cxp_id=cxp_id, **datos)
