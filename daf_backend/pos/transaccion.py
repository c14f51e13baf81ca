"""Kinds of kardex movement."""

from ..http.fields import Booleano, Codigo, Opcion, Texto
from ..http.resource import Noun, Schema, plain

blp = Noun("transaccion", __name__, description="Transacciones de inventario")


class Transaccion(Schema):
    """A kind of movement."""

    trn_cod = Codigo(3, required=True)
    trn_tipo = Opcion("INGRESO", "EGRESO", required=True)
    trn_descripcion = Texto(60, required=True)
    trn_manual = Booleano(required=True, metadata={"description": "Si una persona puede ingresarla a mano"})


plain(blp, "transaccion", Transaccion)
