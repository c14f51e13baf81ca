"""Giving money back: what the POS credited, the provider that captured it refunds.

No lock is held while the provider is asked, and what it did is written by the bridge's login. It refunds once per key
of the refund, so who does not know whether it was asked asks again.
"""

import logging
from decimal import Decimal
from typing import Any

from ..db.call import call_service
from .pagos_cargo import Charge, Refund
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


def dejar(given_up: dict[str, Any]) -> Charge | None:
    """What became of a refund that somebody desisted from, once nothing more can; nothing while that is not known."""
    try:
        return provider_of(given_up["proveedor"]).drop_refund(_refund(given_up))
    except NoAnswer:
        _failed(given_up, "el proveedor no responde")
    except Exception as exc:  # whatever ails one refund, the others are not to wait for it
        _failed(given_up, f"inesperado: {type(exc).__name__}")
    return None


def hecho(owed: dict[str, Any], done: Charge) -> None:
    """Note that the provider gave the money back."""
    told = {"ped_codigo": owed["ped_codigo"], "reembolso": owed["reembolso"], "referencia": done.reference}
    call_service("ecom", "puente", "reembolso_hecho", **told)


def _give_back(owed: dict[str, Any]) -> bool:
    """Ask the provider for one refund and note what it did; whether the money is back."""
    try:
        done = provider_of(owed["proveedor"]).refund(_refund(owed))
    except NoAnswer:
        _failed(owed, "el proveedor no responde")
    except Exception as exc:  # whatever ails one refund, the others are not to wait for it
        _failed(owed, f"inesperado: {type(exc).__name__}")
    else:
        if done.outcome == "REEMBOLSADO":
            hecho(owed, done)
            return True
        _failed(owed, "el proveedor no lo devuelve", negada=owed["vuelta"])
    return False


def _refund(owed: dict[str, Any]) -> Refund:
    return Refund(
        owed["reembolso"], owed["pag_id"], owed["referencia"], Decimal(owed["monto"]), owed["vuelta"]
    )


def _failed(owed: dict[str, Any], why: str, **more: int) -> None:
    log.warning("refund not given back", extra={"reembolso": owed["reembolso"], "why": why})
    call_service("ecom", "puente", "reembolso_fallar", reembolso=owed["reembolso"], error=why, **more)
