-- Cliente: who buys.
--
-- The identification says what the client is: 13 digits a RUC, 10 a cédula, thirteen nines the final consumer, and
-- anything else a foreign document; a type that is named must agree. Check digits are judged here, and shapes by the
-- constraints of the table. One identification is one client: creating a client whose row was deactivated brings
-- that row back with the new data. CONSUMIDOR FINAL is everybody, so nobody edits it.
--
-- Who sells writes clients; the credit limit and the state are for adm_ventas and admin. A client belongs to no
-- branch, and what it owes is one number whoever asks.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A client as lists and documents show it. Texts are '' and never null.
CREATE FUNCTION privado.cliente_fila(c datos.cliente) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'cli_codigo', c.cli_codigo,
        'cli_tipo_id', c.cli_tipo_id,
        'cli_ruc_ced', c.cli_ruc_ced,
        'cli_nombre', c.cli_nombre,
        'cli_telefono', c.cli_telefono,
        'cli_celular', c.cli_celular,
        'cli_mail', c.cli_mail,
        'cli_direccion', c.cli_direccion,
        'ct_codigo', coalesce(c.ct_codigo, ''),
        'cli_limite_credito', c.cli_limite_credito::text,
        'cli_estado', c.cli_estado,
        'cli_fecha_alta', c.cli_fecha_alta
    )
$$;

GRANT EXECUTE ON FUNCTION privado.cliente_fila(datos.cliente) TO personal;

-- A client as a select shows it.
CREATE FUNCTION privado.cliente_opcion(c datos.cliente) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'cli_codigo', c.cli_codigo,
        'cli_ruc_ced', c.cli_ruc_ced,
        'cli_nombre', c.cli_nombre,
        'cli_estado', c.cli_estado
    )
$$;

GRANT EXECUTE ON FUNCTION privado.cliente_opcion(datos.cliente) TO personal;

-- One client with what it owes; NULL if there is none.
CREATE FUNCTION privado.cliente_json(p_cli_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.json_unir(
        privado.cliente_fila(c),
        json_build_object('cli_deuda', privado.cliente_deuda(c.cli_codigo)::text)
    )
    FROM datos.cliente AS c
    WHERE c.cli_codigo = p_cli_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.cliente_json(text) TO personal;

-- Clients by name, as whole rows or as options. The plan depends on the text searched, so it is made each time.
CREATE FUNCTION privado.cliente_pagina(
    p_page int, p_limit int, p_search text, p_estados text[], p_opciones boolean
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_texto text := nullif(btrim(p_search), '');
    v_patrones text[] := privado.patrones(v_texto);
    v_total bigint;
    v_filas json;
BEGIN
    LOOP
        SELECT count(*) INTO v_total
        FROM (
            SELECT FROM datos.cliente AS c
            WHERE
                c.cli_estado = ANY (p_estados)
                AND (v_patrones IS NULL OR (
                    c.busqueda LIKE v_patrones[1] AND c.busqueda LIKE v_patrones[2]
                    AND c.busqueda LIKE ALL (v_patrones)
                ))
            LIMIT 10001
        ) AS t;
        EXIT WHEN v_total > 0 OR v_texto IS NULL;
        v_patrones := privado.patrones(privado.texto_corregir('cliente', v_texto));
        v_texto := NULL;
    END LOOP;

    SELECT json_agg(CASE WHEN p_opciones THEN privado.cliente_opcion(g.c) ELSE privado.cliente_fila(g.c) END)
    INTO v_filas
    FROM (
        SELECT c
        FROM datos.cliente AS c
        WHERE
            c.cli_estado = ANY (p_estados)
            AND (v_patrones IS NULL OR (
                c.busqueda LIKE v_patrones[1] AND c.busqueda LIKE v_patrones[2]
                AND c.busqueda LIKE ALL (v_patrones)
            ))
        ORDER BY c.busqueda, c.cli_codigo
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;

    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION privado.cliente_pagina(int, int, text, text[], boolean) TO personal;

-- Clients by name: without a page the active ones as options, with a page whole rows, suspended ones included.
CREATE FUNCTION api.cliente_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.cliente_pagina(
        p_page, p_limit, p_search,
        CASE WHEN p_page IS NULL THEN '{ACT}'::text[] ELSE '{ACT,SUS}'::text[] END,
        p_page IS NULL
    )
$$;

GRANT EXECUTE ON FUNCTION api.cliente_listar(int, int, text)
TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;

-- Clients whose name, identification or code has every word typed, always as whole rows.
CREATE FUNCTION api.cliente_buscar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.cliente_pagina(p_page, p_limit, p_search, '{ACT,SUS}', false)
$$;

GRANT EXECUTE ON FUNCTION api.cliente_buscar(int, int, text)
TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;

-- Every active client as a bare array of options.
CREATE FUNCTION api.cliente_elegir() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.cliente_pagina(NULL, NULL, NULL, '{ACT}', true) -> 'data'
$$;

GRANT EXECUTE ON FUNCTION api.cliente_elegir()
TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;

-- One client, whatever its state: documents go on naming those that were deactivated.
CREATE FUNCTION api.cliente_obtener(p_cli_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_cliente json := privado.cliente_json(p_cli_codigo);
BEGIN
    IF v_cliente IS NULL THEN
        PERFORM privado.rechazar(404, 'cliente_existe', 'No existe ese cliente.');
    END IF;
    RETURN v_cliente;
END
$$;

GRANT EXECUTE ON FUNCTION api.cliente_obtener(text)
TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses another credit limit to who does not administer sales; sending the stored one back is nobody's business.
CREATE FUNCTION privado.cliente_limite_reservar() RETURNS void
LANGUAGE sql STABLE AS $$
    SELECT privado.reservar(
        '{adm_ventas,admin}', 'limite_credito_reservado', 'El límite de crédito lo fija la administración de ventas.'
    )
$$;

-- Adds a client, or brings back the one deactivated under that identification. Answers 201 either way.
CREATE FUNCTION api.cliente_crear(
    p_cli_ruc_ced text,
    p_cli_nombre text,
    p_cli_tipo_id text DEFAULT NULL,
    p_cli_telefono text DEFAULT NULL,
    p_cli_celular text DEFAULT NULL,
    p_cli_mail text DEFAULT NULL,
    p_cli_direccion text DEFAULT NULL,
    p_ct_codigo text DEFAULT NULL,
    p_cli_limite_credito numeric DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.cliente_registrar(
        p_cli_ruc_ced, p_cli_nombre, p_cli_tipo_id,
        p_cli_telefono, p_cli_celular, p_cli_mail, p_cli_direccion, p_ct_codigo
    );
BEGIN
    UPDATE datos.cliente SET cli_limite_credito = p_cli_limite_credito
    WHERE cli_codigo = v_codigo AND cli_limite_credito <> p_cli_limite_credito;
    IF FOUND THEN
        PERFORM privado.cliente_limite_reservar();
    END IF;
    RETURN privado.cliente_json(v_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.cliente_crear(text, text, text, text, text, text, text, text, numeric)
TO ventas, adm_ventas, cajero, admin;

-- Changes what is named and keeps the rest; '' empties an optional text.
CREATE FUNCTION api.cliente_actualizar(
    p_cli_codigo text,
    p_cli_ruc_ced text DEFAULT NULL,
    p_cli_nombre text DEFAULT NULL,
    p_cli_tipo_id text DEFAULT NULL,
    p_cli_telefono text DEFAULT NULL,
    p_cli_celular text DEFAULT NULL,
    p_cli_mail text DEFAULT NULL,
    p_cli_direccion text DEFAULT NULL,
    p_ct_codigo text DEFAULT NULL,
    p_cli_limite_credito numeric DEFAULT NULL,
    p_cli_estado text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.cliente := privado.cliente_bloquear(p_cli_codigo);
    v_ruc text := coalesce(nullif(upper(btrim(p_cli_ruc_ced)), ''), v_antes.cli_ruc_ced);
    v_tipo text := CASE
        WHEN v_ruc = v_antes.cli_ruc_ced THEN coalesce(nullif(p_cli_tipo_id, ''), v_antes.cli_tipo_id)
        ELSE privado.cliente_tipo(v_ruc, p_cli_tipo_id)
    END;
    v_nombre text := coalesce(nullif(btrim(p_cli_nombre), ''), v_antes.cli_nombre);
BEGIN
    IF p_cli_estado <> v_antes.cli_estado THEN
        PERFORM privado.reservar(
            '{adm_ventas,admin}', 'cliente_estado_reservado', 'El estado de un cliente lo cambia la administración de ventas.'
        );
    ELSIF v_antes.cli_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'cliente_activo', 'El cliente está desactivado.');
    END IF;
    IF p_cli_limite_credito <> v_antes.cli_limite_credito THEN
        PERFORM privado.cliente_limite_reservar();
    END IF;
    IF (v_ruc, v_tipo) IS DISTINCT FROM (v_antes.cli_ruc_ced, v_antes.cli_tipo_id) THEN
        PERFORM privado.identificacion_exigir(v_tipo, v_ruc);
    END IF;
    UPDATE datos.cliente
    SET
        cli_tipo_id = v_tipo,
        cli_ruc_ced = v_ruc,
        cli_nombre = v_nombre,
        cli_telefono = coalesce(btrim(p_cli_telefono), cli_telefono),
        cli_celular = coalesce(btrim(p_cli_celular), cli_celular),
        cli_mail = coalesce(btrim(p_cli_mail), cli_mail),
        cli_direccion = coalesce(btrim(p_cli_direccion), cli_direccion),
        ct_codigo = CASE WHEN p_ct_codigo IS NULL THEN ct_codigo ELSE nullif(p_ct_codigo, '') END,
        cli_limite_credito = coalesce(p_cli_limite_credito, cli_limite_credito),
        cli_estado = coalesce(p_cli_estado, cli_estado),
        version = version + 1,
        busqueda = privado.normalizar(concat_ws(' ', v_nombre, cli_codigo, v_ruc))
    WHERE cli_codigo = p_cli_codigo;
    RETURN privado.cliente_json(p_cli_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.cliente_actualizar(
    text, text, text, text, text, text, text, text, text, numeric, text
) TO ventas, adm_ventas, cajero, admin;

-- Deactivates a client: hidden from lists, still named by its documents, brought back by creating it again.
CREATE FUNCTION api.cliente_eliminar(p_cli_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.cliente := privado.cliente_bloquear(p_cli_codigo);
BEGIN
    IF v_antes.cli_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'cliente_activo', 'El cliente está desactivado.');
    END IF;
    UPDATE datos.cliente SET cli_estado = 'INA', version = version + 1 WHERE cli_codigo = p_cli_codigo;
    RETURN json_build_object('message', 'Cliente desactivado.', 'cli_codigo', p_cli_codigo, 'cli_estado', 'INA');
END
$$;

GRANT EXECUTE ON FUNCTION api.cliente_eliminar(text) TO adm_ventas, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER cliente_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.cliente
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cli_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.cliente TO ventas, adm_ventas, adm_fact, cajero, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.cliente TO pos_api;

CREATE POLICY cliente_todos ON datos.cliente USING (true);
