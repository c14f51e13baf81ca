"""Receptions: what came of an approved order, in one or many parts."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Costo, FechaHora, Lista, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema
from .ordencompra import OrdenDocumento

blp = Noun("recepcion", __name__, description="Recepción de órdenes de compra")


class RecepcionLinea(Schema):
    """What came of a material, and what the supplier charged if it is not what was agreed."""

    mp_codigo = Codigo(required=True)
    cantidad = Cantidad(required=True)
    costo_unitario = Costo(min=0)


class Recepcion(Schema):
    """What came, and the supplier's paper."""

    lineas = Lista(Objeto(RecepcionLinea), required=True, max=500)
    nro_documento = Texto(40)


class PendienteLinea(Schema):
    """What is left of a line."""

    mp_codigo = Codigo(required=True)
    mp_descripcion = Texto(120, required=True)
    um_compra = Codigo(5, required=True)
    pxoc_cantidad = Cantidad(required=True)
    pxoc_recibido = Cantidad(required=True)
    pendiente = Cantidad(required=True)


class Pendiente(Schema):
    """An order that still brings something, without prices."""

    oc_codigo = Codigo(required=True)
    prv_codigo = Codigo(required=True)
    prv_razonsocial = Texto(120, required=True)
    bodega = Codigo(required=True)
    oc_fecha = FechaHora(required=True)
    oc_recepcion = Opcion("PENDIENTE", "PARCIAL", required=True)
    detalles = Lista(Objeto(PendienteLinea), required=True)


@blp.get("/recepcion/pendiente", query=PageQuery, answers=envelope(Pendiente))
def recepcion_pendiente_listar(query: dict[str, Any]) -> bytes:
    """Lista las órdenes por recibir, las más antiguas primero, sin precios."""
    return call(
        "recepcion_pendiente_listar", **{key: query[key] for key in ("page", "limit") if key in query}
    )


@blp.post("/ordencompra/<oc_codigo>/recepcion", takes=Recepcion, answers=OrdenDocumento)
def ordencompra_recibir(oc_codigo: str, datos: dict[str, Any]) -> bytes:
    """Recibe parte o todo de una orden aprobada: kardex, deuda y avance."""
    lines = datos["lineas"]
    return call(
        "ordencompra_recibir", oc_codigo=oc_codigo, nro_documento=datos.get("nro_documento", ""),
        **{name: [line.get(name) for line in lines] for name in ("mp_codigo", "cantidad", "costo_unitario")},
    )  # fmt: skip
