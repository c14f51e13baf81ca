"""Refresh: the next access token and the next refresh token, for the present refresh token.

The rules are in ``sql/comun/sesion_refresco.sql``. What the database cannot do is here: to open the envelope with the
token that was presented, and to seal it again under the next one.
"""

from ..db.call import call_service, runtime
from ..db.pool import Credential
from ..errors import Problem
from ..settings import Side
from .grant import Grant, Row, limits
from .keyring import Keyring
from .origin import origin
from .refresh import Refresh, parse
from .token import BadToken, Kids

ATTEMPTS = 3  # who loses a race is told so, asks again and gets what the winner made

Tokens = dict[str, str]


def renew(side: Side, text: str) -> Tokens:
    """The tokens of the next generation; the same ones when asked again within ten seconds.

    Raises:
        Problem: 401 if the session is over, or is ended because this token was used before.
    """
    keyring = runtime().keyring
    try:
        presented = parse(keyring.kek[side], text)
        for _ in range(ATTEMPTS):
            row = _judge(side, keyring, presented)
            if row["estado"] == "REPETIR":
                return _repeat(side, keyring, presented, row)
            if tokens := _rotate(side, keyring, presented, row):
                return tokens
    except (BadToken, KeyError) as exc:  # a KeyError: the key it was made with has been retired
        raise Problem(401, "refresco_invalido", "La sesión no es válida o terminó.") from exc
    raise Problem(503)


def _judge(side: Side, keyring: Keyring, presented: Refresh) -> Row:
    """The session's row, if this token may still do something."""
    row: Row = call_service(
        side, "api_login", "refresco_preparar", sid=presented.sid,
        refresco=presented.digest(keyring.kek[side]), horas=limits(side)["horas"], **origin(),
    )  # fmt: skip
    if row["estado"] == "REUSO":
        runtime().book.forget(side, row["sujeto"])
    if row["estado"] not in ("ROTAR", "REPETIR"):
        raise BadToken
    return row


def _rotate(side: Side, keyring: Keyring, presented: Refresh, row: Row) -> Tokens | None:
    """Make the next generation; None if somebody else just did."""
    grant = _next(side, keyring, presented, Kids.in_use(keyring, side))
    credential = _credential(grant, presented, row)
    made = call_service(
        side, "api_login", "refresco_rotar", sid=presented.sid, anterior=presented.digest(grant.ring),
        **grant.row(credential), **limits(side),
    )  # fmt: skip
    return made and grant.tokens(made, credential)


def _repeat(side: Side, keyring: Keyring, presented: Refresh, row: Row) -> Tokens:
    """The generation that this token made already, once more."""
    grant = _next(side, keyring, presented, Kids(row["kid_firma"], row["kid_kek"]))
    return grant.tokens(row, _credential(grant, grant.refresh, row))


def _next(side: Side, keyring: Keyring, presented: Refresh, kids: Kids) -> Grant:
    return Grant(side, keyring, kids, presented.following(keyring.kek[side], kids.kek))


def _credential(grant: Grant, holder: Refresh, row: Row) -> Credential | None:
    """The keys in the row's envelope; shoppers have none."""
    return holder.open(grant.ring, bytes.fromhex(row["sobre"])) if row["sobre"] else None
