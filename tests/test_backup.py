"""Backups: whole or not there, private, checked before they are believed, and one moment of two databases."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from daf_backend.db import binaries
from daf_backend.db.backup import BackupError, archive, cut, people, programs, verify
from daf_backend.db.call import runtime
from daf_backend.db.statement import TURN
from daf_backend.errors import Problem
from daf_backend.http import files

from .restoring import Place, place, silent


@pytest.fixture(scope="module")
def source(settings, servers):
    return Place(settings, servers)


@pytest.fixture(scope="module")
def taken(source, staff, tmp_path_factory):
    staff("ventas")
    return source.backup(tmp_path_factory.mktemp("respaldos"))


@pytest.fixture
def copy(taken, tmp_path):
    """A backup to damage."""
    return shutil.copytree(taken, tmp_path / "copia")


@pytest.fixture
def bindir(settings, tmp_path):
    """The server's programs, of which one can be made to hang."""
    real = binaries.find(Path(settings.pg_bindir) if settings.pg_bindir else None)

    def hang(program):
        folder = tmp_path / f"bin_{program}"
        folder.mkdir()
        for path in real.iterdir():
            (folder / path.name).symlink_to(path)
        (folder / program).unlink()
        slow = f'#!/bin/sh\ncase "$*" in *--version*|*--list*) exec {real}/{program} "$@";; esac\nexec sleep 60\n'
        (folder / program).write_text(slow)
        (folder / program).chmod(0o755)
        return str(folder)

    return hang


def daf(settings, servers, *words, **environment):
    """A `daf` command under way, on servers that are already there."""
    given = {
        "DAF_HOME": str(settings.home), "DAF_POS_DSN": servers.pos, "DAF_ECOM_DSN": servers.ecom,
        "DAF_ADMIN_DSN": servers.admin.get_secret_value(), "DAF_UPLOADS": str(settings.uploads),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "daf_backend.cli", *map(str, words)], env={**os.environ, **given, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def kill_when(child, ready):
    """kill -9 to the command and its children, at the moment that ``ready()`` says."""
    give_up = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < give_up and child.poll() is None, child.communicate()[0]
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def test_a_backup_is_private_complete_and_says_what_it_holds(taken):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in taken.iterdir()}
    parts = {"manifiesto.json", "personas.json", "imagenes.tar", "pos.dump", "ecom.dump"}
    assert modes == dict.fromkeys(parts, 0o600) and stat.S_IMODE(taken.stat().st_mode) == 0o700
    manifest = verify(taken, silent)
    assert manifest.partes.keys() == parts - {"manifiesto.json"}
    assert "comun/0001_base.sql" in manifest.migraciones["ecom"]
    assert not list(taken.parent.glob(".*"))


def test_it_holds_no_key_no_password_and_no_code(taken, settings):
    everything = b"".join(path.read_bytes() for path in taken.iterdir())
    for path in (settings.home / "keys").iterdir():
        for word in path.read_text().replace("@", ":").split(":"):
            assert len(word) < 20 or word.encode() not in everything, path.name
    place, _ = programs.folder_for(settings, verify(taken, silent).programas)
    for side in ("pos", "ecom"):
        said = subprocess.run(
            [place / "pg_restore", "-f", "-", taken / f"{side}.dump"], capture_output=True, check=True
        )
        assert b"COPY datos.ajuste " in said.stdout and b"CREATE FUNCTION" not in said.stdout
        for table in (b"sesion", b"contexto_clave", b"login_intento"):
            assert b"COPY datos." + table + b" " not in said.stdout, table


@pytest.mark.parametrize("part", ["pos.dump", "personas.json", "imagenes.tar"])
def test_a_changed_byte_is_found_and_nothing_is_restored(copy, part, settings, source):
    data = bytearray((copy / part).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / part).write_bytes(data)
    for check in (lambda: verify(copy, silent), lambda: source.restore(copy, save=lambda: None)):
        with pytest.raises(BackupError, match=f"{part} no es lo que se respaldó"):
            check()


def test_a_part_missing_or_a_stranger_s_folder_is_no_backup(copy, tmp_path):
    (copy / "ecom.dump").unlink()
    with pytest.raises(BackupError, match=r"le falta ecom\.dump"):
        verify(copy, silent)
    with pytest.raises(BackupError, match="no es un respaldo"):
        verify(tmp_path, silent)


def rewrite(path, change):
    """Change what a manifest says."""
    told = json.loads((path / "manifiesto.json").read_text())
    change(told)
    (path / "manifiesto.json").write_text(json.dumps(told))


def test_a_newer_program_s_backup_is_refused_by_name(copy, source):
    rewrite(copy, lambda told: told["migraciones"]["pos"].update({"pos/9999_futuro.sql": "0"}))
    with pytest.raises(BackupError, match=r"más nueva que este programa: trae pos/9999_futuro\.sql"):
        source.restore(copy, save=lambda: None)
    rewrite(copy, lambda told: told.update(formato=9))
    with pytest.raises(BackupError, match="formato 9"):
        source.restore(copy)


@pytest.mark.parametrize("login", ["postgres'; DROP", "pg_monitor", "Ana", "a"])
def test_the_people_of_a_backup_look_like_logins(login):
    row = people.Person("ana_1", None, True, None, -1, None, ["ventas"])._asdict()
    assert people.load([row])
    with pytest.raises(BackupError):
        people.load([{**row, "login": login}])
    with pytest.raises(BackupError):
        people.load([{**row, "verificador": "md5aaaa"}])


def test_pictures_that_are_not_pictures_are_not_unpacked(settings, tmp_path):
    import tarfile

    with tarfile.open(tmp_path / "malo.tar", "w") as bundle:
        bundle.add(__file__, "../../etc/x")
    with pytest.raises(ValueError, match="pictures alone"):
        files.unpack(settings.model_copy(update={"uploads": tmp_path}), tmp_path / "malo.tar")


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "daf-x").mkdir()
    with pytest.raises(BackupError, match="no se escribe encima"), archive.draft(tmp_path, "daf-x"):
        pass


def test_a_backup_killed_half_way_leaves_nothing_under_its_name(settings, servers, bindir, tmp_path):
    folder = tmp_path / "r"
    child = daf(settings, servers, "backup", folder, DAF_PG_BINDIR=bindir("pg_dump"))
    kill_when(child, lambda: list(folder.glob(".daf-*.parte/personas.json")))
    assert not list(folder.glob("daf-*")) and list(folder.glob(".daf-*.parte"))
    time.sleep(1)  # a backup's name is its second
    child = daf(settings, servers, "backup", folder, DAF_PG_BINDIR=settings.pg_bindir)
    said, _ = child.communicate()
    assert child.returncode == 0, said
    assert len(list(folder.iterdir())) == 1 and verify(next(folder.iterdir()), silent)


def test_a_restore_killed_half_way_leaves_the_place_clean_for_the_next(settings, taken, bindir):
    with place(settings) as here:
        child = daf(here.settings, here.servers, "restore", taken, DAF_PG_BINDIR=bindir("pg_restore"))

        def begun():
            with here.admin(dbname="postgres") as conn:
                return (
                    conn.execute("SELECT FROM pg_database WHERE datname LIKE '%restaurando'").fetchone()
                    is not None
                )

        kill_when(child, begun)
        with here.admin(dbname="postgres") as conn:
            assert conn.execute("SELECT FROM pg_database WHERE datname = 'daf_pos'").fetchone() is None
            assert people.read(conn) == []
        here.restore(taken)
        with here.admin() as conn:
            assert people.read(conn)


def test_the_bridge_tells_the_shop_nothing_between_the_two_snapshots(app, servers):
    with app.app_context(), psycopg.connect(servers.admin_conninfo("ecom")) as gate:
        gate.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (TURN,))
        state = runtime()
        with pytest.raises((psycopg.errors.LockNotAvailable, Problem)):
            state.ask("ecom", "puente", "pedido_por_facturar")
        assert isinstance(state.ask("pos", "puente", "cupo_web_reclamar"), list)
        gate.rollback()
        assert isinstance(state.ask("ecom", "puente", "pedido_por_facturar"), list)


def test_a_backup_waits_for_what_the_bridge_is_telling(app, servers, monkeypatch):
    with psycopg.connect(servers.admin_conninfo("ecom")) as telling:
        telling.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", (TURN,))
        monkeypatch.setattr(cut, "PATIENCE", "100ms")
        with pytest.raises(BackupError, match="el puente no suelta la tienda"), cut.cut(servers):
            pass
        monkeypatch.setattr(cut, "PATIENCE", "20s")
        threading.Timer(0.2, telling.rollback).start()
        with cut.cut(servers) as sides:
            assert [*sides] == ["pos", "ecom"]
