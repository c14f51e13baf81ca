"""Faults in tables, policies, triggers and functions."""

from .faults import fault


@fault
def policy_dropped(site):
    table, _, policy = site.table("política")
    return f"DROP POLICY {policy.split()[1]} ON {table}", table


@fault
def policy_loosened(site):
    item, _, policy = site.table("política")
    while (
        site.facts[item][policy] in ("ALL USING (true)", "SELECT USING (true)")
        or "USING" not in site.facts[item][policy]
    ):
        item, _, policy = site.table("política")
    return f"ALTER POLICY {policy.split()[1]} ON {item} USING (true OR session_user = 'x')", item


@fault
def policy_added(site):
    table, _, _ = site.table()
    return f"CREATE POLICY abierta ON {table} TO {site.role()} USING (true)", table


@fault
def row_security_disabled(site):
    table, _, _ = site.table("política")
    return f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", table


@fault
def table_granted(site):
    table, facts, _ = site.table()
    verb = site.dice.choice(["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER"])
    return f"GRANT {verb} ON {table} TO {site.role(facts.get(verb, ''))}", table


@fault
def column_granted(site):
    table, facts, _ = site.table("SELECT")
    columns = [aspect for aspect in facts if aspect.startswith("SELECT (")]
    if not columns:
        return f"GRANT UPDATE (xmin) ON {table} TO {site.role()}", table
    aspect = site.dice.choice(columns)
    strangers = [service for service in site.services if service not in facts[aspect].split()]
    return f"GRANT {aspect} ON {table} TO {site.dice.choice(strangers)}", table


@fault
def column_revoked(site):
    table, facts, aspect = site.table("SELECT")
    return f"REVOKE {aspect} ON {table} FROM {site.dice.choice(facts[aspect].split())}", table


@fault
def function_granted(site):
    item, facts = site.function()
    return f"GRANT EXECUTE ON FUNCTION {item} TO {site.role(facts.get('EXECUTE', ''))}", item


@fault
def function_public(site):
    item, _ = site.function()
    return f"GRANT EXECUTE ON FUNCTION {item} TO PUBLIC", item


@fault
def function_revoked(site):
    item, facts = site.item(lambda item, facts: item.startswith("api.") and "EXECUTE" in facts)
    return f"REVOKE EXECUTE ON FUNCTION {item} FROM {site.dice.choice(facts['EXECUTE'].split())}", item


@fault
def function_definer(site):
    item, _ = site.function("INVOKER")
    return f"ALTER FUNCTION {item} SECURITY DEFINER SET search_path = pg_catalog, pg_temp", item


@fault
def function_search_path_open(site):
    item, _ = site.function("DEFINER")
    how = site.dice.choice(["RESET search_path", "SET search_path = public, pg_catalog"])
    return f"ALTER FUNCTION {item} {how}", item


@fault
def function_owner_changed(site):
    item, facts = site.function("DEFINER")
    now = facts["corre"].replace("<superusuario>", "postgres").split()
    owners = {f"{site.side}_datos", f"{site.side}_api", "postgres"} - set(now)
    return f"ALTER FUNCTION {item} OWNER TO {site.dice.choice(sorted(owners))}", item


@fault
def function_leakproof(site):
    item, _ = site.function()
    return f"ALTER FUNCTION {item} LEAKPROOF", item


@fault
def function_rewritten(site):
    item, _ = site.function()
    return f"UPDATE pg_proc SET prosrc = prosrc || ' ' WHERE oid = '{item}'::regproc", item


@fault
def function_added(site):
    made = "RETURNS json LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT NULL::json'"
    return f"CREATE FUNCTION api.puerta_trasera() {made}", "api.puerta_trasera"


@fault
def function_overloaded(site):
    item, _ = site.item(lambda item, facts: item.startswith("api."))
    return f"CREATE FUNCTION {item}(box) RETURNS json LANGUAGE sql AS 'SELECT NULL::json'", item


@fault
def table_owner_changed(site):
    table, _, _ = site.table()
    return f"ALTER TABLE {table} OWNER TO {site.side}_api", table


@fault
def table_added(site):
    return "CREATE TABLE datos.olvidada (id int)", "datos.olvidada"


@fault
def view_over_a_table(site):
    table, _, _ = site.table("política")
    return f"CREATE VIEW datos.rendija AS SELECT 1 FROM {table}", "datos.rendija"


@fault
def trigger_dropped(site):
    table, _, trigger = site.table("disparador")
    while table.startswith("datos.auditoria_"):  # a partition's triggers are its parent's
        table, _, trigger = site.table("disparador")
    return f"DROP TRIGGER {trigger.split()[1]} ON {table}", table


@fault
def trigger_disabled(site):
    table, _, trigger = site.table("disparador")
    return f"ALTER TABLE ONLY {table} DISABLE TRIGGER {trigger.split()[1]}", table
