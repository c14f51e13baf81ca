-- Ingreso in the shop: who a typed name is of.

-- The account behind an e-mail, or the login of a member of staff.
CREATE FUNCTION privado.ingreso_sujeto(p_usuario text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN strpos(p_usuario, '@') > 0 THEN (
            SELECT u.usr_id::text FROM datos.usuario_app AS u
            WHERE u.usr_email = lower(btrim(p_usuario)) AND u.usr_estado = 'ACT'
        )
        ELSE privado.ingreso_login(p_usuario)
    END
$$;
