-- Cuenta, how one begins.
--
-- An identification has at most one account. One that no POS client has registers at once. One that a POS client has
-- must be claimed with a code sent to that client's own e-mail: until it comes back there is no account, and nothing of
-- the client is shown; a client without e-mail claims at the store.

-- Reading ------------------------------------------------------------------------------------------------------------

-- What stands in the way of an account for an identification: LIBRE (nobody has it), RECLAMABLE (a POS client with
-- e-mail), SIN_CORREO (a POS client without) or CON_CUENTA.
CREATE FUNCTION privado.registro_estado(p_cli_ruc_ced text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM datos.usuario_app AS u WHERE u.cli_ruc_ced = p_cli_ruc_ced) THEN 'CON_CUENTA'
        ELSE coalesce((
            SELECT CASE WHEN c.cli_tiene_mail THEN 'RECLAMABLE' ELSE 'SIN_CORREO' END
            FROM datos.cliente_pos AS c
            WHERE c.cli_hash = privado.identificacion_huella(p_cli_ruc_ced)
        ), 'LIBRE')
    END
$$;

-- The state of an identification that may still have an account; the two that may not are refused, always alike.
CREATE FUNCTION privado.registro_exigir(p_cli_ruc_ced text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_estado text := privado.registro_estado(p_cli_ruc_ced);
BEGIN
    IF v_estado = 'CON_CUENTA' THEN
        PERFORM privado.rechazar(409, 'usuario_identificacion_unica', 'Ya existe una cuenta con esa identificación.');
    ELSIF v_estado = 'SIN_CORREO' THEN
        PERFORM privado.rechazar(
            409, 'cliente_sin_correo', 'El cliente no tiene un correo registrado; active su cuenta en la tienda.'
        );
    END IF;
    RETURN v_estado;
END
$$;

-- Whether an identification is known and free: 404 unknown, 409 taken or not to be claimed here.
CREATE FUNCTION api.registro_comprobar(p_cli_ruc_ced text) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF privado.registro_exigir(upper(btrim(p_cli_ruc_ced))) = 'LIBRE' THEN
        PERFORM privado.rechazar(404, 'cliente_existe', 'No hay un cliente con esa identificación.');
    END IF;
    RETURN json_build_object('message', 'El cliente existe; al registrarse recibirá un código en su correo.');
END
$$;

GRANT EXECUTE ON FUNCTION api.registro_comprobar(text) TO api_login;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Creates an active account and its password, and welcomes its owner.
CREATE FUNCTION privado.cuenta_crear(
    p_email text, p_clave text, p_cli_ruc_ced text, p_cli_nombre text DEFAULT '', p_cli_telefono text DEFAULT '',
    p_cli_celular text DEFAULT '', p_cli_direccion text DEFAULT '', p_ct_codigo text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_usr_id bigint;
BEGIN
    INSERT INTO datos.usuario_app (
        usr_email, cli_tipo_id, cli_ruc_ced, cli_nombre, cli_telefono, cli_celular, cli_direccion, ct_codigo
    )
    VALUES (
        p_email, privado.identificacion_tipo(p_cli_ruc_ced), p_cli_ruc_ced, coalesce(p_cli_nombre, ''),
        coalesce(p_cli_telefono, ''), coalesce(p_cli_celular, ''), coalesce(p_cli_direccion, ''), nullif(p_ct_codigo, '')
    )
    RETURNING usr_id INTO v_usr_id;
    INSERT INTO datos.usuario_clave (usr_id, clave) VALUES (v_usr_id, p_clave);
    PERFORM privado.correo_encolar('cuenta_activada', p_email, jsonb_build_object('nombre', coalesce(p_cli_nombre, '')));
    RETURN v_usr_id;
END
$$;

-- Notes a claim and the letter that carries its code. Three at a time for one identification: the letters go to
-- somebody who may never have asked.
CREATE FUNCTION privado.verificacion_crear(p_email text, p_clave text, p_cli_ruc_ced text, p_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_enlace text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
BEGIN
    IF EXISTS (SELECT FROM datos.usuario_app AS u WHERE u.usr_email = p_email) THEN
        PERFORM privado.rechazar(409, 'usuario_email_unico', 'Ya existe una cuenta con ese correo.');
    END IF;
    IF 3 <= (
        SELECT count(*) FROM datos.verificacion AS v
        WHERE v.cli_ruc_ced = p_cli_ruc_ced AND v.ver_usada IS NULL AND v.ver_vence > now()
    ) THEN
        PERFORM privado.rechazar(409, 'verificacion_en_curso', 'Ya enviamos varios códigos; espere quince minutos.');
    END IF;
    INSERT INTO datos.verificacion (usr_email, cli_tipo_id, cli_ruc_ced, clave, ver_codigo, ver_enlace, ver_vence)
    VALUES (
        p_email, privado.identificacion_tipo(p_cli_ruc_ced), p_cli_ruc_ced, p_clave,
        sha256(convert_to(p_codigo, 'UTF8')), sha256(convert_to(v_enlace, 'UTF8')), now() + interval '15 minutes'
    );
    PERFORM privado.correo_encolar(
        'cuenta_codigo', NULL, jsonb_build_object('codigo', p_codigo, 'enlace', v_enlace, 'email', p_email), p_cli_ruc_ced
    );
END
$$;

-- Registers: an account at once when nobody has the identification ("creada"), else a claim that waits for its code.
CREATE FUNCTION api.registro_crear(
    p_email text, p_clave text, p_codigo text, p_cli_ruc_ced text, p_cli_nombre text DEFAULT NULL,
    p_cli_telefono text DEFAULT NULL, p_cli_celular text DEFAULT NULL,
    p_cli_direccion text DEFAULT NULL, p_ct_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_email text := lower(btrim(p_email));
    v_ruc text := upper(btrim(p_cli_ruc_ced));
    v_tipo text := privado.identificacion_tipo(v_ruc);
BEGIN
    IF v_tipo = 'FINAL' OR NOT privado.identificacion_valida(v_tipo, v_ruc) THEN
        PERFORM privado.rechazar(422, 'identificacion_valida', 'La identificación no es válida: revise sus dígitos.');
    END IF;
    IF privado.registro_exigir(v_ruc) = 'RECLAMABLE' THEN
        PERFORM privado.verificacion_crear(v_email, p_clave, v_ruc, p_codigo);
        RETURN json_build_object(
            'message', 'Le enviamos un código al correo registrado; con él se activa la cuenta.', 'creada', false
        );
    END IF;
    IF coalesce(btrim(p_cli_nombre), '') = '' THEN
        PERFORM privado.rechazar(422, 'cliente_datos', 'Faltan los datos del cliente.');
    END IF;
    PERFORM privado.cuenta_crear(
        v_email, p_clave, v_ruc, p_cli_nombre, p_cli_telefono, p_cli_celular, p_cli_direccion, p_ct_codigo
    );
    RETURN json_build_object('message', 'Cuenta creada.', 'creada', true);
END
$$;

GRANT EXECUTE ON FUNCTION api.registro_crear(text, text, text, text, text, text, text, text, text) TO api_login;

-- Makes the account of a claim that was proved, if what it claims still is a client's.
CREATE FUNCTION privado.verificacion_cumplir(p_ver datos.verificacion) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE datos.verificacion SET ver_usada = now() WHERE ver_id = p_ver.ver_id;
    IF privado.registro_exigir(p_ver.cli_ruc_ced) <> 'RECLAMABLE' THEN
        PERFORM privado.rechazar(
            409, 'cliente_reclamado_existe', 'El registro del cliente cambió; regístrese otra vez en la tienda.'
        );
    END IF;
    PERFORM privado.ficha_pedir(privado.cuenta_crear(p_ver.usr_email, p_ver.clave, p_ver.cli_ruc_ced));
END
$$;

-- Judges a code. Every try counts, so this answers instead of refusing: {"verificada": true} makes the account.
CREATE FUNCTION privado.verificacion_usar(p_email text, p_codigo text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ver datos.verificacion;
BEGIN
    SELECT v.* INTO v_ver
    FROM datos.verificacion AS v
    WHERE v.usr_email = p_email AND v.ver_usada IS NULL AND v.ver_vence > now() AND v.ver_intentos < 5
    ORDER BY v.ver_id DESC
    LIMIT 1
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF v_ver.ver_codigo <> sha256(convert_to(p_codigo, 'UTF8')) THEN
        UPDATE datos.verificacion SET ver_intentos = ver_intentos + 1 WHERE ver_id = v_ver.ver_id;
        RETURN false;
    END IF;
    PERFORM privado.verificacion_cumplir(v_ver);
    RETURN true;
END
$$;

-- Ends a claim with the code that was mailed.
CREATE FUNCTION api.registro_verificar(p_email text, p_codigo text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('verificada', privado.verificacion_usar(lower(btrim(p_email)), btrim(p_codigo)))
$$;

GRANT EXECUTE ON FUNCTION api.registro_verificar(text, text) TO api_login;

-- Receives what the shop may know of POS clients: fingerprints in hex, and whether each has an e-mail. One without a
-- version was given up by its client: it is forgotten, and then is whoever's has it now.
CREATE FUNCTION api.cliente_recibir(p_hash text[], p_tiene_mail boolean[], p_version bigint[]) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_escritos bigint;
BEGIN
    DELETE FROM datos.cliente_pos AS c
    USING unnest(p_hash, p_version) AS r (hash, version)
    WHERE r.version IS NULL AND c.cli_hash = decode(r.hash, 'hex');
    PERFORM privado.ficha_desistir(ARRAY(
        SELECT decode(r.hash, 'hex') FROM unnest(p_hash, p_version) AS r (hash, version) WHERE r.version IS NULL
    ));
    INSERT INTO datos.cliente_pos AS c (cli_hash, cli_tiene_mail, cli_version)
    SELECT DISTINCT ON (r.hash) decode(r.hash, 'hex'), r.tiene_mail, r.version
    FROM unnest(p_hash, p_tiene_mail, p_version) AS r (hash, tiene_mail, version)
    WHERE r.version IS NOT NULL
    ORDER BY r.hash, r.version DESC
    ON CONFLICT ON CONSTRAINT cliente_pos_unico DO UPDATE SET
        cli_tiene_mail = excluded.cli_tiene_mail,
        cli_version = excluded.cli_version
    WHERE c.cli_version < excluded.cli_version;
    GET DIAGNOSTICS v_escritos = ROW_COUNT;
    RETURN json_build_object('clientes', v_escritos);
END
$$;

GRANT EXECUTE ON FUNCTION api.cliente_recibir(text[], boolean[], bigint[]) TO puente;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON datos.cliente_pos TO ecom_api;

CREATE POLICY cliente_pos_todos ON datos.cliente_pos USING (true);
