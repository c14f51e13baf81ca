"""The audit trail: its months made ahead, and the roles looked at for what was changed in them without us."""

from ..settings import Side
from .sides import Sides

EVERY = 3600.0


def barrer(sides: Sides, side: Side) -> int:
    """One side's turn; how many months were made and roles found changed. Nothing is written when there are none.

    Raises:
        Exception: the side is away, or the trail was busy for a second: the next turn does it.
    """
    here = sides.pos if side == "pos" else sides.shop
    made = len(here("auditoria_preparar")["meses"])
    if side == "ecom" and sides.runtime.servers.together:
        return made  # the same roles, and the POS looks at them
    return made + int(here("permiso_revisar")["externos"])
