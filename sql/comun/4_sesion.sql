-- Sessions and logins.
--
-- A session row is what makes a token more than a signature: each request asks (at most once a second per worker)
-- whether the row lives and whether the login behind it still may log in with the very password it had. That is how
-- a plain ALTER ROLE in psql reaches connections that are already open.
--
-- Functions that read pg_authid belong to the superuser (9_duenos.sql): they answer salts, digests and yes or no,
-- never a verifier.

-- How long a login waits after failing: counted for the login at that address, and for the address, before any
-- connection is tried. Nobody elsewhere can lock a person out.
CREATE FUNCTION privado.login_espera(p_usuario text, p_direccion text) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(max(ceil(extract(EPOCH FROM v.ultimo + v.pausa - now()))::int), 0)
    FROM (
        SELECT
            max(i.cuando) AS ultimo,
            CASE WHEN count(*) >= 5 THEN least(power(2, count(*) - 5), 300) * interval '1 second' END AS pausa
        FROM datos.login_intento AS i
        WHERE
            i.direccion = p_direccion AND i.usuario = p_usuario AND i.cuando > now() - interval '15 minutes'
        UNION ALL
        SELECT
            max(i.cuando),
            CASE WHEN count(*) >= 50 THEN least(power(2, (count(*) - 50) / 10.0), 300) * interval '1 second' END
        FROM datos.login_intento AS i
        WHERE i.direccion = p_direccion AND i.cuando > now() - interval '15 minutes'
    ) AS v
    WHERE v.ultimo + v.pausa > now()
$$;

-- Before connecting: the login that a typed name means (NULL unless it is a member of staff) and the seconds to wait.
CREATE FUNCTION api.login_preparar(p_usuario text, p_direccion text) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text := privado.login_de(lower(btrim(p_usuario)));
BEGIN
    IF v_login !~ '^[a-z][a-z0-9_]{2,40}$' OR cardinality(privado.roles_de(v_login)) = 0 THEN
        v_login := NULL;
    END IF;
    RETURN json_build_object(
        'login', v_login,
        'espera', privado.login_espera(lower(btrim(p_usuario)), p_direccion)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.login_preparar(text, text) TO api_login;

-- Counts one failure, forgetting what no window still sees.
CREATE FUNCTION api.login_fallar(p_usuario text, p_direccion text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM datos.login_intento
    WHERE direccion = p_direccion AND cuando < now() - interval '15 minutes';
    INSERT INTO datos.login_intento (usuario, direccion) VALUES (left(lower(btrim(p_usuario)), 120), p_direccion);
    RETURN json_build_object('contado', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.login_fallar(text, text) TO api_login;

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

-- Opens a session for the login that is connected, and tells it what it needs to derive its own SCRAM keys: the salt
-- and iteration count that PostgreSQL shows to anybody who starts to log in with that name.
CREATE FUNCTION api.sesion_abrir(p_horas numeric, p_direccion text, p_agente text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_verificador text := (SELECT rolpassword FROM pg_authid WHERE rolname = session_user);
    v_sesion datos.sesion;
BEGIN
    INSERT INTO datos.sesion (clase, sujeto, secreto, digesto, vence_en, direccion, agente)
    VALUES (
        'staff',
        session_user,
        uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        privado.digesto_de(session_user::text),
        now() + least(p_horas, 24 * 7) * interval '1 hour',
        left(p_direccion, 64),
        left(p_agente, 200)
    )
    RETURNING * INTO v_sesion;
    RETURN json_build_object(
        'sid', v_sesion.sid,
        'secreto', encode(v_sesion.secreto, 'hex'),
        'vence', extract(EPOCH FROM v_sesion.vence_en)::bigint,
        'sal', split_part(split_part(v_verificador, '$', 2), ':', 2),
        'iteraciones', split_part(split_part(v_verificador, '$', 2), ':', 1)::int,
        'roles', privado.roles_de(session_user::text),
        'usuario', privado.usuario_resumen(session_user::text)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_abrir(numeric, text, text) TO personal;

-- Opens a session for a shopper whose password the API has just verified.
CREATE FUNCTION api.sesion_abrir_comprador(
    p_sujeto text, p_horas numeric, p_direccion text, p_agente text
) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO datos.sesion (clase, sujeto, secreto, vence_en, direccion, agente)
    VALUES (
        'comprador', p_sujeto, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        now() + p_horas * interval '1 hour', left(p_direccion, 64), left(p_agente, 200)
    )
    RETURNING json_build_object(
        'sid', sid, 'secreto', encode(secreto, 'hex'), 'vence', extract(EPOCH FROM vence_en)::bigint
    )
$$;

GRANT EXECUTE ON FUNCTION api.sesion_abrir_comprador(text, numeric, text, text) TO api_login;

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
            WHEN s.cerrada_en IS NOT NULL OR s.vence_en <= now() THEN 'CERRADA'
            WHEN s.clase = 'comprador' THEN 'VIGENTE'
            WHEN privado.digesto_de(s.sujeto) IS NULL THEN 'ROL'
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
    RETURN json_build_object('message', 'Sesión cerrada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_salir(uuid) TO personal;

-- Ends a shopper's session (the API has verified its token), or all of them.
CREATE FUNCTION api.sesion_salir_comprador(p_sujeto text, p_sid uuid DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.sesion_cerrar('comprador', p_sujeto, p_sid, 'salida');
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

-- Old sessions and answers nobody can use any more.
CREATE FUNCTION api.sesion_limpiar() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM datos.sesion WHERE coalesce(cerrada_en, vence_en) < now() - interval '30 days';
    DELETE FROM datos.idempotencia WHERE creada_en < now() - interval '24 hours';
    RETURN json_build_object('limpio', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_limpiar() TO puente;

DO $grants$
BEGIN
    EXECUTE format(
        'GRANT SELECT, UPDATE ON datos.ajuste TO %1$I;'
        'GRANT INSERT, DELETE, SELECT ON datos.login_intento TO %1$I;'
        'GRANT INSERT, SELECT, DELETE ON datos.sesion TO %1$I;'
        'GRANT INSERT, SELECT, UPDATE, DELETE ON datos.idempotencia TO %1$I',
        current_setting('daf.lado') || '_api'
    );
END
$grants$;

-- Internal tables: no row-level rule tells their rows apart, so the policies admit what the grants above admit.
CREATE POLICY ajuste_todo ON datos.ajuste USING (true);
CREATE POLICY sesion_todo ON datos.sesion USING (true);
CREATE POLICY login_intento_todo ON datos.login_intento USING (true);
CREATE POLICY idempotencia_todo ON datos.idempotencia USING (true);
