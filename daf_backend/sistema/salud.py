"""Health: whether the process lives, and whether it can serve."""

import shutil
from typing import Any

from ..db.call import runtime
from ..errors import DATABASE_FAILURES
from ..http.fields import Mapa, Texto
from ..http.resource import Noun
from ..http.schema import Schema
from ..settings import SIDES, Side

blp = Noun("salud", __name__, description="Salud del servicio", idempotent=False)
SPARE_DISK = 100 * 2**20


class Salud(Schema):
    """The state of the service and of each thing it needs."""

    estado = Texto(required=True, metadata={"enum": ["ok", "mal"]})
    partes = Mapa(Texto())


@blp.get("/health/live", answers=Salud, public=True)
def vivo() -> dict[str, Any]:
    """Dice que el proceso responde."""
    return {"estado": "ok"}


@blp.get("/health/ready", answers=Salud, public=True)
def listo() -> Any:
    """Dice si puede atender: las dos bases de datos responden y hay espacio en disco."""
    parts: dict[str, str] = {side: _database(side) for side in SIDES}
    parts["disco"] = "ok" if shutil.disk_usage(runtime().settings.home).free > SPARE_DISK else "mal"
    good = all(state == "ok" for state in parts.values())
    return {"estado": "ok" if good else "mal", "partes": parts}, 200 if good else 503


@blp.get("/health", answers=Salud, public=True)
def salud() -> Any:
    """Lo mismo que `/health/ready`."""
    return listo()


def _database(side: Side) -> str:
    try:
        runtime().ask(side, "api_login", "despliegue_reciente")
    except DATABASE_FAILURES:
        return "mal"
    return "ok"
