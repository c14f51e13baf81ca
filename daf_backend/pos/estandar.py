"""Recipes: what one unit of a product is made of."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, FechaHora, Lista, Objeto, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("estandar", __name__, description="Estándares (recetas)")

COSTO = {"pattern": r"^\d+\.\d{2,6}$"}


class EstandarLinea(Schema):
    """A material of a recipe, per unit produced."""

    mp_codigo = Codigo(required=True)
    mp_descripcion = Texto(120, required=True)
    mxp_cantidad = Cantidad(required=True)
    mpx_costo_unitario = Texto(20, required=True, metadata=COSTO)
    mpx_subtotal = Texto(30, required=True, metadata=COSTO)


class Estandar(Schema):
    """A recipe with its lines."""

    est_cod = Codigo(required=True)
    prd_codigo = Codigo(required=True)
    prd_nombre = Texto(60, required=True)
    est_estado = Opcion("PEN", "APR", "ANU", required=True)
    est_fecha = FechaHora(required=True)
    est_fecha_aprobacion = FechaHora(required=True, allow_none=True)
    est_qty_total = Cantidad(required=True)
    est_costo_total = Texto(30, required=True, metadata=COSTO)
    est_precio_total = Texto(30, required=True, metadata={**COSTO, "description": "Igual a est_costo_total"})
    detalles = Lista(Objeto(EstandarLinea), required=True)


class LineaDatos(Schema):
    """A material and how much of it one unit takes."""

    mp_codigo = Codigo(required=True)
    mxp_cantidad = Cantidad(required=True)

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold the alias of the quantity."""
        return {**data, "mxp_cantidad": data.get("mxp_cantidad", data.get("cantidad"))}


class LineasDatos(Schema):
    """Lines of a recipe, under any of the names clients send them by."""

    detalles = Lista(Objeto(LineaDatos), required=True, max=500)

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold the aliases of the list."""
        for alias in ("detalle", "materiasprimas"):
            if data.get("detalles") is None:
                data["detalles"] = data.get(alias)
        return data


class EstandarNuevo(LineasDatos):
    """What opens a draft."""

    prd_codigo = Codigo(required=True)
    detalles = Lista(Objeto(LineaDatos), max=500)


class Retiro(Schema):
    """Materials to take out, by code."""

    materiasprimas = Lista(Codigo(), required=True, max=500)

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take whole lines for their codes."""
        sent = data.get("materiasprimas")
        if isinstance(sent, list):
            codes = [item.get("mp_codigo") if isinstance(item, dict) else item for item in sent]
            data["materiasprimas"] = codes
        return data


@blp.get("/estandar", query=PageQuery, answers=envelope(Estandar))
def estandar_listar(query: dict[str, Any]) -> bytes:
    """Lista los estándares, los más recientes primero."""
    return call("estandar_listar", **query)


@blp.get("/estandar/search", query=PageQuery, answers=envelope(Estandar))
def estandar_buscar(query: dict[str, Any]) -> bytes:
    """Busca estándares por las palabras o el código de su producto, o por el suyo."""
    return call("estandar_listar", **query)


@blp.get("/estandar/product/<prd_codigo>", query=PageQuery, answers=envelope(Estandar))
def estandar_de_producto(prd_codigo: str, query: dict[str, Any]) -> bytes:
    """Lista los estándares de un producto, los más recientes primero."""
    return call("estandar_listar", prd_codigo=prd_codigo, **query)


@blp.get("/estandar/<est_cod>", answers=Estandar)
def estandar_obtener(est_cod: str) -> bytes:
    """Muestra un estándar con sus materiales."""
    return call("estandar_obtener", est_cod=est_cod)


@blp.post("/estandar", takes=EstandarNuevo, answers=Estandar, status=201)
def estandar_crear(datos: dict[str, Any]) -> bytes:
    """Abre un estándar en borrador."""
    return call("estandar_crear", prd_codigo=datos["prd_codigo"], **_arrays(datos.get("detalles", [])))


@blp.put("/estandar/<est_cod>/detalle", takes=LineasDatos, answers=Estandar)
def estandar_detalle_actualizar(est_cod: str, datos: dict[str, Any]) -> bytes:
    """Agrega o cambia materiales de un borrador; los que no se nombran se quedan."""
    return call("estandar_detalle_actualizar", est_cod=est_cod, **_arrays(datos["detalles"]))


@blp.delete("/estandar/<est_cod>/detalle", takes=Retiro, answers=Estandar)
def estandar_detalle_eliminar(est_cod: str, datos: dict[str, Any]) -> bytes:
    """Retira materiales de un borrador."""
    return call("estandar_detalle_eliminar", est_cod=est_cod, mp_codigo=datos["materiasprimas"])


@blp.put("/estandar/<est_cod>/aprobar", answers=Estandar)
def estandar_aprobar(est_cod: str) -> bytes:
    """Aprueba un borrador: sus costos quedan fijos y la producción puede nombrarlo."""
    return call("estandar_aprobar", est_cod=est_cod)


@blp.put("/estandar/<est_cod>/anular", answers=Estandar)
def estandar_anular(est_cod: str) -> bytes:
    """Anula un estándar; la producción ya no puede nombrarlo."""
    return call("estandar_anular", est_cod=est_cod)


def _arrays(lines: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """A document's lines travel as one array per column."""
    return {name: [line[name] for line in lines] for name in ("mp_codigo", "mxp_cantidad")}
