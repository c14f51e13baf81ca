"""The catalogue, POS to shop: what changed, in batches, until nothing waits.

A batch the shop refuses is cut down to the one change it cannot take, which is set aside with an alarm, so
that one bad row never stops the rest.
"""

import logging
from typing import Any

from .sides import Sides, refusal

BATCH = 1000
PARTS = ("envio", "productos", "clientes", "categorias", "ciudades", "tarifas", "ajustes")

Delivery = dict[str, Any]

log = logging.getLogger("daf.puente")


class LateDelivery(Exception):
    """The shop has taken a later delivery: another worker's, or one of a POS that was since restored."""


def barrer(sides: Sides) -> int:
    """Tell the shop everything that waits; how many changes it took.

    Raises:
        LateDelivery: what waits goes again, under a newer number, with the next sweep.
        Exception: a side is away.
    """
    told, size = 0, BATCH
    while (delivery := sides.pos("catalogo_pendiente", limite=size))["cambios"]:
        count = len(delivery["cambios"])
        if _deliver(sides, delivery):
            told += count
            size = min(size * 10, BATCH)
        elif count == 1:
            size = BATCH
        else:
            size = max(count // 10, 1)
    return told


def refrescar(sides: Sides) -> int:
    """Compute again the prices a new day changes, because a rate began or ended; how many there were."""
    changed: int = sides.shop("catalogo_refrescar")["precios"]
    return changed


def _deliver(sides: Sides, delivery: Delivery) -> bool:
    """Hand over one batch and forget it. False if the shop refused it; a single change is then set aside."""
    changes = delivery["cambios"]
    try:
        taken = sides.shop("puente_recibir", **{part: delivery[part] for part in PARTS})
    except Exception as exc:
        problem = refusal(exc)
        if len(changes) == 1:
            log.error(
                "the shop refuses a change", extra={"cambio": changes[0], "regla": problem.rule}, exc_info=exc
            )
            sides.pos("catalogo_postergar", cambios=changes, error=f"{problem.rule}: {problem.detail}")
        return False
    if not taken["recibido"]:
        raise LateDelivery(f"delivery {delivery['envio']}")
    sides.pos("catalogo_entregado", cambios=changes)
    return True
