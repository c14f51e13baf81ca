-- Verificación by link: the letter of a claim carries a code and, for clients without a screen to type it in, a link with
-- a random token. The link opens a page; only the button on it uses the token, because mail scanners open every link.
--
-- Who holds the token is who reads the mailbox on the client's record, so the page may say for which e-mail the account
-- would be: the person decides whether it is theirs.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The claim of a token, whatever became of it.
CREATE FUNCTION privado.verificacion_de_enlace(p_enlace text) RETURNS datos.verificacion
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v FROM datos.verificacion AS v WHERE v.ver_enlace = sha256(convert_to(p_enlace, 'UTF8'))
$$;

-- What a link is good for: VIGENTE with the e-mail of the account it would make, USADA, or VENCIDA (also unknown).
CREATE FUNCTION api.verificacion_enlace(p_enlace text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN v.ver_usada IS NOT NULL THEN json_build_object('estado', 'USADA')
        WHEN v.ver_vence > now() THEN json_build_object('estado', 'VIGENTE', 'email', v.usr_email)
        ELSE json_build_object('estado', 'VENCIDA')
    END
    FROM privado.verificacion_de_enlace(p_enlace) AS v
$$;

GRANT EXECUTE ON FUNCTION api.verificacion_enlace(text) TO api_login;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Ends a claim with the token of its link, once; whether it was good.
CREATE FUNCTION privado.verificacion_enlazar(p_enlace text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ver datos.verificacion;
BEGIN
    SELECT v.* INTO v_ver
    FROM datos.verificacion AS v
    WHERE v.ver_enlace = sha256(convert_to(p_enlace, 'UTF8'))
    FOR UPDATE;
    IF v_ver.ver_id IS NULL OR v_ver.ver_usada IS NOT NULL OR v_ver.ver_vence <= now() THEN
        RETURN false;
    END IF;
    PERFORM privado.verificacion_cumplir(v_ver);
    RETURN true;
END
$$;

-- Ends a claim with its link: {"verificada": true} makes the account.
CREATE FUNCTION api.verificacion_confirmar(p_enlace text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('verificada', privado.verificacion_enlazar(p_enlace))
$$;

GRANT EXECUTE ON FUNCTION api.verificacion_confirmar(text) TO api_login;
