"""Pagos, what providers told by themselves: to look at, and to say what those were that contradict what is known."""

from typing import Any

from ..db.call import call
from ..http.fields import Booleano, Codigo, FechaHora, Money, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("pagos_evento", __name__, description="Avisos recibidos de los proveedores de pagos")

RESULTADOS = ("APLICADO", "POR_RELEER", "OBSERVADO", "IGNORADO")


class PagoEvento(Schema):
    """A message beside the payment it is about; none of its own: it is of no order of ours."""

    proveedor = Texto(20, required=True)
    evento = Texto(100, required=True)
    tipo = Texto(60, required=True)
    recibido = FechaHora(required=True)
    estado = Texto(20, required=True, allow_none=True)
    monto = Money(required=True, allow_none=True)
    referencia = Texto(required=True, allow_none=True)
    resultado = Opcion(*RESULTADOS, required=True)
    regla = Codigo(60, required=True, allow_none=True, metadata={"description": "Qué contradice"})
    ped_codigo = Codigo(required=True, allow_none=True)
    pag_id = Texto(36, required=True, allow_none=True)
    pag_estado = Texto(20, required=True, allow_none=True)
    pag_monto = Money(required=True, allow_none=True)
    resuelto = FechaHora(required=True, allow_none=True)
    resuelve = Texto(required=True, allow_none=True)
    motivo = Texto(255, required=True, allow_none=True)


class PagoEventoBusqueda(PageQuery):
    """Which messages to list."""

    resultado = Opcion(*RESULTADOS)
    por_resolver = Booleano()


class ResolverDatos(Schema):
    """What the message was, and what was done about it."""

    motivo = Texto(255, required=True)


@blp.get("/pagos/evento", query=PagoEventoBusqueda, answers=envelope(PagoEvento))
def pago_evento_listar(query: dict[str, Any]) -> bytes:
    """Lista lo que los proveedores de pagos avisaron, lo más reciente primero."""
    query.pop("search", None)
    return call("pago_evento_listar", **query)


@blp.post("/pagos/evento/<proveedor>/<evento>/resolver", takes=ResolverDatos, answers=PagoEvento)
def pago_evento_resolver(proveedor: str, evento: str, datos: dict[str, Any]) -> bytes:
    """Dice qué fue un aviso observado; no mueve dinero ni el pago."""
    return call("pago_evento_resolver", proveedor=proveedor, evento=evento, **datos)
