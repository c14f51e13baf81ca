"""What one process holds open: a role pool per side for people, a small pool per service login."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from ..auth.keyring import Keyring, LiveKeyring
from ..settings import SIDES, Settings, Side
from .checks import Facts, inspect, refuse_oversubscription
from .embedded import Servers, locate
from .pool import RolePool
from .service import ServicePool, service_pool
from .statement import NOBODY, parse, send, sendable

if TYPE_CHECKING:
    from ..auth.book import SessionBook

SERVICES: dict[Side, tuple[str, ...]] = {
    "pos": ("api_login", "puente"),
    "ecom": ("api_login", "puente", "ecom_publico", "ecom_cliente"),
}

SHARED = ("ecom_publico", "ecom_cliente")


class Runtime:
    """The pools, keys and settings of one process. Made in the process that uses them, never before a fork."""

    book: "SessionBook"  # set by create_app, which also gives it this runtime

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.servers: Servers = replace(locate(settings), admin=None)  # serving never needs the superuser
        self.keys = LiveKeyring(settings)
        self._options = f"-c statement_timeout={settings.statement_timeout_ms}"
        password = self.keyring.services["api_login"]
        facts = {side: inspect(getattr(self.servers, side), side, password) for side in SIDES}
        self.cap = settings.pool_max or self._fair_cap(facts)
        refuse_oversubscription(settings, facts, self.cap)
        self.roles: dict[Side, RolePool] = {side: self._role_pool(side) for side in SIDES}
        self._services: dict[tuple[Side, str], ServicePool] = {}
        self._lock = threading.Lock()
        self._sentences: dict[str, str] = {}
        self._read_sentences = float("-inf")
        self.closing: list[Callable[[], None]] = []

    @property
    def keyring(self) -> Keyring:
        """The keys as they are now; they may be changed while we serve."""
        return self.keys.now()

    def passwords(self, role: str) -> list[str]:
        """What a service may log in with now."""
        return self.keyring.passwords(role)

    @contextmanager
    def service(self, side: Side, role: str) -> Iterator[psycopg.Connection]:
        """Borrow a connection of a service login; its pool is made at its first use."""
        pool = self._services.get((side, role))
        if pool is None:
            with self._lock:
                pool = self._services.get((side, role)) or self._open(side, role)
                self._services[side, role] = pool
        # A call leaves nothing in its session (a house test reads the SQL for what would). Where people share a login
        # that is not left at its word: the next one gets the session as new.
        with pool.connection(tidy=role not in SHARED) as conn:
            yield conn

    def ask(self, side: Side, role: str, name: str, **params: Any) -> Any:
        """One plain call as a service login, outside any caller's identity: what sessions are checked with."""
        with self.service(side, role) as conn:
            turn = (side, role) == ("ecom", "puente")
            return parse(send(conn, name, sendable(params), NOBODY, turn=turn))

    def sentence(self, constraint: str) -> str | None:
        """The Spanish sentence of a declared rule, from the comment on its constraint; read again for unknown names."""
        if constraint not in self._sentences and time.monotonic() - self._read_sentences > 60:
            self._read_sentences = time.monotonic()
            for side in SIDES:
                self._sentences |= self.ask(side, "api_login", "restricciones")
        return self._sentences.get(constraint)

    def service_stats(self) -> dict[tuple[Side, str], dict[str, int]]:
        """Numbers for /metrics of the service logins' pools."""
        return {
            key: {
                "cap": pool.max_size,
                "size": (now := pool.get_stats()).get("pool_size", 0),
                "idle": now.get("pool_available", 0),
                "waiting": now.get("requests_waiting", 0),
            }
            for key, pool in self._services.copy().items()
        }

    def close(self) -> None:
        """Close every connection of this process, and whatever else was given to be closed with them."""
        for closing in self.closing:
            closing()
        for pool in self.roles.values():
            pool.close()
        for service in self._services.values():
            service.close()

    def _role_pool(self, side: Side) -> RolePool:
        settings = self.settings
        return RolePool(
            getattr(self.servers, side),
            cap=self.cap,
            per_login=settings.pool_per_login,
            queue=settings.pool_queue,
            wait=settings.pool_wait,
            idle=settings.pool_idle,
            lifetime=settings.pool_lifetime,
            options=self._options,
        )

    def _fair_cap(self, facts: dict[Side, Facts]) -> int:
        """Share out the server: what it admits, less a reserve for administrators, over workers and sides."""
        smallest = min(fact.max_connections for fact in facts.values())
        services = self.settings.service_pool_max * sum(map(len, SERVICES.values())) // 2
        return max((smallest - 20) // (self.settings.workers * 2) - services, 4)

    def _open(self, side: Side, role: str) -> ServicePool:
        if role not in SERVICES[side]:
            raise ValueError(f"no service {role} on side {side}")
        return service_pool(
            getattr(self.servers, side), role, partial(self.passwords, role), self.settings.service_pool_max,
            options=self._options,
        )  # fmt: skip
