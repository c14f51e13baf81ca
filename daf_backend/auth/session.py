"""Who is calling, decided once per request and never changed."""

from dataclasses import dataclass, field
from typing import Literal

from ..db.pool import Credential
from ..settings import Side


@dataclass(frozen=True)
class Session:
    """The caller of one request.

    ``login`` is the PostgreSQL role the request runs as: a person's own, ``ecom_cliente`` for shoppers and guest
    carts, ``ecom_publico`` for visitors. ``subject`` is the login, the shopper's account id or the guest cart's id;
    empty for a visitor. ``role`` is for display; no code branches on it.
    """

    side: Side
    kind: Literal["staff", "shopper", "guest", "anonymous"]
    login: str
    subject: str = ""
    sid: str = ""
    role: str = ""
    credential: Credential | None = field(default=None, repr=False)


ANONYMOUS = Session(side="ecom", kind="anonymous", login="ecom_publico")
