-- Server: owners of schemas and database, what is installed, and the doors that grants do not guard.
WITH owners AS (
    SELECT r.oid, CASE
        WHEN r.rolsuper AND r.rolname <> ALL (string_to_array(current_setting('daf.roles'), ','))
        THEN '<superusuario>' ELSE r.rolname::text
    END AS rol
    FROM pg_roles AS r
)

SELECT format('esquema %I', n.nspname) AS objeto, 'es' AS aspecto, 'de ' || o.rol AS valor
FROM pg_namespace AS n
JOIN owners AS o ON n.nspowner = o.oid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'base de datos', 'es', 'de ' || o.rol
FROM pg_database AS d
JOIN owners AS o ON d.datdba = o.oid
WHERE d.datname = current_database()
UNION ALL
SELECT format('extensión %s', e.extname), 'es', format('de %s en %s', o.rol, n.nspname)
FROM pg_extension AS e
JOIN owners AS o ON e.extowner = o.oid
JOIN pg_namespace AS n ON e.extnamespace = n.oid
WHERE e.extname <> 'pgaudit' -- only where the server has it
UNION ALL
SELECT format('lenguaje %s', l.lanname), 'es', CASE WHEN l.lanpltrusted THEN 'de confianza' ELSE 'sin límites' END
FROM pg_language AS l
WHERE l.lanname NOT IN ('internal', 'c', 'sql', 'plpgsql')
UNION ALL
SELECT format('disparador de sucesos %s', evtname), 'es', format('%s %s', evtevent, evtfoid::regproc)
FROM pg_event_trigger AS t
WHERE NOT EXISTS (
    SELECT FROM pg_depend AS d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'e'
)
UNION ALL
SELECT format('servidor ajeno %s', srvname), 'es', 'conexión a otra base' FROM pg_foreign_server
UNION ALL
SELECT format('publicación %s', pubname), 'es', 'copia hacia fuera' FROM pg_publication
UNION ALL
SELECT format('suscripción %s', subname), 'es', 'escribe desde fuera' FROM pg_subscription
UNION ALL
SELECT 'objetos grandes', 'hay', count(*)::text FROM pg_largeobject_metadata HAVING count(*) > 0
