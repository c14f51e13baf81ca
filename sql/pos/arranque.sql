-- Arranque at the till: from nothing to a company that can sell, in one transaction.
--
-- Company, first branch with its stock location and its emission point, the administrator and who they are, and the
-- settings. Whoever asks at the same time waits for the row of the token and finds it used. Afterwards the way is closed
-- for good: a company is there.

-- Refuses who may not begin: 409 where somebody did, 403 for another token than the one that was told.
CREATE FUNCTION privado.arranque_exigir(p_token text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v datos.arranque;
BEGIN
    SELECT * INTO v FROM datos.arranque FOR UPDATE;
    IF v.arr_usado IS NOT NULL OR EXISTS (SELECT FROM datos.empresa) OR privado.arranque_otro_admin(NULL) THEN
        PERFORM privado.rechazar(409, 'arranque_hecho', 'Ya hay una empresa o un administrador: no se arranca otra vez.');
    END IF;
    IF v.arr_huella IS DISTINCT FROM privado.arranque_huella(p_token) THEN
        PERFORM privado.rechazar(403, 'arranque_token', 'El token de arranque no es válido.');
    END IF;
END
$$;

-- The digest of a token.
CREATE FUNCTION privado.arranque_huella(p_token text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(p_token, 'UTF8')), 'hex')
$$;

-- The company and its first branch, which can issue; the branch's code.
CREATE FUNCTION privado.arranque_lugar(p_empresa json, p_establecimiento json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_nombre text := coalesce(nullif(btrim(p_empresa ->> 'nombre'), ''), btrim(p_empresa ->> 'razon_social'));
    v_direccion text := coalesce(btrim(p_empresa ->> 'direccion'), '');
    v_codigo text := coalesce(nullif(btrim(p_establecimiento ->> 'codigo'), ''), '001');
    v_local text := coalesce(nullif(btrim(p_establecimiento ->> 'nombre'), ''), left(v_nombre, 120));
BEGIN
    INSERT INTO datos.empresa (emp_ruc, emp_razon_social, emp_nombre_comercial, emp_direccion)
    VALUES (btrim(p_empresa ->> 'ruc'), btrim(p_empresa ->> 'razon_social'), v_nombre, v_direccion);
    INSERT INTO datos.establecimiento (eta_codigo, eta_nombre, eta_direccion)
    VALUES (v_codigo, v_local, coalesce(nullif(btrim(p_establecimiento ->> 'direccion'), ''), v_direccion));
    INSERT INTO datos.bodega (bod_codigo, eta_codigo, bod_nombre)
    VALUES ('B' || v_codigo, v_codigo, left('Bodega ' || v_local, 120));
    INSERT INTO datos.punto_emision (eta_codigo, pto_codigo, bod_codigo) VALUES (v_codigo, '001', 'B' || v_codigo);
    RETURN v_codigo;
END
$$;

-- The administrator: their login, who they are, their row, and the branch they work in; the login.
CREATE FUNCTION privado.arranque_admin(p_token text, p_verificador text, p_admin json, p_eta_codigo text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_email text := lower(btrim(p_admin ->> 'email'));
    v_login text := coalesce(nullif(btrim(p_admin ->> 'login'), ''), privado.usuario_login_libre(NULL, v_email));
    v_persona datos.persona;
BEGIN
    PERFORM privado.arranque_rol(privado.arranque_huella(p_token), v_login, p_verificador);
    UPDATE datos.arranque SET arr_verificador = p_verificador;
    IF p_admin ->> 'fecha_nacimiento' IS NOT NULL AND p_admin ->> 'genero' IS NOT NULL THEN
        v_persona := privado.persona_guardar(
            p_admin ->> 'nombres', p_admin ->> 'p_apellido', p_admin ->> 's_apellido',
            (p_admin ->> 'fecha_nacimiento')::date, p_admin ->> 'genero'
        );
    END IF;
    INSERT INTO datos.usuario (usr_login, usr_email, usr_nombre, per_id)
    VALUES (v_login, v_email, concat_ws(' ', p_admin ->> 'nombres', p_admin ->> 'p_apellido'), v_persona.per_id);
    INSERT INTO datos.usuario_establecimiento (usr_login, eta_codigo, pto_codigo, principal)
    VALUES (v_login, p_eta_codigo, '001', true);
    RETURN v_login;
END
$$;

-- Whether this token may begin: asked before the work of making a verifier is done for it.
CREATE FUNCTION api.arranque_exigir(p_token text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.arranque_exigir(p_token);
    RETURN json_build_object('token', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.arranque_exigir(text) TO api_login;

-- Creates the company, its first branch, its administrator and its settings, for who holds the token. Once.
CREATE FUNCTION api.arranque_hacer(
    p_token text, p_verificador text, p_empresa json, p_admin json,
    p_establecimiento json DEFAULT NULL, p_ajustes json DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_establecimiento text;
    v_login text;
BEGIN
    PERFORM privado.arranque_exigir(p_token);
    v_establecimiento := privado.arranque_lugar(p_empresa, p_establecimiento);
    v_login := privado.arranque_admin(p_token, p_verificador, p_admin, v_establecimiento);
    PERFORM privado.ajuste_aplicar(coalesce(p_ajustes, '{}')::jsonb, NULL);
    PERFORM privado.evento('ARRANQUE', v_login, json_build_object('eta_codigo', v_establecimiento)::jsonb);
    RETURN (
        SELECT json_build_object(
            'company_id', e.emp_id, 'user_id', u.usr_id, 'login', u.usr_login,
            'establecimiento', v_establecimiento, 'punto_emision', '001'
        )
        FROM datos.empresa AS e
        JOIN datos.usuario AS u ON u.usr_login = v_login
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.arranque_hacer(text, text, json, json, json, json) TO api_login;

-- The login that the shop has still to hear of, with its verifier and the token's digest; null if there is none.
CREATE FUNCTION api.arranque_pendiente() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.arranque_pendiente()
$$;

GRANT EXECUTE ON FUNCTION api.arranque_pendiente() TO puente;

-- The same, past row-level security.
CREATE FUNCTION privado.arranque_pendiente() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('huella', arr_huella, 'login', arr_login, 'verificador', arr_verificador)
    FROM datos.arranque
    WHERE arr_verificador IS NOT NULL
$$;

-- The shop has the login: the verifier is in no table any more.
CREATE FUNCTION api.arranque_entregado() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.arranque_entregado();
    RETURN json_build_object('entregado', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.arranque_entregado() TO puente;

-- The same, past row-level security.
CREATE FUNCTION privado.arranque_entregado() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.arranque SET arr_verificador = NULL WHERE arr_verificador IS NOT NULL
$$;
