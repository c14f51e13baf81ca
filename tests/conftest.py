"""One throw-away PostgreSQL per test session, deployed once; tests roll back or keep to rows of their own.

The server is the embedded one, or the binaries DAF_PG_BINDIR names: CI runs the suite on both.
"""

import itertools
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from daf_backend import create_app
from daf_backend.auth.scram import verifier
from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import Cluster, Servers, locate
from daf_backend.settings import Settings

# Every answer is held against its declared schema, and the table of routes against what its tests ask.
pytest_plugins = ["tests.contract", "tests.contrato.testigo"]

# The suite tries the same examples each time; `--hypothesis-profile=default` tries others.
hypothesis.settings.register_profile("daf", derandomize=True, deadline=None)
hypothesis.settings.load_profile("daf")

PASSWORD = "Clave-de-prueba-1"
_serial = itertools.count(1)


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A home that an unprivileged postgres can reach even when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="daf-test-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def settings(home: Path) -> Settings:
    """Settings of the throw-away deployment; nothing of the machine's own .env."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        home=home,
        uploads=home / "uploads",
        session_check=0.2,
        pg_bindir=os.environ.get("DAF_PG_BINDIR", ""),
    )


@pytest.fixture(scope="session")
def cluster(settings: Settings) -> Iterator[Cluster]:
    """The PostgreSQL of this session, stopped at its end."""
    with Cluster(settings.home, Path(settings.pg_bindir) if settings.pg_bindir else None) as running:
        yield running


@pytest.fixture(scope="session")
def servers(settings: Settings, cluster: Cluster) -> Servers:
    """Both databases, deployed, with a company, two branches and nobody in them."""
    found = locate(settings)
    deploy(found, settings, echo=lambda line: None)
    with psycopg.connect(found.admin_conninfo("pos"), autocommit=True) as conn:
        conn.execute(
            "SELECT api.empresa_actualizar('1790012345001', 'Comercial de Prueba S. A.', 'Prueba', 'Quito')"
        )
        for branch in ("001", "002"):
            store = f"B{branch}"
            conn.execute("SELECT api.establecimiento_crear(%s, %s, 'Quito')", (branch, f"Local {branch}"))
            conn.execute("SELECT api.bodega_crear(%s, %s, %s)", (store, branch, f"Bodega {branch}"))
            conn.execute("SELECT api.punto_emision_crear(%s, '001', %s)", (branch, store))
    return found


@pytest.fixture(scope="session")
def app(settings: Settings, servers: Servers) -> Iterator[Flask]:
    """The real application on the real databases."""
    application = create_app(settings)
    application.testing = False  # errors are answered as in production, not raised
    yield application
    application.extensions["daf"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An HTTP client; what it writes stays, so tests name their own rows."""
    return app.test_client()


@contextmanager
def _rolled_back(conninfo: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo) as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def pos(servers: Servers) -> Iterator[psycopg.Connection]:
    """The POS database as superuser, in a transaction that is rolled back."""
    with _rolled_back(servers.admin_conninfo("pos")) as conn:
        yield conn


@pytest.fixture
def ecom(servers: Servers) -> Iterator[psycopg.Connection]:
    """The ECOM database as superuser, in a transaction that is rolled back."""
    with _rolled_back(servers.admin_conninfo("ecom")) as conn:
        yield conn


@dataclass
class Act:
    """Calls of api functions over one connection, each as whoever is asked for."""

    conn: psycopg.Connection
    login: str | None = None

    def __call__(self, name: str, /, **params: Any) -> Any:
        """The parsed answer of ``api.<name>``; a refusal is a psycopg error and undoes only itself."""
        arguments = ", ".join(f"p_{param} => %s" for param in params)
        with self.conn.transaction():
            row = self.conn.execute(
                f"SELECT api.{name}({arguments})::text", tuple(params.values())
            ).fetchone()
        return json.loads(row[0]) if row and row[0] else None


@contextmanager
def as_login(conn: psycopg.Connection, login: str) -> Iterator[Act]:
    """Be a login inside the test's transaction. SET ROLE would leave session_user the superuser."""
    conn.execute(f"SET SESSION AUTHORIZATION {login}")
    try:
        yield Act(conn, login)
    finally:
        if conn.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
            conn.execute("RESET SESSION AUTHORIZATION")


@pytest.fixture(scope="session")
def staff(servers: Servers) -> Callable[..., str]:
    """Make members of staff: ``staff("ventas")`` is a new login of that role in branch 001."""

    def make(role: str, branch: str | None = "001", password: str = PASSWORD) -> str:
        login = f"t_{role}_{next(_serial)}"
        with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
            conn.execute(
                "SELECT api.usuario_crear(%s, %s, %s, %s, %s, %s)",
                (login, verifier(login, password), role, f"{login}@prueba.ec", login, branch),
            )
        return login

    return make


@dataclass
class People:
    """One login per role, made at first use and shared by the session, and their bearer tokens."""

    app: Flask
    make: Callable[..., str]
    logins: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def login(self, role: str) -> str:
        """The session's login of a role."""
        if role not in self.logins:
            self.logins[role] = self.make(role)
        return self.logins[role]

    def headers(self, who: str, side: str = "pos") -> dict[str, str]:
        """Headers with a token of the session's login of a role, or of a login given by name."""
        login = who if who.startswith("t_") else self.login(who)
        key = f"{side}:{login}"
        if key not in self.tokens:
            answer = self.app.test_client().post(
                f"/api/{side}/auth/login", json={"user": login, "password": PASSWORD}
            )
            assert answer.status_code == 200, answer.text
            self.tokens[key] = answer.json["token"]
        return {"Authorization": f"Bearer {self.tokens[key]}"}


@pytest.fixture(scope="session")
def people(app: Flask, staff: Callable[..., str]) -> People:
    """The session's staff."""
    return People(app, staff)


@pytest.fixture
def auth(people: People) -> Callable[..., dict[str, str]]:
    """``auth("ventas")``: headers with a bearer token of a login of that role."""
    return people.headers
