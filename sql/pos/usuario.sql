-- Usuario: a person who is a PostgreSQL login. The login is the authority; the row beside it holds the name people
-- read and the e-mail they may type instead of the login.

-- The login an e-mail stands for; any other text is taken as the login itself.
CREATE FUNCTION privado.login_de(p_usuario text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN strpos(p_usuario, '@') > 0 THEN (SELECT usr_login FROM datos.usuario WHERE usr_email = p_usuario)
        ELSE p_usuario
    END
$$;

-- The person behind a login, as the login answer and the profile show them.
CREATE FUNCTION privado.usuario_resumen(p_login text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'login', p_login,
        'email', u.usr_email,
        'nombre', coalesce(u.usr_nombre, p_login),
        'role', (privado.roles_de(p_login))[1],
        'roles', privado.roles_de(p_login),
        'establecimiento', l.eta_codigo,
        'punto_emision', l.pto_codigo,
        'establecimientos', (
            SELECT coalesce(array_agg(e.eta_codigo ORDER BY e.eta_codigo), '{}')
            FROM datos.usuario_establecimiento AS e WHERE e.usr_login = p_login
        )
    )
    FROM (VALUES (p_login)) AS v (usr_login)
    LEFT JOIN datos.usuario AS u USING (usr_login)
    LEFT JOIN datos.usuario_establecimiento AS l ON l.usr_login = v.usr_login AND l.principal
$$;

-- Makes a person: the login from a SCRAM verifier, their row, and the branch they work in.
CREATE FUNCTION api.usuario_crear(
    p_login text, p_verificador text, p_rol text,
    p_email text DEFAULT NULL, p_nombre text DEFAULT NULL, p_eta_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_crear(p_login, p_verificador, ARRAY[p_rol]);
    INSERT INTO datos.usuario (usr_login, usr_email, usr_nombre)
    VALUES (p_login, nullif(lower(btrim(p_email)), ''), coalesce(nullif(btrim(p_nombre), ''), p_login));
    IF p_eta_codigo IS NOT NULL THEN
        INSERT INTO datos.usuario_establecimiento (usr_login, eta_codigo, pto_codigo, principal)
        SELECT p_login, p_eta_codigo, min(pto_codigo), true
        FROM datos.punto_emision WHERE eta_codigo = p_eta_codigo;
    END IF;
    RETURN privado.usuario_resumen(p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_crear(text, text, text, text, text, text) TO admin;

-- Deactivates a person: no login, no sessions, no open connections.
CREATE FUNCTION api.usuario_off(p_login text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_ingreso(p_login, false);
    UPDATE datos.usuario SET usr_estado = 'INA' WHERE usr_login = p_login;
    PERFORM privado.sesion_cerrar('staff', p_login, NULL, 'desactivado');
    RETURN json_build_object('message', 'Usuario desactivado.');
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_off(text) TO admin;

-- Changes the caller's own password and ends all their sessions.
CREATE FUNCTION api.usuario_clave(p_verificador text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_clave(session_user::text, p_verificador);
    PERFORM privado.sesion_cerrar('staff', session_user::text, NULL, 'clave');
    RETURN json_build_object('message', 'Contraseña cambiada. Ingrese de nuevo.');
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_clave(text) TO personal;

CREATE TRIGGER usuario_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.usuario
FOR EACH ROW EXECUTE FUNCTION privado.auditar('usr_login');

GRANT SELECT, INSERT, UPDATE ON datos.usuario TO pos_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.usuario_establecimiento TO pos_api;

-- Who may manage people is decided by the functions' grants; only they reach the table.
CREATE POLICY usuario_todos ON datos.usuario USING (true);
