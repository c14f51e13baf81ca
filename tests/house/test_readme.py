"""The README's diff that adds a noun is a real one: applied to a copy of the house, it serves its route."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from daf_backend.auth.keyring import Keyring
from daf_backend.auth.scram import verifier
from daf_backend.db import deploy
from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import json, sys
from daf_backend import create_app
from daf_backend.settings import Settings
given = json.load(sys.stdin)
client = create_app(Settings(_env_file=None, **given["settings"])).test_client()
token = client.post("/api/pos/login", json=given["login"]).json["token"]
print(client.get("/api/pos/marca", headers={"Authorization": f"Bearer {token}"}).text)
"""


@pytest.fixture
def house(tmp_path):
    """A copy of the house with the README's diff applied."""
    diff = re.search(r"<!-- noun\.diff -->\n```diff\n(.*?)```", (ROOT / "README.md").read_text(), re.S).group(
        1
    )
    assert len(diff.splitlines()) < 40
    for folder in ("daf_backend", "sql"):
        subprocess.run(["cp", "-R", ROOT / folder, tmp_path / folder], check=True)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "apply", "--unidiff-zero", "-"], input=diff.encode(), cwd=tmp_path, check=True)
    return tmp_path


@pytest.fixture
def database(house, servers, settings, monkeypatch):
    """A database deployed from that copy, with one brand and one salesperson."""
    monkeypatch.setattr(deploy, "SQL_ROOT", house / "sql")
    login = "t_lee_marcas"
    with psycopg.connect(servers.admin_conninfo("pos", "postgres"), autocommit=True) as conn:
        conn.execute("CREATE DATABASE daf_readme TEMPLATE template0 ENCODING 'UTF8'")
        try:
            place = servers.admin_conninfo("pos", "daf_readme")
            deploy.deploy_side(place, "pos", Keyring.load(settings), echo=lambda line: None)
            with psycopg.connect(place) as new:
                new.execute("INSERT INTO datos.marca VALUES ('ACM', 'Acme')")
                new.execute("SELECT api.usuario_crear(%s, %s, 'ventas')", (login, verifier(login, PASSWORD)))
            yield login
        finally:
            conn.execute("DROP DATABASE daf_readme WITH (FORCE)")
            conn.execute(f"DROP ROLE IF EXISTS {login}")


def test_the_diff_adds_a_noun_that_answers(house, database, servers, settings):
    given = {
        "settings": {
            "home": str(settings.home),
            "pos_dsn": servers.pos.replace("daf_pos", "daf_readme"),
            "ecom_dsn": servers.ecom,
        },
        "login": {"user": database, "password": PASSWORD},
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith("DAF_")}
    done = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(given), text=True, capture_output=True, cwd=house,
        env={**env, "PYTHONPATH": str(house)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"mar_codigo": "ACM", "mar_nombre": "Acme"}]
