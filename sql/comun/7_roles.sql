-- Changing roles. These functions belong to the superuser (9_duenos.sql), so each checks its caller and its target
-- before it touches anything: names match a fixed pattern, verifiers match a fixed pattern, groups come from a fixed
-- list, and the target is staff, never a service, an owner or a superuser. A clear password never gets here.
--
-- (A CREATEROLE login would become a member of every role it makes and get slower with each, from PostgreSQL 16 on.)

-- Refuses anything that is not a login this API may manage.
CREATE FUNCTION privado.rol_exigir(p_login text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT privado.es('admin') THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'only an administrator manages logins';
    END IF;
    IF cardinality(privado.roles_de(p_login)) = 0
        OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = p_login AND NOT rolsuper)
        OR p_login !~ '^[a-z][a-z0-9_]{2,40}$' OR p_login = ANY (privado.grupos())
    THEN
        PERFORM privado.rechazar(404, 'usuario_existe', 'No existe ese usuario.');
    END IF;
END
$$;

-- The group roles a person may be given.
CREATE FUNCTION privado.grupos() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY[
        'admin', 'adm_bodega', 'bodega', 'adm_ventas', 'ventas', 'adm_fact',
        'adm_compras', 'compras', 'cajero', 'contador', 'auditor'
    ]
$$;

-- Makes a login in its groups from a SCRAM verifier. Known already with that very verifier: nothing to do, so that both
-- databases of one cluster can be told. It asks nobody for permission: whoever calls it must have.
CREATE FUNCTION privado.rol_hacer(p_login text, p_verificador text, p_roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_rol text;
BEGIN
    IF p_login IS NULL OR p_login !~ '^[a-z][a-z0-9_]{2,40}$' OR p_login LIKE 'pg\_%' THEN
        PERFORM privado.rechazar(
            422, 'usuario_login_valido', 'El usuario lleva de 3 a 41 letras minúsculas, cifras o guiones bajos.'
        );
    END IF;
    PERFORM privado.rol_verificador_exigir(p_verificador);
    PERFORM privado.rol_grupos_exigir(p_roles);
    IF EXISTS (SELECT FROM pg_authid WHERE rolname = p_login AND rolpassword = p_verificador AND NOT rolsuper) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_authid WHERE rolname = p_login) THEN
        PERFORM privado.rechazar(409, 'usuario_unico', 'Ya existe un usuario con ese nombre.');
    END IF;
    EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L', p_login, p_verificador);
    FOREACH v_rol IN ARRAY p_roles LOOP
        EXECUTE format('GRANT %I TO %I', v_rol, p_login);
    END LOOP;
END
$$;

-- The same for an administrator, and one group.
CREATE FUNCTION privado.rol_crear(p_login text, p_verificador text, p_rol text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT privado.es('admin') THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'only an administrator manages logins';
    END IF;
    PERFORM privado.rol_hacer(p_login, p_verificador, ARRAY[p_rol]);
END
$$;

-- Refuses what is not a SCRAM-SHA-256 verifier.
CREATE FUNCTION privado.rol_verificador_exigir(p_verificador text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_verificador IS NULL
        OR p_verificador !~ '^SCRAM-SHA-256\$[0-9]{1,7}:[A-Za-z0-9+/=]{8,64}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$'
    THEN
        PERFORM privado.rechazar(422, 'usuario_verificador_valido', 'La contraseña no llegó en la forma esperada.');
    END IF;
END
$$;

-- Refuses what is not one or more of our groups.
CREATE FUNCTION privado.rol_grupos_exigir(p_roles text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF coalesce(cardinality(p_roles), 0) = 0 OR array_ndims(p_roles) <> 1
        OR array_position(p_roles, NULL) IS NOT NULL OR NOT p_roles <@ privado.grupos()
    THEN
        PERFORM privado.rechazar(422, 'usuario_rol_valido', 'Ese rol no existe.');
    END IF;
END
$$;

-- Gives a login a new password, its own or anybody's for an administrator, and ends the connections that the old one
-- opened.
CREATE FUNCTION privado.rol_clave(p_login text, p_verificador text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_login IS DISTINCT FROM session_user::text THEN
        PERFORM privado.rol_exigir(p_login);
    END IF;
    PERFORM privado.rol_verificador_exigir(p_verificador);
    EXECUTE format('ALTER ROLE %I PASSWORD %L', p_login, p_verificador);
    PERFORM privado.rol_desconectar(p_login);
END
$$;

-- Puts a login in exactly one group.
CREATE FUNCTION privado.rol_grupo(p_login text, p_rol text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_anterior text;
BEGIN
    PERFORM privado.rol_exigir(p_login);
    PERFORM privado.rol_grupos_exigir(ARRAY[p_rol]);
    FOREACH v_anterior IN ARRAY privado.roles_de(p_login) LOOP
        EXECUTE format('REVOKE %I FROM %I', v_anterior, p_login);
    END LOOP;
    EXECUTE format('GRANT %I TO %I', p_rol, p_login);
END
$$;

-- Takes the right to log in away from a login, and ends its open connections to this database.
CREATE FUNCTION privado.rol_apagar(p_login text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_exigir(p_login);
    IF p_login = session_user::text THEN
        PERFORM privado.rechazar(409, 'usuario_propio', 'Nadie se desactiva a sí mismo.');
    END IF;
    EXECUTE format('ALTER ROLE %I NOLOGIN', p_login);
    PERFORM privado.rol_desconectar(p_login);
END
$$;

-- Ends every connection of a login but the one that asks. Reached only from the two functions above.
CREATE FUNCTION privado.rol_desconectar(p_login text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_terminate_backend(a.pid)
    FROM pg_stat_activity AS a
    WHERE a.usename = p_login AND a.pid <> pg_backend_pid();
END
$$;

-- The caller.
CREATE FUNCTION api.perfil_obtener() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.usuario_resumen(session_user::text)
$$;

GRANT EXECUTE ON FUNCTION api.perfil_obtener() TO personal;

-- Moves a person to one group.
CREATE FUNCTION api.usuario_rol(p_login text, p_rol text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_grupo(p_login, p_rol);
    RETURN privado.usuario_resumen(p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_rol(text, text) TO admin;
