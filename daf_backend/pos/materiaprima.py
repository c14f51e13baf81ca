"""Raw materials: what recipes consume and orders buy."""

from typing import Any

from ..db.call import call
from ..http.fields import Cantidad, Codigo, Costo, FechaHora, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("materiaprima", __name__, description="Materias primas")

ESTADOS = ("ACT", "SUS", "INA")
# What the form that creates a material calls its fields.
ALIASES = {
    "unidad_medida": "um_compra", "descripcion": "mp_descripcion", "costo": "mp_precio_compra",
    "cantidad": "mp_cantidad", "prioridad": "mp_prioridad",
}  # fmt: skip


class MateriaPrimaNueva(Schema):
    """What a material is created with. The quantity is the opening entry, in the caller's own bodega."""

    mp_descripcion = Texto(120, required=True)
    um_compra = Codigo(5, required=True)
    mp_precio_compra = Costo(min=0)
    mp_cantidad = Cantidad(min=0)
    mp_prioridad = Opcion("L", "F")
    iva_codigo = Codigo(3)

    def prepare(self, data: dict[str, Any]) -> dict[str, Any]:
        """Fold the aliases of the form that creates materials."""
        for alias, name in ALIASES.items():
            if data.get(name) is None and alias in data:
                data[name] = data[alias]
        return data


class MateriaPrimaCambio(MateriaPrimaNueva):
    """What changes in a material; the rest stays."""

    mp_estado = Opcion(*ESTADOS)


class MateriaPrima(Schema):
    """A material with its stock in the caller's branches."""

    mp_codigo = Codigo(required=True)
    iva_codigo = Codigo(3, required=True)
    um_compra = Codigo(5, required=True)
    mp_descripcion = Texto(120, required=True)
    mp_precio_compra = Texto(20, required=True, metadata={"pattern": r"^\d+\.\d{2,6}$"})
    mp_cantidad = Cantidad(required=True, metadata={"description": "En las bodegas de sus establecimientos"})
    mp_prioridad = Opcion("L", "F", required=True)
    mp_estado = Opcion(*ESTADOS, required=True)
    mp_fecha_alta = FechaHora(required=True)


class MateriaPrimaEliminada(Schema):
    """What is left of a deactivated material."""

    message = Texto(required=True)
    mp_codigo = Codigo(required=True)
    mp_estado = Opcion(*ESTADOS, required=True)


@blp.get("/materiaprima", query=PageQuery, answers=envelope(MateriaPrima))
def materiaprima_listar(query: dict[str, Any]) -> bytes:
    """Lista las materias primas por descripción; sin página, las activas para elegir."""
    return call("materiaprima_listar", **query)


@blp.get("/materiaprima/type", answers=MateriaPrima(many=True), etag=True)
def materiaprima_elegir() -> bytes:
    """Las materias primas activas como arreglo simple, para un selector."""
    return call("materiaprima_elegir")


@blp.get("/materiaprima/search", query=PageQuery, answers=envelope(MateriaPrima))
def materiaprima_buscar(query: dict[str, Any]) -> bytes:
    """Busca materias primas por descripción o código, sin distinguir acentos."""
    return call("materiaprima_buscar", **query)


@blp.get("/materiaprima/<mp_codigo>", answers=MateriaPrima)
def materiaprima_obtener(mp_codigo: str) -> bytes:
    """Una materia prima con su existencia."""
    return call("materiaprima_obtener", mp_codigo=mp_codigo)


@blp.post("/materiaprima", takes=MateriaPrimaNueva, answers=MateriaPrima, status=201)
def materiaprima_crear(datos: dict[str, Any]) -> bytes:
    """Crea una materia prima, con su inventario inicial al precio de compra."""
    return call("materiaprima_crear", **datos)


@blp.put("/materiaprima/<mp_codigo>", takes=MateriaPrimaCambio(partial=True), answers=MateriaPrima)
def materiaprima_actualizar(mp_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia los datos que se envían de una materia prima; la existencia no cambia por aquí."""
    return call("materiaprima_actualizar", mp_codigo=mp_codigo, **datos)


@blp.delete("/materiaprima/<mp_codigo>", answers=MateriaPrimaEliminada)
def materiaprima_eliminar(mp_codigo: str) -> bytes:
    """Desactiva una materia prima; sus documentos la siguen nombrando."""
    return call("materiaprima_eliminar", mp_codigo=mp_codigo)
