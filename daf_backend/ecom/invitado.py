"""Guests: who fills a cart before saying who they are.

A guest is known by ``X-Cart-Token``: 256 random bits that the first answer hands out and the database keeps
hashed. The token is exchanged once per request for the signed context that PostgreSQL verifies.
"""

import hashlib
import secrets
from contextlib import suppress

from flask import Response, after_this_request, request

from ..auth.guard import become_guest, current
from ..db.call import call_service
from ..errors import DATABASE_FAILURES, Problem

HEADER = "X-Cart-Token"


def identify(*, opening: bool = False) -> None:
    """Make a caller without a session the guest whose token they sent; ``opening`` gives strangers a cart.

    Raises:
        Problem: 401 for a session that has ended: a shopper must not silently become a guest.
    """
    if current().kind != "anonymous":
        return
    if "Authorization" in request.headers:
        raise Problem(401, "token_invalido", "La sesión no es válida o terminó.")
    cart = _cart_of(request.headers.get(HEADER))
    if cart is None and opening:
        cart = _new_cart()
    if cart is not None:
        become_guest(cart)


def digest(token: str) -> bytes:
    """What the database keeps of a cart's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _cart_of(token: str | None) -> int | None:
    if not token:
        return None
    answer = call_service("ecom", "ecom_cliente", "carrito_invitado_hallar", token_hash=digest(token))
    cart: int | None = answer["crr_codigo"]
    return cart


def _new_cart() -> int:
    token = secrets.token_urlsafe(32)

    @after_this_request
    def hand_out(response: Response) -> Response:
        if response.status_code < 400:
            response.headers[HEADER] = token
        else:
            _forget(token)
        return response

    answer = call_service("ecom", "ecom_cliente", "carrito_invitado_abrir", token_hash=digest(token))
    return int(answer["crr_codigo"])


def _forget(token: str) -> None:
    """A refusal changes nothing: the cart that was opened for it goes again, or expires if that fails too."""
    with suppress(*DATABASE_FAILURES):
        call_service("ecom", "ecom_cliente", "carrito_invitado_descartar", token_hash=digest(token))
