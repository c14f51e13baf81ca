"""What the permission tests share: one of each caller, and the probe."""

from collections import Counter
from collections.abc import Callable, Iterator

import psycopg
import pytest

from daf_backend.ecom.invitado import digest
from daf_backend.permisos import snapshot

from ..conftest import PASSWORD, People
from ..ecom.conftest import PASSWORD as SHOPPER_PASSWORD
from ..ecom.conftest import cedula
from .probe import Probe
from .rows import Rows

Headers = Callable[[str, str], dict[str, str]]


@pytest.fixture(scope="session")
def reviewed() -> snapshot.Snapshot:
    """The catalog as it was reviewed."""
    return snapshot.read()


@pytest.fixture(scope="session")
def callers(app, staff) -> People:
    """The staff of these tests, one login a role in branch 001."""
    return People(app, staff)


@pytest.fixture(scope="session")
def shoppers(app) -> list[dict[str, str]]:
    """Headers of two shoppers, each with an account and a session."""
    found = []
    for number in (700001, 700002):
        client, email = app.test_client(), f"matriz{number}@correo.ec"
        made = client.post("/api/ecom/auth/register", json={
            "email": email, "password": SHOPPER_PASSWORD, "cli_ruc_ced": cedula(number),
            "cliente": {"cli_nombre": f"Matriz {number}"},
        })  # fmt: skip
        assert made.status_code == 201, made.text
        entered = client.post("/api/ecom/auth/login", json={"email": email, "password": SHOPPER_PASSWORD})
        assert entered.status_code == 200, entered.text
        found.append({"Authorization": f"Bearer {entered.json['token']}"})
    return found


@pytest.fixture(scope="session")
def guest(app) -> dict[str, str]:
    """Headers of somebody with a cart and without a name."""
    token = "matriz-de-un-invitado"
    app.extensions["daf"].ask("ecom", "ecom_cliente", "carrito_invitado_abrir", token_hash=digest(token))
    return {"X-Cart-Token": token}


@pytest.fixture(scope="session")
def headers_of(callers, shoppers, guest) -> Headers:
    """``headers_of("ventas", "pos")``: what a caller sends along."""
    strangers = {"anonimo": {}, "invitado": guest, "comprador": shoppers[0]}

    def headers(caller: str, side: str) -> dict[str, str]:
        if caller in strangers:
            return strangers[caller]
        return callers.headers(caller, "ecom" if side == "ecom" else "pos")

    return headers


@pytest.fixture(scope="session")
def probe(app) -> Probe:
    """The application, undone after each knock."""
    return Probe(app)


@pytest.fixture
def as_person(servers) -> Iterator[Callable[..., psycopg.Connection]]:
    """A real connection of a login, as psql would open it."""
    opened = []

    def connect(login: str, side: str = "pos") -> psycopg.Connection:
        conn = psycopg.connect(getattr(servers, side), user=login, password=PASSWORD, autocommit=True)
        opened.append(conn)
        return conn

    yield connect
    for conn in opened:
        conn.close()


@pytest.fixture(scope="session")
def rows(app, servers, callers, shoppers) -> Rows:
    """Makes rows that somebody owns."""
    return Rows(app, servers, callers, shoppers)


class Tally(Counter[str]):
    """How many cells of the matrix were tried; pytest says so at the end."""


TALLY = Tally()


@pytest.fixture(scope="session")
def tally() -> Tally:
    """Count here what was tried."""
    return TALLY


def pytest_terminal_summary(terminalreporter) -> None:
    """The size of the matrix that was tried, and the seed of the faults."""
    for what, number in TALLY.items():
        terminalreporter.write_line(f"permisos: {number} {what}")
