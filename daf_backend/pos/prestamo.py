"""What members of staff owe: advances out of a drawer, and shortages charged to them."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, FechaHora, Money, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("prestamo", __name__, description="Préstamos al personal")

SERIAL = 2**63 - 1
ESTADOS = ("PEN", "PAG")


class PrestamoDatos(Schema):
    """Who takes how much, and why."""

    persona = Texto(120, required=True, metadata={"description": "Usuario, correo o número de persona"})
    monto = Money(min=0, required=True)
    motivo = Texto(255, required=True)


class Prestamo(Schema):
    """What one person owes for one advance or shortage."""

    id = Entero(max=SERIAL, required=True)
    persona = Texto(required=True)
    establecimiento = Codigo(required=True)
    origen = Opcion("CAJA", "DESCUADRE", required=True)
    sesion = Entero(max=SERIAL, required=True, allow_none=True)
    descuadre = Entero(max=SERIAL, required=True, allow_none=True)
    monto = Money(required=True)
    saldo = Money(required=True)
    motivo = Texto(255, required=True)
    fecha = FechaHora(required=True)
    estado = Opcion(*ESTADOS, required=True)
    otorgado_por = Texto(required=True)


class PrestamoPago(Schema):
    """How much of it; nothing said is all."""

    monto = Money(min=0)


class PrestamoQuery(PageQuery):
    """Advances of one state, to one person."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)

    estado = Opcion(*ESTADOS)
    persona = Texto(63)


@blp.get("/prestamo", query=PrestamoQuery, answers=envelope(Prestamo))
def prestamo_listar(query: dict[str, Any]) -> bytes:
    """Lista lo que debe el personal, lo más reciente primero."""
    return call("prestamo_listar", **query)


@blp.post("/prestamo", takes=PrestamoDatos, answers=Prestamo, status=201)
def prestamo_crear(datos: dict[str, Any]) -> bytes:
    """Adelanta dinero de la propia caja a alguien del personal."""
    return call("prestamo_crear", **datos)


@blp.post("/prestamo/<int:prestamo>/pagar", takes=PrestamoPago, answers=Prestamo)
def prestamo_pagar(prestamo: int, datos: dict[str, Any]) -> bytes:
    """Recibe en la propia caja parte o todo lo que se debe."""
    return call("prestamo_pagar", id=prestamo, **datos)
