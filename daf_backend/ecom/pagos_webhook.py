"""Pagos, what providers tell by themselves: public, so nothing is read or written before its signature holds."""

from flask import request

from ..auth.origin import network
from ..db.call import call_service
from ..errors import Problem
from ..http.brake import Brake
from ..http.fields import Booleano, Opcion
from ..http.resource import Noun, Schema
from .pagos_cargo import BadSignature, Event
from .pagos_cobro import invoice_of
from .pagos_proveedor import provider_of

blp = Noun("pagos_webhook", __name__, description="Avisos de los proveedores de pagos")

LARGEST = 64 * 1024
brake = Brake(burst=30, per_second=0.5)  # for forgeries of one place; a signed message always passes


class Recibido(Schema):
    """What became of a message."""

    resultado = Opcion("APLICADO", "POR_RELEER", "OBSERVADO", "IGNORADO", required=True)
    repetido = Booleano(required=True)


@blp.post("/pagos/webhook/<proveedor>", answers=Recibido, public=True, idempotent=False)
def webhook(proveedor):
    """Recibe un aviso firmado de un proveedor de pagos; repetido, no hace nada."""
    request.max_content_length = LARGEST
    told = _take(proveedor, _verified(proveedor, request.get_data()))
    if told["por_facturar"]:
        invoice_of(told["por_facturar"])
    return {"resultado": told["resultado"], "repetido": told["repetido"]}


def _verified(name: str, raw: bytes) -> Event:
    provider = provider_of(name)
    try:
        return provider.event(raw, request.headers.get(provider.SIGNATURE, ""))
    except BadSignature:
        brake.wrong(network())
        raise Problem(400, "firma_valida", "La firma no es válida.") from None
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        raise Problem(400, "evento_mal_formado", "El evento no se entiende.") from None


def _take(name, event):
    return call_service(
        "ecom", "puente", "pago_evento_recibir",
        proveedor=name, evento=event.id, tipo=event.kind, estado=event.outcome, pag_id=event.pag_id,
        monto=event.amount, referencia=event.reference, marca=event.brand, ultimos4=event.last4,
    )  # fmt: skip
