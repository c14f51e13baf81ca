"""Giving money back: what the POS credited, the provider that captured it refunds.

No lock is held while the provider is asked, and what it did is written by the bridge's login. It refunds once per key
of the refund, so who does not know whether it was asked asks again.
"""

import logging
from decimal import Decimal
from typing import Any

from ..db.call import call_service
from .pagos_proveedor import NoAnswer, provider_of

log = logging.getLogger("daf.pagos")


def devolver(reembolso: str) -> None:
    """Give the money of one refund back now, if it is credited and still owed."""
    for owed in call_service("ecom", "puente", "reembolso_por_pagar", limite=1, reembolso=reembolso):
        _give_back(owed)


def barrer() -> int:
    """Give back everything that is owed and whose turn it is; how many refunds were done."""
    done = 0
    while owed := call_service("ecom", "puente", "reembolso_por_pagar"):
        done += sum(_give_back(refund) for refund in owed)
    return done


def _give_back(owed: dict[str, Any]) -> bool:
    """Ask the provider for one refund and note what it did; whether the money is back."""
    key = owed["reembolso"]
    try:
        done = provider_of(owed["proveedor"]).refund(
            key, owed["pag_id"], owed["referencia"], Decimal(owed["monto"])
        )
    except NoAnswer:
        why = "el proveedor no responde"
    except Exception as exc:  # whatever ails one refund, the others are not to wait for it
        why = f"inesperado: {type(exc).__name__}"
    else:
        if done.outcome == "REEMBOLSADO":
            told = {"ped_codigo": owed["ped_codigo"], "reembolso": key, "referencia": done.reference}
            call_service("ecom", "puente", "reembolso_hecho", **told)
            return True
        why = "el proveedor no lo devuelve"
    log.warning("refund not given back", extra={"reembolso": key, "why": why})
    call_service("ecom", "puente", "reembolso_fallar", reembolso=key, error=why)
    return False
