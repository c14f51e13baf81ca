"""Cash sessions: opened with what there is, reported at any time, closed with what was counted."""

from typing import Any

from ..db.call import call
from ..http.fields import (
    Booleano,
    Codigo,
    Entero,
    Fecha,
    FechaHora,
    Lista,
    Mapa,
    Money,
    Objeto,
    Opcion,
    Porcentaje,
    Texto,
)  # fmt: skip
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from . import pago_metodo

blp = Noun("sesion_caja", __name__, description="Sesiones de caja")

SERIAL = 2**63 - 1
CUADRES = ("CUADRADO", "SOBRANTE", "FALTANTE")
CIEGO: dict[str, Any] = {
    "required": True,
    "allow_none": True,
    "metadata": {"description": "Nulo en un arqueo ciego"},
}
AL_CIERRE: dict[str, Any] = {
    "required": True,
    "allow_none": True,
    "metadata": {"description": "Nulo mientras está abierta"},
}


def _desglose(**options: Any) -> Mapa:
    """How many pieces there are of each denomination."""
    return Mapa(Entero(min=0, max=999_999), **options)


class SesionApertura(Schema):
    """The register, and what is in its drawer."""

    caja = Entero(max=SERIAL, required=True)
    desglose = _desglose(metadata={"description": 'Piezas por denominación: {"20": 3, "0.25": 8}'})
    monto_inicial = Money(min=0)
    observacion = Texto(255)


class SesionCierre(Schema):
    """What was counted, and what of it stays in the drawer."""

    desglose = _desglose(metadata={"description": 'Piezas por denominación: {"20": 3, "0.25": 8}'})
    monto_final_declarado = Money(min=0)
    fondo = Money(min=0, metadata={"description": "Lo que queda para la próxima sesión; sin él, nada"})
    observacion = Texto(255)


class SesionCaja(Schema):
    """A session; what its close found is null while it is open."""

    id = Entero(max=SERIAL, required=True)
    caja = Entero(max=SERIAL, required=True)
    punto_emision = Codigo(required=True)
    usuario = Texto(required=True)
    estado = Opcion("ABIERTA", "CERRADA", required=True)
    fecha_apertura = FechaHora(required=True)
    monto_inicial = Money(required=True)
    monto_inicial_esperado = Money(required=True)
    desglose_apertura = _desglose(required=True, allow_none=True)
    observacion_apertura = Texto(255, required=True)
    fecha_cierre = FechaHora(**AL_CIERRE)
    cerrada_por = Texto(**AL_CIERRE)
    numero_z = Codigo(**AL_CIERRE)
    monto_esperado = Money(**AL_CIERRE)
    monto_final_declarado = Money(**AL_CIERRE)
    desglose_cierre = _desglose(required=True, allow_none=True)
    diferencia = Money(**AL_CIERRE)
    cuadre = Opcion(*CUADRES, **AL_CIERRE)
    fondo = Money(**AL_CIERRE)
    observacion_cierre = Texto(255, required=True)


class SesionAnuladas(Schema):
    """Sales that were annulled."""

    cantidad = Entero(required=True)
    total = Money(required=True)


class SesionCajaDetalle(SesionCaja):
    """A session, and which of its sales were annulled after its Z."""

    anuladas_despues = Objeto(SesionAnuladas, **AL_CIERRE)


class SesionVentas(Schema):
    """Invoices of a session in one state."""

    cantidad = Entero(required=True)
    total = Money(**CIEGO)
    primera = Codigo(required=True, allow_none=True)
    ultima = Codigo(required=True, allow_none=True)


class SesionPago(Schema):
    """What was paid by one method."""

    metodo = Opcion(*pago_metodo.PAGO, required=True)
    cantidad = Entero(required=True)
    monto = Money(**CIEGO)


class SesionIva(Schema):
    """Base and IVA of one rate."""

    sri_codigo = Codigo(required=True)
    porcentaje = Porcentaje(required=True)
    base = Money(**CIEGO)
    iva = Money(**CIEGO)


class SesionActo(Schema):
    """Cash of one kind of act."""

    documento = Codigo(required=True)
    tipo = Opcion("ENTRADA", "SALIDA", required=True)
    concepto = Texto(required=True)
    cantidad = Entero(required=True)
    monto = Money(**CIEGO)


class SesionEfectivo(Schema):
    """Cash in and out."""

    entradas = Money(**CIEGO)
    salidas = Money(**CIEGO)
    reembolsos = Money(**CIEGO)
    actos = Lista(Objeto(SesionActo), required=True)


class CajaMovimientoHecho(Schema):
    """A movement of the session."""

    id = Entero(max=SERIAL, required=True)
    sesion = Entero(max=SERIAL, required=True)
    tipo = Opcion("INGRESO", "EGRESO", required=True)
    cuenta = Texto(required=True)
    monto = Money(required=True)
    motivo = Texto(150, required=True)
    fecha = FechaHora(required=True)
    usuario = Texto(required=True)


class SesionReporte(Schema):
    """What a session did: X while it is open, Z once it is closed."""

    tipo = Opcion("X", "Z", required=True)
    ciego = Booleano(required=True)
    sesion = Objeto(SesionCaja, required=True)
    monto_esperado = Money(**CIEGO)
    ventas = Objeto(SesionVentas, required=True)
    anuladas = Objeto(SesionVentas, required=True)
    pagos = Lista(Objeto(SesionPago), required=True)
    iva = Lista(Objeto(SesionIva), required=True)
    efectivo = Objeto(SesionEfectivo, required=True)
    movimientos = Lista(Objeto(CajaMovimientoHecho), required=True, max=100_000)


class SesionBalance(Schema):
    """What a session holds."""

    id = Entero(max=SERIAL, required=True)
    estado = Opcion("ABIERTA", "CERRADA", required=True)
    ciego = Booleano(required=True)
    monto_inicial = Money(required=True)
    entradas = Money(**CIEGO)
    salidas = Money(**CIEGO)
    monto_esperado = Money(**CIEGO)
    pagos = Lista(Objeto(SesionPago), required=True)


class HistorialQuery(PageQuery):
    """Sessions of one register or person, opened between two local days."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)

    caja = Entero(max=SERIAL)
    usuario = Texto(63)
    desde = Fecha()
    hasta = Fecha()


@blp.get("/caja/sesion-activa", answers=SesionCaja)
def sesion_caja_activa() -> bytes:
    """Muestra la propia sesión abierta."""
    return call("sesion_caja_activa")


@blp.post("/caja/abrir", takes=SesionApertura, answers=SesionCaja, status=201)
def sesion_caja_abrir(datos: dict[str, Any]) -> bytes:
    """Abre una caja con lo que se declara que hay en ella."""
    return call("sesion_caja_abrir", **datos)


@blp.get("/caja/historial", query=HistorialQuery, answers=envelope(SesionCaja))
def sesion_caja_listar(query: dict[str, Any]) -> bytes:
    """Lista las sesiones de caja, la más reciente primero."""
    return call("sesion_caja_listar", **query)


@blp.get("/caja/sesion/<int:sesion>", answers=SesionCajaDetalle)
def sesion_caja_obtener(sesion: int) -> bytes:
    """Muestra una sesión de caja."""
    return call("sesion_caja_obtener", id=sesion)


@blp.get("/caja/sesion/<int:sesion>/balance", answers=SesionBalance)
def sesion_caja_balance(sesion: int) -> bytes:
    """Muestra lo que hay en una sesión de caja."""
    return call("sesion_caja_balance", id=sesion)


@blp.get("/caja/balance", answers=SesionBalance)
def sesion_caja_balance_propio() -> bytes:
    """Muestra lo que hay en la propia sesión abierta."""
    return call("sesion_caja_balance")


@blp.get("/caja/sesion/<int:sesion>/reporte-x", answers=SesionReporte)
def sesion_caja_reporte(sesion: int) -> bytes:
    """Informa lo que hizo una sesión de caja; el de una cerrada es su Z."""
    return call("sesion_caja_reporte", id=sesion)


@blp.get("/caja/reporte-x", answers=SesionReporte)
def sesion_caja_reporte_propio() -> bytes:
    """Informa lo que va haciendo la propia sesión abierta."""
    return call("sesion_caja_reporte")


@blp.patch("/caja/sesion/<int:sesion>/cerrar", takes=SesionCierre, answers=SesionReporte)
def sesion_caja_cerrar(sesion: int, datos: dict[str, Any]) -> bytes:
    """Cierra una sesión con lo que se contó, y responde su reporte Z."""
    return call("sesion_caja_cerrar", id=sesion, **datos)
