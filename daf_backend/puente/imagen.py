"""Pictures nobody shows any more: the files that no row of either side names go, a few times a day."""

from ..http.files import sweep_orphans
from ..settings import Settings
from .sides import Sides

EVERY = 6 * 3600.0


def barrer(sides: Sides, settings: Settings) -> int:
    """Remove what nobody names; how many files. The shop's copy of the catalogue may be behind and still show one.

    Raises:
        Exception: a side is away; what it shows is not known, so nothing is removed.
    """
    known = {*sides.pos("imagen_listar"), *sides.shop("imagen_listar")}
    return len(sweep_orphans(settings, known))
