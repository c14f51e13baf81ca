-- Empty: takes away everything a deploy is about to say again, and keeps every row.
--
-- Policies, triggers and grants in `datos` and the whole schemas `api` and `privado` go; the files loaded afterwards
-- are therefore exactly what is allowed, and a grant added by hand does not outlive the next deploy. Other schemas
-- (a job library's, extensions') are not touched.
--
-- A table must never depend on droppable code: the cascade would silently take a default, a check, an index or a
-- generated column (with its data). The guard refuses the deploy instead.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

DO $guard$
DECLARE
    v_culprits text;
BEGIN
    SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), '; ')
    INTO v_culprits
    FROM pg_depend AS d
    JOIN pg_proc AS p ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
    WHERE
        p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('api', 'privado'))
        AND d.classid NOT IN (
            'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_proc'::regclass
        );
    IF v_culprits IS NOT NULL THEN
        RAISE EXCEPTION 'tables depend on code that a deploy drops: %', v_culprits
        USING HINT = 'Move the rule into a trigger or a write function.';
    END IF;
END
$guard$;

DO $empty$
DECLARE
    v_row record;
BEGIN
    FOR v_row IN
        SELECT format('DROP POLICY %I ON datos.%I', polname, c.relname) AS command
        FROM pg_policy AS p
        JOIN pg_class AS c ON p.polrelid = c.oid
        WHERE c.relnamespace = to_regnamespace('datos')
        UNION ALL
        SELECT format('DROP TRIGGER %I ON datos.%I', t.tgname, c.relname)
        FROM pg_trigger AS t
        JOIN pg_class AS c ON t.tgrelid = c.oid
        WHERE c.relnamespace = to_regnamespace('datos') AND NOT t.tgisinternal AND t.tgparentid = 0
        UNION ALL
        SELECT DISTINCT format(
            'REVOKE ALL ON %s datos.%I FROM %s',
            CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
            c.relname,
            CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
        )
        FROM pg_class AS c
        LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
        CROSS JOIN LATERAL (
            SELECT grantee FROM aclexplode(c.relacl)
            UNION
            SELECT grantee FROM aclexplode(a.attacl)
        ) AS g
        WHERE c.relnamespace = to_regnamespace('datos') AND g.grantee <> c.relowner
    LOOP
        EXECUTE v_row.command;
    END LOOP;
END
$empty$;

DROP SCHEMA IF EXISTS api CASCADE;
DROP SCHEMA IF EXISTS privado CASCADE;
CREATE SCHEMA api;
CREATE SCHEMA privado;
CREATE SCHEMA IF NOT EXISTS datos;
CREATE SCHEMA IF NOT EXISTS ext;

CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA ext;

-- Pure functions: text search, folding accents. Migrations already need them.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ext FROM PUBLIC;
GRANT USAGE ON SCHEMA ext TO personal, puente, ecom_publico, ecom_cliente, pos_datos, pos_api, ecom_datos, ecom_api;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ext
TO personal, puente, ecom_publico, ecom_cliente, pos_datos, pos_api, ecom_datos, ecom_api;

DO $owners$
BEGIN
    EXECUTE format('ALTER SCHEMA datos OWNER TO %I', current_setting('daf.lado') || '_datos');
END
$owners$;
