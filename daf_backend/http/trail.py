"""The audit trail as both sides answer it, declared once: who may read it and what it says is SQL's."""

from typing import Any

from ..db.call import call
from .fields import Codigo, Entero, Fecha, FechaHora, Libre, Lista, Objeto, Opcion, Texto
from .page import envelope
from .resource import Noun
from .schema import Schema

BIGINT = 2**63 - 1
OPERACIONES = ("INSERT", "UPDATE", "DELETE", "EVENT")


class Periodo(Schema):
    """A period of local days, both included."""

    desde = Fecha(metadata={"description": "Primer día, local"})
    hasta = Fecha(metadata={"description": "Último día, local, incluido"})


class PersonaQuery(Periodo):
    """What one person did in a period."""

    usuario = Codigo(63)


class PermisoQuery(PersonaQuery):
    """A page of one person's changes."""

    cursor = Codigo(
        40, metadata={"description": "El `cursor` de la respuesta anterior; sin él, lo más nuevo"}
    )
    limit = Entero(min=1, max=500, metadata={"description": "Filas: 50 si no se dice, a lo sumo 500"})


class AuditoriaQuery(PermisoQuery):
    """Which rows of the trail."""

    rol = Codigo(63, metadata={"description": "Quienes hoy están en ese grupo"})
    tabla = Codigo(63, metadata={"description": "La tabla, o el nombre de un evento (INGRESO, RECHAZO...)"})
    clave = Texto(200)
    operacion = Opcion(*OPERACIONES)


class AuditoriaFila(Schema):
    """One row of the trail: only what changed, from what to what."""

    aud_id = Entero(max=BIGINT, required=True)
    cuando = FechaHora(required=True)
    usuario = Texto(63, required=True)
    sujeto = Texto(required=True, allow_none=True)
    operacion = Opcion(*OPERACIONES, required=True)
    tabla = Texto(63, required=True)
    clave = Texto(required=True)
    antes = Libre(required=True, allow_none=True)
    despues = Libre(required=True, allow_none=True)
    sid = Texto(required=True, allow_none=True)
    request_id = Texto(required=True, allow_none=True)
    xid = Texto(20, required=True)


class AuditoriaLista(Schema):
    """Rows, newest first, and the cursor to the next ones (null at the end)."""

    data = Lista(Objeto(AuditoriaFila), required=True)
    limit = Entero(required=True)
    cursor = Codigo(40, required=True, allow_none=True)


class Jornada(Schema):
    """What one person did on one day."""

    dia = Fecha(required=True)
    usuario = Texto(63, required=True)
    altas = Entero(required=True)
    cambios = Entero(required=True)
    bajas = Entero(required=True)
    eventos = Entero(required=True)
    primera = FechaHora(required=True)
    ultima = FechaHora(required=True)
    tablas = Lista(Texto(63), required=True)


class Jornadas(Schema):
    """A period, person by person and day by day."""

    desde = Fecha(required=True)
    hasta = Fecha(required=True)
    data = Lista(Objeto(Jornada), required=True, max=5000)


class DocumentoQuery(Schema):
    """Which document."""

    codigo = Codigo(40, required=True, metadata={"description": "Una factura, una orden, un pedido..."})


class Hecho(Schema):
    """One thing that happened to a document, from the trail or from a ledger."""

    cuando = FechaHora(required=True)
    usuario = Texto(63, required=True)
    origen = Opcion("AUDITORIA", "KARDEX", "LIBRO", required=True)
    hecho = Texto(required=True)
    detalle = Libre(required=True)


class Historia(Schema):
    """Everything that happened to a document, oldest first."""

    codigo = Codigo(40, required=True)
    data = Lista(Objeto(Hecho), required=True, max=100_000)


class SelloQuery(Schema):
    """A page of the seals, of one table or of all."""

    tabla = Codigo(63)
    page = Entero(min=1, max=10_000_000, load_default=1)
    limit = Entero(min=1, max=100)


class Sello(Schema):
    """A seal as it is published: which rows it covers, and what it is the hash of."""

    formato = Texto(required=True)
    lado = Texto(required=True)
    tabla = Texto(63, required=True)
    numero = Entero(max=BIGINT, required=True)
    clase = Texto(required=True)
    version = Entero(required=True)
    epoca = Entero(required=True)
    sistema = Texto(required=True)
    id_desde = Entero(min=-BIGINT - 1, max=BIGINT, required=True)
    xid_desde = Texto(20, required=True)
    fila_desde = Entero(min=-BIGINT - 1, max=BIGINT, required=True)
    xid_hasta = Texto(20, required=True)
    fila_hasta = Entero(min=-BIGINT - 1, max=BIGINT, required=True)
    id_maximo = Entero(min=-BIGINT - 1, max=BIGINT, required=True)
    retira = Entero(max=BIGINT, required=True)
    filas = Entero(max=BIGINT, required=True)
    raiz = Texto(64, required=True)
    huella_hojas = Texto(64, required=True)
    anterior = Texto(64, required=True)
    sellado_en = Texto(40, required=True)
    sello = Texto(64, required=True)


def wire_trail(blp: Noun) -> None:
    """Give a side's noun the reads that both sides have."""

    @blp.get("/auditoria", query=AuditoriaQuery, answers=AuditoriaLista, also=(422,))
    def auditoria_listar(query: dict[str, Any]) -> bytes:
        """Quién cambió qué, de qué a qué; lo más nuevo primero."""
        return call("auditoria_listar", **query)

    @blp.get("/auditoria/reporte/permisos", query=PermisoQuery, answers=AuditoriaLista, also=(422,))
    def auditoria_permisos(query: dict[str, Any]) -> bytes:
        """Los cambios en lo que cada persona puede hacer, también los hechos fuera de este sistema."""
        return call("auditoria_permisos", **query)

    @blp.get("/auditoria/reporte/personas", query=PersonaQuery, answers=Jornadas)
    def auditoria_personas(query: dict[str, Any]) -> bytes:
        """Lo que hizo cada persona cada día; sin fechas, los últimos siete."""
        return call("auditoria_personas", **query)

    @blp.get("/auditoria/sellos", query=SelloQuery, answers=envelope(Sello))
    def sello_listar(query: dict[str, Any]) -> bytes:
        """Los sellos que prueban que lo escrito no cambió, los más nuevos primero."""
        return call("sello_listar", **query)

    @blp.get("/auditoria/reporte/documento", query=DocumentoQuery, answers=Historia)
    def auditoria_documento(query: dict[str, Any]) -> bytes:
        """Todo lo que pasó con un documento, en orden: cambios, bienes y dinero."""
        return call("auditoria_documento", **query)
