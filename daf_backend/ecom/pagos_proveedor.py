"""Who moves the money. Every intent remembers its provider, and that one is asked whatever the settings say later."""

from ..errors import Problem
from . import pagos_simulada, pagos_stripe
from .pagos_cargo import NoAnswer, Provider

__all__ = ["NoAnswer", "Provider", "provider_of"]

PROVIDERS: dict[str, Provider] = {"simulada": pagos_simulada, "stripe": pagos_stripe}


def provider_of(name: str) -> Provider:
    """A provider by the name that intents remember.

    Raises:
        Problem: 404, there is no such provider.
    """
    if name not in PROVIDERS:
        raise Problem(404, "pago_proveedor_conocido", "No existe ese proveedor de pagos.")
    return PROVIDERS[name]
