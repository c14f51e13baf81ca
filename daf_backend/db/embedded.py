"""The embedded PostgreSQL: one cluster per DAF_HOME, shared by the `daf` commands that run at the same time.

Two locks make that safe. ``users`` is held shared by every command for as long as it uses the cluster.
``turn`` is held alone for the moment in which one of them looks and then starts or stops the server. Who
leaves and finds nobody else in ``users`` stops the server, whoever started it: `daf doctor` beside `daf up`
never takes it away, and the server of a `daf up` that was killed is adopted by the next command and stopped
at its end. Locks die with their process, so there is nothing to clean up after a crash; a child that we fork
lets go of ours at once, or it would seem to be a user for as long as it lives.
"""

import atexit
import fcntl
import os
import random
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from ..settings import Settings
from . import binaries
from .binaries import ClusterError
from .endings import undisturbed
from .postmaster import Postmaster
from .servers import Servers

__all__ = ["Cluster", "ClusterError", "Servers", "cluster_of", "locate", "running"]

DATABASES = {"pos": "daf_pos", "ecom": "daf_ecom"}
PORTS = range(20_000, 32_000)  # below every system's ephemeral range: no passing connection takes ours


_INSIDE: set["Cluster"] = set()  # those that this process uses


class Cluster:
    """The cluster of one home. As a context it is there while somebody is inside."""

    def __init__(self, home: Path, bindir: Path | None = None) -> None:
        self.home = home.absolute()
        self.folder = self.home / "cluster"
        self._given = bindir
        self._users: IO[bytes] | None = None
        self._server: Postmaster | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The loopback port, chosen once."""
        try:
            return int((self.folder / "port").read_text("ascii"))
        except FileNotFoundError:
            raise ClusterError(f"no hay ninguna base en {self.home} todavía: use `daf up`") from None

    @property
    def superuser_password(self) -> str:
        """The secret of ``postgres``, from the keys folder."""
        return self._secret.read_text("ascii")

    @property
    def pid(self) -> int | None:
        """The living postmaster."""
        return self._server.pid if self._server else None

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._postmaster().log

    @property
    def bindir(self) -> Path:
        """The folder of the programs in use: psql and pg_dump are there as well."""
        return self._postmaster().bindir

    @property
    def servers(self) -> Servers:
        """Both databases and the superuser."""
        admin = make_conninfo(self.conninfo("postgres"), user="postgres", password=self.superuser_password)
        return Servers(self.conninfo(DATABASES["pos"]), self.conninfo(DATABASES["ecom"]), SecretStr(admin))

    def conninfo(self, dbname: str) -> str:
        """Host, port and database; no user, no password. Loopback needs no TLS."""
        return make_conninfo("", host="127.0.0.1", port=self.port, dbname=dbname, sslmode="disable")

    def start(self) -> None:
        """Become a user of the cluster: join the living server, or make and start it."""
        self._prepare()
        _INSIDE.add(self)
        self._users = self._lock_file("users")
        try:
            with self._turn():
                fcntl.flock(self._users, fcntl.LOCK_SH)
                self._bring_up()
        except BaseException:
            self.stop()
            raise

    def ensure(self) -> bool:
        """Start the server again if it died; whether it had."""
        with self._turn():
            return self._bring_up()

    def stop(self) -> None:
        """Cease to be a user; the last one out stops the server."""
        with undisturbed():
            _INSIDE.discard(self)
            if self._users is None:
                return
            with self._turn(), self._users as users:
                self._users = None
                with suppress(BlockingIOError):  # somebody else is inside
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self._postmaster().stop()

    def forget(self) -> None:
        """In a child that was forked: not ours to hold, nor to stop."""
        if self._users is not None:
            self._users.close()
            self._users = None

    @property
    def _secret(self) -> Path:
        return self.home / "keys" / "superuser"

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock_file("turn") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield

    def _lock_file(self, name: str) -> IO[bytes]:
        """Private, because whoever can open it can hold it."""
        return os.fdopen(os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600), "r+b")

    def _prepare(self) -> None:
        """The folders. Under root others may pass through (the server's account must) but not look."""
        mode = 0o711 if os.geteuid() == 0 else 0o700
        for folder in (self.home, self.folder):
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
            if os.geteuid() == 0:
                folder.chmod(folder.stat().st_mode | 0o011)
        self._secret.parent.mkdir(mode=0o700, exist_ok=True)

    def _bring_up(self) -> bool:
        server = self._postmaster()
        if server.pid:
            server.wait_ready()
            if server.pid:
                return False
        if not server.data.exists():
            self._make(server)
        self._choose_port()
        server.start(self.port)
        return True

    def _make(self, server: Postmaster) -> None:
        """The secret is on disk before the server that asks for it exists."""
        with os.fdopen(os.open(self._secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(32))
        server.make(self.superuser_password)

    def _postmaster(self) -> Postmaster:
        """The server object; the programs are looked for once."""
        if self._server is None:
            account = binaries.account(self.folder / "data")
            bindir = binaries.find(self._given)
            if account:
                if not binaries.reachable(self.folder):
                    raise ClusterError(f"{self.home} está en una carpeta cerrada a {account.pw_name}")
                bindir = binaries.for_account(bindir, self.folder / "bin")
            self._server = Postmaster(bindir, self.folder, account)
        return self._server

    def _choose_port(self) -> None:
        """Keep the stored port; take another only when there is none or a stranger has it."""
        stored = self.folder / "port"
        if stored.exists() and _free(self.port):
            return
        port = next(port for port in random.sample(PORTS, 200) if _free(port))
        stored.write_text(f"{port}\n", "ascii")


def locate(settings: Settings) -> Servers:
    """Where the databases are, without starting anything."""
    if cluster := cluster_of(settings):
        return cluster.servers
    admin = settings.admin_dsn if settings.admin_dsn.get_secret_value() else None
    return Servers(settings.pos_dsn, settings.ecom_dsn, admin)


@contextmanager
def running(settings: Settings) -> Iterator[Servers]:
    """The databases, up for as long as the context: joins the embedded cluster or starts it."""
    cluster = cluster_of(settings)
    with cluster or nullcontext():
        yield cluster.servers if cluster else locate(settings)


def cluster_of(settings: Settings) -> Cluster | None:
    """The embedded cluster of these settings, or None where the servers are somebody else's."""
    if not settings.embedded:
        return None
    return Cluster(settings.home, Path(settings.pg_bindir) if settings.pg_bindir else None)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@atexit.register
def _leave() -> None:
    """An ending that came just before a context's exit skipped it."""
    for cluster in list(_INSIDE):
        cluster.stop()


def _forget() -> None:
    while _INSIDE:
        _INSIDE.pop().forget()


os.register_at_fork(after_in_child=_forget)
