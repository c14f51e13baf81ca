"""Cuenta, its sessions: refresh, where one is logged in, ending one there. For shoppers and staff alike."""

from ..auth import renew, wire
from ..auth.guard import current
from ..db.call import call, runtime
from ..http.resource import Noun
from ..http.schema import Mensaje

blp = Noun("cuenta_sesion", __name__, description="Sesiones abiertas", idempotent=False)


@blp.post("/auth/refresh", takes=wire.Refresco, answers=wire.Tokens, public=True)
def sesion_renovar(datos):
    """Da nuevos tokens a quien presenta el de renovación, que se usa una sola vez."""
    return renew.renew("ecom", datos["refresh_token"])


@blp.get("/auth/sesiones", answers=wire.SesionesAbiertas)
def sesion_listar():
    """Muestra dónde está abierta la cuenta propia."""
    return call("sesion_listar", sid=current().sid)


@blp.delete("/auth/sesiones/<uuid:sid>", answers=Mensaje)
def sesion_cerrar(sid):
    """Cierra una de las sesiones propias."""
    answer = call("sesion_cerrar", sid=sid)
    runtime().book.forget("ecom", current().subject)
    return answer
