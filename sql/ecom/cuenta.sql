-- Cuenta: a shopper's account.
--
-- Passwords are Argon2id, made and verified by the API; the table that holds them is reached only by the steps here and
-- in cuenta_registro.sql, behind functions granted to api_login. Closing an account frees its e-mail and identification,
-- blanks what names the person, and keeps its orders.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The shopper's own account.
CREATE FUNCTION api.cuenta_obtener() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'usr_email', u.usr_email,
        'usr_fecha_registro', u.usr_fecha_registro,
        'cli_estado', u.usr_estado,
        'cli_codigo', u.cli_codigo,
        'cli_nombre', u.cli_nombre,
        'cli_ruc_ced', u.cli_ruc_ced,
        'cli_telefono', u.cli_telefono,
        'cli_celular', u.cli_celular,
        'cli_direccion', u.cli_direccion,
        'ct_codigo', coalesce(u.ct_codigo, '')
    )
    FROM datos.usuario_app AS u
    WHERE u.usr_id = (SELECT privado.comprador())
$$;

GRANT EXECUTE ON FUNCTION api.cuenta_obtener() TO ecom_cliente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- What the API needs to verify a typed password: the account and its hash; null when there is no such account.
CREATE FUNCTION privado.clave_de(p_email text, p_usr_id bigint) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('usr_id', u.usr_id, 'usr_email', u.usr_email, 'clave', c.clave)
    FROM datos.usuario_app AS u
    JOIN datos.usuario_clave AS c USING (usr_id)
    WHERE u.usr_estado = 'ACT' AND (u.usr_email = lower(btrim(p_email)) OR u.usr_id = p_usr_id)
$$;

CREATE FUNCTION api.ingreso_preparar(p_email text DEFAULT NULL, p_usr_id bigint DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.clave_de(p_email, p_usr_id)
$$;

GRANT EXECUTE ON FUNCTION api.ingreso_preparar(text, bigint) TO api_login;

-- Stores a new password and ends the account's other sessions.
CREATE FUNCTION privado.clave_guardar(p_usr_id bigint, p_sid uuid, p_clave text, p_probada boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT p_probada AND NOT EXISTS (
        SELECT FROM datos.sesion AS s
        WHERE s.sid = p_sid AND s.sujeto = p_usr_id::text AND s.creada_en > now() - interval '15 minutes'
    ) THEN
        PERFORM privado.rechazar(403, 'clave_actual_requerida', 'Escriba también su contraseña actual.');
    END IF;
    UPDATE datos.usuario_clave SET clave = p_clave, cambiada_en = now() WHERE usr_id = p_usr_id;
    UPDATE datos.sesion
    SET cerrada_en = now(), motivo_cierre = 'clave'
    WHERE clase = 'comprador' AND sujeto = p_usr_id::text AND sid IS DISTINCT FROM p_sid AND cerrada_en IS NULL;
    PERFORM pg_notify('daf_sesion', p_usr_id::text);
    PERFORM privado.evento('CLAVE', p_usr_id::text);
END
$$;

-- Changes a shopper's password. p_probada: the API verified the current one, which only a login younger than fifteen
-- minutes may leave out.
CREATE FUNCTION api.clave_cambiar(p_usr_id bigint, p_sid uuid, p_clave text, p_probada boolean) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.clave_guardar(p_usr_id, p_sid, p_clave, p_probada);
    RETURN json_build_object('message', 'Contraseña cambiada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.clave_cambiar(bigint, uuid, text, boolean) TO api_login;

-- Blanks what names the person, and what only they could use.
CREATE FUNCTION privado.cuenta_olvidar(p_usr_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM datos.usuario_app AS u WHERE u.usr_id = p_usr_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM datos.pedido AS p
        WHERE p.usr_id = p_usr_id AND p.ped_estado IN ('PENDIENTE_PAGO', 'PAGADO', 'FACTURADO', 'ENVIADO')
    ) THEN
        PERFORM privado.rechazar(409, 'cuenta_con_pedidos', 'La cuenta tiene pedidos en curso.');
    END IF;
    DELETE FROM datos.verificacion
    WHERE usr_email = (SELECT u.usr_email FROM datos.usuario_app AS u WHERE u.usr_id = p_usr_id);
    PERFORM privado.correo_olvidar((SELECT u.usr_email FROM datos.usuario_app AS u WHERE u.usr_id = p_usr_id));
    DELETE FROM datos.usuario_clave WHERE usr_id = p_usr_id;
    UPDATE datos.carrito SET dir_codigo = NULL, crr_total = NULL WHERE usr_id = p_usr_id;
    DELETE FROM datos.carrito_detalle AS d USING datos.carrito AS c
    WHERE c.crr_codigo = d.crr_codigo AND c.usr_id = p_usr_id;
    UPDATE datos.direccion
    SET dir_estado = 'INA', dir_nombre = '', dir_calle = '', dir_referencia = '', dir_telefono = ''
    WHERE usr_id = p_usr_id;
    UPDATE datos.usuario_app
    SET
        usr_estado = 'INA', usr_email = NULL, cli_tipo_id = NULL, cli_ruc_ced = NULL, cli_codigo = '', cli_nombre = '',
        cli_telefono = '', cli_celular = '', cli_direccion = '', ct_codigo = NULL, usr_ficha_pedida = NULL
    WHERE usr_id = p_usr_id;
    PERFORM privado.sesion_cerrar('comprador', p_usr_id::text, NULL, 'baja');
END
$$;

-- Closes the shopper's own account.
CREATE FUNCTION api.cuenta_eliminar() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.cuenta_olvidar(privado.comprador_exigir());
    RETURN json_build_object('message', 'Cuenta eliminada.');
END
$$;

GRANT EXECUTE ON FUNCTION api.cuenta_eliminar() TO ecom_cliente;

-- The verified shopper, or a refusal.
CREATE FUNCTION privado.comprador_exigir() RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_usr_id bigint := privado.comprador();
BEGIN
    IF v_usr_id IS NULL THEN
        PERFORM privado.rechazar(401, 'sin_sesion', 'Inicie sesión para continuar.');
    END IF;
    RETURN v_usr_id;
END
$$;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- That an account was made, changed or closed, and never what it said of a person: closing it forgets them.
CREATE TRIGGER usuario_app_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.usuario_app
FOR EACH ROW EXECUTE FUNCTION privado.auditar(
    'usr_id', 'usr_email', 'cli_ruc_ced', 'cli_nombre', 'cli_telefono', 'cli_celular', 'cli_direccion'
);

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.usuario_app TO ecom_cliente, ecom_api;

CREATE POLICY usuario_app_propio ON datos.usuario_app USING (usr_id = (SELECT privado.comprador()));
