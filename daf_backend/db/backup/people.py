"""The people of a deployment: their logins, which are the cluster's and in no database's dump.

Groups, owners and services come from a deploy; a superuser never from a backup. So a backup holds who is in one of the
groups and nobody else, and a restore writes nobody else.
"""

import re
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from .archive import BackupError

LOGIN = re.compile(r"(?!pg_)[a-z][a-z0-9_]{2,40}")
VERIFIER = re.compile(
    r"SCRAM-SHA-256\$[0-9]{1,7}:[A-Za-z0-9+/=]{8,64}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}="
)
STAFF = """
    SELECT
        a.rolname, a.rolpassword, a.rolcanlogin,
        CASE
            WHEN a.rolvaliduntil <> 'infinity'
                THEN to_char(a.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US"Z"')
        END,
        a.rolconnlimit,
        shobj_description(a.oid, 'pg_authid'),
        array_agg(DISTINCT g.rolname::text ORDER BY g.rolname::text)
    FROM pg_authid AS a
    JOIN pg_auth_members AS m ON m.member = a.oid
    JOIN pg_roles AS g ON g.oid = m.roleid
    WHERE g.rolname = ANY (%(groups)s) AND NOT a.rolsuper AND a.rolname <> ALL (%(groups)s)
    GROUP BY a.oid, a.rolname, a.rolpassword, a.rolcanlogin, a.rolvaliduntil, a.rolconnlimit
    ORDER BY a.rolname
"""
# What a deploy puts in `personal`: nobody logs in as a group.
GROUPS = """
    SELECT r.rolname::text
    FROM pg_authid AS r
    JOIN pg_auth_members AS m ON m.member = r.oid
    WHERE m.roleid = to_regrole('personal') AND NOT r.rolcanlogin AND r.rolpassword IS NULL
"""


class Person(NamedTuple):
    """A login as the cluster knows it. A verifier proves a password and is none."""

    login: str
    verificador: str | None
    entra: bool
    valido_hasta: str | None
    conexiones: int
    comentario: str | None
    grupos: list[str]

    def __repr__(self) -> str:
        return f"Person({self.login})"


def read(conn: psycopg.Connection) -> list[Person]:
    """Everybody in a group."""
    return [Person(*row) for row in conn.execute(STAFF, {"groups": _groups(conn)})]


def load(rows: list[dict[str, Any]]) -> list[Person]:
    """The people of a backup, each held against the forms a login and a verifier have.

    Raises:
        BackupError: somebody is no login of ours.
    """
    people = [Person(**row) for row in rows]
    for person in people:
        if not LOGIN.fullmatch(person.login) or not (
            person.verificador is None or VERIFIER.fullmatch(person.verificador)
        ):
            raise BackupError("el respaldo nombra a alguien que no es un usuario de este sistema")
    return people


def strangers(conn: psycopg.Connection, people: list[Person]) -> list[str]:
    """Logins of a backup that are there and are somebody else: another password, groups or state.

    Raises:
        BackupError: one of them is no member of the staff here, and so not ours to touch.
    """
    here = {person.login: person for person in read(conn)}
    names = [person.login for person in people]
    taken = conn.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", (names,)).fetchall()
    if odd := [login for (login,) in taken if login not in here]:
        raise BackupError(f"{', '.join(odd)} ya existe en este servidor y no es del personal: no se toca")
    return [person.login for person in people if here.get(person.login, person) != person]


def write(conn: psycopg.Connection, people: list[Person]) -> list[str]:
    """Make or correct everybody of a backup; who is on the staff here and not in it may not log in any more: their
    names. Runs in the caller's transaction.
    """
    here = {person.login: person for person in read(conn)}
    groups = set(_groups(conn))
    for person in people:
        if here.get(person.login) != person:
            _write_one(conn, person, here.get(person.login), groups)
    left = [
        login
        for login, person in here.items()
        if login not in {each.login for each in people} and person.entra
    ]
    for login in left:
        conn.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(login)))
    return left


def _write_one(conn: psycopg.Connection, person: Person, before: Person | None, groups: set[str]) -> None:
    if unknown := set(person.grupos) - groups:
        raise BackupError(f"{person.login} está en grupos que aquí no existen: {', '.join(sorted(unknown))}")
    name = sql.Identifier(person.login)
    if before is None:
        conn.execute(sql.SQL("CREATE ROLE {}").format(name))
    conn.execute(
        sql.SQL(
            "ALTER ROLE {} {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT"
            " PASSWORD {} VALID UNTIL {} CONNECTION LIMIT {}"
        ).format(
            name,
            sql.SQL("LOGIN" if person.entra else "NOLOGIN"),
            sql.Literal(person.verificador),
            sql.Literal(person.valido_hasta or "infinity"),
            sql.Literal(person.conexiones),
        )
    )
    conn.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(person.comentario)))
    for group in set(before.grupos if before else ()) - set(person.grupos):
        conn.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), name))
    for group in person.grupos:
        conn.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), name))


def _groups(conn: psycopg.Connection) -> list[str]:
    return ["personal", *(row[0] for row in conn.execute(GROUPS))]
