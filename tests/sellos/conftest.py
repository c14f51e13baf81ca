"""A deployment of the seals' own: nobody else writes to its databases, so every window is this folder's."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from daf_backend.auth.scram import verifier
from daf_backend.db.deploy import deploy
from daf_backend.db.embedded import Cluster, Servers, locate
from daf_backend.db.question import over
from daf_backend.db.runtime import Runtime
from daf_backend.puente import sello
from daf_backend.puente.sides import Sides
from daf_backend.sellos.published import Published
from daf_backend.sellos.verify import Report, theirs, verify
from daf_backend.settings import SIDES, Settings, Side

from ..conftest import PASSWORD, Act

NAMES = {"pos": "sellos_pos", "ecom": "sellos_ecom"}
OTHER: dict[Side, Side] = {"pos": "ecom", "ecom": "pos"}
TABLES = {"pos": ("asiento", "asiento_linea", "auditoria", "kardex"), "ecom": ("auditoria",)}
IDS = {"auditoria": "aud_id", "kardex": "krd_codigo", "asiento": "asi_id", "asiento_linea": "asi_id"}
KEEPER = "s_bodega"
_serial = itertools.count(1)


@dataclass
class Trail:
    """Both databases as their superuser sees them, the bridge that seals them, and the published files."""

    settings: Settings
    servers: Servers
    sides: Sides
    folder: Path
    conns: dict[Side, psycopg.Connection]
    keeper: Act  # who brings goods in

    def query(self, side: Side, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement, committed."""
        done = self.conns[side].execute(text.encode(), values or None)
        return done.fetchall() if done.description else []

    def write(self) -> None:
        """Goods, money and audit rows at the POS, and an audit row at the shop: a transaction each."""
        number = next(_serial)
        self.keeper(
            "producto_crear", prd_nombre=f"Sellado {number}", um_venta="UND", prd_precio_venta="10.00",
            prd_stock=5, prd_costo="4.00",
        )  # fmt: skip
        self.query("ecom", "SELECT privado.evento('PRUEBA', %s)", f"n{number}")

    def seal(self, side: Side | None = None) -> int:
        """What the worker does in its turn; how many windows it sealed."""
        return sum(
            sello.barrer(self.sides, each, Published(self.folder, each))
            for each in SIDES
            if side in (None, each)
        )

    def verify(self, side: Side, folder: Path | None = None, since: str = "") -> Report:
        """What `daf audit verify` does, over the connection that tampers."""
        file = Published(folder or self.folder, side)
        there = over(self.conns[OTHER[side]], "test")
        copies = {"el archivo": file.heads(), "la otra base": theirs(there)}
        return verify(over(self.conns[side], "test"), side, copies, since)

    def window(self, side: Side, table: str, row: int, which: str = "=") -> int:
        """The number of the window that holds a row; with ``>=``, the first that holds it or a row of a larger id."""
        ((number,),) = self.query(
            side, f"SELECT min(s.numero) FROM {_windows(table)} AND t.{IDS[table]} {which} %s", table, row
        )
        return int(number)

    def later_row(self, side: Side, table: str) -> tuple[int, int, datetime]:
        """A window's number, and the id and moment of a row in it that is younger than the window's first."""
        ((number, row, moment),) = self.query(
            side,
            f"SELECT numero, id, cuando FROM (SELECT s.numero, t.{IDS[table]} AS id, t.cuando,"
            f" min(t.cuando) OVER (PARTITION BY s.numero) AS primero FROM {_windows(table)}) AS v"
            " WHERE cuando > primero ORDER BY numero DESC, id LIMIT 1",
            table,
        )
        return int(number), int(row), moment

    def some_row(self, side: Side, table: str) -> int:
        """The id of a sealed row in the middle of the table."""
        ((row,),) = self.query(
            side,
            f"SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY t.{IDS[table]}) FROM datos.{table} AS t",
        )
        return int(row)

    @contextmanager
    def tampering(self, side: Side) -> Iterator[Callable[..., Any]]:
        """Be a superuser with the triggers off, for a while: everything is undone at the end."""
        conn = self.conns[side]
        with conn.transaction(force_rollback=True):
            conn.execute("SET LOCAL session_replication_role = replica")
            yield lambda text, *values: self.query(side, text, *values)


@pytest.fixture(scope="session")
def deployed(
    settings: Settings, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trail]:
    """Both databases, and four sealed windows of everything."""
    own = settings.model_copy(update={
        "pos_dsn": cluster.conninfo(NAMES["pos"]),
        "ecom_dsn": cluster.conninfo(NAMES["ecom"]),
        "admin_dsn": cluster.servers.admin,
        "pool_max": 4,
    })  # fmt: skip
    servers = locate(own)
    deploy(servers, own, echo=lambda line: None)
    runtime = Runtime(own)
    with ExitStack() as stack:
        conns = {
            side: stack.enter_context(psycopg.connect(servers.admin_conninfo(side), autocommit=True))
            for side in SIDES
        }
        _found(Act(conns["pos"]))
        keeper = stack.enter_context(
            psycopg.connect(servers.pos, user=KEEPER, password=PASSWORD, autocommit=True)
        )
        folder = tmp_path_factory.mktemp("sellos")
        trail = Trail(own, servers, Sides(runtime), folder, conns, Act(keeper))
        for _ in range(4):
            trail.write()
            trail.write()
            trail.seal()
        yield trail
    runtime.close()


def _windows(table: str) -> str:
    """The rows of a table beside the sealed window of each; the statement's first value is the table's name."""
    return (
        f"datos.sello AS s JOIN datos.{table} AS t ON (t.xid, t.{IDS[table]}) >= (s.xid_desde, s.fila_desde)"
        f" AND (t.xid, t.{IDS[table]}) < (s.xid_hasta, s.fila_hasta) AND t.{IDS[table]} >= s.id_desde"
        " WHERE s.tabla = %s AND s.epoca = 2"
    )


def _found(act: Act) -> None:
    """A company with a branch and somebody who brings goods in."""
    act("empresa_actualizar", emp_ruc="1790012345001", emp_razon_social="Comercial de Prueba S. A.")
    act("establecimiento_crear", eta_codigo="001", eta_nombre="Matriz")
    act("bodega_crear", bod_codigo="B001", eta_codigo="001", bod_nombre="Matriz")
    act("punto_emision_crear", eta_codigo="001", pto_codigo="001", bod_codigo="B001")
    act(
        "usuario_crear", login=KEEPER, verificador=verifier(KEEPER, PASSWORD), rol="adm_bodega",
        email=f"{KEEPER}@prueba.ec", nombre=KEEPER, eta_codigo="001",
    )  # fmt: skip


@pytest.fixture
def trail(deployed: Trail) -> Iterator[Trail]:
    """The deployment, sealed; whatever a test did to it, everything is as it was sealed at its end."""
    deployed.seal()
    yield deployed
    deployed.seal()
    for side in SIDES:
        assert deployed.verify(side).findings == []
