-- Who may do what, as the server itself says it, and what changed in that without us.
--
-- No trigger fires when a role changes, so a GRANT, an ALTER ROLE or a CREATE ROLE made in psql is found by looking: the
-- worker every hour and each deploy compare the roles with `permiso_visto`, write the difference as PERMISO_EXTERNO and
-- remember it. Our own acts move `permiso_visto` by what they did (the event they write says it), not to what they find:
-- a change made by hand just before one of ours is still seen.
--
-- Looked at: who can be staff, our groups, owners and services, and superusers. Not seen here: passwords (a new one ends
-- the sessions of the old) and who made the change; the row says between which two looks it was made.
--
-- Where one server holds both databases their roles are the same, and only the POS keeps this.

-- What a role can do by itself, now: its direct groups and its powers. Of one role, or of all that matter here.
CREATE FUNCTION privado.permiso_estado(p_login text DEFAULT NULL) RETURNS TABLE (login text, estado jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        r.rolname::text,
        jsonb_strip_nulls(jsonb_build_object(
            'roles', ARRAY(
                SELECT DISTINCT g.rolname::text || CASE WHEN m.admin_option THEN ' (ADMIN)' ELSE '' END
                FROM pg_auth_members AS m
                JOIN pg_roles AS g ON m.roleid = g.oid
                WHERE m.member = r.oid
                ORDER BY 1
            ),
            'poderes', ARRAY(
                SELECT p.poder
                FROM (VALUES
                    ('BYPASSRLS', r.rolbypassrls), ('CREATEDB', r.rolcreatedb), ('CREATEROLE', r.rolcreaterole),
                    ('LOGIN', r.rolcanlogin), ('NOINHERIT', NOT r.rolinherit), ('REPLICATION', r.rolreplication),
                    ('SUPERUSER', r.rolsuper)
                ) AS p (poder, tiene)
                WHERE p.tiene
                ORDER BY p.poder
            ),
            'hasta', r.rolvaliduntil AT TIME ZONE 'UTC',
            'ajustes', r.rolconfig
        ))
    FROM pg_roles AS r
    WHERE
        (p_login IS NULL OR r.rolname = p_login)
        AND (
            r.rolsuper
            OR pg_has_role(r.oid, 'personal', 'MEMBER')
            OR r.rolname ~ '^(pos|ecom)_(datos|api)$'
            OR r.rolname IN ('api_login', 'puente', 'ecom_publico', 'ecom_cliente')
        )
$$;

-- Moves what we last saw of a login by what one of our own acts did to it: groups given and taken, or the right to log
-- in. Called by the event of that act.
CREATE FUNCTION privado.permiso_explicar(p_login text, p_detalle jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_da jsonb := coalesce(p_detalle -> 'otorgados', '[]');
    v_quita jsonb := coalesce(p_detalle -> 'revocados', '[]');
    v_entra boolean := CASE p_detalle ->> 'acto' WHEN 'activado' THEN true WHEN 'desactivado' THEN false END;
    v_estado jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.permiso_visto) THEN
        RETURN; -- nobody has looked yet: the first look takes everything as it is
    END IF;
    SELECT estado INTO v_estado FROM datos.permiso_visto WHERE login = p_login FOR UPDATE;
    v_estado := coalesce(v_estado, '{"roles": [], "poderes": ["LOGIN"]}');
    v_estado := v_estado || jsonb_build_object(
        'roles', (
            SELECT coalesce(jsonb_agg(DISTINCT r.rol ORDER BY r.rol), '[]')
            FROM jsonb_array_elements_text((v_estado -> 'roles') || v_da) AS r (rol)
            WHERE NOT v_quita ? r.rol
        ),
        'poderes', (
            SELECT coalesce(jsonb_agg(DISTINCT p.poder ORDER BY p.poder), '[]')
            FROM jsonb_array_elements_text(
                (v_estado -> 'poderes') || CASE WHEN v_entra THEN '["LOGIN"]'::jsonb ELSE '[]' END
            ) AS p (poder)
            WHERE p.poder <> 'LOGIN' OR v_entra IS DISTINCT FROM false
        )
    );
    INSERT INTO datos.permiso_visto (login, estado) VALUES (p_login, v_estado)
    ON CONFLICT ON CONSTRAINT permiso_visto_unico DO UPDATE SET estado = excluded.estado, visto_en = now();
END
$$;

-- Compares every role with what was last seen of it, and writes down what nobody here did: how many roles. The first
-- look only remembers. Nothing is written when nothing changed.
CREATE FUNCTION privado.permiso_revisar() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_rol record;
    v_cuantos int := 0;
    v_primera boolean := NOT EXISTS (SELECT FROM datos.permiso_visto);
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('daf permisos')) THEN
        RETURN 0; -- another worker is looking
    END IF;
    FOR v_rol IN
        SELECT coalesce(v.login, e.login) AS login, v.estado AS antes, e.estado AS ahora, v.visto_en
        FROM datos.permiso_visto AS v
        FULL JOIN privado.permiso_estado() AS e ON e.login = v.login
        WHERE v.estado IS DISTINCT FROM e.estado
        ORDER BY 1
    LOOP
        IF NOT v_primera THEN
            PERFORM privado.evento('PERMISO_EXTERNO', v_rol.login, jsonb_build_object(
                'antes', v_rol.antes, 'ahora', v_rol.ahora, 'visto_en', v_rol.visto_en
            ));
        END IF;
        IF v_rol.ahora IS NULL THEN
            DELETE FROM datos.permiso_visto WHERE login = v_rol.login;
        ELSE
            INSERT INTO datos.permiso_visto (login, estado) VALUES (v_rol.login, v_rol.ahora)
            ON CONFLICT ON CONSTRAINT permiso_visto_unico DO UPDATE SET estado = excluded.estado, visto_en = now();
        END IF;
        v_cuantos := v_cuantos + 1;
    END LOOP;
    IF v_primera THEN
        PERFORM privado.evento('PERMISO_BASE', session_user::text, (
            SELECT jsonb_object_agg(v.login, v.estado) FROM datos.permiso_visto AS v
        ));
    END IF;
    RETURN v_cuantos;
END
$$;

-- What the worker does every hour, and the deploy at its end.
CREATE FUNCTION api.permiso_revisar() RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN json_build_object('externos', privado.permiso_revisar());
END
$$;

GRANT EXECUTE ON FUNCTION api.permiso_revisar() TO puente;

-- What must be true --------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_roles_sin_poderes() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.login || ': ' || array_to_string(ARRAY(SELECT jsonb_array_elements_text(e.estado -> 'poderes')), ' ')
    FROM privado.permiso_estado() AS e
    CROSS JOIN LATERAL (
        SELECT
            e.login = 'personal' OR e.login = ANY (privado.grupos()) OR e.login ~ '^(pos|ecom)_(datos|api)$' AS nuestro
    ) AS n
    WHERE
        NOT e.estado -> 'poderes' ? 'SUPERUSER'
        AND (
            (e.estado -> 'poderes') - 'LOGIN' <> '[]'
            OR (n.nuestro AND e.estado -> 'poderes' ? 'LOGIN')
        )
    UNION ALL
    SELECT r.rolname || ': SUPERUSER'
    FROM pg_roles AS r
    WHERE
        r.rolsuper AND (
            r.rolname = ANY (privado.grupos() || '{personal,api_login,puente,ecom_publico,ecom_cliente}'::text[])
            OR r.rolname ~ '^(pos|ecom)_(datos|api)$'
            OR EXISTS (
                SELECT FROM pg_auth_members AS m
                JOIN pg_roles AS g ON m.roleid = g.oid
                WHERE m.member = r.oid AND g.rolname = ANY (privado.grupos() || 'personal'::text)
            )
        )
$$;

COMMENT ON FUNCTION privado.doctor_roles_sin_poderes()
IS 'Ni el personal, ni los grupos, dueños y servicios tienen poderes en el servidor; solo personas y servicios ingresan.';

-- A person is a direct member of groups and of nothing else; each group of `personal` alone; owners and services of
-- nothing, and nobody of them.
CREATE FUNCTION privado.doctor_roles_en_su_lugar() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT n.rol || ' en ' || n.grupo || CASE WHEN m.admin_option THEN ' (ADMIN)' ELSE '' END
    FROM pg_auth_members AS m
    JOIN pg_roles AS r ON m.member = r.oid
    JOIN pg_roles AS g ON m.roleid = g.oid
    CROSS JOIN LATERAL (SELECT r.rolname::text AS rol, g.rolname::text AS grupo) AS n
    CROSS JOIN (
        SELECT '^((pos|ecom)_(datos|api)|api_login|puente|ecom_publico|ecom_cliente)$' AS cerrados
    ) AS c
    WHERE
        NOT r.rolsuper
        AND (
            n.rol ~ c.cerrados OR n.grupo ~ c.cerrados
            OR (
                (n.rol = ANY (privado.grupos()) OR n.rol = 'personal')
                AND (n.rol = 'personal' OR n.grupo <> 'personal' OR m.admin_option)
            )
            OR (
                n.rol <> ALL (privado.grupos()) AND n.rol <> 'personal' AND pg_has_role(r.oid, 'personal', 'MEMBER')
                AND (n.grupo <> ALL (privado.grupos()) OR m.admin_option)
            )
        )
    UNION ALL
    SELECT g.grupo || ' no está en personal'
    FROM unnest(privado.grupos()) AS g (grupo)
    WHERE NOT pg_has_role(g.grupo::name, 'personal', 'MEMBER')
$$;

COMMENT ON FUNCTION privado.doctor_roles_en_su_lugar()
IS 'Cada persona está solo en grupos, cada grupo solo en personal, y los dueños y servicios en ninguno ni con nadie dentro.';
