-- Despliegue: what the deploy wrote down about itself, for the processes that serve.

-- Every migration this database has, {name: digest of its text}.
CREATE FUNCTION api.despliegue_migraciones() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_object_agg(nombre, sha256) FROM despliegue.migracion
$$;

GRANT EXECUTE ON FUNCTION api.despliegue_migraciones() TO api_login;

-- The deploy's own schema belongs to the superuser and no deploy empties it; what is read of it is granted here.
DO $grants$
BEGIN
    EXECUTE format(
        'GRANT USAGE ON SCHEMA despliegue TO %1$I, %2$I; GRANT SELECT ON despliegue.migracion TO %1$I;'
        'GRANT SELECT ON despliegue.estado TO %2$I',
        current_setting('daf.lado') || '_api',
        current_setting('daf.lado') || '_datos'
    );
END
$grants$;
