"""Transfers between bodegas: sent, on their way, received, taken back or lost."""

from typing import Any

from ..db.call import call
from ..errors import Problem
from ..http.fields import Cantidad, Codigo, FechaHora, Lista, Money, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("transferencia", __name__, description="Transferencias entre bodegas")

ESTADOS = ("ENVIADA", "PARCIAL", "RECIBIDA", "CERRADA")


class TransferenciaLinea(Schema):
    """A line and where its units are; the cost keys are there for who may see cost."""

    prd_codigo = Codigo(required=True, allow_none=True)
    mp_codigo = Codigo(required=True, allow_none=True)
    nombre = Texto(120, required=True)
    cantidad = Cantidad(required=True)
    recibida = Cantidad(required=True)
    devuelta = Cantidad(required=True)
    baja = Cantidad(required=True)
    pendiente = Cantidad(required=True, metadata={"description": "Lo que sigue en camino"})
    costo_unitario = Texto()
    valor = Money()
    valor_pendiente = Money()


class Transferencia(Schema):
    """A transfer with its lines."""

    tra_codigo = Codigo(required=True)
    bodega = Codigo(required=True)
    bodega_destino = Codigo(required=True)
    tra_fecha = FechaHora(required=True)
    tra_observacion = Texto(255, required=True)
    tra_estado = Opcion(*ESTADOS, required=True)
    tra_motivo = Texto(255, required=True, allow_none=True)
    usr_id = Texto(required=True)
    lineas = Lista(Objeto(TransferenciaLinea), required=True)


class LineaDatos(Schema):
    """A product or a material, and how much of it."""

    prd_codigo = Codigo()
    mp_codigo = Codigo()
    cantidad = Cantidad(required=True)


class TransferenciaNueva(Schema):
    """What is sent, and where to."""

    bodega_destino = Codigo(10, required=True)
    bodega = Codigo(10, metadata={"description": "De dónde sale; sin ella, la propia"})
    tra_observacion = Texto(255)
    lineas = Lista(Objeto(LineaDatos), required=True, max=500)


class TransferenciaParte(Schema):
    """Some of what is on its way; without lines, all of it."""

    lineas = Lista(Objeto(LineaDatos), max=500)


class TransferenciaPerdida(TransferenciaParte):
    """What was lost, and why."""

    motivo = Texto(255)


class TransferenciaQuery(PageQuery):
    """Transfers of one state, or from or to one bodega."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)

    estado = Opcion(*ESTADOS)
    bodega = Codigo(10)


class Destino(Schema):
    """A bodega one may send to."""

    bod_codigo = Codigo(10, required=True)
    bod_nombre = Texto(120, required=True)
    eta_codigo = Codigo(3, required=True)


@blp.get("/transferencia", query=TransferenciaQuery, answers=envelope(Transferencia))
def transferencia_listar(query: dict[str, Any]) -> bytes:
    """Lista los envíos de y hacia las bodegas propias, los más recientes primero."""
    return call("transferencia_listar", **query)


@blp.get("/transferencia/type", answers=Destino(many=True))
def transferencia_destino_listar() -> bytes:
    """Lista las bodegas a las que se puede enviar."""
    return call("transferencia_destino_listar")


@blp.get("/transferencia/<tra_codigo>", answers=Transferencia)
def transferencia_obtener(tra_codigo: str) -> bytes:
    """Muestra un envío con sus líneas."""
    return call("transferencia_obtener", tra_codigo=tra_codigo)


@blp.post("/transferencia", takes=TransferenciaNueva, answers=Transferencia, status=201)
def transferencia_crear(datos: dict[str, Any]) -> bytes:
    """Envía bienes a otra bodega: salen de la propia y quedan en tránsito."""
    lines = datos.pop("lineas")
    return call("transferencia_crear", **_columns(lines), **datos)


@blp.post("/transferencia/<tra_codigo>/recibir", takes=TransferenciaParte, answers=Transferencia)
def transferencia_recibir(tra_codigo: str, datos: dict[str, Any]) -> bytes:
    """Recibe en el destino lo que llegó; sin líneas, todo lo que está en camino."""
    return call("transferencia_recibir", tra_codigo=tra_codigo, **_columns(datos.get("lineas")))


@blp.post("/transferencia/<tra_codigo>/devolver", takes=TransferenciaParte, answers=Transferencia)
def transferencia_devolver(tra_codigo: str, datos: dict[str, Any]) -> bytes:
    """Devuelve al origen lo que sigue en camino."""
    return call("transferencia_devolver", tra_codigo=tra_codigo, **_columns(datos.get("lineas")))


@blp.post("/transferencia/<tra_codigo>/baja", takes=TransferenciaPerdida, answers=Transferencia)
def transferencia_baja(tra_codigo: str, datos: dict[str, Any]) -> bytes:
    """Da de baja lo que se perdió en camino, con su razón."""
    lines = datos.pop("lineas", None)
    return call("transferencia_baja", tra_codigo=tra_codigo, **_columns(lines), **datos)


def _columns(lines: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The lines as parallel arrays; nothing if there are none."""
    if lines is None:
        return {}
    return {"itm_codigo": [_item(line) for line in lines], "cantidad": [line["cantidad"] for line in lines]}


def _item(line: dict[str, Any]) -> str:
    """The one item a line names."""
    named = [line[name] for name in ("prd_codigo", "mp_codigo") if line.get(name)]
    if len(named) != 1:
        raise Problem(422, "linea_un_articulo", "Cada línea nombra un producto o una materia prima.")
    return str(named[0])
