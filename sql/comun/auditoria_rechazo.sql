-- Refusals: what a member of staff tried and the database said no to (403).
--
-- The transaction that was refused is rolled back, and with it anything it could have noted, so the API tells afterwards,
-- as api_login. In psql nobody tells: there the server's log is what remains.

-- Notes that a login was refused an act, so many times since it was last told.
CREATE FUNCTION api.rechazo_anotar(p_login text, p_sid text, p_ruta text, p_regla text, p_veces int DEFAULT 1)
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(privado.roles_de(p_login)) = 0 THEN
        PERFORM privado.rechazar(404, 'usuario_existe', 'No existe ese usuario.');
    END IF;
    PERFORM set_config('daf.sid', left(p_sid, 60), true);
    PERFORM privado.evento('RECHAZO', p_login, jsonb_build_object(
        'ruta', left(p_ruta, 120), 'regla', left(p_regla, 63), 'veces', greatest(p_veces, 1)
    ));
    RETURN json_build_object('anotado', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.rechazo_anotar(text, text, text, text, int) TO api_login;
