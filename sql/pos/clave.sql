-- Clave, staff: a person who forgot the password of their own database login sets a new one with the code that was
-- mailed to them. The verifier is computed by the API; a clear password never gets here.
--
-- Only for who may log in now: not for somebody deactivated or still waiting, nor for a service, an owner or a superuser,
-- whatever e-mail a row of theirs might say.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The login an e-mail stands for, if that person may log in now.
CREATE FUNCTION privado.clave_sujeto(p_email text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.usr_login
    FROM datos.usuario AS u
    WHERE
        u.usr_email = p_email AND u.usr_estado = 'ACT'
        AND privado.digesto_de(u.usr_login) IS NOT NULL AND privado.rol_es_persona(u.usr_login)
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Gives whom the code is of a new password and ends all their sessions and connections; who that was, or NULL if the
-- code is not good. Belongs to the superuser (9_duenos.sql), so it judges the code itself: who reaches this function
-- without one changes nothing.
CREATE FUNCTION privado.rol_restablecer(p_email text, p_codigo text, p_verificador text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text;
BEGIN
    PERFORM privado.rol_verificador_exigir(p_verificador);
    v_login := privado.clave_codigo_usar(p_email, p_codigo);
    IF v_login IS NULL OR NOT privado.rol_es_persona(v_login) OR privado.digesto_de(v_login) IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', v_login, p_verificador);
    PERFORM privado.rol_desconectar(v_login);
    PERFORM privado.sesion_cerrar('staff', v_login, NULL, 'restablecida');
    RETURN v_login;
END
$$;

-- Sets a new password with a mailed code: {"sujeto": login}, null if the code is not good.
CREATE FUNCTION api.clave_restablecer(p_email text, p_codigo text, p_verificador text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text := privado.rol_restablecer(p_email, p_codigo, p_verificador);
BEGIN
    IF v_login IS NOT NULL THEN
        PERFORM privado.evento('CLAVE_RESTABLECIDA', v_login);
        PERFORM privado.correo_encolar('clave_cambiada', lower(btrim(p_email)), NULL);
    END IF;
    RETURN json_build_object('sujeto', v_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.clave_restablecer(text, text, text) TO api_login;
