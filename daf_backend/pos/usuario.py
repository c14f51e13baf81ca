"""People: deactivating one ends their login, their sessions and their open connections at once."""

from ..db.call import call, runtime
from ..http.resource import Noun
from ..http.schema import Mensaje

blp = Noun("usuario", __name__, description="Personas")


@blp.delete("/usuario/<login>", answers=Mensaje)
def usuario_off(login: str) -> bytes:
    """Desactiva a una persona: sin ingreso, sin sesiones y sin conexiones."""
    answer = call("usuario_off", login=login)
    runtime().book.forget("pos", login)
    return answer
