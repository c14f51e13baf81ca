-- Sesión, refresh: new tokens for a session that is still good, without a password.
--
-- Every generation of a session has one refresh token, kept as a digest. Using it makes the next generation; using it
-- again within ten seconds gives that same generation once more, because an answer may be lost on its way; using it later
-- means that two hold it, and ends the session for both. The API derives each token from the one before, so it can make
-- the same one twice without anybody having kept it, and it vouches (by a MAC) that a token it asks about was once ours:
-- a made-up one never gets here, and ends nobody's session.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The session, if it may be refreshed: it lives, and the login behind it may log in with the very password it had.
CREATE FUNCTION privado.refresco_sesion(p_sid uuid) RETURNS datos.sesion
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s
    FROM datos.sesion AS s
    WHERE
        s.sid = p_sid AND s.cerrada_en IS NULL AND s.vence_en > now() AND s.refresco IS NOT NULL
        AND (s.clase = 'comprador' OR s.digesto = privado.digesto_de(s.sujeto))
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Ends the session of a refresh token that came back too late, and notes who brought it.
CREATE FUNCTION privado.refresco_reuso(p_sesion datos.sesion, p_direccion text, p_agente text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF privado.sesion_cerrar(p_sesion.clase, p_sesion.sujeto, p_sesion.sid, 'reuso') > 0 THEN
        PERFORM privado.evento(
            'REUSO_REFRESCO',
            p_sesion.sujeto,
            privado.ingreso_detalle(p_direccion, p_agente) || jsonb_build_object('sid', p_sesion.sid)
        );
    END IF;
END
$$;

-- Judges a refresh token of ours by its digest. `estado` is ROTAR (it is the present one), REPETIR (it was until less than
-- ten seconds ago), REUSO (it was once: the session is ended) or CERRADA (there is nothing to refresh).
CREATE FUNCTION api.refresco_preparar(
    p_sid uuid, p_refresco bytea, p_horas numeric, p_direccion text, p_agente text
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sesion datos.sesion := privado.refresco_sesion(p_sid);
    v_estado text := CASE
        WHEN v_sesion.sid IS NULL THEN 'CERRADA'
        WHEN v_sesion.refresco = p_refresco THEN 'ROTAR'
        WHEN v_sesion.refresco_anterior = p_refresco
            AND v_sesion.renovada_en > clock_timestamp() - interval '10 seconds' THEN 'REPETIR'
        ELSE 'REUSO'
    END;
BEGIN
    IF v_estado = 'REUSO' THEN
        PERFORM privado.refresco_reuso(v_sesion, p_direccion, p_agente);
    END IF;
    IF v_estado IN ('REUSO', 'CERRADA') THEN
        RETURN json_build_object('estado', v_estado, 'sujeto', v_sesion.sujeto);
    END IF;
    RETURN privado.json_unir(json_build_object('estado', v_estado), privado.sesion_ficha(v_sesion, p_horas));
END
$$;

GRANT EXECUTE ON FUNCTION api.refresco_preparar(uuid, bytea, numeric, text, text) TO api_login;

-- Makes the next generation, if p_anterior is still the present token: of two at once one makes it, and the other is told
-- null and asks again.
CREATE FUNCTION privado.refresco_rotar(
    p_sid uuid, p_anterior bytea, p_refresco bytea, p_sobre bytea, p_kid_kek text, p_kid_firma text,
    p_horas numeric, p_inactiva numeric
) RETURNS datos.sesion
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.sesion AS s
    SET
        generacion = s.generacion + 1,
        refresco_anterior = s.refresco,
        refresco = p_refresco,
        sobre = p_sobre,
        kid_kek = p_kid_kek,
        kid_firma = p_kid_firma,
        renovada_en = clock_timestamp(),
        vence_en = least(s.termina_en, clock_timestamp() + greatest(p_horas, p_inactiva) * interval '1 hour')
    WHERE s.sid = p_sid AND s.refresco = p_anterior AND s.cerrada_en IS NULL
    RETURNING s.*
$$;

CREATE FUNCTION api.refresco_rotar(
    p_sid uuid, p_anterior bytea, p_refresco bytea, p_kid_kek text, p_kid_firma text, p_horas numeric,
    p_inactiva numeric, p_sobre bytea DEFAULT NULL
) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.sesion_ficha(s, p_horas)
    FROM privado.refresco_rotar(
        p_sid, p_anterior, p_refresco, p_sobre, p_kid_kek, p_kid_firma, p_horas, p_inactiva
    ) AS s
    WHERE s.sid IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION api.refresco_rotar(uuid, bytea, bytea, text, text, numeric, numeric, bytea) TO api_login;
