"""A deployment of its own, in which nobody has begun: logins are of the whole server, so it has its own server too."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from daf_backend import create_app
from daf_backend.db.bootstrap import offer
from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import Cluster, Servers, locate
from daf_backend.settings import SIDES, Settings

PASSWORD = "Primera-clave-9"


@dataclass
class Empty:
    """The empty deployment, and how to make it empty again."""

    app: Flask
    settings: Settings
    servers: Servers
    admin: dict[str, psycopg.Connection]

    def begin(self) -> str:
        """Nobody has begun, whatever an earlier test did; the token that was told."""
        for side in SIDES:
            self.admin[side].execute("DELETE FROM datos.arranque")
        self.admin["pos"].execute("SET session_replication_role = replica")
        for table in (
            "usuario_establecimiento",
            "usuario",
            "persona",
            "punto_emision",
            "establecimiento",
            "empresa",
        ):
            self.admin["pos"].execute(f"DELETE FROM datos.{table}")
        self.admin["pos"].execute("DELETE FROM datos.bodega WHERE eta_codigo IS NOT NULL")
        self.admin["pos"].execute("DELETE FROM datos.login_intento")
        self.admin["pos"].execute("RESET session_replication_role")
        self.drop_logins()
        offer(self.servers, self.settings)
        return self.token.read_text("ascii")

    @property
    def token(self) -> Path:
        """Where the token is kept."""
        return self.settings.home / "keys" / "arranque"

    def drop_logins(self) -> None:
        """No member of staff is left on the server."""
        for (login,) in (
            self.admin["pos"]
            .execute(
                "SELECT rolname FROM pg_roles WHERE NOT rolsuper AND pg_has_role(oid, 'personal', 'MEMBER')"
                " AND rolname <> ALL (privado.grupos() || 'personal'::text)"
            )
            .fetchall()
        ):
            self.admin["pos"].execute(f"DROP ROLE {login}")

    def row(self, statement: str, side: str = "pos") -> tuple[Any, ...]:
        """One row, as the superuser."""
        found = self.admin[side].execute(statement.encode()).fetchone()
        assert found is not None
        return found


@pytest.fixture(scope="package")
def own(settings: Settings) -> Iterator[Empty]:
    """The server, its two databases and an application."""
    with tempfile.TemporaryDirectory(prefix="daf-empty-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        mine = settings.model_copy(update={"home": Path(folder), "uploads": Path(folder) / "uploads"})
        with Cluster(mine.home, Path(mine.pg_bindir) if mine.pg_bindir else None):
            servers = locate(mine)
            deploy(servers, mine, echo=lambda line: None)
            admin = {side: psycopg.connect(servers.admin_conninfo(side), autocommit=True) for side in SIDES}
            app = create_app(mine)
            yield Empty(app, mine, servers, admin)
            app.extensions["daf"].close()
            for conn in admin.values():
                conn.close()


@pytest.fixture
def empty(own: Empty) -> Empty:
    """A deployment in which nobody has begun."""
    own.begin()
    return own
