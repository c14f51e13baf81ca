-- Roles: what those of roles.sql are and belong to, and whoever else could get past them.
--
-- A person belongs to groups and to nothing else, has no power, and nobody belongs to them: then there is no row. A
-- stranger to this system is told only when he is above it: a superuser, or one who reads or writes past every grant.
WITH RECURSIVE known AS (
    SELECT oid, rolname FROM pg_roles WHERE rolname = ANY (string_to_array(current_setting('daf.roles'), ','))
),

people AS (
    SELECT m.member AS oid FROM pg_auth_members AS m
    WHERE m.roleid IN (SELECT oid FROM known) AND m.member NOT IN (SELECT oid FROM known)
    UNION
    SELECT m.member FROM pg_auth_members AS m JOIN people AS p ON m.roleid = p.oid
),

told AS (
    SELECT
        r.oid, r.rolname, k.oid IS NOT NULL AS nuestro, p.oid IS NOT NULL AS persona,
        concat_ws(
            ' ',
            CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
            CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
            CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
            CASE WHEN r.rolreplication THEN 'REPLICATION' END,
            CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END
        ) AS poder
    FROM pg_roles AS r
    LEFT JOIN known AS k USING (oid)
    LEFT JOIN people AS p USING (oid)
    WHERE r.oid <> 10 AND r.rolname !~ '^pg_'
),

-- On PostgreSQL 15 a membership has no more to it than ADMIN.
edges AS (
    SELECT
        m.member, m.roleid,
        g.rolname || CASE WHEN m.admin_option THEN ' CON ADMIN' ELSE '' END
        || CASE WHEN to_jsonb(m) @> '{"set_option": false}' THEN ' SIN SET' ELSE '' END
        || CASE WHEN to_jsonb(m) @> '{"inherit_option": false}' THEN ' SIN INHERIT' ELSE '' END AS grupo
    FROM pg_auth_members AS m
    JOIN pg_roles AS g ON m.roleid = g.oid
)

SELECT
    format('rol %s', t.rolname) AS objeto,
    'es' AS aspecto,
    concat_ws(
        ' ',
        CASE WHEN r.rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END,
        CASE WHEN NOT r.rolinherit THEN 'NOINHERIT' END,
        nullif(t.poder, ''),
        'VENCE ' || r.rolvaliduntil
    ) AS valor
FROM told AS t
JOIN pg_roles AS r USING (oid)
WHERE t.nuestro
UNION ALL
SELECT 'rol pgaudit_costos', 'es', 'LOGIN' FROM pg_roles WHERE rolname = 'pgaudit_costos' AND rolcanlogin
UNION ALL
SELECT format('rol %s', rolname), 'poder', poder
FROM told
WHERE NOT nuestro AND (poder <> '' AND persona OR poder ~ 'SUPERUSER|CREATEROLE|BYPASSRLS|REPLICATION')
UNION ALL
SELECT format('rol %s', t.rolname), 'pertenece a', string_agg(DISTINCT e.grupo, ', ' ORDER BY e.grupo)
FROM told AS t
JOIN edges AS e ON e.member = t.oid
WHERE
    t.nuestro
    OR t.persona AND e.grupo <> ALL (string_to_array(current_setting('daf.grupos'), ','))
    OR e.grupo ~ '^pgaudit_costos'
    OR e.grupo ~ '^pg_(read_all_data|write_all_data|maintain|execute_server_program|(read|write)_server_files)'
GROUP BY t.rolname
UNION ALL
SELECT format('rol %s', t.rolname), format('posee en %s', d.datname), count(*)::text || ' objetos'
FROM pg_shdepend AS s
JOIN told AS t ON s.refclassid = 'pg_authid'::regclass AND s.refobjid = t.oid
LEFT JOIN pg_database AS d ON s.dbid = d.oid
WHERE s.deptype = 'o' AND t.persona
GROUP BY t.rolname, d.datname
UNION ALL
SELECT
    CASE s.setrole WHEN 0 THEN 'base de datos' ELSE format('rol %s', t.rolname) END,
    CASE s.setdatabase WHEN 0 THEN 'ajustes en todas partes' ELSE 'ajustes' END,
    array_to_string(c.ours, ', ')
FROM pg_db_role_setting AS s
CROSS JOIN LATERAL (
    SELECT array_agg(u.one ORDER BY u.one) AS ours FROM unnest(s.setconfig) AS u (one) WHERE u.one !~ '^pgaudit\.'
) AS c
LEFT JOIN told AS t ON s.setrole = t.oid
WHERE
    s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND (s.setrole = 0 OR t.nuestro) AND c.ours IS NOT NULL
