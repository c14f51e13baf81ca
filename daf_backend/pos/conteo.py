"""Count sheets: what people find in a bodega, and the differences that are posted."""

from typing import Any

from ..db.call import call
from ..errors import Problem
from ..http.fields import Cantidad, Codigo, Entero, FechaHora, Lista, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("conteo", __name__, description="Conteos de inventario")

ESTADOS = ("PEN", "APR", "ANU")


class ConteoCabecera(Schema):
    """A sheet, and how far it is."""

    cnt_codigo = Codigo(required=True)
    bodega = Codigo(required=True)
    cnt_fecha = FechaHora(required=True)
    cnt_observacion = Texto(255, required=True)
    cnt_estado = Opcion(*ESTADOS, required=True)
    cnt_cierre = FechaHora(required=True, allow_none=True)
    cnt_motivo = Texto(255, required=True, allow_none=True)
    usr_id = Texto(required=True)
    articulos = Entero(required=True)
    contados = Entero(required=True)


class ConteoLinea(Schema):
    """An item and its count; what it is compared with is not told to who counts."""

    prd_codigo = Codigo(required=True, allow_none=True)
    mp_codigo = Codigo(required=True, allow_none=True)
    nombre = Texto(120, required=True)
    contado = Cantidad(required=True, allow_none=True)
    contado_en = FechaHora(required=True, allow_none=True)
    contado_por = Texto(required=True, allow_none=True)
    existencia = Cantidad(allow_none=True, metadata={"description": "La del kardex al momento de contar"})
    diferencia = Cantidad(allow_none=True)


class Conteo(ConteoCabecera):
    """A sheet with its lines."""

    lineas = Lista(Objeto(ConteoLinea), required=True, max=100_000)


class ConteoNuevo(Schema):
    """What to count: some items, a category, or without either all there is."""

    bodega = Codigo(10, metadata={"description": "Sin ella, la propia"})
    articulos = Lista(Codigo(), max=5000, metadata={"description": "Códigos de productos o materias primas"})
    cat_codigo = Codigo(
        20, metadata={"description": "Los productos de esta categoría y de las que cuelgan de ella"}
    )
    cnt_observacion = Texto(255)


class CuentaDatos(Schema):
    """A product or a material, and all there is of it."""

    prd_codigo = Codigo()
    mp_codigo = Codigo()
    cantidad = Cantidad(required=True)


class Cuentas(Schema):
    """What somebody counted."""

    lineas = Lista(Objeto(CuentaDatos), required=True, max=500)


class Motivo(Schema):
    """Why."""

    motivo = Texto(255)


class ConteoQuery(PageQuery):
    """Sheets of one state, or of one bodega."""

    class Meta(PageQuery.Meta):
        exclude = ("search",)

    estado = Opcion(*ESTADOS)
    bodega = Codigo(10)


@blp.get("/conteo", query=ConteoQuery, answers=envelope(ConteoCabecera))
def conteo_listar(query: dict[str, Any]) -> bytes:
    """Lista las hojas de conteo, las más recientes primero."""
    return call("conteo_listar", **query)


@blp.get("/conteo/<cnt_codigo>", answers=Conteo)
def conteo_obtener(cnt_codigo: str) -> bytes:
    """Muestra una hoja de conteo con sus líneas."""
    return call("conteo_obtener", cnt_codigo=cnt_codigo)


@blp.post("/conteo", takes=ConteoNuevo, answers=Conteo, status=201)
def conteo_crear(datos: dict[str, Any]) -> bytes:
    """Abre una hoja de conteo de una bodega."""
    items = datos.pop("articulos", None) or None
    return call("conteo_crear", itm_codigo=items, **datos)


@blp.post("/conteo/<cnt_codigo>/cuenta", takes=Cuentas, answers=Conteo)
def conteo_contar(cnt_codigo: str, datos: dict[str, Any]) -> bytes:
    """Anota lo contado, junto a lo que el kardex dice en ese momento."""
    lines = datos["lineas"]
    return call(
        "conteo_contar", cnt_codigo=cnt_codigo,
        itm_codigo=[_item(line) for line in lines], cantidad=[line["cantidad"] for line in lines],
    )  # fmt: skip


@blp.post("/conteo/<cnt_codigo>/aprobar", answers=Conteo)
def conteo_aprobar(cnt_codigo: str) -> bytes:
    """Registra las diferencias de un conteo, una sola vez."""
    return call("conteo_aprobar", cnt_codigo=cnt_codigo)


@blp.post("/conteo/<cnt_codigo>/anular", takes=Motivo, answers=Conteo)
def conteo_anular(cnt_codigo: str, datos: dict[str, Any]) -> bytes:
    """Descarta un conteo abierto; no se registra nada."""
    return call("conteo_anular", cnt_codigo=cnt_codigo, **datos)


def _item(line: dict[str, Any]) -> str:
    """The one item a line names."""
    named = [line[name] for name in ("prd_codigo", "mp_codigo") if line.get(name)]
    if len(named) != 1:
        raise Problem(422, "linea_un_articulo", "Cada línea nombra un producto o una materia prima.")
    return str(named[0])
