"""Health: whether the process lives, and whether it can serve."""

from typing import Any

from flask import current_app

from ..http.fields import Mapa, Texto
from ..http.resource import Noun
from ..http.schema import Schema

blp = Noun("salud", __name__, description="Salud del servicio", idempotent=False)


class Salud(Schema):
    """The state of the service and of each thing it needs."""

    estado = Texto(required=True, metadata={"enum": ["ok", "mal"]})
    partes = Mapa(Texto())


@blp.get("/health/live", answers=Salud, public=True)
def vivo() -> dict[str, Any]:
    """Dice que el proceso responde."""
    return {"estado": "ok"}


@blp.get("/health/ready", answers=Salud, public=True, alike=(503,))
def listo() -> Any:
    """Dice si puede atender: las dos bases responden, tienen sus migraciones y hay espacio en disco."""
    parts = current_app.extensions["daf_revision"].parts()
    good = all(state == "ok" for state in parts.values())
    return {"estado": "ok" if good else "mal", "partes": parts}, 200 if good else 503


@blp.get("/health", answers=Salud, public=True, alike=(503,))
def salud() -> Any:
    """Lo mismo que `/health/ready`."""
    return listo()
