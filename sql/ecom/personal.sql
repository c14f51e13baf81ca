-- Staff on the shop's database: the same logins, without rows of their own here. A person is made, renamed and placed
-- on the POS side; this side only needs the role to exist, which on one cluster it does.

-- On this side the typed name is the login itself; e-mails belong to shoppers.
CREATE FUNCTION privado.login_de(p_usuario text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_usuario
$$;

-- The person behind a login.
CREATE FUNCTION privado.usuario_resumen(p_login text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'login', p_login,
        'nombre', p_login,
        'role', (privado.roles_de(p_login))[1],
        'roles', privado.roles_de(p_login)
    )
$$;

-- Makes the login where the two databases are on two servers; on one server it is there already.
CREATE FUNCTION api.usuario_crear(
    p_login text, p_verificador text, p_rol text,
    p_email text DEFAULT NULL, p_nombre text DEFAULT NULL, p_eta_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_crear(p_login, p_verificador, ARRAY[p_rol]);
    RETURN privado.usuario_resumen(p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_crear(text, text, text, text, text, text) TO admin;

-- Ends a person's sessions and connections here.
CREATE FUNCTION api.usuario_off(p_login text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_ingreso(p_login, false);
    PERFORM privado.sesion_cerrar('staff', p_login, NULL, 'desactivado');
    RETURN privado.usuario_resumen(p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_off(text) TO admin;

-- Lets a person in again.
CREATE FUNCTION api.usuario_on(p_login text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_ingreso(p_login, true);
    RETURN privado.usuario_resumen(p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_on(text) TO admin;
