-- Producto: the shop window. What is ACT or SUS is shown, only ACT is sold; `stock` is what the shop may still promise
-- of its own units. Anybody looks, with or without an account.
--
-- Search is by all the words typed, anywhere in the product's text; how it forgives is in comun/busqueda.sql.

-- Reading ------------------------------------------------------------------------------------------------------------

-- What one unit costs a shopper: after promotion, IVA of today included.
CREATE FUNCTION privado.precio_final(p_precio numeric, p_promocion numeric, p_iva_codigo text) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT t.subtotal + t.iva
    FROM privado.lineas_totalizar(
        ARRAY[1::numeric], ARRAY[p_precio], ARRAY[p_promocion],
        ARRAY[coalesce((SELECT i.porcentaje FROM privado.iva_en(p_iva_codigo, privado.hoy()) AS i), 0)],
        privado.ajuste('precios_incluyen_iva')::boolean
    ) AS t
$$;

-- The codes of the visible products that have every word of a normalized text. Runs as the data owner: an operator that
-- could leak would not be allowed to use the index under row-level security.
CREATE FUNCTION privado.producto_con(p_texto text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_patrones text[] := privado.patrones(p_texto);
BEGIN
    RETURN (
        SELECT array_agg(p.prd_codigo)
        FROM datos.producto AS p
        WHERE
            p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN'
            AND p.busqueda LIKE v_patrones[1] AND p.busqueda LIKE v_patrones[2] AND p.busqueda LIKE ALL (v_patrones)
    );
END
$$;

-- The codes that a normalized text finds as it is, or else corrected: a shopper rather sees something alike than nothing.
CREATE FUNCTION privado.producto_buscar(p_texto text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        privado.producto_con(p_texto),
        privado.producto_con(privado.texto_corregir('producto', p_texto, 0.3)),
        '{}'
    )
$$;

GRANT EXECUTE ON FUNCTION privado.producto_buscar(text), privado.producto_con(text)
TO ecom_publico, ecom_cliente, personal;

-- A product as the shop shows it.
CREATE FUNCTION privado.producto_json(p_producto datos.producto) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', p_producto.prd_codigo,
        'codigo', p_producto.prd_codigo,
        'nombre', p_producto.prd_nombre,
        'descripcion_corta', p_producto.prd_desc_corta,
        'descripcion_larga', p_producto.prd_desc_larga,
        'precio', p_producto.prd_precio_venta::text,
        'precio_final', p_producto.prd_precio_final::text,
        'promocion', trim_scale(p_producto.prd_promocion),
        'imagen', privado.imagen_url(p_producto.prd_img),
        'stock', CASE
            WHEN p_producto.prd_estado = 'ACT' THEN coalesce((
                SELECT trim_scale(greatest(c.disponible, 0))
                FROM datos.cupo AS c
                WHERE c.prd_codigo = p_producto.prd_codigo
            ), 0)
            ELSE 0
        END,
        'categoria', (SELECT c.cat_nombre FROM datos.categoria AS c WHERE c.cat_codigo = p_producto.cat_codigo),
        'um_descripcion', p_producto.um_descripcion
    )
$$;

GRANT EXECUTE ON FUNCTION privado.producto_json(datos.producto) TO ecom_publico, ecom_cliente, personal;

-- How many of the products found stand in each category, and between which prices.
CREATE FUNCTION privado.vitrina_facetas(p_codigos text[], p_precio_min numeric, p_precio_max numeric) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = 'force_custom_plan' AS $$
BEGIN
    IF p_codigos IS NULL AND p_precio_min IS NULL AND p_precio_max IS NULL THEN
        RETURN privado.facetas_todas();
    END IF;
    RETURN (
        SELECT json_build_object(
            'categorias', coalesce(
                json_agg(
                    json_build_object('cat_codigo', c.cat_codigo, 'cat_nombre', c.cat_nombre, 'cantidad', f.cantidad)
                    ORDER BY c.cat_nombre, c.cat_codigo
                ) FILTER (WHERE c.cat_codigo IS NOT NULL),
                '[]'
            ),
            'precio_min', min(f.precio_min)::text,
            'precio_max', max(f.precio_max)::text
        )
        FROM (
            SELECT
                p.cat_codigo, count(*) AS cantidad,
                min(p.prd_precio_final) AS precio_min, max(p.prd_precio_final) AS precio_max
            FROM datos.producto AS p
            WHERE
                p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN'
                AND (p_codigos IS NULL OR p.prd_codigo = ANY (p_codigos))
                AND (p_precio_min IS NULL OR p.prd_precio_final >= p_precio_min)
                AND (p_precio_max IS NULL OR p.prd_precio_final <= p_precio_max)
            GROUP BY p.cat_codigo
        ) AS f
        LEFT JOIN datos.categoria AS c USING (cat_codigo)
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.vitrina_facetas(text[], numeric, numeric) TO ecom_publico, ecom_cliente, personal;

-- The window: found by text, category and price as shoppers read it (p_orden: relevancia, nombre, precio_asc,
-- precio_desc, recientes), with the facets of everything found in any category. Planned anew each time: what is not
-- asked for folds away, and each order can walk its own index.
CREATE FUNCTION api.producto_listar(
    p_search text DEFAULT NULL, p_cat text DEFAULT NULL,
    p_precio_min numeric DEFAULT NULL, p_precio_max numeric DEFAULT NULL,
    p_orden text DEFAULT NULL, p_page int DEFAULT 1, p_limit int DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = 'force_custom_plan' AS $$
DECLARE
    v_texto text := nullif(privado.normalizar(p_search), '');
    v_codigos text[] := CASE WHEN v_texto IS NOT NULL THEN privado.producto_buscar(v_texto) END;
    v_rama text[] := CASE WHEN btrim(p_cat) <> '' THEN ARRAY(SELECT privado.categoria_rama(btrim(p_cat))) END;
    v_orden text := coalesce(p_orden, 'relevancia');
    v_limite int := privado.limite(coalesce(p_page, 1), p_limit);
    v_salto int := privado.salto(coalesce(p_page, 1), p_limit);
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.producto_json(g.producto)) INTO v_filas
    FROM (
        SELECT p AS producto
        FROM datos.producto AS p
        WHERE
            p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN'
            AND (v_codigos IS NULL OR p.prd_codigo = ANY (v_codigos))
            AND (v_rama IS NULL OR p.cat_codigo = ANY (v_rama))
            AND (p_precio_min IS NULL OR p.prd_precio_final >= p_precio_min)
            AND (p_precio_max IS NULL OR p.prd_precio_final <= p_precio_max)
        ORDER BY
            CASE WHEN v_orden = 'relevancia' AND v_texto IS NOT NULL THEN NOT starts_with(p.busqueda, v_texto) END,
            CASE WHEN v_orden = 'relevancia' AND v_texto IS NOT NULL THEN strpos(p.busqueda, v_texto) = 0 END,
            CASE WHEN v_orden = 'precio_asc' THEN p.prd_precio_final END,
            CASE WHEN v_orden = 'precio_desc' THEN p.prd_precio_final END DESC,
            CASE WHEN v_orden = 'recientes' THEN p.prd_codigo END DESC,
            CASE WHEN v_orden IN ('relevancia', 'nombre') THEN p.busqueda END,
            p.prd_codigo
        LIMIT v_limite OFFSET v_salto
    ) AS g;
    IF v_codigos IS NULL AND p_precio_min IS NULL AND p_precio_max IS NULL THEN
        v_total := privado.faceta_total(v_rama);
    ELSE
        SELECT count(*) INTO v_total
        FROM (
            SELECT FROM datos.producto AS p
            WHERE
                p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN'
                AND (v_codigos IS NULL OR p.prd_codigo = ANY (v_codigos))
                AND (v_rama IS NULL OR p.cat_codigo = ANY (v_rama))
                AND (p_precio_min IS NULL OR p.prd_precio_final >= p_precio_min)
                AND (p_precio_max IS NULL OR p.prd_precio_final <= p_precio_max)
            LIMIT 10001
        ) AS t;
    END IF;
    RETURN privado.json_unir(
        privado.sobre(v_filas, coalesce(p_page, 1), p_limit, v_total),
        json_build_object('facetas', privado.vitrina_facetas(v_codigos, p_precio_min, p_precio_max))
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_listar(text, text, numeric, numeric, text, int, int)
TO ecom_publico, ecom_cliente, personal;

-- One product.
CREATE FUNCTION api.producto_obtener(p_prd_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_answer json;
BEGIN
    SELECT privado.producto_json(p) INTO v_answer
    FROM datos.producto AS p
    WHERE p.prd_codigo = p_prd_codigo AND p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'producto_existe', 'No existe ese producto.');
    END IF;
    RETURN v_answer;
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_obtener(text) TO ecom_publico, ecom_cliente, personal;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.producto TO ecom_publico, ecom_cliente, personal;
GRANT SELECT, INSERT, UPDATE ON datos.producto TO ecom_api;

CREATE POLICY producto_todos ON datos.producto USING (true);
