-- Sessions. (Guesses are slowed down in ingreso.sql; refresh is in sesion_refresco.sql, one's own list in
-- sesion_propia.sql.)
--
-- A session row is what makes a token more than a signature: each request asks (at most once a second per worker)
-- whether the row lives and whether the login behind it still may log in with the very password it had. That is how
-- a plain ALTER ROLE in psql reaches connections that are already open.
--
-- Functions that read pg_authid belong to the superuser (9_duenos.sql): they answer salts, digests and yes or no,
-- never a verifier.

-- Digest of the verifier of a login that may log in now; NULL for every other name.
CREATE FUNCTION privado.digesto_de(p_login text) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(convert_to(a.rolpassword, 'UTF8'))
    FROM pg_authid AS a
    WHERE
        a.rolname = p_login
        AND a.rolcanlogin AND NOT a.rolsuper
        AND (a.rolvaliduntil IS NULL OR a.rolvaliduntil > now())
        AND a.rolpassword LIKE 'SCRAM-SHA-256$%'
        AND cardinality(privado.roles_de(p_login)) > 0
$$;

-- What the connected login needs to derive its own SCRAM keys: the salt and iteration count that PostgreSQL shows to
-- anybody who starts to log in with that name.
CREATE FUNCTION api.sesion_sal() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('iteraciones', split_part(v.partes, ':', 1)::int, 'sal', split_part(v.partes, ':', 2))
    FROM (
        SELECT split_part(a.rolpassword, '$', 2) AS partes FROM pg_authid AS a WHERE a.rolname = session_user
    ) AS v
$$;

GRANT EXECUTE ON FUNCTION api.sesion_sal() TO personal;

-- Opens a session and notes who came in from where. The API chose its number, because the refresh token and the envelope
-- that come with it are bound to it. It ends p_inactiva hours after its last refresh, and at the latest after p_maxima.
CREATE FUNCTION privado.sesion_crear(
    p_clase text, p_sujeto text, p_digesto bytea, p_sid uuid, p_horas numeric, p_inactiva numeric, p_maxima numeric,
    p_direccion text, p_red text, p_agente text, p_refresco bytea, p_sobre bytea, p_kid_kek text, p_kid_firma text
) RETURNS datos.sesion
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_termina timestamptz := now() + least(p_maxima, 366 * 24) * interval '1 hour';
    v_sesion datos.sesion;
BEGIN
    INSERT INTO datos.sesion (
        sid, clase, sujeto, secreto, digesto, termina_en, vence_en, direccion, red, agente, refresco, sobre, kid_kek,
        kid_firma
    )
    VALUES (
        p_sid, p_clase, p_sujeto,
        uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        p_digesto, v_termina, least(v_termina, now() + greatest(p_horas, p_inactiva) * interval '1 hour'),
        left(p_direccion, 64), left(p_red, 64), left(p_agente, 200), p_refresco, p_sobre, p_kid_kek, p_kid_firma
    )
    RETURNING * INTO v_sesion;
    PERFORM privado.evento(
        'INGRESO', p_sujeto, privado.ingreso_detalle(p_direccion, p_agente) || jsonb_build_object('sid', p_sid)
    );
    RETURN v_sesion;
END
$$;

-- What the API makes the tokens of a session's present generation of: always the same for the same generation.
CREATE FUNCTION privado.sesion_ficha(p_sesion datos.sesion, p_horas numeric) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'sid', p_sesion.sid,
        'clase', p_sesion.clase,
        'sujeto', p_sesion.sujeto,
        'generacion', p_sesion.generacion,
        'emitida', extract(EPOCH FROM p_sesion.renovada_en)::bigint,
        'vence', extract(
            EPOCH FROM least(p_sesion.termina_en, p_sesion.renovada_en + p_horas * interval '1 hour')
        )::bigint,
        'secreto', encode(p_sesion.secreto, 'hex'),
        'sobre', encode(p_sesion.sobre, 'hex'),
        'kid_kek', p_sesion.kid_kek,
        'kid_firma', p_sesion.kid_firma,
        'roles', privado.roles_de(p_sesion.sujeto)
    )
$$;

-- Opens a session for the login that is connected, and shows it to itself.
CREATE FUNCTION api.sesion_abrir(
    p_sid uuid, p_horas numeric, p_inactiva numeric, p_maxima numeric, p_direccion text, p_red text, p_agente text,
    p_refresco bytea, p_sobre bytea, p_kid_kek text, p_kid_firma text
) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.json_unir(
        privado.sesion_ficha(s, p_horas),
        json_build_object('usuario', privado.usuario_resumen(session_user::text))
    )
    FROM privado.sesion_crear(
        'staff', session_user::text, privado.digesto_de(session_user::text), p_sid, p_horas, p_inactiva, p_maxima,
        p_direccion, p_red, p_agente, p_refresco, p_sobre, p_kid_kek, p_kid_firma
    ) AS s
$$;

GRANT EXECUTE ON FUNCTION api.sesion_abrir(
    uuid, numeric, numeric, numeric, text, text, text, bytea, bytea, text, text
) TO personal;

-- Opens a session for a shopper whose password the API has just verified.
CREATE FUNCTION api.sesion_abrir_comprador(
    p_sujeto text, p_sid uuid, p_horas numeric, p_inactiva numeric, p_maxima numeric, p_direccion text, p_red text,
    p_agente text, p_refresco bytea, p_kid_kek text, p_kid_firma text
) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sesion_ficha(s, p_horas)
    FROM privado.sesion_crear(
        'comprador', p_sujeto, NULL, p_sid, p_horas, p_inactiva, p_maxima, p_direccion, p_red, p_agente, p_refresco,
        NULL, p_kid_kek, p_kid_firma
    ) AS s
$$;

GRANT EXECUTE ON FUNCTION api.sesion_abrir_comprador(
    text, uuid, numeric, numeric, numeric, text, text, text, bytea, text, text
) TO api_login;

-- Whether a session is good now: VIGENTE, CERRADA (ended or unknown), CLAVE (the password changed since) or ROL (the
-- login may no longer log in). Its secret only while it is good.
CREATE FUNCTION api.sesion_vigente(p_sid uuid) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN e.estado = 'VIGENTE' THEN json_build_object(
            'estado', e.estado, 'clase', s.clase, 'sujeto', s.sujeto, 'secreto', encode(s.secreto, 'hex')
        )
        ELSE json_build_object('estado', coalesce(e.estado, 'CERRADA'), 'sujeto', s.sujeto)
    END
    FROM (VALUES (p_sid)) AS v (sid)
    LEFT JOIN datos.sesion AS s ON s.sid = v.sid
    LEFT JOIN LATERAL (
        SELECT CASE
            WHEN s.clase = 'staff' AND privado.digesto_de(s.sujeto) IS NULL THEN 'ROL' -- first: connections go too
            WHEN s.cerrada_en IS NOT NULL OR s.vence_en <= now() THEN 'CERRADA'
            WHEN s.clase = 'comprador' THEN 'VIGENTE'
            WHEN privado.digesto_de(s.sujeto) <> s.digesto THEN 'CLAVE'
            ELSE 'VIGENTE'
        END AS estado
        WHERE s.sid IS NOT NULL
    ) AS e ON true
$$;

GRANT EXECUTE ON FUNCTION api.sesion_vigente(uuid) TO api_login;

-- Ends sessions and tells every worker, which would otherwise learn it within a second.
CREATE FUNCTION privado.sesion_cerrar(p_clase text, p_sujeto text, p_sid uuid, p_motivo text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cerradas int;
BEGIN
    UPDATE datos.sesion
    SET cerrada_en = now(), motivo_cierre = p_motivo
    WHERE
        clase = p_clase AND sujeto = p_sujeto AND cerrada_en IS NULL
        AND (p_sid IS NULL OR sid = p_sid);
    GET DIAGNOSTICS v_cerradas = ROW_COUNT;
    PERFORM pg_notify('daf_sesion', p_sujeto);
    RETURN v_cerradas;
END
$$;

-- Ends the caller's own session of this token.
CREATE FUNCTION api.sesion_salir(p_sid uuid) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.sesion_cerrar('staff', session_user::text, p_sid, 'salida');
    PERFORM privado.evento('SALIDA', session_user::text, jsonb_build_object('sid', p_sid));
    RETURN json_build_object('message', 'Sesión cerrada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_salir(uuid) TO personal;

-- Ends a shopper's session (the API has verified its token), or all of them.
CREATE FUNCTION api.sesion_salir_comprador(p_sujeto text, p_sid uuid DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.sesion_cerrar('comprador', p_sujeto, p_sid, 'salida');
    PERFORM privado.evento('SALIDA', p_sujeto, jsonb_build_object('sid', p_sid));
    RETURN json_build_object('message', 'Sesión cerrada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_salir_comprador(text, uuid) TO api_login;

-- Ends the open connections of a login that may no longer log in; of any other login, none.
CREATE FUNCTION api.sesion_terminar(p_login text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('terminadas', count(pg_terminate_backend(a.pid)))
    FROM pg_stat_activity AS a
    JOIN pg_authid AS r ON a.usesysid = r.oid
    WHERE
        a.usename = p_login AND NOT r.rolsuper AND a.pid <> pg_backend_pid()
        AND a.usename NOT IN ('api_login', 'ecom_publico', 'ecom_cliente', 'puente')
        AND privado.digesto_de(p_login) IS NULL
$$;

GRANT EXECUTE ON FUNCTION api.sesion_terminar(text) TO api_login;

-- Ends every other connection of the caller's own login: after its password changed, the ones that came in with the old one
-- while the change was being committed.
CREATE FUNCTION api.sesion_despejar() RETURNS json
LANGUAGE sql AS $$
    SELECT json_build_object('terminadas', count(pg_terminate_backend(a.pid)))
    FROM pg_stat_activity AS a
    WHERE a.usename = session_user AND a.datname = current_database() AND a.pid <> pg_backend_pid()
$$;

GRANT EXECUTE ON FUNCTION api.sesion_despejar() TO personal;

-- Whether functions were replaced in the last seconds: a statement that tripped over the old ones may just try again.
CREATE FUNCTION api.despliegue_reciente() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_json(privado.desplegado_en() > clock_timestamp() - interval '15 seconds')
$$;

GRANT EXECUTE ON FUNCTION api.despliegue_reciente()
TO personal, api_login, ecom_publico, ecom_cliente, puente;

-- When the code of this database was last replaced.
CREATE FUNCTION privado.desplegado_en() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT desplegado_en FROM despliegue.estado
$$;

DO $grants$
BEGIN
    EXECUTE format(
        'GRANT INSERT, SELECT, UPDATE ON datos.idempotencia TO %1$I',
        current_setting('daf.lado') || '_api'
    );
END
$grants$;

-- Internal tables: no row-level rule tells their rows apart, so the policies admit what the grants above admit.
CREATE POLICY idempotencia_todo ON datos.idempotencia USING (true);
