-- The doctor: what must be true, asked of the rows themselves.
--
-- An invariant is a function privado.doctor_<name>() that answers the keys of the rows that break it; a warning is
-- privado.aviso_<name>(). Their COMMENT is the sentence people read. Each noun keeps its own beside its rules; the
-- doctor finds them by their names, so a new one needs no list.

-- Runs every invariant and warning: name, kind, sentence, how many rows, and the first five of them.
CREATE FUNCTION privado.doctor_examinar()
RETURNS TABLE (invariante text, nivel text, descripcion text, filas bigint, ejemplos text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_funcion record;
BEGIN
    FOR v_funcion IN
        SELECT p.proname, obj_description(p.oid, 'pg_proc') AS frase
        FROM pg_proc AS p
        WHERE
            p.pronamespace = 'privado'::regnamespace
            AND p.proname ~ '^(doctor|aviso)_' AND p.pronargs = 0 AND p.prorettype = 'text'::regtype
        ORDER BY p.proname
    LOOP
        invariante := regexp_replace(v_funcion.proname, '^(doctor|aviso)_', '');
        nivel := CASE WHEN v_funcion.proname ~ '^aviso' THEN 'AVISO' ELSE 'VIOLACION' END;
        descripcion := coalesce(v_funcion.frase, invariante);
        EXECUTE format('SELECT count(*), (array_agg(r.clave))[1:5] FROM privado.%I() AS r (clave)', v_funcion.proname)
        INTO filas, ejemplos;
        RETURN NEXT;
    END LOOP;
END
$$;

-- What must be true: every invariant with the number of rows that break it, and every warning. It reads everything, so
-- one at a time: who comes meanwhile is told to come back.
CREATE FUNCTION api.doctor_revisar() RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('daf doctor')) THEN
        PERFORM privado.frenar('doctor_en_curso', 'Otra revisión está en curso; intente en un momento.', 5);
    END IF;
    RETURN (
        SELECT json_agg(json_build_object(
            'invariante', e.invariante,
            'nivel', e.nivel,
            'descripcion', e.descripcion,
            'filas', e.filas,
            'ejemplos', coalesce(e.ejemplos, '{}')
        ) ORDER BY e.nivel DESC, e.invariante)
        FROM privado.doctor_examinar() AS e
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.doctor_revisar() TO auditor, admin;
