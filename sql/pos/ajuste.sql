-- Ajuste at the till: who changes a setting, and to what.
--
-- The rule stands in the row (type, options, form, bounds) and is kept by a trigger, so a change typed in psql is held to
-- it like one that came through the API. Changes are numbered under one lock: whoever knows version n knows every change
-- up to n. Each is audited, told to the workers (NOTIFY daf_ajuste) and to the shop (the bridge's outbox).

-- Reading ------------------------------------------------------------------------------------------------------------

-- Every setting, {key: [value, version, whether the shop is still to be told of one]}: what the bridge compares.
CREATE FUNCTION api.puente_ajustes() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_object_agg(a.aju_clave, json_build_array(a.aju_valor, a.aju_version, EXISTS (
        SELECT FROM datos.puente_cambio WHERE cam_tabla = 'ajuste'
    )))
    FROM datos.ajuste AS a
$$;

GRANT EXECUTE ON FUNCTION api.puente_ajustes() TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- What a row accepts, in words for people.
CREATE FUNCTION privado.ajuste_admite(p datos.ajuste) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p.aju_tipo
        WHEN 'logico' THEN 'verdadero o falso'
        WHEN 'opcion' THEN 'una de ' || array_to_string(p.aju_opciones, ', ')
        WHEN 'zona' THEN 'una zona horaria, por ejemplo America/Guayaquil'
        WHEN 'hora' THEN 'una hora HH:MM'
        WHEN 'entero' THEN format('un número entero de %s a %s', p.aju_minimo, p.aju_maximo)
        WHEN 'dinero' THEN format('un importe de %s a %s', p.aju_minimo, p.aju_maximo)
        WHEN 'denominaciones' THEN format('una lista de importes de %s a %s', p.aju_minimo, p.aju_maximo)
        ELSE 'un texto con la forma acordada'
    END
$$;

-- A value in its one spelling; NULL if the row does not accept it.
CREATE FUNCTION privado.ajuste_canonico(p datos.ajuste, p_valor text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v text := btrim(p_valor);
BEGIN
    CASE p.aju_tipo
        WHEN 'logico' THEN
            RETURN CASE WHEN lower(v) IN ('true', 'false') THEN lower(v) END;
        WHEN 'opcion' THEN
            RETURN CASE WHEN v = ANY (p.aju_opciones) THEN v END;
        WHEN 'zona' THEN
            RETURN (SELECT z.name FROM pg_timezone_names AS z WHERE z.name = v AND z.name !~ '^(posix|right)/');
        WHEN 'hora' THEN
            RETURN CASE WHEN v ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' THEN v END;
        WHEN 'entero' THEN
            RETURN CASE WHEN v ~ '^-?[0-9]{1,9}$' AND privado.ajuste_dentro(p, v) THEN v::int::text END;
        WHEN 'dinero' THEN
            RETURN CASE WHEN privado.ajuste_dentro(p, v) THEN v::numeric(12, 2)::text END;
        WHEN 'denominaciones' THEN
            RETURN privado.ajuste_denominaciones(p, v);
        ELSE
            RETURN CASE
                WHEN v !~ '[[:cntrl:]]' AND v ~ coalesce(p.aju_forma, '')
                    AND length(v) BETWEEN coalesce(p.aju_minimo, 0) AND coalesce(p.aju_maximo, 200) THEN v
            END;
    END CASE;
END
$$;

-- Whether a text is an amount, exact to the cent, within the row's bounds.
CREATE FUNCTION privado.ajuste_dentro(p datos.ajuste, p_numero text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_numero ~ '^-?[0-9]{1,9}(\.[0-9]{1,2})?$'
            THEN p_numero::numeric BETWEEN coalesce(p.aju_minimo, '-Infinity') AND coalesce(p.aju_maximo, 'Infinity')
        ELSE false
    END
$$;

-- A list of amounts from the highest to the lowest, each once: "100,50,0.25"; NULL if it is not one.
CREATE FUNCTION privado.ajuste_denominaciones(p datos.ajuste, p_lista text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN count(*) BETWEEN 1 AND 30 AND bool_and(privado.ajuste_dentro(p, d.pieza)) THEN (
            SELECT string_agg(CASE WHEN n.n = trunc(n.n) THEN trunc(n.n) ELSE round(n.n, 2) END::text, ',' ORDER BY n.n DESC)
            FROM (SELECT DISTINCT btrim(x)::numeric FROM unnest(string_to_array(p_lista, ',')) AS x) AS n (n)
        )
    END
    FROM (SELECT btrim(x) FROM unnest(string_to_array(p_lista, ',')) AS x) AS d (pieza)
$$;

-- Changes the settings an object names, all or none; with a version, only if none of them changed after it.
CREATE FUNCTION privado.ajuste_aplicar(p_ajustes jsonb, p_version bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('daf ajuste'));
    IF p_version > privado.ajuste_version()
        OR EXISTS (SELECT FROM datos.ajuste WHERE p_ajustes ? aju_clave AND aju_version > p_version)
    THEN
        PERFORM privado.rechazar(409, 'ajuste_version', 'Alguien cambió estos ajustes mientras tanto: léalos de nuevo.');
    END IF;
    FOR v IN
        SELECT e.key AS clave, CASE jsonb_typeof(e.value)
            WHEN 'array' THEN (SELECT string_agg(x, ',') FROM jsonb_array_elements_text(e.value) AS x)
            WHEN 'object' THEN NULL
            ELSE e.value #>> '{}'
        END AS valor
        FROM jsonb_each(p_ajustes) AS e
        WHERE jsonb_typeof(e.value) <> 'null'
        ORDER BY e.key
    LOOP
        UPDATE datos.ajuste SET aju_valor = v.valor WHERE aju_clave = v.clave;
        IF NOT FOUND THEN
            PERFORM privado.rechazar(422, 'ajuste_existe', 'No existe ese ajuste.');
        END IF;
    END LOOP;
END
$$;

-- Changes settings, {key: value}, all or none, and answers them as they are now. Null keeps the stored value.
CREATE FUNCTION api.ajuste_guardar(p_ajustes json, p_version bigint DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.ajuste_aplicar(p_ajustes::jsonb, p_version);
    RETURN api.ajuste_listar();
END
$$;

GRANT EXECUTE ON FUNCTION api.ajuste_guardar(json, bigint) TO admin;

-- Changes one setting; the new value counts from the next call on.
CREATE FUNCTION api.ajuste_actualizar(p_aju_clave text, p_aju_valor text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.ajuste_aplicar(jsonb_build_object(p_aju_clave, p_aju_valor), NULL);
    RETURN json_build_object('clave', p_aju_clave, 'valor', privado.ajuste(p_aju_clave));
END
$$;

GRANT EXECUTE ON FUNCTION api.ajuste_actualizar(text, text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- Holds a changed setting to what its row accepts, and numbers the change.
CREATE FUNCTION privado.ajuste_revisar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_valor text := privado.ajuste_canonico(NEW, NEW.aju_valor);
BEGIN
    IF v_valor IS NULL THEN
        PERFORM privado.rechazar(
            422, 'ajuste_valido', format('El ajuste %s es %s.', NEW.aju_clave, privado.ajuste_admite(NEW))
        );
    END IF;
    NEW.aju_valor := v_valor;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'aju_version' = to_jsonb(OLD) - 'aju_version' THEN
        NEW.aju_version := OLD.aju_version;
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('daf ajuste'));
    NEW.aju_version := privado.ajuste_version() + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER ajuste_revision BEFORE INSERT OR UPDATE ON datos.ajuste
FOR EACH ROW EXECUTE FUNCTION privado.ajuste_revisar();

-- Tells the workers and the shop that a setting changed.
CREATE FUNCTION privado.ajuste_avisar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('daf_ajuste', '');
    PERFORM privado.puente_anotar('ajuste', ARRAY['*']);
    RETURN NULL;
END
$$;

CREATE TRIGGER ajuste_aviso_alta AFTER INSERT ON datos.ajuste
FOR EACH ROW EXECUTE FUNCTION privado.ajuste_avisar();

CREATE TRIGGER ajuste_aviso_cambio AFTER UPDATE ON datos.ajuste
FOR EACH ROW WHEN (old.aju_version <> new.aju_version) EXECUTE FUNCTION privado.ajuste_avisar();
