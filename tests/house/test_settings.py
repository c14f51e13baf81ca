"""`.env.example` and `Settings` say the same: every setting, no other, and its default."""

import re

from daf_backend.settings import Settings

from .tree import ROOT

LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
WRITTEN = dict(found.groups() for line in LINES if (found := re.fullmatch(r"#(DAF_[A-Z_]+)=(.*)", line)))
DERIVED = {"DAF_HOME"}  # depends on who runs it


def test_every_setting_is_written_down_once():
    named = [line for line in LINES if re.match(r"#?DAF_", line)]
    assert sorted(WRITTEN) == sorted(f"DAF_{name.upper()}" for name in Settings.model_fields)
    assert len(named) == len(WRITTEN)


def test_what_is_written_down_is_the_default(tmp_path, monkeypatch):
    for name in WRITTEN:
        monkeypatch.delenv(name, raising=False)
    everything = tmp_path / "env"
    everything.write_text(
        "\n".join(f"{name}={value}" for name, value in WRITTEN.items() if name not in DERIVED),
        encoding="utf-8",
    )
    assert Settings(_env_file=everything) == Settings(_env_file=None)


def test_copying_it_changes_nothing():
    """An empty DAF_HOME would be the current folder; so every line is a comment."""
    assert all(not line or line.startswith("#") for line in LINES)
