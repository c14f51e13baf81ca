"""Registers, and the money that moves in one besides sales."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Entero, FechaHora, Money, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from ..http.schema import Mensaje

blp = Noun("caja", __name__, description="Cajas")

TIPOS = ("SOLO_VENTAS", "SOLO_AGENTES", "MIXTA")
SERIAL = 2**63 - 1


class CajaDatos(Schema):
    """A register, by the emission point it issues from."""

    nombre = Texto(60, required=True)
    punto_emision = Codigo(7, required=True, metadata={"description": "001-001"})
    tipo = Opcion(*TIPOS)


class CajaOcupada(Schema):
    """The open session of a register."""

    id = Entero(max=SERIAL, required=True)
    usuario = Texto(required=True)
    fecha_apertura = FechaHora(required=True)


class Caja(CajaDatos):
    """A register, and who has it open."""

    id = Entero(max=SERIAL, required=True)
    tipo = Opcion(*TIPOS, required=True)
    estado = Opcion("ACT", "INA", required=True)
    sesion = Objeto(CajaOcupada, required=True, allow_none=True)


class CajaRetirada(Mensaje):
    """The register that was retired."""

    id = Entero(max=SERIAL, required=True)


class CajaQuery(PageQuery):
    """Registers are few: there is nothing to search."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)


class CajaMovimientoDatos(Schema):
    """Money in or out of one's own drawer, and why."""

    tipo = Opcion("INGRESO", "EGRESO", required=True)
    monto = Money(min=0, required=True)
    motivo = Texto(150, required=True)
    destino = Opcion("CAJA_GENERAL", metadata={"description": "Va al efectivo de la sucursal, o viene de él"})


class CajaMovimiento(Schema):
    """A movement, and the account on its other side."""

    id = Entero(max=SERIAL, required=True)
    sesion = Entero(max=SERIAL, required=True)
    tipo = Opcion("INGRESO", "EGRESO", required=True)
    cuenta = Opcion("OTROS_INGRESOS", "GASTOS_CAJA", "CAJA_GENERAL", required=True)
    monto = Money(required=True)
    motivo = Texto(150, required=True)
    fecha = FechaHora(required=True)
    usuario = Texto(required=True)


@blp.get("/caja", query=CajaQuery, answers=envelope(Caja))
def caja_listar(query: dict[str, Any]) -> bytes:
    """Lista las cajas de los establecimientos propios y quién las tiene abiertas."""
    return call("caja_listar", **query)


@blp.get("/caja/<int:caja>", answers=Caja)
def caja_obtener(caja: int) -> bytes:
    """Muestra una caja."""
    return call("caja_obtener", id=caja)


@blp.post("/caja", takes=CajaDatos, answers=Caja, status=201)
def caja_crear(datos: dict[str, Any]) -> bytes:
    """Agrega una caja a un punto de emisión activo."""
    return call("caja_crear", **datos)


@blp.patch("/caja/<int:caja>", takes=CajaDatos(partial=True), answers=Caja)
def caja_actualizar(caja: int, datos: dict[str, Any]) -> bytes:
    """Cambia una caja; con una sesión abierta solo su nombre."""
    return call("caja_actualizar", id=caja, **datos)


@blp.delete("/caja/<int:caja>", answers=CajaRetirada)
def caja_eliminar(caja: int) -> bytes:
    """Desactiva una caja que nadie tiene abierta; su fondo pasa a la caja general."""
    return call("caja_eliminar", id=caja)


@blp.post("/caja/movimiento", takes=CajaMovimientoDatos, answers=CajaMovimiento, status=201)
def caja_movimiento_crear(datos: dict[str, Any]) -> bytes:
    """Ingresa o retira efectivo de la propia sesión, con su motivo."""
    return call("caja_movimiento_crear", **datos)
