-- Changing a user: what an administrator may say about somebody in one act, all or nothing.
--
-- A form sends back what it read, so what is unchanged is no act: the state and the roles somebody has already, and
-- `id_role`, which is the strongest of several, when it names that one.

-- The roles that are asked for: those of the list, else the one; NULL to leave them as they are.
CREATE FUNCTION privado.usuario_roles_pedidos(p_login text, p_id_role text, p_roles text[]) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_rol text;
    v_roles text[];
BEGIN
    IF p_roles IS NOT NULL THEN
        v_roles := ARRAY(SELECT DISTINCT privado.usuario_rol_de(r.rol) FROM unnest(p_roles) AS r (rol));
        PERFORM privado.rol_grupos_exigir(v_roles); -- somebody without any role is no longer of the staff
        RETURN v_roles;
    END IF;
    IF nullif(p_id_role, '') IS NULL THEN
        RETURN NULL;
    END IF;
    v_rol := privado.usuario_rol_de(p_id_role);
    RETURN CASE WHEN v_rol IS DISTINCT FROM (privado.roles_de(p_login))[1] THEN ARRAY[v_rol] END;
END
$$;

-- Gives a user exactly these branches, each {codigo, punto_emision?, principal?}. Without a point it is the branch's
-- first; without a principal the first branch of the list is.
CREATE FUNCTION privado.usuario_ubicar(p_login text, p_lugares jsonb[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM unnest(p_lugares) AS l WHERE (l ->> 'principal')::boolean) > 1 THEN
        PERFORM privado.rechazar(
            422, 'usuario_establecimiento_un_principal', 'Solo uno de los establecimientos es el principal.'
        );
    END IF;
    DELETE FROM datos.usuario_establecimiento AS e
    WHERE e.usr_login = p_login AND e.eta_codigo <> ALL (SELECT l ->> 'codigo' FROM unnest(p_lugares) AS l);
    UPDATE datos.usuario_establecimiento AS e SET principal = false WHERE e.usr_login = p_login AND e.principal;
    INSERT INTO datos.usuario_establecimiento (usr_login, eta_codigo, pto_codigo, principal)
    SELECT
        p_login,
        n.lugar ->> 'codigo',
        coalesce(
            nullif(n.lugar ->> 'punto_emision', ''),
            (
                SELECT min(p.pto_codigo) FROM datos.punto_emision AS p
                WHERE p.eta_codigo = n.lugar ->> 'codigo' AND p.pto_estado = 'ACT'
            ),
            '' -- no such branch, or one that cannot issue: the foreign key says so
        ),
        n.orden = 1
    FROM (
        SELECT l.lugar, row_number() OVER (
            ORDER BY coalesce((l.lugar ->> 'principal')::boolean, false) DESC, l.orden
        ) AS orden
        FROM unnest(p_lugares) WITH ORDINALITY AS l (lugar, orden)
    ) AS n
    ON CONFLICT (usr_login, eta_codigo) DO UPDATE SET pto_codigo = excluded.pto_codigo, principal = excluded.principal;
END
$$;

-- A new password for somebody else: their sessions and connections end, in both databases of the cluster.
CREATE FUNCTION privado.usuario_clave_poner(p_usuario datos.usuario, p_verificador text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_usuario.usr_login = session_user::text THEN
        PERFORM privado.rechazar(
            409, 'usuario_clave_propia', 'La contraseña propia se cambia con la actual, en /auth/password.'
        );
    END IF;
    IF p_usuario.usr_estado = 'PEN' THEN
        PERFORM privado.rol_verificador_exigir(p_verificador);
        PERFORM privado.usuario_espera_cambiar(p_usuario.usr_login, p_verificador);
    ELSE
        PERFORM privado.rol_clave(p_usuario.usr_login, p_verificador);
        PERFORM privado.sesion_cerrar('staff', p_usuario.usr_login, NULL, 'clave');
    END IF;
END
$$;

-- The state and the roles of a user, in the order that never leaves a login with rights it should not have.
CREATE FUNCTION privado.usuario_acceso(p_usuario datos.usuario, p_estado boolean, p_roles text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_usuario.usr_estado = 'PEN' THEN
        IF p_estado THEN
            PERFORM privado.usuario_encender(p_usuario.usr_login, p_roles);
        ELSIF p_roles IS NOT NULL THEN
            PERFORM privado.rechazar(
                409, 'usuario_pendiente', 'El usuario espera ser activado: envíe el rol junto con estado verdadero.'
            );
        END IF;
        RETURN;
    END IF;
    IF p_estado THEN
        PERFORM privado.usuario_encender(p_usuario.usr_login, p_roles);
        RETURN;
    END IF;
    IF p_roles IS NOT NULL THEN
        PERFORM privado.rol_grupos(p_usuario.usr_login, p_roles);
    END IF;
    IF NOT p_estado THEN
        PERFORM privado.usuario_apagar(p_usuario.usr_login);
    END IF;
END
$$;

-- Changes what is sent about a user; the rest stays.
CREATE FUNCTION api.usuario_actualizar(
    p_usuario text,
    p_name text DEFAULT NULL,
    p_email text DEFAULT NULL,
    p_verificador text DEFAULT NULL,
    p_estado boolean DEFAULT NULL,
    p_id_role text DEFAULT NULL,
    p_roles text[] DEFAULT NULL,
    p_establecimientos jsonb[] DEFAULT NULL,
    p_comision numeric DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_login text := privado.usuario_de(p_usuario);
    v_usuario datos.usuario;
BEGIN
    PERFORM privado.usuario_adoptar(v_login);
    UPDATE datos.usuario
    SET
        usr_nombre = coalesce(nullif(btrim(p_name), ''), usr_nombre),
        usr_email = CASE WHEN p_email IS NULL THEN usr_email ELSE nullif(lower(btrim(p_email)), '') END,
        usr_comision = coalesce(p_comision, usr_comision)
    WHERE usr_login = v_login
    RETURNING * INTO v_usuario;
    IF v_usuario.usr_estado IS DISTINCT FROM 'PEN' THEN
        PERFORM privado.rol_destino_exigir(v_login);
    END IF;
    IF p_verificador IS NOT NULL THEN
        PERFORM privado.usuario_clave_poner(v_usuario, p_verificador);
    END IF;
    PERFORM privado.usuario_acceso(
        v_usuario, p_estado, privado.usuario_roles_pedidos(v_login, p_id_role, p_roles)
    );
    IF p_establecimientos IS NOT NULL THEN
        PERFORM privado.usuario_ubicar(v_login, p_establecimientos);
    END IF;
    RETURN privado.respuesta(200, 'Usuario actualizado.', privado.usuario_json(v_login));
END
$$;

GRANT EXECUTE ON FUNCTION
api.usuario_actualizar(text, text, text, text, boolean, text, text[], jsonb[], numeric) TO admin;
