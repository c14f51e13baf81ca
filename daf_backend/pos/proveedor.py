"""Suppliers: who the company buys from."""

from typing import Any

from ..db.call import call
from ..http.fields import Codigo, Correo, FechaHora, Opcion, Texto
from ..http.page import PageQuery, envelope
from ..http.resource import Noun, Schema

blp = Noun("proveedor", __name__, description="Proveedores")

ESTADOS = ("ACT", "SUS", "INA")


class ProveedorNuevo(Schema):
    """What a supplier is registered with."""

    prv_razonsocial = Texto(120, required=True)
    prv_ruc = Codigo(13, required=True)
    prv_telefono = Texto(10)
    prv_celular = Texto(10)
    prv_mail = Correo()
    prv_direccion = Texto(255)
    ct_codigo = Codigo(3)


class ProveedorCambio(ProveedorNuevo):
    """What changes in a supplier; the rest stays."""

    prv_estado = Opcion(*ESTADOS)


class ProveedorFila(Schema):
    """A supplier in a list; the pick-list answers only code, name, RUC and state."""

    prv_codigo = Codigo(required=True)
    prv_razonsocial = Texto(120, required=True)
    prv_ruc = Texto(13, required=True)
    prv_estado = Opcion(*ESTADOS, required=True)
    prv_telefono = Texto(10)
    prv_celular = Texto(10)
    prv_mail = Texto(120)
    prv_direccion = Texto(255)
    ct_codigo = Texto(3)
    ciudad_nombre = Texto(60)
    prv_fecha_alta = FechaHora()


class ProveedorEliminado(Schema):
    """What is left of a deactivated supplier."""

    message = Texto(required=True)
    prv_codigo = Codigo(required=True)
    prv_estado = Opcion(*ESTADOS, required=True)


@blp.get("/proveedor", query=PageQuery, answers=envelope(ProveedorFila))
def proveedor_listar(query: dict[str, Any]) -> bytes:
    """Lista los proveedores por nombre; sin página, los activos para elegir."""
    return call("proveedor_listar", **query)


@blp.get("/proveedor/search", query=PageQuery, answers=envelope(ProveedorFila))
def proveedor_buscar(query: dict[str, Any]) -> bytes:
    """Busca proveedores por razón social, RUC o código, sin distinguir acentos."""
    return call("proveedor_buscar", **query)


@blp.get("/proveedor/<prv_codigo>", answers=ProveedorFila)
def proveedor_obtener(prv_codigo: str) -> bytes:
    """Muestra un proveedor."""
    return call("proveedor_obtener", prv_codigo=prv_codigo)


@blp.post("/proveedor", takes=ProveedorNuevo, answers=ProveedorFila, status=201)
def proveedor_crear(datos: dict[str, Any]) -> bytes:
    """Registra un proveedor; el desactivado con el mismo RUC vuelve con los datos nuevos."""
    return call("proveedor_crear", **datos)


@blp.put("/proveedor/<prv_codigo>", takes=ProveedorCambio(partial=True), answers=ProveedorFila)
def proveedor_actualizar(prv_codigo: str, datos: dict[str, Any]) -> bytes:
    """Cambia los datos que se envían de un proveedor."""
    return call("proveedor_actualizar", prv_codigo=prv_codigo, **datos)


@blp.delete("/proveedor/<prv_codigo>", answers=ProveedorEliminado)
def proveedor_eliminar(prv_codigo: str) -> bytes:
    """Desactiva un proveedor; sus documentos lo siguen nombrando."""
    return call("proveedor_eliminar", prv_codigo=prv_codigo)
