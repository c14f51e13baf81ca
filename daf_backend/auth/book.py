"""From a bearer token to a live session, asking the database at most twice a second per token and worker.

A signature proves who made the token, not that it still counts. So each token is checked against its session row and
its login's present state (``api.sesion_vigente``); the answer is kept for ``settings.session_check`` seconds. That is
the bound on how long a revoked session lives, whatever happens to the LISTEN connection, which only makes it faster.
"""

import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from ..db.runtime import Runtime
from ..settings import Side
from . import token as tokens
from .session import Session

CAPACITY = 10_000
GONE = {"ROL", "CLAVE"}  # the login itself changed, so its open connections must go too


class Seen(NamedTuple):
    """A verified token, and when its session was last found good."""

    session: Session
    expires: int
    checked: float


class SessionBook:
    """The sessions this worker has seen lately, per side. Shared by its threads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seen: OrderedDict[tuple[Side, str], Seen] = OrderedDict()
        self._lock = threading.Lock()

    def known(self) -> int:
        """How many sessions are kept."""
        return len(self._seen)

    def session(self, side: Side, token: str) -> Session:
        """The session a token stands for.

        Raises:
            BadToken: it does not verify, or its session has ended.
            ServerAway, PoolTimeout: the database could not be asked.
        """
        seen = self._seen.get((side, token))
        now = time.time()
        if (
            seen
            and seen.expires > now
            and time.monotonic() - seen.checked < self._runtime.settings.session_check
        ):
            return seen.session
        claims = tokens.verify(self._runtime.keyring, side, token)
        checked = time.monotonic()  # before asking: the answer may be that old
        session = self._check(side, claims)
        with self._lock:
            self._seen[side, token] = Seen(session, int(claims["exp"]), checked)
            self._seen.move_to_end((side, token))
            while len(self._seen) > CAPACITY:
                self._seen.popitem(last=False)
        return session

    def forget(self, side: Side, subject: str | None = None) -> None:
        """Ask again next time: for one login or shopper, or for everybody on that side."""
        with self._lock:
            for key, seen in list(self._seen.items()):
                if key[0] == side and subject in (None, seen.session.subject):
                    del self._seen[key]

    def _check(self, side: Side, claims: tokens.Claims) -> Session:
        row = self._runtime.ask(side, "api_login", "sesion_vigente", sid=claims["sid"])
        subject = str(claims["sub"])
        if row["estado"] != "VIGENTE":
            if row["estado"] in GONE and row["sujeto"] == subject:
                self._drop(side, subject)
            raise tokens.BadToken
        wanted = "staff" if claims["kind"] == "staff" else "comprador"
        if row["sujeto"] != subject or row["clase"] != wanted:
            raise tokens.BadToken
        secret = bytes.fromhex(row["secreto"])
        if claims["kind"] != "staff":
            tokens.prove(self._runtime.keyring, claims, secret)
            return Session(side, "shopper", "ecom_cliente", subject, claims["sid"], claims["role"])
        credential = tokens.unseal(self._runtime.keyring, claims, secret)
        return Session(side, "staff", subject, subject, claims["sid"], claims["role"], credential)

    def _drop(self, side: Side, login: str) -> None:
        """A login that changed: its pooled connections go here, its backends everywhere if it may not log in."""
        self._runtime.roles[side].evict(login)
        self.forget(side, login)
        self._runtime.ask(side, "api_login", "sesion_terminar", login=login)
