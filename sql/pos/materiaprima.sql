-- Materia prima: what recipes consume and orders buy.
--
-- A material is an item of the kardex like a product: its stock is the existencia in the caller's branches, and only
-- movements change it. Stock sent on creation is the opening entry, worth stock x purchase price; sent later it is
-- ignored, because forms resend what they read minutes ago. Stockroom and purchasing write materials; the purchase
-- price after creation is for who buys, the state for the administrators of both: another value is refused to the
-- others, the stored one sent back is not.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A unit cost as text: two decimals at least, as money is shown, and up to six where it has them.
CREATE FUNCTION privado.costo_texto(p_costo numeric) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN scale(trim_scale(p_costo)) < 2 THEN round(p_costo, 2) ELSE trim_scale(p_costo) END::text
$$;

GRANT EXECUTE ON FUNCTION privado.costo_texto(numeric) TO personal;

-- A material as lists and forms show it.
CREATE FUNCTION privado.materiaprima_fila(m datos.materia_prima, p_cantidad numeric) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'mp_codigo', m.mp_codigo,
        'iva_codigo', m.iva_codigo,
        'um_compra', m.um_compra,
        'mp_descripcion', m.mp_descripcion,
        'mp_precio_compra', privado.costo_texto(m.mp_precio_compra),
        'mp_cantidad', trim_scale(coalesce(p_cantidad, 0)),
        'mp_prioridad', m.mp_prioridad,
        'mp_estado', m.mp_estado,
        'mp_fecha_alta', m.mp_fecha_alta
    )
$$;

GRANT EXECUTE ON FUNCTION privado.materiaprima_fila(datos.materia_prima, numeric) TO personal;

-- One material with its stock; NULL if there is none.
CREATE FUNCTION privado.materiaprima_json(p_mp_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.materiaprima_fila(m, e.disponible)
    FROM datos.materia_prima AS m
    LEFT JOIN privado.existencias(ARRAY[p_mp_codigo]) AS e ON e.itm_codigo = m.mp_codigo
    WHERE m.mp_codigo = p_mp_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.materiaprima_json(text) TO personal;

-- Materials by description, whole rows. The plan depends on the text searched, so it is made each time.
CREATE FUNCTION privado.materiaprima_pagina(p_page int, p_limit int, p_search text, p_estados text[]) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_texto text := nullif(btrim(p_search), '');
    v_patrones text[] := privado.patrones(v_texto);
    v_pagina datos.materia_prima[];
    v_total bigint;
    v_filas json;
BEGIN
    LOOP
        SELECT count(*) INTO v_total
        FROM (
            SELECT FROM datos.materia_prima AS m
            WHERE m.mp_estado = ANY (p_estados) AND (v_patrones IS NULL OR m.busqueda LIKE ALL (v_patrones))
            LIMIT 10001
        ) AS t;
        EXIT WHEN v_total > 0 OR v_texto IS NULL;
        v_patrones := privado.patrones(privado.texto_corregir('materia_prima', v_texto));
        v_texto := NULL;
    END LOOP;

    v_pagina := ARRAY(
        SELECT m
        FROM datos.materia_prima AS m
        WHERE m.mp_estado = ANY (p_estados) AND (v_patrones IS NULL OR m.busqueda LIKE ALL (v_patrones))
        ORDER BY m.busqueda, m.mp_codigo
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    );

    SELECT json_agg(privado.materiaprima_fila(m, e.disponible) ORDER BY m.busqueda, m.mp_codigo) INTO v_filas
    FROM unnest(v_pagina) AS m
    LEFT JOIN privado.existencias(ARRAY(SELECT g.mp_codigo FROM unnest(v_pagina) AS g)) AS e
        ON e.itm_codigo = m.mp_codigo;

    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION privado.materiaprima_pagina(int, int, text, text[]) TO personal;

-- Materials by description: without a page the active ones, with a page suspended ones too.
CREATE FUNCTION api.materiaprima_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.materiaprima_pagina(
        p_page, p_limit, p_search, CASE WHEN p_page IS NULL THEN '{ACT}'::text[] ELSE '{ACT,SUS}'::text[] END
    )
$$;

GRANT EXECUTE ON FUNCTION api.materiaprima_listar(int, int, text)
TO bodega, adm_bodega, compras, adm_compras, contador, auditor, admin;

-- Materials whose description or code has every word typed.
CREATE FUNCTION api.materiaprima_buscar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.materiaprima_pagina(p_page, p_limit, p_search, '{ACT,SUS}')
$$;

GRANT EXECUTE ON FUNCTION api.materiaprima_buscar(int, int, text)
TO bodega, adm_bodega, compras, adm_compras, contador, auditor, admin;

-- Every active material as a bare array.
CREATE FUNCTION api.materiaprima_elegir() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.materiaprima_pagina(NULL, NULL, NULL, '{ACT}') -> 'data'
$$;

GRANT EXECUTE ON FUNCTION api.materiaprima_elegir()
TO bodega, adm_bodega, compras, adm_compras, contador, auditor, admin;

-- One material, whatever its state: documents go on naming those that were deactivated.
CREATE FUNCTION api.materiaprima_obtener(p_mp_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_material json := privado.materiaprima_json(p_mp_codigo);
BEGIN
    IF v_material IS NULL THEN
        PERFORM privado.rechazar(404, 'materia_prima_existe', 'No existe esa materia prima.');
    END IF;
    RETURN v_material;
END
$$;

GRANT EXECUTE ON FUNCTION api.materiaprima_obtener(text)
TO bodega, adm_bodega, compras, adm_compras, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses materials that were deactivated.
CREATE FUNCTION privado.materias_primas_activas_exigir(p_mp_codigo text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM datos.materia_prima AS m WHERE m.mp_codigo = ANY (p_mp_codigo) AND m.mp_estado = 'INA'
    ) THEN
        PERFORM privado.rechazar(409, 'materia_prima_activa', 'Una materia prima está desactivada.');
    END IF;
END
$$;

-- Adds a material, with its opening stock in the caller's bodega at its purchase price.
CREATE FUNCTION api.materiaprima_crear(
    p_mp_descripcion text,
    p_um_compra text DEFAULT NULL,
    p_mp_precio_compra numeric DEFAULT NULL,
    p_mp_cantidad numeric DEFAULT NULL,
    p_mp_prioridad text DEFAULT NULL,
    p_iva_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('MP', 8, nextval('datos.materia_prima_numero'));
BEGIN
    IF NOT coalesce(p_mp_cantidad >= 0 AND p_mp_cantidad < 'NaN', true) THEN
        PERFORM privado.rechazar(422, 'stock_inicial_no_negativo', 'El stock inicial no puede ser negativo.');
    END IF;
    INSERT INTO datos.materia_prima (
        mp_codigo, iva_codigo, um_compra, mp_descripcion, mp_precio_compra, mp_prioridad, busqueda
    ) VALUES (
        v_codigo, coalesce(nullif(p_iva_codigo, ''), privado.ajuste('iva_defecto')),
        coalesce(nullif(p_um_compra, ''), 'UND'), btrim(p_mp_descripcion), coalesce(p_mp_precio_compra, 0),
        coalesce(nullif(p_mp_prioridad, ''), 'F'), privado.normalizar(concat_ws(' ', p_mp_descripcion, v_codigo))
    );
    IF p_mp_cantidad > 0 THEN
        PERFORM privado.kardex_inicial(
            ARRAY[v_codigo], (SELECT l.bod_codigo FROM privado.mi_lugar() AS l), ARRAY[p_mp_cantidad],
            ARRAY[round(p_mp_cantidad * coalesce(p_mp_precio_compra, 0), 6)]
        );
    END IF;
    RETURN privado.materiaprima_json(v_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.materiaprima_crear(text, text, numeric, numeric, text, text)
TO bodega, adm_bodega, compras, adm_compras, admin;

-- Locks a material that is about to change and answers it.
CREATE FUNCTION privado.materiaprima_bloquear(p_mp_codigo text) RETURNS datos.materia_prima
LANGUAGE plpgsql AS $$
DECLARE
    v_material datos.materia_prima;
BEGIN
    SELECT m.* INTO v_material FROM datos.materia_prima AS m WHERE m.mp_codigo = p_mp_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'materia_prima_existe', 'No existe esa materia prima.');
    END IF;
    RETURN v_material;
END
$$;

-- Changes what is named and keeps the rest. Stock is ignored.
CREATE FUNCTION api.materiaprima_actualizar(
    p_mp_codigo text,
    p_mp_descripcion text DEFAULT NULL,
    p_um_compra text DEFAULT NULL,
    p_mp_precio_compra numeric DEFAULT NULL,
    p_mp_cantidad numeric DEFAULT NULL,
    p_mp_prioridad text DEFAULT NULL,
    p_iva_codigo text DEFAULT NULL,
    p_mp_estado text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.materia_prima := privado.materiaprima_bloquear(p_mp_codigo);
    v_descripcion text := coalesce(nullif(btrim(p_mp_descripcion), ''), v_antes.mp_descripcion);
BEGIN
    IF nullif(p_mp_estado, '') <> v_antes.mp_estado THEN
        PERFORM privado.reservar(
            '{adm_bodega,adm_compras,admin}', 'materia_prima_estado_reservado',
            'El estado de una materia prima lo cambia la administración de bodega o de compras.'
        );
    ELSIF v_antes.mp_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'materia_prima_activa', 'La materia prima está desactivada.');
    END IF;
    IF p_mp_precio_compra <> v_antes.mp_precio_compra THEN
        PERFORM privado.reservar(
            '{compras,adm_compras,admin}', 'precio_compra_reservado', 'El precio de compra lo fija quien compra.'
        );
    END IF;
    UPDATE datos.materia_prima
    SET
        mp_descripcion = v_descripcion,
        um_compra = coalesce(nullif(p_um_compra, ''), um_compra),
        mp_precio_compra = coalesce(p_mp_precio_compra, mp_precio_compra),
        mp_prioridad = coalesce(nullif(p_mp_prioridad, ''), mp_prioridad),
        iva_codigo = coalesce(nullif(p_iva_codigo, ''), iva_codigo),
        mp_estado = coalesce(nullif(p_mp_estado, ''), mp_estado),
        busqueda = privado.normalizar(concat_ws(' ', v_descripcion, mp_codigo))
    WHERE mp_codigo = p_mp_codigo;
    RETURN privado.materiaprima_json(p_mp_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.materiaprima_actualizar(text, text, text, numeric, numeric, text, text, text)
TO bodega, adm_bodega, compras, adm_compras, admin;

-- Deactivates a material: hidden from lists, still named by its documents.
CREATE FUNCTION api.materiaprima_eliminar(p_mp_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_antes datos.materia_prima := privado.materiaprima_bloquear(p_mp_codigo);
BEGIN
    IF v_antes.mp_estado = 'INA' THEN
        PERFORM privado.rechazar(409, 'materia_prima_activa', 'La materia prima está desactivada.');
    END IF;
    UPDATE datos.materia_prima SET mp_estado = 'INA' WHERE mp_codigo = p_mp_codigo;
    RETURN json_build_object('message', 'Materia prima desactivada.', 'mp_codigo', p_mp_codigo, 'mp_estado', 'INA');
END
$$;

GRANT EXECUTE ON FUNCTION api.materiaprima_eliminar(text) TO adm_bodega, adm_compras, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER materia_prima_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.materia_prima
FOR EACH ROW EXECUTE FUNCTION privado.auditar('mp_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.materia_prima TO bodega, adm_bodega, compras, adm_compras, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.materia_prima TO pos_api;

CREATE POLICY materia_prima_todas ON datos.materia_prima USING (true);
