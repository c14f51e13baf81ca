"""The door of every route: who is calling is settled before the view runs, and before a connection is taken."""

import re

from flask import Flask, g, request

from ..db.call import READS, runtime
from ..errors import Problem
from ..http.route import current_route, current_side
from ..settings import Side
from .book import SessionBook
from .session import ANONYMOUS, Session
from .token import BadToken

KEY = re.compile(r"[\x21-\x7e]{1,255}")


def init_guard(app: Flask) -> None:
    """Guard every route of the app but the ones declared public."""
    app.before_request(_admit)


def current() -> Session:
    """The caller of this request."""
    session: Session = g.session
    return session


def require_shopper() -> Session:
    """The shopper who is calling; for routes that visitors and guest carts may not use.

    Raises:
        Problem: 401 for everybody else.
    """
    if current().kind != "shopper":
        raise _no_token()
    return current()


def become_guest(cart: int | str) -> None:
    """From here on the caller is the guest who holds this cart (its token was just checked)."""
    g.session = Session("ecom", "guest", "ecom_cliente", str(cart))


def bearer() -> str | None:
    """The token this request carries, whatever it is worth."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _admit() -> None:
    route, side = current_route(), current_side()
    if route is None or side is None:
        return
    audience: Side = "ecom" if side == "ecom" else "pos"
    g.session = _session(audience, route.public)
    if route.idempotent and request.method not in READS:
        g.idempotency_key = _idempotency_key()


def _session(side: Side, public: bool) -> Session:
    token = bearer()
    if token is not None:
        book: SessionBook = runtime().book
        try:
            return book.session(side, token)
        except BadToken as exc:
            # A public route serves everybody: clients attach whatever token they kept, even to log in again.
            if not public:
                raise Problem(401, "token_invalido", "La sesión no es válida o terminó.") from exc
    elif not public:
        raise _no_token()
    return ANONYMOUS


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise Problem(
            400, "idempotencia_clave_valida", "Idempotency-Key lleva de 1 a 255 caracteres visibles."
        )
    return key


def _no_token() -> Problem:
    return Problem(401, "sin_token", "Falta iniciar sesión.")
