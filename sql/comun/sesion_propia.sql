-- Sesión, one's own: where somebody is logged in, and ending it there. A member of staff asks as their own login, a
-- shopper with their signed context; row-level security shows each nothing but theirs.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Whose sessions the caller's are: a login's, or a shopper's account (NULL behind the shared login without a context).
CREATE FUNCTION privado.sesion_dueno() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF session_user = 'ecom_cliente' THEN
        RETURN privado.comprador()::text;
    END IF;
    RETURN session_user::text;
END
$$;

GRANT EXECUTE ON FUNCTION privado.sesion_dueno() TO personal, ecom_cliente;

CREATE FUNCTION privado.sesion_clase() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN session_user = 'ecom_cliente' THEN 'comprador' ELSE 'staff' END
$$;

GRANT EXECUTE ON FUNCTION privado.sesion_clase() TO personal, ecom_cliente;

-- The caller's open sessions, the one last refreshed first; p_sid is the one that asks.
CREATE FUNCTION api.sesion_listar(p_sid uuid DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('data', coalesce(json_agg(json_build_object(
        'sid', s.sid,
        'creada_en', s.creada_en,
        'renovada_en', s.renovada_en,
        'vence_en', s.vence_en,
        'direccion', coalesce(s.direccion, ''),
        'agente', coalesce(s.agente, ''),
        'actual', s.sid IS NOT DISTINCT FROM p_sid
    ) ORDER BY s.renovada_en DESC, s.sid), '[]'))
    FROM datos.sesion AS s
    WHERE
        s.clase = (SELECT privado.sesion_clase()) AND s.sujeto = (SELECT privado.sesion_dueno())
        AND s.cerrada_en IS NULL AND s.vence_en > now()
$$;

GRANT EXECUTE ON FUNCTION api.sesion_listar(uuid) TO personal, ecom_cliente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Ends one of the caller's own sessions; 404 for any other.
CREATE FUNCTION api.sesion_cerrar(p_sid uuid) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_dueno text := privado.sesion_dueno();
BEGIN
    IF v_dueno IS NULL
        OR privado.sesion_cerrar(privado.sesion_clase(), v_dueno, coalesce(p_sid, gen_random_uuid()), 'cerrada') = 0
    THEN
        PERFORM privado.rechazar(404, 'sesion_existe', 'No existe esa sesión.');
    END IF;
    PERFORM privado.evento('SALIDA', v_dueno, jsonb_build_object('sid', p_sid));
    RETURN json_build_object('message', 'Sesión cerrada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_cerrar(uuid) TO personal, ecom_cliente;

-- Grants and policies ------------------------------------------------------------------------------------------------

-- Never the secret, the digests or the envelope.
GRANT SELECT (sid, clase, sujeto, creada_en, renovada_en, vence_en, cerrada_en, direccion, agente)
ON datos.sesion TO personal, ecom_cliente;

CREATE POLICY sesion_propia ON datos.sesion FOR SELECT USING (
    clase = (SELECT privado.sesion_clase()) AND sujeto = (SELECT privado.sesion_dueno())
);
