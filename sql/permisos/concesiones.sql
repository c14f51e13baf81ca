-- Grants: every access control list of ours, and those of the catalog that are no longer as PostgreSQL made them.
-- Aspect: the privilege, with its column; value: who holds it, `*` with the right to pass it on. What sql/pgaudit.sql
-- grants on servers that have that extension is left out: roles.sql here says who belongs to its role, which is nobody.
WITH named AS (
    SELECT 0::oid AS oid, 'PUBLIC' AS rol
    UNION ALL
    SELECT r.oid, CASE
        WHEN r.rolsuper AND r.rolname <> ALL (string_to_array(current_setting('daf.roles'), ','))
        THEN '<superusuario>' ELSE r.rolname::text
    END
    FROM pg_roles AS r
),

schemas AS (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
),

relations AS (
    SELECT
        c.oid, c.relowner, c.relacl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS own,
        format('%I.', n.nspname) || regexp_replace(c.relname, '_y?\d{4}_?m?\d{2}$', '_<mes>') AS objeto
    FROM pg_class AS c
    JOIN schemas AS n ON c.relnamespace = n.oid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
),

functions AS (
    SELECT
        p.proowner, p.proacl, e.extname,
        format('%I.%I', n.nspname, p.proname) AS nombre,
        '(' || pg_get_function_identity_arguments(p.oid) || ')' AS firma,
        count(*) OVER (PARTITION BY n.oid, p.proname) > 1 AS repetido
    FROM pg_proc AS p
    JOIN schemas AS n ON p.pronamespace = n.oid
    LEFT JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    LEFT JOIN pg_extension AS e ON d.refobjid = e.oid
    WHERE e.extname IS DISTINCT FROM 'pgaudit'
),

-- Functions of an extension are all granted alike and told as one; the odd one out by its own name. (Once for all of
-- them: inlined, this ran once for each function.)
usual AS MATERIALIZED (
    SELECT extname, mode() WITHIN GROUP (ORDER BY coalesce(proacl::text, '')) AS proacl
    FROM functions
    WHERE extname IS NOT NULL
    GROUP BY extname
),

-- What PostgreSQL itself brought and somebody changed.
delivered AS (
    SELECT
        'pg_proc'::regclass AS classid, p.oid, 0 AS columna, format('función %s', p.oid::regprocedure) AS objeto,
        coalesce(p.proacl, acldefault('f', p.proowner)) AS acl, acldefault('f', p.proowner) AS own
    FROM pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname !~ '^(lo_|lowrite|loread)'
    UNION ALL
    SELECT
        'pg_class'::regclass, c.oid, 0, format('catálogo %s', c.oid::regclass),
        coalesce(c.relacl, acldefault('r', c.relowner)), acldefault('r', c.relowner)
    FROM pg_class AS c
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
    UNION ALL
    SELECT
        'pg_class'::regclass, a.attrelid, a.attnum, format('catálogo %s, columna %I', a.attrelid::regclass, a.attname),
        a.attacl, NULL
    FROM pg_attribute AS a
    JOIN pg_class AS c ON a.attrelid = c.oid
    WHERE c.relnamespace = 'pg_catalog'::regnamespace AND a.attacl IS NOT NULL
    UNION ALL
    SELECT
        'pg_language'::regclass, l.oid, 0, format('lenguaje %s', l.lanname),
        coalesce(l.lanacl, acldefault('l', l.lanowner)), acldefault('l', l.lanowner)
    FROM pg_language AS l
),

lists AS (
    SELECT nombre || CASE WHEN repetido THEN firma ELSE '' END AS objeto, '' AS columna,
        proowner AS owner, coalesce(proacl, acldefault('f', proowner)) AS acl, acldefault('f', proowner) AS own
    FROM functions
    WHERE extname IS NULL
    UNION
    SELECT CASE WHEN coalesce(f.proacl::text, '') = u.proacl THEN 'funciones de ' || u.extname ELSE f.nombre || f.firma END,
        '', f.proowner, coalesce(f.proacl, acldefault('f', f.proowner)), acldefault('f', f.proowner)
    FROM functions AS f
    JOIN usual AS u USING (extname)
    UNION ALL
    SELECT r.objeto, '', r.relowner, coalesce(r.relacl, r.own), r.own FROM relations AS r
    UNION ALL
    SELECT r.objeto, format(' (%I)', a.attname), r.relowner, a.attacl, NULL
    FROM relations AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid
    WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT format('esquema %I', nspname), '', nspowner, coalesce(nspacl, acldefault('n', nspowner)), acldefault('n', nspowner)
    FROM schemas
    UNION ALL
    SELECT 'base de datos', '', datdba, coalesce(datacl, acldefault('d', datdba)), acldefault('d', datdba)
    FROM pg_database
    WHERE datname = current_database()
    UNION ALL
    SELECT format('tipo %s', format_type(t.oid, NULL)), '', t.typowner, t.typacl, NULL
    FROM pg_type AS t
    WHERE t.typacl IS NOT NULL AND t.typnamespace IN (SELECT oid FROM schemas)
    UNION ALL
    SELECT format('parámetro %s', parname), '', 10, paracl, NULL FROM pg_parameter_acl
    UNION ALL
    SELECT format('por omisión de %s%s', o.rol, ', en ' || n.nspname), format(' (%s)', d.defaclobjtype), NULL, d.defaclacl, NULL
    FROM pg_default_acl AS d
    JOIN named AS o ON d.defaclrole = o.oid
    LEFT JOIN pg_namespace AS n ON d.defaclnamespace = n.oid
    UNION ALL
    SELECT d.objeto, '', 10, d.acl, coalesce(i.initprivs, d.own)
    FROM delivered AS d
    LEFT JOIN pg_init_privs AS i ON i.classoid = d.classid AND i.objoid = d.oid AND i.objsubid = d.columna
    WHERE d.acl::text IS DISTINCT FROM coalesce(i.initprivs, d.own)::text
),

grants AS (
    SELECT l.objeto, a.privilege_type || l.columna AS aspecto, g.rol || CASE WHEN a.is_grantable THEN '*' ELSE '' END AS rol
    FROM lists AS l
    CROSS JOIN LATERAL aclexplode(l.acl) AS a
    JOIN named AS g ON a.grantee = g.oid
    WHERE a.grantee IS DISTINCT FROM l.owner AND NOT (g.rol = 'pgaudit_costos' AND a.privilege_type = 'SELECT')
    UNION ALL
    SELECT l.objeto, 'el dueño no tiene', o.privilege_type
    FROM lists AS l
    CROSS JOIN LATERAL aclexplode(l.own) AS o
    WHERE
        o.grantee = l.owner AND o.privilege_type <> 'MAINTAIN'
        AND NOT EXISTS (
            SELECT FROM aclexplode(l.acl) AS a WHERE a.grantee = l.owner AND a.privilege_type = o.privilege_type
        )
)

SELECT objeto, aspecto, string_agg(DISTINCT rol, ' ' ORDER BY rol) AS valor
FROM grants
GROUP BY objeto, aspecto
