"""Purchases without an order, in one act."""

from typing import Any

from ..db.call import call
from ..errors import Problem
from ..http.fields import Cantidad, Codigo, Costo, FechaHora, Lista, Money, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("compra", __name__, description="Compras")

PAGOS = ("CAJA", "BANCO", "CREDITO")


class CompraLinea(Schema):
    """A line of a purchase."""

    prd_codigo = Codigo(required=True, allow_none=True)
    mp_codigo = Codigo(required=True, allow_none=True)
    cantidad = Cantidad(required=True)
    costo_unitario = Texto(30, required=True, metadata={"pattern": r"^\d+\.\d{2,6}$"})
    iva_codigo = Codigo(3, required=True)


class Compra(Schema):
    """A purchase with its lines."""

    cmp_codigo = Codigo(required=True)
    prv_codigo = Codigo(required=True, allow_none=True)
    nro_documento = Texto(40, required=True)
    cmp_fecha = FechaHora(required=True)
    bodega = Codigo(required=True)
    pago = Opcion(*PAGOS, required=True)
    cmp_subtotal = Money(required=True)
    cmp_iva = Money(required=True)
    cmp_total = Money(required=True)
    cmp_estado = Opcion("APR", "ANU", required=True)
    motivo = Texto(255, required=True, allow_none=True)
    usr_id = Texto(required=True)
    lineas = Lista(Objeto(CompraLinea), required=True)


class LineaDatos(Schema):
    """A product or a material, how much of it, and its unit cost without IVA."""

    prd_codigo = Codigo()
    mp_codigo = Codigo()
    cantidad = Cantidad(required=True)
    costo_unitario = Costo(min=0, required=True)


class CompraNueva(Schema):
    """What was bought, from whom, and how it was paid."""

    prv_codigo = Codigo()
    nro_documento = Texto(40)
    lineas = Lista(Objeto(LineaDatos), required=True, max=500)
    pago = Opcion(*PAGOS, required=True)
    bodega = Codigo(metadata={"description": "Sin ella, la propia"})


class CompraQuery(PageQuery):
    """Purchases of one supplier."""

    prv_codigo = Codigo()


class Motivo(Schema):
    """Why."""

    motivo = Texto(255)


@blp.get("/compra", query=CompraQuery, answers=envelope(Compra))
def compra_listar(query: dict[str, Any]) -> bytes:
    """Lista las compras, las más recientes primero."""
    query.pop("search", None)
    return call("compra_listar", **query)


@blp.post("/compra", takes=CompraNueva, answers=Compra, status=201)
def compra_crear(datos: dict[str, Any]) -> bytes:
    """Registra una compra: entran los bienes y sale, o se debe, el dinero."""
    lines = datos.pop("lineas")
    columns = {name: [line[name] for line in lines] for name in ("cantidad", "costo_unitario")}
    return call("compra_crear", itm_codigo=[_item(line) for line in lines], **columns, **datos)


@blp.post("/compra/<cmp_codigo>/anular", takes=Motivo, answers=Compra)
def compra_anular(cmp_codigo: str, datos: dict[str, Any]) -> bytes:
    """Anula una compra cuyos bienes siguen ahí."""
    return call("compra_anular", cmp_codigo=cmp_codigo, **datos)


def _item(line: dict[str, Any]) -> str:
    """The one item a line names."""
    named = [line[name] for name in ("prd_codigo", "mp_codigo") if line.get(name)]
    if len(named) != 1:
        raise Problem(422, "linea_un_articulo", "Cada línea nombra un producto o una materia prima.")
    return str(named[0])
