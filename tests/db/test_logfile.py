"""A log stays within bounds while whoever writes it goes on writing."""

import stat
import subprocess

import pytest

from daf_backend.db import logfile
from daf_backend.supervisor import Service


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(logfile, "LIMIT", 100)
    return tmp_path / "serve.log"


def test_its_writer_goes_on_in_an_empty_file(log):
    with logfile.append(log) as writer:
        for line in (b"a" * 101, b"b" * 100, b"c"):
            writer.write(line)
            writer.flush()
            logfile.shorten(log)
    assert (log.read_bytes(), log.with_suffix(".log.1").read_bytes()) == (b"", b"b" * 100 + b"c")


def test_it_and_what_was_set_aside_are_ours_alone(log):
    with logfile.append(log) as writer:
        writer.write(b"a" * 101)
    logfile.append(log).close()
    for path in (log, log.with_suffix(".log.1")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not log.with_suffix(".log.new").exists()


def test_a_service_that_runs_for_months_fills_no_disk(log, settings, monkeypatch):
    service = Service("serve", settings.model_copy(update={"home": log.parent}))
    (log.parent / "log").mkdir()
    service.log.write_bytes(b"x" * 101)
    monkeypatch.setattr(Service, "start", lambda self: None)
    service._process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        service.tend(print)
        assert service.log.stat().st_size == 0
    finally:
        service.stop()
