-- Auditoría, reads of cost: whether they are being noted, of which columns, and where. A read leaves no row, so what there
-- is stands in the server's own log (../pgaudit.sql), which no function here opens: it holds other databases' words too.

-- Whether reads of cost are noted, and how to have them noted.
CREATE FUNCTION api.auditoria_costos() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'activo', a.activo,
        'columnas', CASE WHEN a.activo THEN c.columnas ELSE '{}' END,
        'donde', CASE
            WHEN a.activo THEN 'En el registro del servidor, líneas "AUDIT: OBJECT": quién (%u), cuándo y qué consulta.'
        END,
        'como', CASE
            WHEN NOT a.activo THEN
                'Este servidor no anota lecturas. Instale pgaudit, ponga shared_preload_libraries = ''pgaudit'' en '
                'postgresql.conf, reinicie PostgreSQL y ejecute `daf deploy`: lo demás lo hace sql/pgaudit.sql.'
        END
    )
    FROM (
        SELECT coalesce(array_agg(k.relname || '.' || t.attname ORDER BY k.relname, t.attnum), '{}') AS columnas
        FROM pg_catalog.pg_class AS k
        JOIN pg_catalog.pg_attribute AS t ON t.attrelid = k.oid AND t.attacl IS NOT NULL
        JOIN pg_catalog.pg_roles AS r ON r.rolname = 'pgaudit_costos'
        WHERE
            k.relnamespace = 'datos'::regnamespace
            AND pg_catalog.has_column_privilege(r.oid, k.oid, t.attnum, 'SELECT')
    ) AS c
    CROSS JOIN LATERAL (
        SELECT
            -- A setting of a library that is not loaded is no setting yet, and pg_settings does not list it.
            EXISTS (
                SELECT FROM pg_catalog.pg_settings WHERE name = 'pgaudit.role' AND setting = 'pgaudit_costos'
            ) AND cardinality(c.columnas) > 0 AS activo
    ) AS a
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_costos() TO auditor;
