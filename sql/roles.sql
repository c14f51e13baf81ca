-- Cluster roles. Repeatable; run alone, in database postgres, under one advisory lock, before either side is
-- deployed (role DDL from two databases at once races).
--
-- Three kinds of role, none of them superuser, CREATEROLE or BYPASSRLS:
--   owners   NOLOGIN, two a side, members of nothing and without members. <side>_datos owns the tables and the
--            privado steps; <side>_api owns the api write functions, so row-level security binds inside them.
--   groups   NOLOGIN. What a member of staff may do is the union of their groups. All are in `personal`,
--            which is what "a member of staff" means: the API lets nobody else in.
--   services LOGIN, for what has no person behind it: sessions (api_login), the shop's visitors (ecom_publico),
--            its shoppers (ecom_cliente, always with a signed context) and the bridge (puente).
-- Passwords of the services are set by the deploy from DAF_HOME/keys, never here.
--
-- Functions owned by the superuser ("crown jewels": they read pg_authid or change roles) are listed by name in
-- sql/comun/9_duenos.sql, and nowhere else.

DO $roles$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY[
        'pos_datos', 'pos_api', 'ecom_datos', 'ecom_api',
        'personal',
        'admin', 'adm_bodega', 'bodega', 'adm_ventas', 'ventas', 'adm_fact',
        'adm_compras', 'compras', 'cajero', 'contador', 'auditor'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I', v_role);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT', v_role
        );
    END LOOP;

    FOREACH v_role IN ARRAY ARRAY['api_login', 'ecom_publico', 'ecom_cliente', 'puente'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I', v_role);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT', v_role
        );
    END LOOP;
END
$roles$;

GRANT personal TO
    admin, adm_bodega, bodega, adm_ventas, ventas, adm_fact, adm_compras, compras, cajero, contador, auditor;
