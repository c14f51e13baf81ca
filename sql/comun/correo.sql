-- Correo: letters, written in the transaction they speak of and sent after it commits.
--
-- A letter names a template and what to fill it with; the worker claims it, sends it, and says how that went. Claims
-- are taken with SKIP LOCKED and run out, so two workers share the letters and a dead one keeps none; the network is
-- never waited for in a transaction. A worker that dies between sending and saying so makes a duplicate, which carries
-- the same Message-ID. A letter is tried for some ten hours, less and less often; then it is dead and the doctor says so.
--
-- A letter whose data holds a `codigo` is worth sending for fifteen minutes and keeps nothing once it is dead. Any other
-- keeps its data until it is sent, so that a dead one can be tried again.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The envelopes, newest first: who a letter is for and what became of it, never what it says.
CREATE FUNCTION api.correo_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sobre(
        (
            SELECT json_agg(json_build_object(
                'id', s.cor_id,
                'plantilla', s.cor_plantilla,
                'email', coalesce(s.cor_para, ''),
                'cli_ruc_ced', coalesce(s.cli_ruc_ced, ''),
                'estado', s.cor_estado,
                'intentos', s.cor_intentos,
                'proximo', CASE WHEN s.cor_estado IN ('PENDIENTE', 'ENVIANDO') THEN s.cor_proximo END,
                'error', coalesce(s.cor_error, ''),
                'creado', s.cor_creado,
                'enviado', s.cor_enviado,
                'usr_id', s.usr_id
            ))
            FROM (
                SELECT
                    c.cor_id, c.cor_plantilla, c.cor_para, c.cli_ruc_ced, c.cor_estado, c.cor_intentos, c.cor_proximo,
                    c.cor_error, c.cor_creado, c.cor_enviado, c.usr_id
                FROM datos.correo AS c
                WHERE p_estado IS NULL OR c.cor_estado = p_estado
                ORDER BY c.cor_id DESC
                LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
            ) AS s
        ),
        p_page,
        p_limit,
        (SELECT count(*) FROM (
            SELECT FROM datos.correo AS c WHERE p_estado IS NULL OR c.cor_estado = p_estado LIMIT 10001
        ) AS t)
    )
$$;

GRANT EXECUTE ON FUNCTION api.correo_listar(int, int, text) TO admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Puts a letter in the outbox of this transaction: to an address, or to the client of p_cli_ruc_ced, whose address only
-- the POS knows.
CREATE FUNCTION privado.correo_encolar(
    p_plantilla text, p_para text, p_datos jsonb, p_cli_ruc_ced text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO datos.correo (cor_plantilla, cor_para, cli_ruc_ced, cor_datos, cor_vence)
    VALUES (
        p_plantilla, btrim(p_para), p_cli_ruc_ced, coalesce(p_datos, '{}'),
        CASE WHEN p_datos ? 'codigo' THEN now() + interval '15 minutes' END
    );
    PERFORM pg_notify('daf_puente', 'correo');
END
$$;

-- Claims letters whose turn it is, for three minutes; those that are no longer worth sending die here.
CREATE FUNCTION api.correo_tomar(p_limite int DEFAULT 1) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH caducado AS (
        UPDATE datos.correo
        SET cor_estado = 'MUERTO', cor_error = 'caducado', cor_datos = NULL
        WHERE cor_estado IN ('PENDIENTE', 'ENVIANDO') AND cor_vence <= now()
    ), turno AS (
        SELECT c.cor_id
        FROM datos.correo AS c
        WHERE
            c.cor_estado IN ('PENDIENTE', 'ENVIANDO') AND c.cor_proximo <= now()
            AND (c.cor_vence IS NULL OR c.cor_vence > now())
        ORDER BY c.cor_proximo, c.cor_id
        LIMIT p_limite
        FOR UPDATE SKIP LOCKED
    ), tomado AS (
        UPDATE datos.correo AS c
        SET cor_estado = 'ENVIANDO', cor_intentos = c.cor_intentos + 1, cor_proximo = now() + interval '3 minutes'
        FROM turno AS t
        WHERE c.cor_id = t.cor_id
        RETURNING c.cor_id, c.cor_uid, c.cor_intentos, c.cor_plantilla, c.cor_para, c.cli_ruc_ced, c.cor_datos, c.cor_creado
    )
    SELECT coalesce(json_agg(json_build_object(
        'id', t.cor_id, 'uid', t.cor_uid, 'intento', t.cor_intentos, 'plantilla', t.cor_plantilla,
        'para', t.cor_para, 'cli_ruc_ced', t.cli_ruc_ced, 'datos', t.cor_datos, 'creado', t.cor_creado
    ) ORDER BY t.cor_id), '[]')
    FROM tomado AS t
$$;

GRANT EXECUTE ON FUNCTION api.correo_tomar(int) TO puente;

-- Notes that a letter was handed over, whoever holds the claim by now.
CREATE FUNCTION api.correo_enviado(p_cor_id bigint) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH escrito AS (
        UPDATE datos.correo
        SET cor_estado = 'ENVIADO', cor_enviado = now(), cor_error = NULL, cor_datos = NULL
        WHERE cor_id = p_cor_id AND cor_estado <> 'ENVIADO'
        RETURNING 1
    )
    SELECT json_build_object('enviado', EXISTS (SELECT FROM escrito))
$$;

GRANT EXECUTE ON FUNCTION api.correo_enviado(bigint) TO puente;

-- Notes that try p_intento failed: another one later (5 s, twice as long each time, an hour at most, give or take a
-- quarter), or none if the answer is final or it was the twentieth. A try whose claim ran out says nothing any more.
CREATE FUNCTION api.correo_fallar(
    p_cor_id bigint, p_intento int, p_error text, p_definitivo boolean DEFAULT false
) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH escrito AS (
        UPDATE datos.correo AS c
        SET
            cor_estado = CASE WHEN p_definitivo OR c.cor_intentos >= 20 THEN 'MUERTO' ELSE 'PENDIENTE' END,
            cor_proximo = now() + least(5 * power(2, c.cor_intentos - 1), 3600)
            * (0.75 + random() / 2) * interval '1 second',
            cor_error = left(p_error, 200),
            cor_datos = CASE
                WHEN c.cor_vence IS NULL OR NOT (p_definitivo OR c.cor_intentos >= 20) THEN c.cor_datos
            END
        WHERE c.cor_id = p_cor_id AND c.cor_intentos = p_intento AND c.cor_estado = 'ENVIANDO'
        RETURNING c.cor_estado
    )
    SELECT json_build_object('estado', (SELECT e.cor_estado FROM escrito AS e))
$$;

GRANT EXECUTE ON FUNCTION api.correo_fallar(bigint, int, text, boolean) TO puente;

-- Tries a dead letter again, or a waiting one now.
CREATE FUNCTION api.correo_reintentar(p_cor_id bigint) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_correo datos.correo;
BEGIN
    SELECT c.* INTO v_correo FROM datos.correo AS c WHERE c.cor_id = p_cor_id FOR UPDATE;
    IF v_correo.cor_id IS NULL THEN
        PERFORM privado.rechazar(404, 'correo_existe', 'No existe ese correo.');
    ELSIF v_correo.cor_estado NOT IN ('PENDIENTE', 'MUERTO') THEN
        PERFORM privado.rechazar(409, 'correo_por_enviar', 'Ese correo ya se envió o se está enviando.');
    ELSIF v_correo.cor_datos IS NULL THEN
        PERFORM privado.rechazar(409, 'correo_caducado', 'Ese correo llevaba un código que ya no vale; pida otro.');
    END IF;
    UPDATE datos.correo
    SET
        cor_estado = 'PENDIENTE', cor_proximo = now(),
        cor_intentos = CASE WHEN cor_estado = 'MUERTO' THEN 0 ELSE cor_intentos END
    WHERE cor_id = p_cor_id;
    PERFORM pg_notify('daf_puente', 'correo');
    RETURN json_build_object('message', 'El correo se intentará ahora.');
END
$$;

GRANT EXECUTE ON FUNCTION api.correo_reintentar(bigint) TO admin;

-- Forgets every letter to an address whose owner wants to be forgotten, and the codes in them.
CREATE FUNCTION privado.correo_olvidar(p_email text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM datos.clave_codigo WHERE cla_email = p_email;
    DELETE FROM datos.correo WHERE cor_para = p_email
$$;

-- Doctor -------------------------------------------------------------------------------------------------------------

-- Letters that nobody will try again.
CREATE FUNCTION privado.aviso_correo_muerto() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s %s: %s', c.cor_id, c.cor_plantilla, c.cor_error)
    FROM datos.correo AS c
    WHERE c.cor_estado = 'MUERTO'
    ORDER BY c.cor_id DESC
$$;
COMMENT ON FUNCTION privado.aviso_correo_muerto() IS 'No hay correos que se dejaron de intentar (daf correo).';

-- Letters that have waited for long: no mail server is configured, or it refuses us.
CREATE FUNCTION privado.aviso_correo_atrasado() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('%s %s: %s', c.cor_id, c.cor_plantilla, coalesce(c.cor_error, 'sin intentos'))
    FROM datos.correo AS c
    WHERE c.cor_estado IN ('PENDIENTE', 'ENVIANDO') AND c.cor_creado < now() - interval '1 hour'
    ORDER BY c.cor_id
$$;
COMMENT ON FUNCTION privado.aviso_correo_atrasado() IS 'Ningún correo espera más de una hora.';

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT (
    cor_id, cor_plantilla, cor_para, cli_ruc_ced, cor_estado, cor_intentos, cor_proximo, cor_error, cor_creado, cor_enviado,
    usr_id
) ON datos.correo TO admin;

DO $grants$
BEGIN
    EXECUTE format(
        'GRANT SELECT, UPDATE ON datos.correo TO %I', current_setting('daf.lado') || '_api'
    );
END
$grants$;

-- No row-level rule tells letters apart: the policy admits what the grants admit.
CREATE POLICY correo_todos ON datos.correo USING (true);
