"""Purchase orders: what is asked of a supplier, from draft to received."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Costo, FechaHora, Lista, Money, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("ordencompra", __name__, description="Órdenes de compra")

ESTADOS = ("PEN", "APR", "ANU")
RECEPCION = ("PENDIENTE", "PARCIAL", "COMPLETA", "CERRADA")
COSTO = {"pattern": r"^\d+\.\d{2,6}$"}


class OrdenCabecera(Schema):
    """The header of an order; the amounts are there for who may see them."""

    oc_codigo = Codigo(required=True)
    prv_codigo = Codigo(required=True)
    prv_razonsocial = Texto(120, required=True)
    bodega = Codigo(required=True)
    oc_fecha = FechaHora(required=True)
    oc_fecha_aprobacion = FechaHora(required=True, allow_none=True)
    oc_subtotal = Money()
    oc_iva = Money()
    oc_total = Money()
    oc_estado = Opcion(*ESTADOS, required=True)
    oc_recepcion = Opcion(*RECEPCION, required=True)
    oc_motivo = Texto(255, required=True, allow_none=True)


class OrdenLinea(Schema):
    """A material of an order; the price is there for who may see it."""

    mp_codigo = Codigo(required=True)
    mp_descripcion = Texto(120, required=True)
    um_compra = Codigo(5, required=True)
    pxoc_cantidad = Cantidad(required=True)
    pxoc_recibido = Cantidad(required=True)
    pxoc_estado = Opcion(*ESTADOS, required=True)
    pxoc_precio = Texto(30, metadata=COSTO)
    pxoc_subtotal = Money()


class OrdenDocumento(Schema):
    """An order with its lines."""

    oc_codigo = Codigo(required=True)
    cabecera = Objeto(OrdenCabecera, required=True)
    detalles = Lista(Objeto(OrdenLinea), required=True)


class OrdenNueva(Schema):
    """What opens a draft."""

    prv_codigo = Codigo(required=True)
    bodega = Codigo(metadata={"description": "Dónde se recibirá; sin ella, la propia"})


class OrdenLineaDatos(Schema):
    """A material, how much of it, and its price if it is not the usual one."""

    mp_codigo = Codigo(required=True)
    pxoc_cantidad = Cantidad(required=True)
    pxoc_precio = Costo(min=0)


class OrdenQuery(PageQuery):
    """Orders of one state, or of the suppliers that words name."""

    estado = Opcion(*ESTADOS)


class OrdenBusqueda(PageQuery):
    """The same, by the name the search screen uses."""

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold ``prv`` into ``search``."""
        return super().prepare({**data, "search": data.get("search") or data.get("prv")})


class Motivo(Schema):
    """Why."""

    motivo = Texto(255)


@blp.get("/ordencompra", query=OrdenQuery, answers=envelope(OrdenCabecera))
def ordencompra_listar(query: dict[str, Any]) -> bytes:
    """Lista las órdenes de compra, las más recientes primero."""
    return call("ordencompra_listar", **query)


@blp.get("/ordencompra/search", query=OrdenBusqueda, answers=envelope(OrdenCabecera))
def ordencompra_buscar(query: dict[str, Any]) -> bytes:
    """Busca órdenes por proveedor o por su código."""
    return call("ordencompra_listar", **query)


@blp.get("/ordencompra/<oc_codigo>", answers=OrdenDocumento)
def ordencompra_obtener(oc_codigo: str) -> bytes:
    """Muestra una orden con sus líneas."""
    return call("ordencompra_obtener", oc_codigo=oc_codigo)


@blp.post("/ordencompra", takes=OrdenNueva, answers=OrdenDocumento, status=201)
def ordencompra_crear(datos: dict[str, Any]) -> bytes:
    """Abre una orden en borrador."""
    return call("ordencompra_crear", **datos)


@blp.post("/ordencompra/<oc_codigo>/detalle", takes=OrdenLineaDatos, answers=OrdenDocumento)
def ordencompra_detalle_crear(oc_codigo: str, datos: dict[str, Any]) -> bytes:
    """Agrega un material a un borrador, o cambia su cantidad."""
    return call("ordencompra_detalle_crear", oc_codigo=oc_codigo, **datos)


@blp.delete("/ordencompra/<oc_codigo>/detalle/<mp_codigo>", answers=OrdenDocumento)
def ordencompra_detalle_eliminar(oc_codigo: str, mp_codigo: str) -> bytes:
    """Retira un material de un borrador."""
    return call("ordencompra_detalle_eliminar", oc_codigo=oc_codigo, mp_codigo=mp_codigo)


@blp.post("/ordencompra/<oc_codigo>/aprobar", answers=OrdenDocumento)
def ordencompra_aprobar(oc_codigo: str) -> bytes:
    """Aprueba un borrador; según el ajuste, también lo recibe completo."""
    return call("ordencompra_aprobar", oc_codigo=oc_codigo)


@blp.post("/ordencompra/<oc_codigo>/anular", takes=Motivo, answers=OrdenDocumento)
def ordencompra_anular(oc_codigo: str, datos: dict[str, Any]) -> bytes:
    """Anula una orden de la que nada llegó."""
    return call("ordencompra_anular", oc_codigo=oc_codigo, **datos)


@blp.post("/ordencompra/<oc_codigo>/cerrar", takes=Motivo, answers=OrdenDocumento)
def ordencompra_cerrar(oc_codigo: str, datos: dict[str, Any]) -> bytes:
    """Renuncia a lo que una orden aprobada no trajo."""
    return call("ordencompra_cerrar", oc_codigo=oc_codigo, motivo=datos.get("motivo", ""))
