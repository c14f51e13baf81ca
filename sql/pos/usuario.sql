-- Usuario: a person who is a PostgreSQL login. The login is the authority; the row beside it holds the name people
-- read (usr_nombre, `name` on the wire), the e-mail they may type instead of the login, and who they are (persona).
--
-- PEN waits for an administrator and is nobody in PostgreSQL yet (usuario_registro.sql), ACT works, INA may not log in.
-- Whether somebody really may is what the catalog says, so that is what `estado` answers.

-- Reading ------------------------------------------------------------------------------------------------------------

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
        'id', u.usr_id,
        'login', p_login,
        'email', u.usr_email,
        'nombre', coalesce(u.usr_nombre, p_login),
        'role', (privado.roles_de(p_login))[1],
        'roles', privado.roles_de(p_login),
        'persona', privado.persona_fila(p),
        'establecimiento', l.eta_codigo,
        'punto_emision', l.pto_codigo,
        'establecimientos', (
            SELECT coalesce(array_agg(e.eta_codigo ORDER BY e.eta_codigo), '{}')
            FROM datos.usuario_establecimiento AS e WHERE e.usr_login = p_login
        )
    )
    FROM (VALUES (p_login)) AS v (usr_login)
    LEFT JOIN datos.usuario AS u USING (usr_login)
    LEFT JOIN datos.persona AS p USING (per_id)
    LEFT JOIN datos.usuario_establecimiento AS l ON l.usr_login = v.usr_login AND l.principal
$$;

-- The login that a number, a login or an e-mail means: of a row here, or of a member of the staff without one.
CREATE FUNCTION privado.usuario_de(p_usuario text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text := CASE
        WHEN p_usuario ~ '^[0-9]{1,18}$' THEN
            (SELECT usr_login FROM datos.usuario WHERE usr_id = p_usuario::bigint)
        ELSE privado.login_de(p_usuario)
    END;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.usuario WHERE usr_login = v_login) AND NOT coalesce(
        cardinality(privado.roles_de(v_login)) > 0 AND v_login <> ALL (privado.grupos()), false
    ) THEN
        PERFORM privado.rechazar(404, 'usuario_existe', 'No existe ese usuario.');
    END IF;
    RETURN v_login;
END
$$;

GRANT EXECUTE ON FUNCTION privado.usuario_de(text) TO auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Gives a login of the staff that an administrator of the database made the row it lacks.
CREATE FUNCTION privado.usuario_adoptar(p_login text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM datos.usuario WHERE usr_login = p_login) AND privado.rol_es_persona(p_login) THEN
        INSERT INTO datos.usuario (usr_login, usr_nombre) VALUES (p_login, p_login);
    END IF;
END
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
        FROM datos.punto_emision WHERE eta_codigo = p_eta_codigo AND pto_estado = 'ACT';
    END IF;
    RETURN privado.usuario_resumen(p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_crear(text, text, text, text, text, text) TO admin;

-- Takes the right to log in away, and with it sessions and open connections.
CREATE FUNCTION privado.usuario_apagar(p_login text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM privado.rol_ingreso(p_login, false);
    UPDATE datos.usuario SET usr_estado = 'INA' WHERE usr_login = p_login AND usr_estado <> 'INA';
    PERFORM privado.sesion_cerrar('staff', p_login, NULL, 'desactivado');
END
$$;

-- Lets a person log in: who waits gets the login they asked for, with its groups; who was turned off gets it back.
CREATE FUNCTION privado.usuario_encender(p_login text, p_roles text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM datos.usuario WHERE usr_login = p_login AND usr_estado = 'PEN') THEN
        IF p_roles IS NULL THEN
            PERFORM privado.rechazar(422, 'usuario_sin_rol', 'Indique el rol con el que va a trabajar.');
        END IF;
        PERFORM privado.rol_crear(p_login, privado.usuario_espera_tomar(p_login), p_roles);
        PERFORM privado.evento('USUARIO', p_login, '{"acto": "activado"}');
        PERFORM privado.usuario_bienvenida(p_login);
    ELSE
        IF p_roles IS NOT NULL THEN
            PERFORM privado.rol_grupos(p_login, p_roles);
        END IF;
        PERFORM privado.rol_ingreso(p_login, true);
    END IF;
    UPDATE datos.usuario SET usr_estado = 'ACT' WHERE usr_login = p_login AND usr_estado <> 'ACT';
END
$$;

-- Deactivates a person: no login, no sessions, no open connections. A request that waits is discarded whole.
CREATE FUNCTION api.usuario_off(p_login text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text := privado.usuario_de(p_login);
    v_usuario datos.usuario;
BEGIN
    PERFORM privado.usuario_adoptar(v_login);
    SELECT * INTO v_usuario FROM datos.usuario WHERE usr_login = v_login FOR UPDATE;
    IF v_usuario.usr_estado = 'PEN' THEN
        PERFORM privado.usuario_descartar(v_login);
        RETURN privado.respuesta(
            200, 'Solicitud descartada.', json_build_object('id', v_usuario.usr_id, 'login', v_login, 'estado', false)
        );
    END IF;
    PERFORM privado.usuario_apagar(v_login);
    RETURN privado.respuesta(200, 'Usuario desactivado.', privado.usuario_json(v_login));
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_off(text) TO admin;

-- Lets a person in, or in again; who waits needs the roles to work with.
CREATE FUNCTION api.usuario_on(p_login text, p_roles text[] DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text := privado.usuario_de(p_login);
BEGIN
    PERFORM FROM datos.usuario WHERE usr_login = v_login FOR UPDATE;
    PERFORM privado.usuario_encender(v_login, p_roles);
    RETURN privado.respuesta(200, 'Usuario activado.', privado.usuario_json(v_login));
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_on(text, text[]) TO admin;

-- Changes the caller's own password and ends all their sessions.
CREATE FUNCTION api.usuario_clave(p_verificador text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_clave(session_user::text, p_verificador);
    PERFORM privado.sesion_cerrar('staff', session_user::text, NULL, 'clave');
    PERFORM privado.evento('CLAVE', session_user::text);
    RETURN json_build_object('message', 'Contraseña cambiada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_clave(text) TO personal;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER usuario_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.usuario
FOR EACH ROW EXECUTE FUNCTION privado.auditar('usr_login');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.usuario TO auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.usuario TO pos_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.usuario_establecimiento TO pos_api;

-- Who may manage people is decided by the functions' grants; a user belongs to no branch.
CREATE POLICY usuario_todos ON datos.usuario USING (true);
