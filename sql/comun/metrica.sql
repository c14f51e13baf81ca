-- Metrics that only the database knows: how much waits, how much was given up, how late it is.
--
-- A metric is a function privado.metrica_<name>() that answers a number; its COMMENT says of what. Like the doctor's, they
-- are found by their names. They are asked at each scrape, so each is a look at an index.

-- Every metric with its sentence and its value now.
CREATE FUNCTION privado.metrica_examinar() RETURNS TABLE (metrica text, descripcion text, valor numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_funcion record;
BEGIN
    FOR v_funcion IN
        SELECT p.proname, obj_description(p.oid, 'pg_proc') AS frase
        FROM pg_proc AS p
        WHERE
            p.pronamespace = 'privado'::regnamespace
            AND p.proname ~ '^metrica_' AND p.pronargs = 0 AND p.prorettype = 'numeric'::regtype
        ORDER BY p.proname
    LOOP
        metrica := regexp_replace(v_funcion.proname, '^metrica_', '');
        descripcion := coalesce(v_funcion.frase, metrica);
        EXECUTE format('SELECT privado.%I()', v_funcion.proname) INTO valor;
        RETURN NEXT;
    END LOOP;
END
$$;

-- Every metric of this side.
CREATE FUNCTION api.metrica_medir() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(m), '[]') FROM privado.metrica_examinar() AS m
$$;

GRANT EXECUTE ON FUNCTION api.metrica_medir() TO api_login;

-- Letters that wait for their turn, or for another try.
CREATE FUNCTION privado.metrica_correo_pendiente() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.correo WHERE cor_estado IN ('PENDIENTE', 'ENVIANDO')
$$;
COMMENT ON FUNCTION privado.metrica_correo_pendiente() IS 'Correos que esperan ser enviados';

-- Letters that were given up.
CREATE FUNCTION privado.metrica_correo_muerto() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(*)::numeric FROM datos.correo WHERE cor_estado = 'MUERTO'
$$;
COMMENT ON FUNCTION privado.metrica_correo_muerto() IS 'Correos que no se pudieron enviar';

-- How long the oldest row of a sealed table has been waiting for its seal.
CREATE FUNCTION privado.metrica_sello_atraso_segundos() RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(max(extract(
        EPOCH FROM clock_timestamp() - (privado.sello_estado(t.tabla) ->> 'pendiente')::timestamptz
    )), 0)
    FROM privado.sello_tablas() AS t
$$;
COMMENT ON FUNCTION privado.metrica_sello_atraso_segundos() IS 'Espera de la fila más antigua sin sello';
