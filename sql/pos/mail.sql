-- Mail: a letter that a member of staff writes to somebody. It leaves through the outbox (correo.sql), under the
-- company's own sender, with replies going to who wrote it.
--
-- Twenty an hour from one person and five an hour to one address: this must never be a relay. Who wrote to whom, and
-- under which subject, is in the audit trail.

-- In how many seconds one more fits under p_maximo an hour, given when the latest of them were; 0 if it fits now.
CREATE FUNCTION privado.mail_espera(p_momentos timestamptz[], p_maximo int) RETURNS int
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN cardinality(p_momentos) < p_maximo THEN 0
        ELSE ceil(extract(EPOCH FROM p_momentos[p_maximo] + interval '1 hour' - now()))::int
    END
$$;

-- Refuses who wrote too much, or an address that was written to too much. One at a time, so that letters sent together
-- do not all see the same count.
CREATE FUNCTION privado.mail_admitir(p_email text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_espera int;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('daf mail'));
    SELECT greatest(
        privado.mail_espera(ARRAY(
            SELECT c.cor_creado FROM datos.correo AS c
            WHERE c.cor_plantilla = 'mensaje' AND c.usr_id = session_user AND c.cor_creado > now() - interval '1 hour'
            ORDER BY c.cor_creado DESC LIMIT 20
        ), 20),
        privado.mail_espera(ARRAY(
            SELECT c.cor_creado FROM datos.correo AS c
            WHERE
                c.cor_plantilla = 'mensaje' AND lower(c.cor_para) = lower(p_email)
                AND c.cor_creado > now() - interval '1 hour'
            ORDER BY c.cor_creado DESC LIMIT 5
        ), 5)
    ) INTO v_espera;
    IF v_espera > 0 THEN
        PERFORM privado.frenar('mail_por_hora', 'Ya se enviaron muchos correos en la última hora.', v_espera);
    END IF;
END
$$;

-- Queues a letter from the caller.
CREATE FUNCTION api.mail_enviar(p_email text, p_subject text, p_message text, p_name text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.mail_admitir(btrim(p_email));
    PERFORM privado.correo_encolar('mensaje', p_email, jsonb_build_object(
        'asunto', p_subject,
        'mensaje', p_message,
        'nombre', p_name,
        'responder_a', (SELECT u.usr_email FROM datos.usuario AS u WHERE u.usr_login = session_user)
    ));
    PERFORM privado.evento('CORREO', btrim(p_email), jsonb_build_object('asunto', p_subject));
    RETURN json_build_object('message', 'Correo en camino.');
END
$$;

GRANT EXECUTE ON FUNCTION api.mail_enviar(text, text, text, text) TO personal;
