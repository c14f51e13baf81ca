-- The audit trail: who changed which row, from what to what.
--
-- One row trigger serves every audited table. It keeps changed columns only and names `session_user`, so a change made
-- in psql is recorded like one made through the API. Nobody is granted anything on the table but the auditor, who
-- reads. Every table of `datos` is audited, a ledger (append-only: its own audit), derived from others, or technical;
-- tests/house/test_auditoria.py holds which. Secrets live in technical tables, which are never copied here.
--
-- Months are partitions: see auditoria_particion.sql.

-- Row trigger. Its first argument is the column that names the row. Of the others, columns a person may ask us to
-- forget, the trail tells that they changed and not what they said.
CREATE FUNCTION privado.auditar() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'busqueda' END;
    v_despues jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'busqueda' END;
    v_clave text := coalesce(v_despues, v_antes) ->> TG_ARGV[0];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(a.key, a.value), jsonb_object_agg(a.key, v_despues -> a.key)
        INTO v_antes, v_despues
        FROM jsonb_each(v_antes) AS a
        WHERE a.value IS DISTINCT FROM v_despues -> a.key;
        IF v_antes IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    FOR i IN 1 .. TG_NARGS - 1 LOOP
        v_antes := privado.auditoria_callar(v_antes, TG_ARGV[i]);
        v_despues := privado.auditoria_callar(v_despues, TG_ARGV[i]);
    END LOOP;
    INSERT INTO datos.auditoria (sujeto, sid, request_id, tabla, clave, operacion, antes, despues)
    VALUES (
        nullif(privado.sujeto(), ''),
        nullif(current_setting('daf.sid', true), ''),
        nullif(current_setting('daf.request_id', true), ''),
        TG_TABLE_NAME, v_clave, TG_OP, v_antes, v_despues
    );
    RETURN NULL;
END
$$;

-- A row's image without what one of its columns said; that it said something stays.
CREATE FUNCTION privado.auditoria_callar(p_imagen jsonb, p_columna text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_imagen -> p_columna NOT IN ('null', '""') THEN p_imagen || jsonb_build_object(p_columna, '(oculto)')
        ELSE p_imagen
    END
$$;

-- Something that happened and changed no audited row: a login, a refusal, a change of permissions. The event takes the
-- place of the table's name (upper case, no table has one), the key names who or what it is about.
CREATE FUNCTION privado.evento(p_evento text, p_clave text, p_detalle jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO datos.auditoria (sujeto, sid, request_id, tabla, clave, operacion, despues)
    VALUES (
        nullif(privado.sujeto(), ''),
        nullif(current_setting('daf.sid', true), ''),
        nullif(current_setting('daf.request_id', true), ''),
        upper(p_evento), p_clave, 'EVENT', p_detalle
    );
    IF upper(p_evento) IN ('PERMISO', 'USUARIO') THEN
        PERFORM privado.permiso_explicar(p_clave, p_detalle);
    END IF;
END
$$;

CREATE TRIGGER auditoria_solo_agregar BEFORE UPDATE OR DELETE ON datos.auditoria
FOR EACH ROW EXECUTE FUNCTION privado.solo_agregar();

CREATE TRIGGER auditoria_sin_vaciar BEFORE TRUNCATE ON datos.auditoria
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

GRANT SELECT ON datos.auditoria TO auditor;

CREATE POLICY auditoria_lectura ON datos.auditoria FOR SELECT USING ((SELECT privado.es('auditor')));

CREATE TRIGGER ajuste_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.ajuste
FOR EACH ROW EXECUTE FUNCTION privado.auditar('aju_clave');
