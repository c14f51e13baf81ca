"""Paid orders become invoices.

The order goes to the POS as it is, keyed by its code; the invoice comes back to the order. Asking twice
invoices once, so the attempt inside the checkout and the sweep may meet on the same order.
"""

import logging
from typing import Any

from .sides import Sides, refusal

Order = dict[str, Any]
Invoice = dict[str, Any]

log = logging.getLogger("daf.puente")


def facturar(sides: Sides, ped_codigo: str) -> Invoice | None:
    """The invoice of a paid order, issued now if it was not; nothing if the POS refuses it.

    Raises:
        Exception: a side is away; the sweep will issue it.
    """
    for order in sides.shop("pedido_por_facturar", limite=1, ped_codigo=ped_codigo):
        return _issue(sides, order)
    invoice: Invoice | None = sides.pos("venta_web_obtener", ped_codigo=ped_codigo)
    return invoice


def barrer(sides: Sides) -> int:
    """Issue everything that waits for its invoice and whose turn it is; how many were issued."""
    issued = 0
    while told := [_issue(sides, order) for order in sides.shop("pedido_por_facturar")]:
        issued += len(told) - told.count(None)
    return issued


def _issue(sides: Sides, order: Order) -> Invoice | None:
    """Invoice one order and tell it. A refusal is noted on the order, which stays PAGADO, and alerted."""
    ped_codigo = order["ped_codigo"]
    try:
        invoice: Invoice = sides.pos("venta_web", pedido=order)
        sides.shop(
            "pedido_facturado",
            ped_codigo=ped_codigo,
            **{key: invoice[key] for key in ("fac_codigo", "fac_numero", "cli_codigo")},
        )
    except Exception as exc:
        problem = refusal(exc)
        log.error(
            "paid order cannot be invoiced",
            extra={"ped_codigo": ped_codigo, "regla": problem.rule},
            exc_info=exc,
        )
        sides.shop("pedido_factura_fallar", ped_codigo=ped_codigo, error=f"{problem.rule}: {problem.detail}")
        return None
    return invoice
