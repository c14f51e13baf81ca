"""The units of bodega WEB: what somebody asked for becomes what both databases say.

One product, one movement at a time, the oldest first. Upwards the POS moves the units and then the shop
counts them; downwards the shop gives what is free and then the POS moves that. Every step is asked under
the movement's code.
"""

import logging
from typing import Any

from . import catalogo
from .sides import Sides, refusal

Intent = dict[str, Any]

log = logging.getLogger("daf.puente")


def ajustar(sides: Sides, intent: Intent) -> None:
    """Carry out what waits for the product of an intent just stored.

    Raises:
        Exception: a side is away; the sweep will go on.
    """
    _settle(sides, intent["prd_codigo"])


def barrer(sides: Sides) -> int:
    """Carry out the intents whose turn it is; for how many products."""
    products = sides.pos("cupo_web_reclamar")
    for prd_codigo in products:
        _settle(sides, prd_codigo)
    return len(products)


def _settle(sides: Sides, prd_codigo: str) -> None:
    """Every unfinished movement of a product, oldest first. A refusal is noted and ends the turn."""
    try:
        while intent := sides.pos("cupo_web_siguiente", prd_codigo=prd_codigo):
            _carry_out(sides, intent)
    except Exception as exc:
        problem = refusal(exc)
        log.error(
            "units for the shop refused",
            extra={"prd_codigo": prd_codigo, "regla": problem.rule},
            exc_info=exc,
        )
        sides.pos("cupo_web_fallar", prd_codigo=prd_codigo, error=f"{problem.rule}: {problem.detail}")


def _carry_out(sides: Sides, intent: Intent) -> None:
    """From wherever it stopped to its end."""
    if intent["paso"] == "PENDIENTE":
        shop = sides.shop("cupo_obtener", prd_codigo=intent["prd_codigo"])
        unsold = shop["cupo"] - shop["vendido"]
        intent = sides.pos("cupo_web_decidir", cup_id=intent["cup_id"], sin_vender=unsold)
    if intent["paso"] == "SUBIENDO":
        granted = _raise(sides, intent)
    elif intent["paso"] == "BAJANDO":
        granted = sides.shop("cupo_bajar", **_movement(intent), pedido=intent["mover"])["concedido"]
    else:  # nothing to move, or a newer request took its place
        return
    sides.pos("cupo_web_concluir", cup_id=intent["cup_id"], concedido=granted)


def _raise(sides: Sides, intent: Intent) -> Any:
    """Have the shop count units that are in WEB already."""
    try:
        sides.shop("cupo_ajustar", **_movement(intent), delta=intent["mover"])
    except Exception as exc:
        if refusal(exc).rule != "cupo_producto_existe":
            raise
        catalogo.barrer(sides)  # the shop has not heard of the product yet
        sides.shop("cupo_ajustar", **_movement(intent), delta=intent["mover"])
    return intent["mover"]


def _movement(intent: Intent) -> dict[str, str]:
    return {"prd_codigo": intent["prd_codigo"], "id": intent["codigo"]}
