"""The first administrator, POS to shop: where the two databases are on two servers, the login is made there too."""

from .sides import Sides


def llevar(sides: Sides) -> int:
    """Tell the shop of the administrator who just began; how many there were to tell of."""
    waiting = sides.pos("arranque_pendiente")
    if waiting is None:
        return 0
    sides.shop("arranque_recibir", **waiting)
    sides.pos("arranque_entregado")
    return 1
