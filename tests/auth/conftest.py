"""People who are logged in, and the superuser beside them."""

from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.conftest import PASSWORD

SIDES = ["pos", "ecom"]


@dataclass
class Entered:
    """One session of one person, and what it was given."""

    app: Flask
    side: str
    login: str
    tokens: dict[str, Any] = field(default_factory=dict)

    def enter(self, password: str = PASSWORD, **environ: str) -> "Entered":
        """Log in, as a new session."""
        body = {"user": self.login, "password": password}
        answer = self.app.test_client().post(
            f"/api/{self.side}/auth/login", json=body, environ_overrides=environ
        )
        assert answer.status_code == 200, answer.text
        return Entered(self.app, self.side, self.login, answer.json)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """One request with the access token; the response."""
        headers = {"Authorization": f"Bearer {self.tokens['token']}"}
        return self.app.test_client().open(
            f"/api/{self.side}{path}", method=method, json=body, headers=headers
        )

    def refresh(self, token: str | None = None) -> Any:
        """Present a refresh token, by default the present one, and keep what it gives; the response."""
        presented = token or self.tokens["refresh_token"]
        answer = self.app.test_client().post(
            f"/api/{self.side}/auth/refresh", json={"refresh_token": presented}
        )
        if answer.status_code == 200:
            self.tokens = answer.json
        return answer

    @property
    def lives(self) -> bool:
        """Whether the access token is accepted."""
        status = self("GET", "/auth/sesiones").status_code
        assert status in (200, 401)
        return bool(status == 200)


@pytest.fixture
def person(app, staff):
    """Log a new member of staff in: ``person("ventas", "ecom")``."""

    def enter(role="ventas", side="pos"):
        return Entered(app, side, staff(role)).enter()

    return enter


@pytest.fixture
def dba(servers):
    """The superuser's connections, by side; what they do stays."""
    conns = {side: psycopg.connect(servers.admin_conninfo(side), autocommit=True) for side in SIDES}
    yield conns
    for conn in conns.values():
        conn.close()


@pytest.fixture
def forgive(dba):
    """Forget attempts before and after: all tests come from one address."""
    for conn in dba.values():
        conn.execute("TRUNCATE datos.login_intento")
    yield
    for conn in dba.values():
        conn.execute("TRUNCATE datos.login_intento")


@pytest.fixture
def events(dba):
    """What the trail says of somebody's comings and goings, oldest first: (event, detail)."""

    def read(side, key):
        return dba[side].execute(
            "SELECT tabla, despues FROM datos.auditoria WHERE clave = %s AND operacion = 'EVENT'"
            " AND tabla = ANY (%s) ORDER BY aud_id",
            (str(key), ["INGRESO", "INGRESO_FALLIDO", "SALIDA", "REUSO_REFRESCO", "CLAVE"]),
        ).fetchall()  # fmt: skip

    return read
