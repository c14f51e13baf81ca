"""Who could log in, as the catalog says: the one question asked before anybody is there to ask it as."""

import psycopg

QUERY = (
    "SELECT rolname FROM pg_roles"
    " WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'personal', 'MEMBER') ORDER BY rolname"
)


def staff_logins(conninfo: str, **credentials: str) -> list[str]:
    """Every login of the staff that may connect. Any role may ask."""
    with psycopg.connect(conninfo, **credentials) as conn:  # type: ignore[arg-type]
        return [row[0] for row in conn.execute(QUERY)]
