-- Auditoría: what the auditor asks of the trail, over HTTP or in psql alike. The table's own policy decides: these run
-- as the caller, and nobody but the auditor holds them; an administrator does not.
--
-- Lists are newest first, and a cursor (the moment and number of the last row seen) leads to the next rows: those that
-- are written meanwhile are newer, so none is repeated or skipped. Days are local days, both included.
--
-- What a person did is what carries their login, and what was noted about them by a service that acts for everybody
-- (logins, refusals). A group means who is in it today.

-- The moment a local day begins.
CREATE FUNCTION privado.dia_empieza(p_dia date) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT p_dia::timestamp AT TIME ZONE privado.ajuste('zona_horaria')
$$;

GRANT EXECUTE ON FUNCTION privado.dia_empieza(date) TO personal;

-- The logins that are in a group today, directly or through another.
CREATE FUNCTION privado.auditoria_miembros(p_rol text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(r.rolname::text), '{}')
    FROM pg_catalog.pg_roles AS g
    JOIN pg_catalog.pg_roles AS r ON NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
    WHERE g.rolname = p_rol AND g.rolname = ANY (privado.grupos())
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_miembros(text) TO auditor;

-- One row of the trail as people read it.
CREATE FUNCTION privado.auditoria_fila(a datos.auditoria) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'aud_id', a.aud_id,
        'cuando', a.cuando,
        'usuario', a.usuario,
        'sujeto', a.sujeto,
        'operacion', a.operacion,
        'tabla', a.tabla,
        'clave', a.clave,
        'antes', a.antes,
        'despues', a.despues,
        'sid', a.sid,
        'request_id', a.request_id,
        'xid', a.xid::text
    )
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_fila(datos.auditoria) TO auditor;

-- Where a page ends: what the next call is given to go on.
CREATE FUNCTION privado.auditoria_cursor(a datos.auditoria) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(EPOCH FROM a.cuando) * 1000000)::bigint || '.' || a.aud_id
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_cursor(datos.auditoria) TO auditor;

-- Where a page begins: right below the cursor, else below the end of the period.
CREATE FUNCTION privado.auditoria_desde_cursor(p_cursor text, p_hasta date, OUT cuando timestamptz, OUT aud_id bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_cursor !~ '^[0-9]{1,17}[.][0-9]{1,18}$' THEN
        PERFORM privado.rechazar(422, 'cursor_valido', 'Ese cursor no es de esta lista.');
    END IF;
    cuando := coalesce(privado.dia_empieza(p_hasta + 1), 'infinity');
    aud_id := 0;
    IF p_cursor IS NOT NULL THEN
        SELECT c.cuando, c.aud_id
        INTO cuando, aud_id
        FROM (VALUES
            (cuando, aud_id),
            ('epoch'::timestamptz + split_part(p_cursor, '.', 1)::bigint * interval '1 microsecond',
                split_part(p_cursor, '.', 2)::bigint)
        ) AS c (cuando, aud_id)
        ORDER BY c.cuando, c.aud_id
        LIMIT 1;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_desde_cursor(text, date) TO auditor;

-- The rows of a page. The plan depends on what is asked, so it is made each time. What a person did and what was noted
-- about them have an index each, hence two branches.
CREATE FUNCTION privado.auditoria_pagina(
    p_usuario text, p_miembros text[], p_tabla text, p_tablas text[], p_clave text, p_operacion text,
    p_desde timestamptz, p_cuando timestamptz, p_aud_id bigint, p_limit int
) RETURNS SETOF datos.auditoria
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY
    SELECT (f.a).*
    FROM (
        (
            SELECT a
            FROM datos.auditoria AS a
            WHERE
                (p_usuario IS NULL OR a.usuario = p_usuario)
                AND (p_miembros IS NULL OR a.usuario = ANY (p_miembros))
                AND (p_tabla IS NULL OR a.tabla = p_tabla) AND (p_tablas IS NULL OR a.tabla = ANY (p_tablas))
                AND (p_clave IS NULL OR a.clave = p_clave) AND (p_operacion IS NULL OR a.operacion = p_operacion)
                AND (p_desde IS NULL OR a.cuando >= p_desde)
                AND a.cuando <= p_cuando AND (a.cuando, a.aud_id) < (p_cuando, p_aud_id)
            ORDER BY a.cuando DESC, a.aud_id DESC
            LIMIT p_limit
        )
        UNION ALL
        (
            SELECT a
            FROM datos.auditoria AS a
            WHERE
                (p_usuario IS NOT NULL OR p_miembros IS NOT NULL) AND a.operacion = 'EVENT'
                AND (p_usuario IS NULL OR (a.clave = p_usuario AND a.usuario <> p_usuario))
                AND (p_miembros IS NULL OR (a.clave = ANY (p_miembros) AND a.usuario <> ALL (p_miembros)))
                AND (p_tabla IS NULL OR a.tabla = p_tabla) AND (p_tablas IS NULL OR a.tabla = ANY (p_tablas))
                AND (p_clave IS NULL OR a.clave = p_clave) AND (p_operacion IS NULL OR p_operacion = 'EVENT')
                AND (p_desde IS NULL OR a.cuando >= p_desde)
                AND a.cuando <= p_cuando AND (a.cuando, a.aud_id) < (p_cuando, p_aud_id)
            ORDER BY a.cuando DESC, a.aud_id DESC
            LIMIT p_limit
        )
    ) AS f
    ORDER BY (f.a).cuando DESC, (f.a).aud_id DESC
    LIMIT p_limit;
END
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_pagina(
    text, text[], text, text[], text, text, timestamptz, timestamptz, bigint, int
) TO auditor;

-- A page of the trail in its envelope: 50 rows, at most 500, and the cursor to the next, null at the end.
CREATE FUNCTION privado.auditoria_lista(p_filas datos.auditoria[], p_limit int) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'data', coalesce(
            (SELECT json_agg(privado.auditoria_fila(f) ORDER BY f.cuando DESC, f.aud_id DESC) FROM unnest(p_filas) AS f),
            '[]'
        ),
        'limit', p_limit,
        'cursor', CASE
            WHEN cardinality(p_filas) = p_limit THEN privado.auditoria_cursor(p_filas[p_limit])
        END
    )
$$;

GRANT EXECUTE ON FUNCTION privado.auditoria_lista(datos.auditoria[], int) TO auditor;

-- The trail, newest first.
CREATE FUNCTION api.auditoria_listar(
    p_usuario text DEFAULT NULL, p_rol text DEFAULT NULL, p_tabla text DEFAULT NULL, p_clave text DEFAULT NULL,
    p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL, p_operacion text DEFAULT NULL,
    p_cursor text DEFAULT NULL, p_limit int DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_limite int := least(greatest(coalesce(p_limit, 50), 1), 500);
    v_inicio record;
BEGIN
    SELECT * INTO v_inicio FROM privado.auditoria_desde_cursor(nullif(p_cursor, ''), p_hasta);
    RETURN privado.auditoria_lista(
        ARRAY(
            SELECT a
            FROM privado.auditoria_pagina(
                nullif(p_usuario, ''),
                CASE WHEN p_rol <> '' THEN privado.auditoria_miembros(p_rol) END,
                nullif(p_tabla, ''), NULL, nullif(p_clave, ''), nullif(p_operacion, ''),
                privado.dia_empieza(p_desde), v_inicio.cuando, v_inicio.aud_id, v_limite
            ) AS a
        ),
        v_limite
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_listar(text, text, text, text, date, date, text, text, int) TO auditor;

-- What changed in what people may do: groups, powers, logins, passwords, branches; newest first. A change made
-- without us (PERMISO_EXTERNO) is in it.
CREATE FUNCTION api.auditoria_permisos(
    p_usuario text DEFAULT NULL, p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL,
    p_cursor text DEFAULT NULL, p_limit int DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_limite int := least(greatest(coalesce(p_limit, 50), 1), 500);
    v_inicio record;
    v_tablas CONSTANT text[] := ARRAY[
        'PERMISO', 'PERMISO_EXTERNO', 'PERMISO_BASE', 'USUARIO', 'CLAVE', 'CLAVE_RESTABLECIDA',
        'usuario', 'usuario_establecimiento'
    ];
BEGIN
    SELECT * INTO v_inicio FROM privado.auditoria_desde_cursor(nullif(p_cursor, ''), p_hasta);
    RETURN privado.auditoria_lista(
        ARRAY(
            SELECT a
            FROM privado.auditoria_pagina(
                NULL, NULL, NULL, v_tablas, nullif(p_usuario, ''), NULL,
                privado.dia_empieza(p_desde), v_inicio.cuando, v_inicio.aud_id, v_limite
            ) AS a
        ),
        v_limite
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_permisos(text, date, date, text, int) TO auditor;

-- What each person did on each local day of a period (the last seven days if none is named), busiest first.
CREATE FUNCTION api.auditoria_personas(
    p_usuario text DEFAULT NULL, p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('desde', v.desde, 'hasta', v.hasta, 'data', coalesce((
        SELECT json_agg(json_build_object(
            'dia', d.dia, 'usuario', d.quien, 'altas', d.altas, 'cambios', d.cambios, 'bajas', d.bajas,
            'eventos', d.eventos, 'primera', d.primera, 'ultima', d.ultima, 'tablas', d.tablas
        ) ORDER BY d.dia DESC, d.altas + d.cambios + d.bajas + d.eventos DESC, d.quien)
        FROM (
            SELECT
                (a.cuando AT TIME ZONE z.zona)::date AS dia, q.quien,
                count(*) FILTER (WHERE a.operacion = 'INSERT') AS altas,
                count(*) FILTER (WHERE a.operacion = 'UPDATE') AS cambios,
                count(*) FILTER (WHERE a.operacion = 'DELETE') AS bajas,
                count(*) FILTER (WHERE a.operacion = 'EVENT') AS eventos,
                min(a.cuando) AS primera, max(a.cuando) AS ultima,
                array_agg(DISTINCT a.tabla ORDER BY a.tabla) AS tablas
            FROM datos.auditoria AS a
            CROSS JOIN (SELECT privado.ajuste('zona_horaria') AS zona) AS z
            CROSS JOIN LATERAL (
                SELECT CASE WHEN a.operacion = 'EVENT' AND a.usuario = 'api_login' THEN a.clave ELSE a.usuario END
            ) AS q (quien)
            WHERE
                a.cuando >= privado.dia_empieza(v.desde) AND a.cuando < privado.dia_empieza(v.hasta + 1)
                AND (nullif(p_usuario, '') IS NULL OR q.quien = p_usuario)
            GROUP BY 1, 2
            LIMIT 5000
        ) AS d
    ), '[]'))
    FROM (SELECT coalesce(p_hasta, privado.hoy()) AS hasta) AS h
    CROSS JOIN LATERAL (SELECT coalesce(p_desde, h.hasta - 6) AS desde, h.hasta) AS v
$$;

GRANT EXECUTE ON FUNCTION api.auditoria_personas(text, date, date) TO auditor;
