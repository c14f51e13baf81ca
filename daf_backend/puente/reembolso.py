"""What is given back of paid orders: credited at the POS, told to the shop, refunded at the provider.

A refund that the shop's staff asked for begins as a row there, one made at the counter as a row at the POS; both meet
in `_told`, and what follows is alike. Each step is asked under the refund's key, so the attempt beside the request and
the sweeps may meet on the same refund, and whatever dies between two steps is taken up by the sweep of the side that
knows. One that its provider refuses and somebody desists from is left to the counter, which tells how it settled it.
"""

import logging
from typing import Any

from ..ecom import reembolso_pago
from . import pedido
from .sides import Sides, refusal

Refund = dict[str, Any]

FINAL = {400, 404, 409, 422}  # the POS judged and said no; anything else may pass

log = logging.getLogger("daf.puente")


def llevar(sides: Sides, reembolso: str) -> None:
    """Carry out a refund just asked for, as far as it goes now.

    Raises:
        Exception: somebody is away; the sweeps will go on.
    """
    for refund in sides.shop("reembolso_por_acreditar", limite=1, reembolso=reembolso):
        _credit(sides, refund)
    reembolso_pago.devolver(reembolso)
    for refund in sides.shop("reembolso_por_soltar", limite=1, reembolso=reembolso):
        _let_go(sides, refund)


def soltar(sides: Sides) -> int:
    """Leave to the counter what somebody desisted from and whose turn it is; of how many refunds the end is known.

    Raises:
        Exception: a side is away.
    """
    done = 0
    while given_up := sides.shop("reembolso_por_soltar"):
        done += sum(_let_go(sides, refund) for refund in given_up)
    return done


def barrer(sides: Sides) -> int:
    """Credit what the shop asked for and tell it what was credited, whose turn it is; how many went on.

    Raises:
        Exception: a side is away.
    """
    done = 0
    while refunds := sides.shop("reembolso_por_acreditar"):
        done += sum(_credit(sides, refund) for refund in refunds)
    while credited := sides.pos("reembolso_web_por_entregar"):
        done += sum(_tell(sides, refund) for refund in credited)
    return done


def _credit(sides: Sides, refund: Refund) -> bool:
    """Credit one refund at the POS and tell the shop; whether that was done."""
    key, lines = refund["reembolso"], refund["lineas"]
    names = ("prd_codigo", "cantidad", "a_stock")
    columns = {name: [line[name] for line in lines] if lines else None for name in names}
    try:
        if not refund["facturado"] and pedido.facturar(sides, refund["ped_codigo"]) is None:
            sides.shop("reembolso_fallar", reembolso=key, error="el pedido todavía no tiene factura")
            return False
        told = sides.pos(
            "nota_credito_web", reembolso=key, ped_codigo=refund["ped_codigo"],
            motivo=refund["motivo"], solicita=refund["solicita"], **columns,
        )  # fmt: skip
    except Exception as exc:
        _refused(sides, key, exc)
        return False
    return _tell(sides, told)


def _refused(sides: Sides, key: str, exc: Exception) -> None:
    """Note what the POS said no with: for good if it judged, else it is asked again later."""
    problem = refusal(exc)
    log.warning("refund refused", extra={"reembolso": key, "regla": problem.rule}, exc_info=exc)
    if problem.status in FINAL:
        judged = {"clase": problem.status, "regla": problem.rule, "error": problem.detail}
        sides.shop("reembolso_rechazar", reembolso=key, **judged)
    else:
        sides.shop("reembolso_fallar", reembolso=key, error=f"{problem.rule}: {problem.detail}")


def _let_go(sides: Sides, refund: Refund) -> bool:
    """Ask the provider for the last time, and if it gave nothing back, let the counter; whether either was done."""
    key, done = refund["reembolso"], reembolso_pago.dejar(refund)
    if done is None:
        return False
    if done.outcome == "REEMBOLSADO":
        reembolso_pago.hecho(refund, done)
        return True
    try:
        sides.pos("reembolso_web_soltar", reembolso=key)
    except Exception as exc:
        problem = refusal(exc)
        sides.shop("reembolso_fallar", reembolso=key, error=f"{problem.rule}: {problem.detail}")
        return False
    sides.shop("reembolso_soltado", reembolso=key)
    return True


def _tell(sides: Sides, credited: Refund) -> bool:
    """Tell the shop what the POS credited, and note that it knows; whether that was done."""
    key = credited["reembolso"]
    try:
        sides.shop("reembolso_recibir", reembolso=credited)
    except Exception as exc:
        problem = refusal(exc)
        log.error("credited refund not taken", extra={"reembolso": key, "regla": problem.rule}, exc_info=exc)
        why = f"{problem.rule}: {problem.detail}"
        sides.pos("reembolso_web_fallar", reembolso=key, error=why)
        sides.shop("reembolso_fallar", reembolso=key, error=why)  # if it was asked for there
        return False
    sides.pos("reembolso_web_entregado", reembolso=key, medio=credited["medio"])
    return True
