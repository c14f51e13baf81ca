"""Faults in roles, memberships, and the doors around the tables."""

from .faults import fault


@fault
def owner_has_member(site):
    return f"GRANT {site.side}_{site.dice.choice(['datos', 'api'])} TO {site.person}", f"rol {site.person}"


@fault
def owner_is_member(site):
    owner = f"{site.side}_{site.dice.choice(['datos', 'api'])}"
    return f"GRANT {site.role()} TO {owner}", f"rol {owner}"


@fault
def service_in_a_group(site):
    service = site.dice.choice(site.services)
    return f"GRANT {site.role()} TO {service}", f"rol {service}"


@fault
def group_in_a_group(site):
    inside = site.role()
    return f"GRANT {inside} TO {(outer := site.role(inside))}", f"rol {outer}"


@fault
def group_became_powerful(site):
    group, power = (
        site.role(),
        site.dice.choice(["SUPERUSER", "CREATEROLE", "CREATEDB", "BYPASSRLS", "REPLICATION", "LOGIN"]),
    )
    return f"ALTER ROLE {group} {power}", f"rol {group}"


@fault
def person_became_powerful(site):
    power = site.dice.choice(["SUPERUSER", "CREATEROLE", "CREATEDB", "BYPASSRLS", "REPLICATION"])
    return f"ALTER ROLE {site.person} {power}", f"rol {site.person}"


@fault
def person_in_a_role_of_the_server(site):
    role = site.dice.choice(
        ["pg_read_all_data", "pg_write_all_data", "pg_read_server_files", "pg_signal_backend"]
    )
    return f"GRANT {role} TO {site.person}", f"rol {site.person}"


@fault
def person_may_appoint(site):
    return f"GRANT {site.role()} TO {site.person} WITH ADMIN OPTION", f"rol {site.person}"


@fault
def stranger_above_us(site):
    return "CREATE ROLE forastero LOGIN BYPASSRLS", "rol forastero"


@fault
def grant_option(site):
    item, facts = site.item(lambda item, facts: item.startswith("api.") and "EXECUTE" in facts)
    role = site.dice.choice(facts["EXECUTE"].split())
    return f"GRANT EXECUTE ON FUNCTION {item} TO {role} WITH GRANT OPTION", item


@fault
def schema_opened(site):
    schema = site.dice.choice(["api", "privado", "datos", "public", "ext"])
    return f"GRANT CREATE ON SCHEMA {schema} TO {site.role()}", f"esquema {schema}"


@fault
def database_opened(site):
    what = site.dice.choice(["CONNECT", "TEMP", "CREATE"])
    return f"GRANT {what} ON DATABASE daf_{site.side} TO PUBLIC", "base de datos"


@fault
def defaults_opened(site):
    return (
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA datos GRANT SELECT ON TABLES TO {site.role()}",
        "por omisión de",
    )


@fault
def catalog_opened(site):
    door, item = site.dice.choice([
        ("SELECT ON pg_authid", "catálogo pg_authid"),
        ("EXECUTE ON FUNCTION pg_read_file(text)", "función pg_read_file(text)"),
        ("SELECT (rolpassword) ON pg_authid", "catálogo pg_authid, columna rolpassword"),
        ("SET ON PARAMETER session_replication_role", "parámetro session_replication_role"),
    ])  # fmt: skip
    return f"GRANT {door} TO {site.role()}", item


@fault
def extension_opened(site):
    return "GRANT EXECUTE ON FUNCTION ext.unaccent(text) TO PUBLIC", "ext.unaccent"


@fault
def setting_planted(site):
    service = site.dice.choice(site.services)
    return f"ALTER ROLE {service} SET search_path = public", f"rol {service}"
