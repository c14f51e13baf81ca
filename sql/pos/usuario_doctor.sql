-- Usuario, what must be true at any time: see doctor.sql for how the doctor finds these.

CREATE FUNCTION privado.doctor_usuario_en_espera() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.usr_login
    FROM datos.usuario AS u
    LEFT JOIN datos.usuario_espera AS e USING (usr_login)
    WHERE (u.usr_estado = 'PEN') <> (e.usr_login IS NOT NULL)
$$;

COMMENT ON FUNCTION privado.doctor_usuario_en_espera()
IS 'Solo quien espera ser activado tiene una clave en espera, y la tiene siempre.';

CREATE FUNCTION privado.aviso_usuario_sin_ingreso() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT u.usr_login
    FROM datos.usuario AS u
    WHERE u.usr_estado = 'ACT' AND NOT (privado.usuario_estado(u.usr_login, u.usr_estado)).activo
$$;

COMMENT ON FUNCTION privado.aviso_usuario_sin_ingreso()
IS 'Todo usuario activo puede ingresar: nadie le quitó el ingreso por fuera.';

CREATE FUNCTION privado.aviso_administrador() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.emp_ruc
    FROM datos.empresa AS e
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_roles AS r
        WHERE
            r.rolcanlogin AND NOT r.rolsuper AND (r.rolvaliduntil IS NULL OR r.rolvaliduntil > now())
            AND pg_catalog.pg_has_role(r.oid, 'admin', 'MEMBER')
    )
$$;

COMMENT ON FUNCTION privado.aviso_administrador() IS 'La empresa tiene un administrador que puede ingresar.';
