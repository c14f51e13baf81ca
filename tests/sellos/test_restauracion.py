"""A logical restore: another cluster counts its transactions from the start, and nobody is accused for that."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from daf_backend.auth.keyring import Keyring
from daf_backend.db.deploy import deploy, deploy_side
from daf_backend.db.embedded import Cluster, Servers
from daf_backend.db.runtime import Runtime
from daf_backend.puente.sides import Sides
from daf_backend.settings import SIDES

from ..conftest import Act
from .conftest import IDS, KEEPER, NAMES, TABLES, Trail

NOTE = "SELECT privado.evento('PRUEBA', %s)"


@pytest.fixture(scope="module")
def elsewhere(settings) -> Iterator[Cluster]:
    """Another cluster, with our roles and nothing else of ours that matters."""
    with tempfile.TemporaryDirectory(prefix="daf-test-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        own = settings.model_copy(update={"home": Path(folder)})
        with Cluster(own.home, Path(own.pg_bindir) if own.pg_bindir else None) as cluster:
            deploy(cluster.servers, own, echo=lambda line: None)
            with psycopg.connect(cluster.servers.admin_conninfo("pos"), autocommit=True) as root:
                root.execute(f"CREATE ROLE {KEEPER} LOGIN IN ROLE adm_bodega")
            yield cluster


def dump(trail, cluster, side, path):
    """What pg_dump takes of a side, as it is at this moment."""
    place = trail.servers.admin_conninfo(side)
    subprocess.run([cluster.bindir / "pg_dump", "-Fc", "-f", path, "-d", place], check=True)


@contextmanager
def restored(trail, elsewhere, dumps, *, with_deploy=True) -> Iterator[Trail]:
    """Both dumps in the other cluster, deployed or not, as a trail of their own; its published files begin anew."""
    servers = Servers(*(elsewhere.conninfo(NAMES[side]) for side in SIDES), elsewhere.servers.admin)
    own = trail.settings.model_copy(update={
        "home": elsewhere.home, "pos_dsn": servers.pos, "ecom_dsn": servers.ecom, "admin_dsn": servers.admin,
    })  # fmt: skip
    with psycopg.connect(servers.admin_conninfo("pos", "postgres"), autocommit=True) as root:
        try:
            for side in SIDES:
                root.execute(f"CREATE DATABASE {NAMES[side]} TEMPLATE template0 ENCODING 'UTF8'")
                place = servers.admin_conninfo(side)
                subprocess.run([elsewhere.bindir / "pg_restore", "-d", place, dumps[side]], check=True)
                if with_deploy:
                    deploy_side(place, side, Keyring.load(own), echo=lambda line: None)
            with opened(own, servers) as copy:
                yield copy
        finally:
            for side in SIDES:
                root.execute(f"DROP DATABASE IF EXISTS {NAMES[side]} WITH (FORCE)")


@contextmanager
def opened(own, servers) -> Iterator[Trail]:
    """A trail over databases that are there."""
    with ExitStack() as stack:
        conns = {
            side: stack.enter_context(psycopg.connect(servers.admin_conninfo(side), autocommit=True))
            for side in SIDES
        }
        keeper = stack.enter_context(psycopg.connect(servers.admin_conninfo("pos"), autocommit=True))
        keeper.execute(f"SET SESSION AUTHORIZATION {KEEPER}")
        runtime = Runtime(own)
        stack.callback(runtime.close)
        folder = Path(tempfile.mkdtemp(dir=own.home))
        yield Trail(own, servers, Sides(runtime), folder, conns, Act(keeper))


BURN = """
    CREATE TEMP TABLE quemada (n int);
    DO $$
    BEGIN
        FOR n IN 1 .. 20000 LOOP
            BEGIN
                INSERT INTO quemada VALUES (n);
            EXCEPTION WHEN unique_violation THEN NULL;
            END;
        END LOOP;
    END
    $$;
    DROP TABLE quemada
"""


def counted(place):
    """How many transactions a cluster has counted."""
    with psycopg.connect(place) as conn:
        return int(conn.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()[0])


@pytest.fixture
def dumps(request, trail, cluster, elsewhere, tmp_path):
    """Dumps of a moment with rows that no seal covers yet, one of them with an id below sealed ones."""
    place = trail.servers.admin_conninfo("pos")
    if getattr(request, "param", "") == "muchas transacciones":
        target = counted(elsewhere.servers.admin_conninfo("pos")) + 20_000  # a restore counts some itself
        while counted(place) < target:
            trail.query("pos", BURN)
        trail.write()
    with psycopg.connect(place) as early, psycopg.connect(place) as late:
        early.execute("SELECT pg_current_xact_id()")
        late.execute(NOTE, ("rezagada",))
        early.execute(NOTE, ("sellada",))
        early.commit()
        trail.seal()
        late.commit()
    trail.write()
    paths = {}
    for side in SIDES:
        paths[side] = tmp_path / f"{side}.dump"
        dump(trail, cluster, side, paths[side])
    return paths


def xids(trail, table="auditoria"):
    ((low, high, now),) = trail.query(
        "pos",
        f"SELECT min(xid)::text::bigint, max(xid)::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        f" FROM datos.{table}",
    )
    return low, high, now


@pytest.mark.parametrize(
    ("dumps", "with_deploy"),
    [("pocas transacciones", False), ("muchas transacciones", True), ("muchas transacciones", False)],
    indirect=["dumps"],
)
def test_lo_restaurado_esta_como_se_sello_antes_y_despues_de_escribir(
    request, trail, elsewhere, dumps, with_deploy
):
    with restored(trail, elsewhere, dumps, with_deploy=with_deploy) as copy:
        low, high, now = xids(copy)
        more = "muchas" in request.node.name
        while not more and now <= high:  # what came before in this server's life is not for us to choose
            copy.query("pos", BURN)
            low, high, now = xids(copy)
        assert (low < now < high) if more else (high < now), "this shows nothing"
        for side in SIDES:
            assert copy.verify(side).wrong == []
        for _ in range(3):
            copy.write()
            copy.seal()
            for side in SIDES:
                assert copy.verify(side).findings == []
        rows = {side: sum(state["ultimo"] for state in copy.verify(side).states) for side in SIDES}
        assert copy.seal() == 0 and rows["pos"] > 30
        for table in TABLES["pos"]:  # nothing is left out and nothing is sealed twice
            ((count,),) = copy.query("pos", f"SELECT count(*) FROM datos.{table}")
            assert [(count,)] == copy.query(
                "pos", "SELECT sum(filas) FROM datos.sello WHERE tabla = %s", table
            )


def test_en_lo_restaurado_se_nombra_lo_manipulado_de_antes_y_de_despues(trail, elsewhere, dumps):
    with restored(trail, elsewhere, dumps) as copy:
        copy.write()
        copy.seal()
        for table in TABLES["pos"]:
            for choose in ("min", "max"):
                ((row,),) = copy.query("pos", f"SELECT {choose}({IDS[table]}) FROM datos.{table}")
                for act in ("DELETE FROM datos.{}", "UPDATE datos.{} SET xid = '3'"):
                    with copy.tampering("pos") as sql:
                        sql(f"{act.format(table)} WHERE {IDS[table]} = %s", row)
                        assert {each.table for each in copy.verify("pos").wrong} == {table}, (act, row)


def test_lo_que_la_copia_de_fuera_tiene_de_mas_se_dice_y_no_es_un_error(trail, elsewhere, dumps):
    """Sealed and published after the backup was taken: lost with the restore, and said so."""
    lost = trail.folder
    trail.write()
    trail.seal()
    with restored(trail, elsewhere, dumps) as copy:
        copy.write()
        copy.seal()
        report = copy.verify("pos", folder=lost)
    assert {each.problem for each in report.warnings} == {"restaurada"}
    assert report.wrong == [] and {each.table for each in report.warnings} == set(TABLES["pos"])


def test_fingir_una_restauracion_para_borrar_la_cola_se_nota(trail):
    """Seals of another epoch, forged in place: this database has never been anywhere else."""
    row = trail.some_row("pos", "kardex")
    window = trail.window("pos", "kardex", row)
    with trail.tampering("pos") as sql:
        sql("DELETE FROM datos.kardex WHERE krd_codigo >= %s", row)
        sql("DELETE FROM datos.sello WHERE tabla = 'kardex' AND numero >= %s", window)
        sql(
            "SELECT privado.sello_poner(s) FROM (SELECT 'pos', tabla, 0, 'APERTURA', 1, 3, '1.1.1', %s::bigint,"
            " '0'::xid8, fila_desde, '0'::xid8, fila_desde, %s::bigint, 0, 0, sha256(''), ''::bytea, anterior, now(),"
            " sello FROM datos.sello WHERE tabla = 'kardex' AND numero = 2) AS s", row, row - 1,
        )  # fmt: skip
        assert [each.problem for each in trail.verify("pos").warnings] == [
            "otra_base",
            "restaurada",
            "restaurada",
        ]
        sql("SELECT privado.sello_preparar()")  # and as soon as the worker comes round
        assert "epoca_repetida" in {each.problem for each in trail.verify("pos").wrong}
