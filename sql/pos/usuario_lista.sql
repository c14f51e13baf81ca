-- Usuarios as administrators and auditors see them: the rows, and the members of the staff that a database
-- administrator made and that have none. A staff is some hundreds of people, so lists are made of the catalog without
-- an index; and the list is a screen to work on, so without a page it has everybody, whatever their state.

-- Reading ------------------------------------------------------------------------------------------------------------

-- One user, whether it has a row or a role or both.
CREATE FUNCTION privado.usuario_json(p_login text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', u.usr_id,
        'login', v.login,
        'name', coalesce(u.usr_nombre, v.login),
        'email', u.usr_email,
        'estado', e.activo,
        'usr_estado', e.usr_estado,
        'id_role', array_position(privado.grupos(), g.roles[1]),
        'role', g.roles[1],
        'roles', g.roles,
        'comision', coalesce(u.usr_comision, 0),
        'fecha_alta', u.usr_fecha_alta,
        'persona', privado.persona_fila(p),
        'establecimientos', (
            SELECT coalesce(json_agg(
                json_build_object(
                    'codigo', l.eta_codigo, 'punto_emision', l.pto_codigo, 'principal', l.principal
                ) ORDER BY l.principal DESC, l.eta_codigo
            ), '[]')
            FROM datos.usuario_establecimiento AS l
            WHERE l.usr_login = v.login
        )
    )
    FROM (VALUES (p_login)) AS v (login)
    LEFT JOIN datos.usuario AS u ON u.usr_login = v.login
    LEFT JOIN datos.persona AS p USING (per_id)
    CROSS JOIN LATERAL (SELECT privado.roles_de(v.login) AS roles) AS g
    CROSS JOIN LATERAL privado.usuario_estado(v.login, u.usr_estado) AS e
$$;

GRANT EXECUTE ON FUNCTION privado.usuario_json(text) TO auditor, admin;

-- Whether somebody may log in now, and the state to show: who PostgreSQL keeps out is INA, whatever the row says.
CREATE FUNCTION privado.usuario_estado(p_login text, p_usr_estado text, OUT activo boolean, OUT usr_estado text)
LANGUAGE sql STABLE AS $$
    SELECT a.activo, CASE WHEN a.activo THEN 'ACT' WHEN p_usr_estado = 'PEN' THEN 'PEN' ELSE 'INA' END
    FROM (
        SELECT coalesce(p_usr_estado, 'ACT') = 'ACT' AND EXISTS (
            SELECT FROM pg_catalog.pg_roles AS r
            WHERE
                r.rolname = p_login AND r.rolcanlogin
                AND (r.rolvaliduntil IS NULL OR r.rolvaliduntil > now())
        ) AS activo
    ) AS a
$$;

GRANT EXECUTE ON FUNCTION privado.usuario_estado(text, text) TO auditor, admin;

-- Every user by login. Filters: words of login, name, e-mail or role, and a state.
CREATE FUNCTION api.usuario_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL, p_usr_estado text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH gente AS (
        SELECT coalesce(u.usr_login, r.rolname) AS login, u.usr_nombre, u.usr_email, u.usr_estado
        FROM datos.usuario AS u
        FULL JOIN (
            SELECT s.rolname::text COLLATE "default" AS rolname -- a catalog name folds no accents
            FROM pg_catalog.pg_roles AS s
            WHERE s.rolcanlogin AND NOT s.rolsuper AND pg_catalog.pg_has_role(s.oid, 'personal', 'MEMBER')
        ) AS r ON r.rolname = u.usr_login
    ),
    encontrada AS (
        SELECT g.login
        FROM gente AS g
        CROSS JOIN LATERAL privado.usuario_estado(g.login, g.usr_estado) AS e
        WHERE
            coalesce(p_usr_estado, e.usr_estado) = e.usr_estado
            AND coalesce(privado.normalizar(
                concat_ws(' ', g.login, g.usr_nombre, g.usr_email, array_to_string(privado.roles_de(g.login), ' '))
            ) LIKE ALL (privado.patrones(p_search)), true)
    ),
    pagina AS (
        SELECT n.login
        FROM encontrada AS n
        ORDER BY n.login
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    )
    SELECT privado.json_unir(
        json_build_object('status', 200, 'message', 'Usuarios.'),
        privado.sobre(
            json_agg(privado.usuario_json(g.login) ORDER BY g.login), p_page, p_limit, (SELECT count(*) FROM encontrada)
        )
    )
    FROM pagina AS g
$$;

GRANT EXECUTE ON FUNCTION api.usuario_listar(int, int, text, text) TO auditor, admin;

-- One user, by number, login or e-mail.
CREATE FUNCTION api.usuario_obtener(p_usuario text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.respuesta(200, 'Usuario.', privado.usuario_json(privado.usuario_de(p_usuario)))
$$;

GRANT EXECUTE ON FUNCTION api.usuario_obtener(text) TO auditor, admin;

-- The roles a person may be given, what each is for, and every act that the catalog lets it execute.
CREATE FUNCTION api.usuario_rol_listar() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.respuesta(200, 'Roles.', json_agg(
        json_build_object(
            'id', g.id,
            'nombre', g.rol,
            'descripcion', coalesce(pg_catalog.shobj_description(g.rol::regrole, 'pg_authid'), ''),
            'permisos', privado.permisos_de(g.rol)
        ) ORDER BY g.id
    ))
    FROM unnest(privado.grupos()) WITH ORDINALITY AS g (rol, id)
$$;

GRANT EXECUTE ON FUNCTION api.usuario_rol_listar() TO auditor, admin;
