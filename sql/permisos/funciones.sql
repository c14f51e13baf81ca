-- Functions: as whom each runs. A definer without its search_path pinned, a language that can do anything, and the mark
-- that lets a function see rows before a policy has judged them are all part of that.
WITH functions AS (
    SELECT
        p.oid, n.nspname, p.proname, e.extname,
        concat_ws(
            ' ',
            CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END,
            CASE
                WHEN o.rolsuper AND o.rolname <> ALL (string_to_array(current_setting('daf.roles'), ','))
                THEN '<superusuario>' ELSE o.rolname::text
            END,
            CASE WHEN l.lanname NOT IN ('sql', 'plpgsql') THEN upper(l.lanname) END,
            CASE WHEN p.proleakproof THEN 'LEAKPROOF' END,
            CASE
                WHEN p.prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
                THEN 'SIN SEARCH_PATH'
            END,
            nullif(array_to_string(array_remove(p.proconfig, 'search_path=pg_catalog, pg_temp'), ' '), '')
        ) AS corre
    FROM pg_proc AS p
    JOIN pg_namespace AS n ON p.pronamespace = n.oid
    JOIN pg_language AS l ON p.prolang = l.oid
    JOIN pg_roles AS o ON p.proowner = o.oid
    LEFT JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    LEFT JOIN pg_extension AS e ON d.refobjid = e.oid
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND e.extname IS DISTINCT FROM 'pgaudit'
),

-- Functions of an extension are all alike but for the language; the odd one out is told by its own name.
usual AS MATERIALIZED (
    SELECT extname, regexp_replace(corre, ' (C|INTERNAL)\M', '') AS corre
    FROM (
        SELECT extname, mode() WITHIN GROUP (ORDER BY corre) AS corre FROM functions WHERE extname IS NOT NULL GROUP BY 1
    ) AS m
)

SELECT
    format(
        '%I.%I%s', nspname, proname,
        CASE
            WHEN count(*) OVER (PARTITION BY nspname, proname) > 1
            THEN '(' || pg_get_function_identity_arguments(oid) || ')' ELSE ''
        END
    ) AS objeto,
    'corre' AS aspecto,
    corre AS valor
FROM functions
WHERE extname IS NULL
UNION ALL
SELECT 'funciones de ' || extname, 'corre', corre FROM usual
UNION ALL
SELECT format('%I.%I(%s)', f.nspname, f.proname, pg_get_function_identity_arguments(f.oid)), 'corre', f.corre
FROM functions AS f
JOIN usual AS u USING (extname)
WHERE regexp_replace(f.corre, ' (C|INTERNAL)\M', '') <> u.corre
