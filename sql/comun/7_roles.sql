-- Changing roles. These functions belong to the superuser (9_duenos.sql), so each checks its caller and its target
-- before it touches anything: names match a fixed pattern, verifiers match a fixed pattern, groups come from a fixed
-- list, and the target is a person: never a service, an owner or a superuser, nor a login that holds anything beyond
-- our groups, because whoever sets its password could become it. A clear password never gets here.
--
-- The guard also lets one administrator act at a time in the whole cluster: two who demote each other through two
-- databases cannot both succeed, and the last administrator stays. (An advisory lock is of one database only.)
--
-- (A CREATEROLE login would become a member of every role it makes and get slower with each, from PostgreSQL 16 on.)

-- The group roles a person may be given. A place in this list is the role's number on the wire: append only.
CREATE FUNCTION privado.grupos() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY[
        'admin', 'adm_bodega', 'bodega', 'adm_ventas', 'ventas', 'adm_fact',
        'adm_compras', 'compras', 'cajero', 'contador', 'auditor'
    ]
$$;

GRANT EXECUTE ON FUNCTION privado.grupos() TO personal;

-- Whether a name is a login this API may manage: staff, and nothing else.
CREATE FUNCTION privado.rol_es_persona(p_login text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT
        p_login ~ '^[a-z][a-z0-9_]{2,40}$'
        AND p_login <> ALL (privado.grupos() || '{personal,api_login,ecom_publico,ecom_cliente,puente}'::text[])
        AND EXISTS (
            SELECT FROM pg_catalog.pg_roles AS r
            WHERE
                r.rolname = p_login
                AND NOT (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls)
                AND pg_catalog.pg_has_role(r.oid, 'personal', 'MEMBER')
                AND NOT EXISTS (
                    SELECT FROM pg_catalog.pg_roles AS g
                    WHERE
                        g.oid <> r.oid AND NOT g.rolname = ANY (privado.grupos() || 'personal'::text)
                        AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
                )
        )
$$;

-- Refuses who is not an administrator, at this moment: one act at a time, each seeing what the one before did.
CREATE FUNCTION privado.rol_admin_exigir() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE pg_catalog.pg_auth_members IN SHARE UPDATE EXCLUSIVE MODE;
    IF NOT privado.es('admin') THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'only an administrator manages logins';
    END IF;
END
$$;

-- Refuses a target that is not ours to manage.
CREATE FUNCTION privado.rol_destino_exigir(p_login text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF coalesce(privado.rol_es_persona(p_login), false) THEN
        RETURN;
    END IF;
    IF cardinality(privado.roles_de(p_login)) > 0 AND p_login <> ALL (privado.grupos()) THEN
        PERFORM privado.rechazar(
            403, 'usuario_reservado', 'Ese ingreso tiene otros privilegios: lo lleva quien administra la base de datos.'
        );
    END IF;
    PERFORM privado.rechazar(404, 'usuario_existe', 'No existe ese usuario.');
END
$$;

-- Refuses who is not an administrator, and a target that is not a person.
CREATE FUNCTION privado.rol_exigir(p_login text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM privado.rol_admin_exigir();
    PERFORM privado.rol_destino_exigir(p_login);
END
$$;

-- Refuses a state in which no administrator could log in.
CREATE FUNCTION privado.rol_ultimo_admin() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_catalog.pg_roles AS r
        WHERE
            r.rolcanlogin AND NOT r.rolsuper AND (r.rolvaliduntil IS NULL OR r.rolvaliduntil > now())
            AND pg_catalog.pg_has_role(r.oid, 'admin', 'MEMBER')
    ) THEN
        PERFORM privado.rechazar(409, 'usuario_ultimo_admin', 'Debe quedar al menos un administrador activo.');
    END IF;
END
$$;

-- Refuses what is not a SCRAM-SHA-256 verifier of a sane cost.
CREATE FUNCTION privado.rol_verificador_exigir(p_verificador text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_verificador IS NULL OR p_verificador !~
        '^SCRAM-SHA-256\$[1-9][0-9]{3,5}:[A-Za-z0-9+/=]{8,64}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$'
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

-- Makes a login in its groups from a SCRAM verifier. Known already with that very verifier: nothing to do, so that both
-- databases of one cluster can be told. It asks nobody for permission, so only the superuser's own functions reach it.
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
    PERFORM privado.evento('PERMISO', p_login, jsonb_build_object('otorgados', p_roles));
END
$$;

-- The same for an administrator.
CREATE FUNCTION privado.rol_crear(p_login text, p_verificador text, p_roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_admin_exigir();
    PERFORM privado.rol_hacer(p_login, p_verificador, p_roles);
END
$$;

-- Gives a login a new password, its own or anybody's for an administrator, and ends the connections that the old one
-- opened.
CREATE FUNCTION privado.rol_clave(p_login text, p_verificador text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_login IS DISTINCT FROM session_user::text THEN
        PERFORM privado.rol_exigir(p_login);
        PERFORM privado.evento('USUARIO', p_login, '{"acto": "clave"}');
    END IF;
    PERFORM privado.rol_verificador_exigir(p_verificador);
    EXECUTE format('ALTER ROLE %I PASSWORD %L', p_login, p_verificador);
    PERFORM privado.rol_desconectar(p_login);
END
$$;

-- Puts a login in exactly these groups. It counts at once, in every connection that login has.
CREATE FUNCTION privado.rol_grupos(p_login text, p_roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes text[];
    v_dar text[];
    v_quitar text[];
    v_orden text;
BEGIN
    PERFORM privado.rol_exigir(p_login);
    PERFORM privado.rol_grupos_exigir(p_roles);
    v_antes := privado.roles_de(p_login);
    v_dar := ARRAY(SELECT unnest(p_roles) EXCEPT SELECT unnest(v_antes));
    v_quitar := ARRAY(SELECT unnest(v_antes) EXCEPT SELECT unnest(p_roles));
    IF v_dar || v_quitar <> '{}' AND p_login = session_user::text THEN -- nor reads the trail of what they do
        PERFORM privado.rechazar(409, 'usuario_propio', 'Nadie cambia sus propios roles.');
    END IF;
    FOR v_orden IN
        SELECT format('GRANT %I TO %I', unnest(v_dar), p_login)
        UNION ALL -- a membership goes with whoever gave it, from PostgreSQL 16 on
        SELECT format('REVOKE %I FROM %I%s', g.rolname, p_login, ' GRANTED BY ' || quote_ident(d.rolname))
        FROM pg_auth_members AS m
        JOIN pg_roles AS g ON m.roleid = g.oid AND g.rolname = ANY (v_quitar)
        JOIN pg_roles AS r ON m.member = r.oid AND r.rolname = p_login
        LEFT JOIN pg_roles AS d ON m.grantor = d.oid
    LOOP
        EXECUTE v_orden;
    END LOOP;
    IF 'admin' = ANY (v_quitar) THEN
        PERFORM privado.rol_ultimo_admin();
    END IF;
    IF v_dar || v_quitar <> '{}' THEN
        PERFORM privado.evento('PERMISO', p_login, jsonb_build_object('otorgados', v_dar, 'revocados', v_quitar));
    END IF;
END
$$;

-- Gives a login the right to log in, or takes it away and ends its open connections, in whichever database they are.
CREATE FUNCTION privado.rol_ingreso(p_login text, p_activo boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_exigir(p_login);
    IF p_activo AND EXISTS (SELECT FROM pg_roles WHERE rolname = p_login AND rolvaliduntil <= now()) THEN
        PERFORM privado.rechazar(
            409, 'usuario_vencido', 'Ese ingreso venció: lo renueva quien administra la base de datos.'
        );
    END IF;
    IF p_activo IS NULL OR p_activo = (SELECT rolcanlogin FROM pg_roles WHERE rolname = p_login) THEN
        RETURN;
    END IF;
    IF NOT p_activo AND p_login = session_user::text THEN
        PERFORM privado.rechazar(409, 'usuario_propio', 'Nadie se desactiva a sí mismo.');
    END IF;
    EXECUTE format('ALTER ROLE %I %s', p_login, CASE WHEN p_activo THEN 'LOGIN' ELSE 'NOLOGIN' END);
    IF NOT p_activo THEN
        IF 'admin' = ANY (privado.roles_de(p_login)) THEN
            PERFORM privado.rol_ultimo_admin();
        END IF;
        PERFORM privado.rol_desconectar(p_login);
    END IF;
    PERFORM privado.evento(
        'USUARIO', p_login, jsonb_build_object('acto', CASE WHEN p_activo THEN 'activado' ELSE 'desactivado' END)
    );
END
$$;

-- Ends every connection of a login but the one that asks.
CREATE FUNCTION privado.rol_desconectar(p_login text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_terminate_backend(a.pid)
    FROM pg_stat_activity AS a
    WHERE a.usename = p_login AND a.pid <> pg_backend_pid();
END
$$;

-- After the commit: what a login that may no longer log in still has in this database goes too: sessions that another
-- database could not close, and a connection that was being opened meanwhile. Of any other login, nothing.
CREATE FUNCTION api.usuario_terminar(p_login text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cerradas int := 0;
BEGIN
    IF privado.rol_es_persona(p_login) AND privado.digesto_de(p_login) IS NULL THEN
        v_cerradas := privado.sesion_cerrar('staff', p_login, NULL, 'desactivado');
        PERFORM privado.rol_desconectar(p_login);
    END IF;
    RETURN json_build_object('cerradas', v_cerradas);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_terminar(text) TO api_login;

-- The caller.
CREATE FUNCTION api.perfil_obtener() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.usuario_resumen(session_user::text)
$$;

GRANT EXECUTE ON FUNCTION api.perfil_obtener() TO personal;

-- Puts a person in exactly these groups.
CREATE FUNCTION api.usuario_rol(p_login text, p_roles text[]) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.rol_grupos(p_login, p_roles);
    RETURN privado.usuario_resumen(p_login);
END
$$;

GRANT EXECUTE ON FUNCTION api.usuario_rol(text, text[]) TO admin;
