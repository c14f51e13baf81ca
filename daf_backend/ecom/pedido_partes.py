"""What became of an order, as its answers show it: when it came to each state, and what was given back of it."""

from ..http.fields import Booleano, Cantidad, Codigo, FechaHora, Lista, Money, Objeto, Opcion, Texto
from ..http.resource import Schema

ESTADOS = (
    "PENDIENTE_PAGO", "PAGADO", "FACTURADO", "ENVIADO", "ENTREGADO", "CANCELADO", "EXPIRADO", "REEMBOLSADO",
)  # fmt: skip
REEMBOLSO_ESTADOS = ("PENDIENTE", "ACREDITADO", "HECHO", "RECHAZADO")
MEDIOS = ("PASARELA", "MANUAL", "EFECTIVO", "TRANSFERENCIA", "TARJETA", "SALDO")


class PedidoPaso(Schema):
    """When an order came to a state; who brought it there is told to the staff."""

    estado = Opcion(*ESTADOS, required=True)
    fecha = FechaHora(required=True)
    observacion = Texto(255, required=True)
    usr_id = Texto(required=True, allow_none=True)


class ReembolsoLinea(Schema):
    """A line given back; its amount, once the POS credited it."""

    prd_codigo = Codigo(required=True)
    cantidad = Cantidad(required=True)
    a_stock = Booleano(required=True)
    monto = Money(required=True, allow_none=True)


class Reembolso(Schema):
    """What is given back of an order, and how far that is."""

    reembolso = Texto(36, required=True)
    ped_codigo = Codigo(required=True)
    estado = Opcion(*REEMBOLSO_ESTADOS, required=True)
    origen = Opcion("TIENDA", "MOSTRADOR", required=True)
    medio = Opcion(*MEDIOS, required=True)
    motivo = Texto(255, required=True)
    monto = Money(required=True, allow_none=True)
    documento = Codigo(required=True, allow_none=True)
    nota_credito = Texto(20, required=True, allow_none=True)
    fecha = FechaHora(required=True)
    resuelto = FechaHora(required=True, allow_none=True)
    lineas = Lista(Objeto(ReembolsoLinea), required=True)
