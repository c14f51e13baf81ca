-- Producto, lists: by name, by words, by barcode, by category. Stock is that of the caller's branches and is summed
-- for the rows of the page in one step. A suspended product is listed and not sold; a deactivated one is hidden.

-- A product as a select or a till shows it: what a line of sale needs.
CREATE FUNCTION privado.producto_opcion(p datos.producto, p_stock numeric) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'prd_codigo', p.prd_codigo,
        'prd_nombre', p.prd_nombre,
        'prd_descripcion', p.prd_nombre,
        'um_venta', p.um_venta,
        'cat_codigo', p.cat_codigo,
        'prd_precio_venta', p.prd_precio_venta::text,
        'prd_promocion', trim_scale(p.prd_promocion),
        'prd_stock', trim_scale(coalesce(p_stock, 0)),
        'prd_tipo', p.prd_tipo,
        'prd_estado', p.prd_estado,
        'iva_codigo', p.iva_codigo,
        'prd_codigo_barras', p.prd_codigo_barras,
        'prd_img', privado.imagen_url(p.prd_img)
    )
$$;

GRANT EXECUTE ON FUNCTION privado.producto_opcion(datos.producto, numeric) TO personal;

-- The product whose code or barcode a text is, whole; NULL for none. Figures share their trigrams with every other code,
-- so a text index would read all of them; short ones are more likely part of a name.
CREATE FUNCTION privado.producto_exacto(p_texto text, p_estados text[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT min(p.prd_codigo)
    FROM datos.producto AS p
    WHERE
        length(p_texto) >= 8 AND p.prd_estado = ANY (p_estados)
        AND (p.prd_codigo = upper(p_texto) OR p.prd_codigo_barras = p_texto)
$$;

GRANT EXECUTE ON FUNCTION privado.producto_exacto(text, text[]) TO personal;

-- Products by name, as whole rows or as options. The plan depends on what is searched, so it is made each time.
CREATE FUNCTION privado.producto_pagina(
    p_page int, p_limit int, p_search text, p_barras text, p_categoria text, p_estados text[], p_opciones boolean
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_texto text := nullif(btrim(p_search), '');
    v_exacto text := CASE WHEN v_texto IS NOT NULL THEN privado.producto_exacto(v_texto, p_estados) END;
    v_patrones text[] := CASE WHEN v_exacto IS NULL THEN privado.patrones(v_texto) END;
    v_total bigint;
    v_pagina datos.producto[];
    v_filas json;
BEGIN
    LOOP
        SELECT count(*) INTO v_total
        FROM (
            SELECT FROM datos.producto AS p
            WHERE
                p.prd_estado = ANY (p_estados)
                AND (v_exacto IS NULL OR p.prd_codigo = v_exacto)
            AND (p_barras IS NULL OR p.prd_codigo_barras = p_barras)
                AND (p_categoria IS NULL OR p.cat_codigo = p_categoria)
                AND (v_patrones IS NULL OR (
                    p.busqueda LIKE v_patrones[1] AND p.busqueda LIKE v_patrones[2]
                    AND p.busqueda LIKE ALL (v_patrones)
                ))
            LIMIT 10001
        ) AS t;
        EXIT WHEN v_total > 0 OR v_texto IS NULL;
        v_patrones := privado.patrones(privado.texto_corregir('producto', v_texto));
        v_texto := NULL;
    END LOOP;

    v_pagina := ARRAY(
        SELECT p
        FROM datos.producto AS p
        WHERE
            p.prd_estado = ANY (p_estados)
            AND (v_exacto IS NULL OR p.prd_codigo = v_exacto)
            AND (p_barras IS NULL OR p.prd_codigo_barras = p_barras)
            AND (p_categoria IS NULL OR p.cat_codigo = p_categoria)
            AND (v_patrones IS NULL OR (
                p.busqueda LIKE v_patrones[1] AND p.busqueda LIKE v_patrones[2]
                AND p.busqueda LIKE ALL (v_patrones)
            ))
        ORDER BY p.busqueda, p.prd_codigo
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    );

    SELECT json_agg(
        CASE
            WHEN p_opciones THEN privado.producto_opcion(p, e.disponible)
            ELSE privado.producto_fila(p, e.disponible, e.web, e.transito)
        END
        ORDER BY p.busqueda, p.prd_codigo
    )
    INTO v_filas
    FROM unnest(v_pagina) AS p
    LEFT JOIN privado.existencias(ARRAY(SELECT g.prd_codigo FROM unnest(v_pagina) AS g)) AS e
        ON e.itm_codigo = p.prd_codigo;

    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION privado.producto_pagina(int, int, text, text, text, text[], boolean) TO personal;

-- Products by name: without a page the active ones as options, with a page (or by barcode) whole rows, suspended ones
-- included.
CREATE FUNCTION api.producto_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL,
    p_barras text DEFAULT NULL, p_cat_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.producto_pagina(
        p_page, p_limit, p_search, nullif(p_barras, ''), nullif(p_cat_codigo, ''),
        CASE WHEN coalesce(p_page::text, nullif(p_barras, '')) IS NULL THEN '{ACT}'::text[] ELSE '{ACT,SUS}'::text[] END,
        coalesce(p_page::text, nullif(p_barras, '')) IS NULL
    )
$$;

GRANT EXECUTE ON FUNCTION api.producto_listar(int, int, text, text, text)
TO ventas, adm_ventas, adm_fact, cajero, bodega, adm_bodega, contador, auditor, admin;

-- Products whose name, code or barcode has every word typed, always as whole rows.
CREATE FUNCTION api.producto_buscar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.producto_pagina(p_page, p_limit, p_search, NULL, NULL, '{ACT,SUS}', false)
$$;

GRANT EXECUTE ON FUNCTION api.producto_buscar(int, int, text)
TO ventas, adm_ventas, adm_fact, cajero, bodega, adm_bodega, contador, auditor, admin;

-- Every active product as a bare array of options.
CREATE FUNCTION api.producto_elegir() RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.producto_pagina(NULL, NULL, NULL, NULL, NULL, '{ACT}', true) -> 'data'
$$;

GRANT EXECUTE ON FUNCTION api.producto_elegir()
TO ventas, adm_ventas, adm_fact, cajero, bodega, adm_bodega, contador, auditor, admin;
