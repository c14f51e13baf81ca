"""Sales that a terminal made while it was offline: their arrival, and those somebody has to resolve."""

import json
from datetime import datetime
from typing import Any

from ..db.call import call, call_in_turns
from ..http.fields import Cantidad, Codigo, Entero, FechaHora, Lista, Money, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .venta import BIGINT, VentaNueva, VentaPago

blp = Noun("venta_lote", __name__, description="Ventas de terminales sin conexión")

# Sales a statement: what it locks, the numbering of the punto de emisión for one, others wait for until it ends.
SLICE = 20
ESTADOS = ("PENDIENTE", "FACTURADA", "DEVUELTA")


class VentaDiferida(VentaNueva):
    """A sale as the terminal made it. The price of a line is the one it printed; the session is the open one."""

    class Meta(Schema.Meta):
        exclude = ("sesion",)

    id = Texto(60, required=True, metadata={"description": "UUID que hizo el terminal", "format": "uuid"})
    vendida_en = FechaHora(required=True)
    total_impreso = Money(required=True)


class TalCual(Objeto):
    """An object of that schema, passed on as JSON text as it came: each sale is judged alone, and by SQL.

    What PostgreSQL could not even read (NUL, half a surrogate) is an empty one, and so is what is no object.
    """

    def _deserialize(self, value: Any, attr: Any, data: Any, partial: Any = None, **kwargs: Any) -> str:
        try:
            text = json.dumps(value, default=str, ensure_ascii=False)
            text.encode()
        except UnicodeEncodeError:
            return "{}"
        return text if isinstance(value, dict) and "\\u0000" not in text else "{}"


class Lote(Schema):
    """Late sales, in any order."""

    ventas = Lista(
        TalCual(VentaDiferida),
        required=True,
        max=500,
        metadata={
            "description": f"Se registran de {SLICE} en {SLICE}; si algo lo corta, reenviar completa el resto"
        },
    )


class Llegada(Schema):
    """What became of a late sale when it first arrived."""

    id = Texto(60, required=True, allow_none=True)
    estado = Opcion("REGISTRADA", "OBSERVADA", "RECHAZADA", required=True)
    fac_codigo = Codigo()
    fac_numero = Codigo()
    total = Money()
    regla = Texto()
    message = Texto()


class Llegadas(Schema):
    """One answer for each sale, in the order they were sent."""

    ventas = Lista(Objeto(Llegada), required=True)


class ObservadaLinea(Schema):
    """A line as it was sold, and the special price it printed."""

    prd_codigo = Codigo(required=True)
    cantidad = Cantidad(required=True)
    precio = Money(required=True, allow_none=True)


class Observada(Schema):
    """A late sale that waits to be resolved, or was."""

    id = Texto(36, required=True)
    usr_id = Texto(required=True)
    sesion = Entero(max=BIGINT, required=True)
    punto_emision = Texto(required=True)
    cli_codigo = Codigo(required=True)
    vendida_en = FechaHora(required=True)
    recibida_en = FechaHora(required=True)
    total_impreso = Money(required=True)
    regla = Texto(required=True)
    message = Texto(required=True)
    estado = Opcion(*ESTADOS, required=True)
    observacion = Texto(200, required=True)
    resuelta_por = Texto(required=True, allow_none=True)
    fecha_resolucion = FechaHora(required=True, allow_none=True)
    fac_codigo = Codigo(required=True, allow_none=True)
    lineas = Lista(Objeto(ObservadaLinea), required=True)
    pagos = Lista(Objeto(VentaPago), required=True)


class ObservadaQuery(PageQuery):
    """Those of one state."""

    estado = Opcion(*ESTADOS)


class Resolucion(Schema):
    """What to do with it, and why."""

    accion = Opcion("FACTURAR", "DEVOLVER", required=True)
    observacion = Texto(200, required=True)
    cli_codigo = Codigo(metadata={"description": "Al facturar: el cliente, si no es el que se dijo"})
    reembolso = Opcion(
        "EFECTIVO", "TRANSFERENCIA", "TARJETA", metadata={"description": "Al devolver; sin él, como se pagó"}
    )


@blp.post("/venta/lote", takes=Lote, answers=Llegadas)
def venta_lote(datos: dict[str, Any]) -> dict[str, Any]:
    """Recibe ventas hechas sin conexión; cada una cuenta una vez y se contesta aparte."""
    return {"ventas": _receive(datos["ventas"])}


@blp.get("/venta/observada", query=ObservadaQuery, answers=envelope(Observada))
def venta_observada_listar(query: dict[str, Any]) -> bytes:
    """Lista las ventas observadas, las más recientes primero."""
    query.pop("search", None)
    return call("venta_observada_listar", **query)


@blp.post("/venta/observada/<venta>/resolver", takes=Resolucion, answers=Observada)
def venta_observada_resolver(venta: str, datos: dict[str, Any]) -> bytes:
    """Factura una venta observada por el total impreso, o devuelve su dinero."""
    return call("venta_observada_resolver", id=venta, **datos)


def _receive(sales: list[str]) -> list[Any]:
    """Register them in the order of their moments, slice by slice; the answers in the order they came."""
    order = sorted(range(len(sales)), key=lambda number: _moment(sales[number]))
    slices = call_in_turns("venta_lote", "ventas", [sales[number] for number in order], SLICE)
    answers = [answer for part in slices for answer in part["ventas"]]
    return [answer for _, answer in sorted(zip(order, answers, strict=True), key=lambda pair: pair[0])]


def _moment(sale: str) -> float:
    """When a sale says it was made, to sort by: whether that is one, SQL judges. What says none comes last."""
    try:
        return datetime.fromisoformat(json.loads(sale)["vendida_en"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return float("inf")
