-- Arranque: the first administrator of an empty deployment, for whoever holds the token that the deploy told.
--
-- Nobody can be asked who may do this, because nobody is there yet. So the one step that makes a login from here asks
-- the token's digest itself, serves once, and only while there is no other administrator.

-- Makes the first administrator's login and uses the token up. The same login again: nothing to do. It belongs to the
-- superuser, because it makes a role.
CREATE FUNCTION privado.arranque_rol(p_huella text, p_login text, p_verificador text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v datos.arranque;
BEGIN
    SELECT * INTO v FROM datos.arranque FOR UPDATE;
    IF v.arr_huella IS NULL OR v.arr_huella IS DISTINCT FROM p_huella THEN
        PERFORM privado.rechazar(403, 'arranque_token', 'El token de arranque no es válido.');
    END IF;
    IF v.arr_usado IS NOT NULL AND v.arr_login = p_login THEN
        RETURN;
    END IF;
    LOCK TABLE pg_catalog.pg_auth_members IN SHARE UPDATE EXCLUSIVE MODE; -- as whoever else makes administrators
    IF v.arr_usado IS NOT NULL OR privado.arranque_otro_admin(p_login) THEN
        PERFORM privado.rechazar(409, 'arranque_hecho', 'Ya hay una empresa o un administrador: no se arranca otra vez.');
    END IF;
    PERFORM privado.rol_hacer(p_login, p_verificador, ARRAY['admin']);
    UPDATE datos.arranque SET arr_usado = now(), arr_login = p_login;
END
$$;

-- Whether somebody else may log in as an administrator already.
CREATE FUNCTION privado.arranque_otro_admin(p_login text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM pg_catalog.pg_roles AS r
        WHERE
            r.rolcanlogin AND NOT r.rolsuper AND r.rolname IS DISTINCT FROM p_login
            AND pg_catalog.pg_has_role(r.oid, 'admin', 'MEMBER')
    )
$$;

-- Only steps of the data owner come here.
CREATE POLICY arranque_nadie ON datos.arranque USING (false);
