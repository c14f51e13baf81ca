-- Tables: who owns each, whether policies bind, what they say, and the triggers that stand behind every write.
WITH relations AS (
    SELECT
        c.oid, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
        format('%I.', n.nspname) || regexp_replace(c.relname, '_y?\d{4}_?m?\d{2}$', '_<mes>') AS objeto,
        CASE
            WHEN o.rolsuper AND o.rolname <> ALL (string_to_array(current_setting('daf.roles'), ','))
            THEN '<superusuario>' ELSE o.rolname::text
        END AS owner
    FROM pg_class AS c
    JOIN pg_namespace AS n ON c.relnamespace = n.oid
    JOIN pg_roles AS o ON c.relowner = o.oid
    WHERE
        c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
)

SELECT
    objeto,
    'es' AS aspecto,
    concat_ws(
        ' ',
        CASE relkind
            WHEN 'S' THEN 'secuencia' WHEN 'v' THEN 'vista' WHEN 'm' THEN 'vista guardada' WHEN 'f' THEN 'tabla ajena'
            ELSE 'tabla'
        END,
        'de', owner,
        CASE
            WHEN relkind NOT IN ('r', 'p') THEN NULL
            WHEN relforcerowsecurity THEN 'con RLS forzada' WHEN relrowsecurity THEN 'con RLS' ELSE 'sin RLS'
        END,
        CASE WHEN relkind IN ('v', 'm') THEN array_to_string(reloptions, ' ') END
    ) AS valor
FROM relations
UNION
SELECT
    r.objeto,
    format('política %I', p.polname),
    concat_ws(
        ' ',
        CASE WHEN NOT p.polpermissive THEN 'RESTRICTIVE' END,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        CASE WHEN p.polroles <> '{0}' THEN 'TO ' || array_to_string(p.polroles::regrole[], ', ') END,
        'USING (' || regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g') || ')',
        'WITH CHECK (' || regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), '\s+', ' ', 'g') || ')'
    )
FROM relations AS r
JOIN pg_policy AS p ON p.polrelid = r.oid
UNION
SELECT
    r.objeto,
    format('disparador %I', t.tgname),
    concat_ws(
        ' ',
        CASE t.tgenabled WHEN 'D' THEN 'APAGADO' WHEN 'R' THEN 'SOLO REPLICA' WHEN 'A' THEN 'SIEMPRE' END,
        regexp_replace(pg_get_triggerdef(t.oid), '^CREATE (CONSTRAINT )?TRIGGER \S+ (.*) ON \S+ ', '\1\2 ')
    )
FROM relations AS r
JOIN pg_trigger AS t ON t.tgrelid = r.oid
WHERE NOT t.tgisinternal
UNION
SELECT r.objeto, 'disparadores de claves foráneas apagados', count(*)::text
FROM relations AS r
JOIN pg_trigger AS t ON t.tgrelid = r.oid
WHERE t.tgisinternal AND t.tgenabled <> 'O'
GROUP BY r.objeto
UNION
SELECT r.objeto, format('regla %I', w.rulename), regexp_replace(pg_get_ruledef(w.oid), '\s+', ' ', 'g')
FROM relations AS r
JOIN pg_rewrite AS w ON w.ev_class = r.oid
WHERE w.rulename <> '_RETURN' OR r.relkind IN ('r', 'p')
