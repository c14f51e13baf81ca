"""Kinds of kardex movement."""

from typing import Any

from ..db.call import call
from ..http.fields import Booleano, Codigo, Opcion, Texto
from ..http.resource import Noun, Schema

blp = Noun("transaccion", __name__, description="Transacciones de inventario")


class TransaccionCambio(Schema):
    """What a kind of movement does and is called."""

    trn_tipo = Opcion("INGRESO", "EGRESO", required=True)
    trn_descripcion = Texto(60, required=True)


class TransaccionNueva(TransaccionCambio):
    """A kind of the shop's own."""

    trn_cod = Codigo(3, required=True)


class Transaccion(TransaccionNueva):
    """A kind of movement."""

    trn_manual = Booleano(required=True, metadata={"description": "Si una persona puede ingresarla a mano"})
    trn_clase = Codigo(3, required=True, metadata={"description": "La del sistema como la que se comporta"})
    trn_estado = Opcion("ACT", "INA", required=True)


class TransaccionRetirada(Schema):
    """The kind that was retired."""

    message = Texto(required=True)
    trn_cod = Codigo(required=True)


@blp.get("/transaccion", answers=Transaccion(many=True), etag=True)
def transaccion_listar() -> bytes:
    """Lista las transacciones en uso, primero las que una persona puede ingresar."""
    return call("transaccion_listar")


@blp.get("/transaccion/<trn_cod>", answers=Transaccion)
def transaccion_obtener(trn_cod: str) -> bytes:
    """Muestra una transacción, también si fue retirada."""
    return call("transaccion_obtener", trn_cod=trn_cod)


@blp.post("/transaccion", takes=TransaccionNueva, answers=Transaccion, status=201)
def transaccion_crear(datos: dict[str, Any]) -> bytes:
    """Agrega una transacción propia: entra como un ajuste o sale como una baja. La retirada vuelve."""
    return call("transaccion_crear", **datos)


@blp.put("/transaccion/<trn_cod>", takes=TransaccionCambio(partial=True), answers=Transaccion)
def transaccion_actualizar(trn_cod: str, datos: dict[str, Any]) -> bytes:
    """Cambia la descripción de una transacción propia o, si nada se movió con ella, su tipo."""
    return call("transaccion_actualizar", trn_cod=trn_cod, **datos)


@blp.delete("/transaccion/<trn_cod>", answers=TransaccionRetirada)
def transaccion_eliminar(trn_cod: str) -> bytes:
    """Retira una transacción propia: ya no se ingresa; sus movimientos quedan."""
    return call("transaccion_eliminar", trn_cod=trn_cod)
