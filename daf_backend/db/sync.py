"""The staff of one server on another: for a shop's database that does not share its server with the till's.

Logins belong to a server, so where there are two, what an administrator does on the POS side (the authority) is copied:
who there is, with which verifier, until when, in which groups, and who may no longer log in. Runs as the superuser of
both; verifiers go from one catalog to the other and nowhere else.
"""

from typing import NamedTuple

import psycopg
from psycopg import sql

from .embedded import ClusterError, Servers

STAFF = b"""
    SELECT
        r.rolname, a.rolpassword, coalesce(a.rolvaliduntil, 'infinity')::text, r.rolcanlogin,
        privado.roles_de(r.rolname::text)
    FROM pg_roles AS r
    JOIN pg_authid AS a USING (oid)
    WHERE privado.rol_es_persona(r.rolname::text)
    ORDER BY r.rolname
"""


class Member(NamedTuple):
    """A member of staff, as a server knows them."""

    login: str
    verifier: str | None
    until: str
    active: bool
    roles: list[str]


def same_server(servers: Servers) -> bool:
    """Whether both databases are of one cluster, asked of the clusters themselves."""
    ids = set()
    for side in ("pos", "ecom"):
        with psycopg.connect(servers.admin_conninfo(side)) as conn:
            ids.add(conn.execute("SELECT system_identifier FROM pg_control_system()").fetchone())
    return len(ids) == 1


def copy_staff(servers: Servers) -> tuple[list[str], list[str]]:
    """Make ECOM's staff what POS's is, in one transaction: who changed there, and who is of ECOM alone (left alone).

    Raises:
        ClusterError: ECOM's server has a role of that name that is not of the staff.
    """
    with psycopg.connect(servers.admin_conninfo("pos")) as conn:
        wanted = _staff(conn)
    with psycopg.connect(servers.admin_conninfo("ecom")) as conn:
        conn.execute("LOCK TABLE pg_catalog.pg_auth_members IN SHARE UPDATE EXCLUSIVE MODE")
        found = _staff(conn)
        changed = [member for member in wanted.values() if found.get(member.login) != member]
        for (
            member
        ) in changed:  # first what opens, then what closes: an administrator must be left at each step
            _open(conn, member, found.get(member.login))
        for member in changed:
            _close(conn, member, found.get(member.login))
    return [member.login for member in changed], sorted(found.keys() - wanted.keys())


def _staff(conn: psycopg.Connection) -> dict[str, Member]:
    conn.execute("SET LOCAL TimeZone = 'UTC'")
    return {row[0]: Member(*row) for row in conn.execute(STAFF)}


def _open(conn: psycopg.Connection, wanted: Member, found: Member | None) -> None:
    """Make the login, with its verifier, in all its groups, able to log in if it is there."""
    role, group = sql.Identifier(wanted.login), sql.Identifier(wanted.roles[0])
    if found is None:
        try:
            conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN IN ROLE {}").format(role, group))
        except psycopg.errors.DuplicateObject as exc:
            raise ClusterError(f"en ECOM hay un rol {wanted.login} que no es de una persona") from exc
    secret, until = sql.Literal(wanted.verifier), sql.Literal(wanted.until)
    together = sorted({*wanted.roles, *(found.roles if found else ())})
    conn.execute("SELECT privado.rol_grupos(%s, %s)", (wanted.login, together))
    conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {} VALID UNTIL 'infinity'").format(role, secret))
    if wanted.active:
        conn.execute("SELECT privado.rol_ingreso(%s, true)", (wanted.login,))
    conn.execute(sql.SQL("ALTER ROLE {} VALID UNTIL {}").format(role, until))


def _close(conn: psycopg.Connection, wanted: Member, found: Member | None) -> None:
    """Take away what it may no longer have, and what a former password opened."""
    conn.execute("SELECT privado.rol_grupos(%s, %s)", (wanted.login, wanted.roles))
    if not wanted.active:
        conn.execute("SELECT privado.rol_ingreso(%s, false)", (wanted.login,))
    if found and (not wanted.active or wanted.verifier != found.verifier):
        conn.execute("SELECT privado.sesion_cerrar('staff', %s, NULL, 'sincronizado')", (wanted.login,))
        conn.execute("SELECT privado.rol_desconectar(%s)", (wanted.login,))
