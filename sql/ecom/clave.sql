-- Clave, shoppers: who forgot the password of their account sets a new one with the code that was mailed to them. The
-- hash is made by the API; a clear password never gets here. Staff reset theirs at the POS.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The account an e-mail stands for, if it is active.
CREATE FUNCTION privado.clave_sujeto(p_email text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.usr_id::text FROM datos.usuario_app AS u WHERE u.usr_email = p_email AND u.usr_estado = 'ACT'
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Stores a new password for whom the code is of and ends all their sessions; who that was, or NULL if the code is not
-- good.
CREATE FUNCTION privado.cuenta_restablecer(p_email text, p_codigo text, p_clave text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sujeto text := privado.clave_codigo_usar(p_email, p_codigo);
BEGIN
    IF v_sujeto IS NOT NULL THEN
        UPDATE datos.usuario_clave SET clave = p_clave, cambiada_en = now() WHERE usr_id = v_sujeto::bigint;
        PERFORM privado.sesion_cerrar('comprador', v_sujeto, NULL, 'restablecida');
    END IF;
    RETURN v_sujeto;
END
$$;

-- Sets a new password with a mailed code: {"sujeto": account}, null if the code is not good.
CREATE FUNCTION api.clave_restablecer(p_email text, p_codigo text, p_clave text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sujeto text := privado.cuenta_restablecer(p_email, p_codigo, p_clave);
BEGIN
    IF v_sujeto IS NOT NULL THEN
        PERFORM privado.evento('CLAVE_RESTABLECIDA', v_sujeto);
        PERFORM privado.correo_encolar('clave_cambiada', lower(btrim(p_email)), NULL);
    END IF;
    RETURN json_build_object('sujeto', v_sujeto);
END
$$;

GRANT EXECUTE ON FUNCTION api.clave_restablecer(text, text, text) TO api_login;
