"""What a server allows, read from its own catalog with the queries of ``sql/permisos/``.

They read only what any login may read, so an auditor's connection will do.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import psycopg

from ..errors import from_database
from ..settings import Side
from .connect import BadCredential, ServerAway, connect
from .deploy import SQL_ROOT
from .embedded import Servers

Facts = dict[str, dict[str, str]]  # object -> aspect -> value
Connection = psycopg.Connection

FOLDER = SQL_ROOT / "permisos"
QUERIES = ("roles", "servidor", "tablas", "funciones", "concesiones")
CLUSTER = "rol "  # objects of the whole server, and not of one database, begin like this

_BODIES = b"""
    SELECT format('%I.%I', n.nspname, p.proname), p.prosrc
    FROM pg_proc AS p JOIN pg_namespace AS n ON p.pronamespace = n.oid
    WHERE n.nspname IN ('api', 'privado')
"""


def capture(conn: psycopg.Connection, roles: Collection[str], groups: Collection[str]) -> Facts:
    """Everything one database and its server's roles allow, with ``roles`` as ours and ``groups`` as people's."""
    found: Facts = {}
    with conn.transaction():
        conn.execute(
            "SELECT set_config('daf.roles', %s, true), set_config('daf.grupos', %s, true),"
            " set_config('search_path', 'pg_catalog', true)",
            (",".join(roles), ",".join(groups)),
        )
        for name in QUERIES:
            for item, aspect, value in conn.execute((FOLDER / f"{name}.sql").read_bytes()):
                found.setdefault(item, {})[aspect] = value
    return found


def bodies(conn: psycopg.Connection) -> dict[str, str]:
    """The source of every function of ours, as the server runs it."""
    return dict(conn.execute(_BODIES).fetchall())


@contextmanager
def looking(
    servers: Servers, side: Side, login: str | None = None, password: str = ""
) -> Iterator[psycopg.Connection]:
    """A connection to look with: the superuser's, or a login's own.

    Raises:
        Problem: the credentials were refused, or the server is away.
    """
    if login is None:
        with psycopg.connect(servers.admin_conninfo(side), autocommit=True) as conn:
            yield conn
        return
    try:
        conn = connect(getattr(servers, side), login, password=password)
    except (BadCredential, ServerAway) as exc:
        problem: Exception = from_database(exc)
        raise problem from exc
    with conn:
        yield conn
