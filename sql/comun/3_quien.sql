-- Who is asking.
--
-- The person is `session_user`: the login PostgreSQL authenticated, which no SET ROLE and no setting changes. The
-- settings daf.sid and daf.request_id are labels for tracing, and never evidence.

-- Whether the caller is a member of a group. Superusers are members of everything.
CREATE FUNCTION privado.es(p_rol text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.pg_has_role(session_user, p_rol::name, 'MEMBER')
$$;

GRANT EXECUTE ON FUNCTION privado.es(text) TO personal, puente;

-- The groups of a login, strongest first; an empty array for who is not staff.
CREATE FUNCTION privado.roles_de(p_login text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(g.rol ORDER BY g.orden), '{}')
    FROM unnest(ARRAY[
        'admin', 'auditor', 'contador', 'adm_ventas', 'adm_fact', 'adm_bodega', 'adm_compras',
        'ventas', 'bodega', 'compras', 'cajero'
    ]) WITH ORDINALITY AS g (rol, orden)
    JOIN pg_catalog.pg_roles AS r ON r.rolname = p_login AND NOT r.rolsuper
    WHERE pg_catalog.pg_has_role(r.oid, g.rol::name, 'MEMBER')
$$;

GRANT EXECUTE ON FUNCTION privado.roles_de(text) TO personal;

-- The owner of an idempotency key or of an audit row behind a shared login: the verified shopper or cart, else ''.
-- (An IF, not a CASE: only the shop's database has that function, and plpgsql reads an expression when it gets there.)
CREATE FUNCTION privado.sujeto() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF session_user = 'ecom_cliente' THEN
        RETURN privado.contexto_sujeto();
    END IF;
    RETURN '';
END
$$;

-- Every api function a role may execute, by name.
CREATE FUNCTION privado.permisos_de(p_rol text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(p.proname::text ORDER BY p.proname), '{}')
    FROM pg_catalog.pg_proc AS p
    WHERE
        p.pronamespace = 'api'::regnamespace
        AND pg_catalog.has_function_privilege(p_rol::name, p.oid, 'EXECUTE')
$$;

GRANT EXECUTE ON FUNCTION privado.permisos_de(text) TO personal;

-- Every api function the caller may execute.
CREATE FUNCTION privado.permisos() RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT privado.permisos_de(session_user::text)
$$;

GRANT EXECUTE ON FUNCTION privado.permisos() TO personal;

-- What the caller may do, computed from the real grants: a module is open to who may run its list function.
CREATE FUNCTION api.acceso_obtener() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'role', (privado.roles_de(session_user::text))[1],
        'roles', privado.roles_de(session_user::text),
        'access', (
            SELECT json_object_agg(m.modulo, m.funcion = ANY (p.permisos) ORDER BY m.orden)
            FROM (VALUES
                (1, 'PRODUCTO', 'producto_listar'),
                (2, 'MATERIA_PRIMA', 'materiaprima_listar'),
                (3, 'CLIENTE', 'cliente_listar'),
                (4, 'PROVEEDOR', 'proveedor_listar'),
                (5, 'ESTANDAR', 'estandar_listar'),
                (6, 'FACTURA', 'factura_listar'),
                (7, 'ORDENCOMPRA', 'ordencompra_listar'),
                (8, 'BODEGA', 'kardex_producto_listar')
            ) AS m (orden, modulo, funcion)
        ),
        'permisos', p.permisos
    )
    FROM (SELECT privado.permisos() AS permisos) AS p
$$;

GRANT EXECUTE ON FUNCTION api.acceso_obtener() TO personal;
