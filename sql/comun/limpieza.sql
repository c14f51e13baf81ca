-- Limpieza: what only grows and serves nobody any more is forgotten, by one rule.
--
-- The list below says of each such table what is old; nothing else deletes by age (login_intento and the months of the
-- audit trail, which leave by themselves or as partitions, apart). On it are only tables that copy no fact of the
-- business: no document, no ledger, nothing audited or sealed, no key that somebody may still repeat. The worker asks
-- every hour, a batch of each table at a time, and rows that somebody is using wait for the next time.

-- Tables and which of their rows are old; one of them may be of the other side.
CREATE FUNCTION privado.limpieza_reglas() RETURNS TABLE (tabla text, caduca text)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
        -- An answer under an Idempotency-Key: nobody repeats a request after a day.
        ('idempotencia', $r$ creada_en < now() - interval '24 hours' $r$),
        -- A session that ended: for a month it says who got in from where.
        ('sesion', $r$ coalesce(cerrada_en, vence_en) < now() - interval '30 days' $r$),
        -- A code to set a password: the limits of a day count them.
        ('clave_codigo', $r$ cla_creado < now() - interval '2 days' $r$),
        -- The envelope of a letter that was sent or given up.
        ('correo', $r$ cor_estado IN ('ENVIADO', 'MUERTO') AND cor_creado < now() - interval '90 days' $r$),
        -- A claim that was used or not: it holds an e-mail, an identification and a password's digest.
        ('verificacion', $r$ ver_creada < now() - interval '7 days' $r$),
        -- A guest's cart nobody came back for.
        ('carrito', $r$ crr_vence < now() $r$),
        -- What a provider told: it repeats itself for days, and by hand for a month. What waits for somebody stays.
        ('pago_evento', $r$
            evt_recibido < now() - interval '180 days'
            AND (evt_resultado IN ('APLICADO', 'IGNORADO') OR evt_resuelto < now() - interval '180 days')
        $r$)
$$;

-- Forgets at most p_limite old rows of a table; how many there were.
CREATE FUNCTION privado.limpieza_tabla(p_tabla text, p_limite int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_caduca text := (SELECT r.caduca FROM privado.limpieza_reglas() AS r WHERE r.tabla = p_tabla);
    v_filas bigint;
BEGIN
    EXECUTE format(
        'DELETE FROM datos.%1$I WHERE ctid = ANY (ARRAY('
        'SELECT ctid FROM datos.%1$I WHERE %2$s LIMIT $1 FOR UPDATE SKIP LOCKED))',
        p_tabla, v_caduca
    ) USING p_limite;
    GET DIAGNOSTICS v_filas = ROW_COUNT;
    RETURN v_filas;
END
$$;

-- Forgets a batch of what is old in each table: {table: rows}. One that forgot p_limite may have more.
CREATE FUNCTION api.limpieza_hacer(p_limite int DEFAULT 1000) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_object_agg(r.tabla, privado.limpieza_tabla(r.tabla, p_limite))
    FROM privado.limpieza_reglas() AS r
    WHERE to_regclass('datos.' || quote_ident(r.tabla)) IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION api.limpieza_hacer(int) TO puente;
