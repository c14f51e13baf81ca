"""Auditoria, reports of the till: what an auditor looks for first."""

from typing import Any

from ..db.call import call
from ..http.fields import Booleano, Cantidad, Codigo, Entero, Fecha, FechaHora, Lista, Money, Objeto, Texto
from ..http.resource import Noun, Schema
from ..http.trail import Periodo

blp = Noun("auditoria-reporte", __name__, description="Informes de auditoría")


class Anulacion(Schema):
    """An annulment made while the shop is closed."""

    cuando = FechaHora(required=True)
    hora = Texto(5, required=True)
    fac_codigo = Codigo(required=True)
    fac_numero = Codigo(required=True, allow_none=True)
    fac_total = Money(required=True)
    motivo = Texto(required=True, allow_none=True)
    anulo = Texto(63, required=True)
    emitio = Texto(63, required=True, allow_none=True)
    emitida_en = FechaHora(required=True, allow_none=True)


class FueraDeHora(Schema):
    """The annulments of a period that were made outside of its hours."""

    desde = Fecha(required=True)
    hasta = Fecha(required=True)
    apertura = Texto(15, required=True)
    cierre = Texto(15, required=True)
    data = Lista(Objeto(Anulacion), required=True, max=100_000)


class ParesQuery(Periodo):
    """Whose peers, in which period."""

    rol = Codigo(63, metadata={"description": "Solo quienes hoy están en ese grupo"})


class Par(Schema):
    """One person's acts, and how many times the group's own rate they are (null: nothing to measure by)."""

    usuario = Texto(63, required=True)
    emitidas = Entero(required=True)
    anuladas = Entero(required=True, metadata={"description": "De las que emitió, quien sea que las anuló"})
    anulo = Entero(required=True, metadata={"description": "Las que anuló, quien sea que las emitió"})
    precios = Entero(required=True, metadata={"description": "Precios cambiados a mano"})
    devoluciones = Entero(required=True)
    descartes = Entero(required=True, metadata={"description": "Borradores borrados o descartados"})
    razon_anuladas = Cantidad(required=True, allow_none=True)
    razon_anulo = Cantidad(required=True, allow_none=True)
    razon_precios = Cantidad(required=True, allow_none=True)
    razon_devoluciones = Cantidad(required=True, allow_none=True)
    razon_descartes = Cantidad(required=True, allow_none=True)


class Pares(Schema):
    """A group, person by person."""

    desde = Fecha(required=True)
    hasta = Fecha(required=True)
    data = Lista(Objeto(Par), required=True)


class Costos(Schema):
    """Whether reads of cost are noted, of which columns, and where; else how to have them noted."""

    activo = Booleano(required=True)
    columnas = Lista(Texto(130), required=True)
    donde = Texto(required=True, allow_none=True)
    como = Texto(400, required=True, allow_none=True)


@blp.get("/auditoria/reporte/fuera-de-hora", query=Periodo, answers=FueraDeHora)
def auditoria_fuera_de_hora(query: dict[str, Any]) -> bytes:
    """Las facturas anuladas con el local cerrado; sin fechas, los últimos treinta días."""
    return call("auditoria_fuera_de_hora", **query)


@blp.get("/auditoria/reporte/pares", query=ParesQuery, answers=Pares)
def auditoria_pares(query: dict[str, Any]) -> bytes:
    """Cada persona frente a las demás: anulaciones, precios a mano, devoluciones, borradores descartados."""
    return call("auditoria_pares", **query)


@blp.get("/auditoria/reporte/costos", answers=Costos)
def auditoria_costos() -> bytes:
    """Si se anota quién lee los costos, y dónde."""
    return call("auditoria_costos")
