"""The token with which an empty deployment begins: made by the deploy, told once, kept 0600 in DAF_HOME/keys.

The databases hold only its digest. Once there is a company or an administrator it is worth nothing and is forgotten.
"""

import hashlib
import os
import secrets
from pathlib import Path

import psycopg

from ..settings import SIDES, Settings
from .embedded import Servers

BEGUN = b"""
    SELECT EXISTS (SELECT FROM datos.empresa) OR privado.arranque_otro_admin(NULL)
"""
OFFER = b"""
    INSERT INTO datos.arranque AS a (arr_huella) VALUES (%s)
    ON CONFLICT (arr_unico) DO UPDATE SET arr_huella = excluded.arr_huella, arr_fecha = now()
    WHERE a.arr_usado IS NULL AND a.arr_huella <> excluded.arr_huella
"""
FORGET = b"DELETE FROM datos.arranque WHERE arr_usado IS NULL"
WAITING = b"SELECT FROM datos.arranque WHERE arr_verificador IS NOT NULL"


def offer(servers: Servers, settings: Settings) -> str | None:
    """What to tell the operator: the token that begins, if it was made now, or where it is; nothing once begun."""
    path = settings.home / "keys" / "arranque"
    with psycopg.connect(servers.admin_conninfo("pos"), autocommit=True) as conn:
        row = conn.execute(BEGUN).fetchone()
        if row and row[0]:
            path.unlink(missing_ok=True)
            if conn.execute(WAITING).fetchone() is None:  # the shop may still need its copy
                _everywhere(servers, FORGET)
            return None
    made = not path.exists()
    token = _make(path) if made else path.read_text("ascii").strip()
    _everywhere(servers, OFFER, hashlib.sha256(token.encode()).hexdigest())
    return f"{token} (guardado en {path})" if made else f"está en {path}"


def _make(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(token)
    return token


def _everywhere(servers: Servers, statement: bytes, *values: str) -> None:
    for side in SIDES:
        with psycopg.connect(servers.admin_conninfo(side), autocommit=True) as conn:
            conn.execute(statement, values or None)
