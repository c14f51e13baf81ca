-- Producto: the shop window. What is ACT or SUS is shown, only ACT is sold; `stock` is what the shop may still promise
-- of its own units. Anybody looks, with or without an account.
--
-- Search forgives accents and typing errors: all the words anywhere in the product's text, and only when nothing has
-- them all, whatever sounds like it.

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

-- Typed words as patterns that match them literally, longest first: the longest is the one the index is asked for.
CREATE FUNCTION privado.patrones(p_texto text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(
        '%' || replace(replace(replace(w.palabra, '\', '\\'), '%', '\%'), '_', '\_') || '%'
        ORDER BY length(w.palabra) DESC
    )
    FROM regexp_split_to_table(privado.normalizar(p_texto), ' ') AS w (palabra)
$$;

-- The visible products that a text finds, best first. Runs as the data owner: an operator that could leak would not be
-- allowed to use the index under row-level security.
CREATE FUNCTION privado.producto_buscar(p_texto text) RETURNS TABLE (prd_codigo text, rango real)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET pg_trgm.word_similarity_threshold = 0.3 AS $$
DECLARE
    v_texto text := privado.normalizar(p_texto);
    v_patrones text[] := privado.patrones(p_texto);
BEGIN
    RETURN QUERY
    SELECT p.prd_codigo, (ext.word_similarity(v_texto, p.busqueda) + starts_with(p.busqueda, v_texto)::int)::real
    FROM datos.producto AS p
    WHERE
        p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN'
        AND p.busqueda LIKE v_patrones[1] AND p.busqueda LIKE ALL (v_patrones);
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT p.prd_codigo, ext.word_similarity(v_texto, p.busqueda)
        FROM datos.producto AS p
        WHERE p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN' AND v_texto OPERATOR(ext.<%) p.busqueda
        ORDER BY ext.word_similarity(v_texto, p.busqueda) DESC
        LIMIT 200;
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION privado.producto_buscar(text) TO ecom_publico, ecom_cliente, personal;

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

-- The window: found by text, category and price as shoppers read it (p_orden: relevancia, nombre, precio_asc,
-- precio_desc, recientes), with the facets of everything found in any category.
CREATE FUNCTION api.producto_listar(
    p_search text DEFAULT NULL, p_cat text DEFAULT NULL,
    p_precio_min numeric DEFAULT NULL, p_precio_max numeric DEFAULT NULL,
    p_orden text DEFAULT NULL, p_page int DEFAULT 1, p_limit int DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH hallado AS MATERIALIZED (
        SELECT p.prd_codigo, p.cat_codigo, p.prd_precio_final, p.busqueda, b.rango
        FROM datos.producto AS p
        LEFT JOIN privado.producto_buscar(nullif(btrim(p_search), '')) AS b ON b.prd_codigo = p.prd_codigo
        WHERE
            p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN'
            AND (nullif(btrim(p_search), '') IS NULL OR b.prd_codigo IS NOT NULL)
            AND (p_precio_min IS NULL OR p.prd_precio_final >= p_precio_min)
            AND (p_precio_max IS NULL OR p.prd_precio_final <= p_precio_max)
    ),
    elegido AS MATERIALIZED (
        SELECT h.prd_codigo, row_number() OVER (
            ORDER BY
                CASE WHEN coalesce(p_orden, 'relevancia') = 'relevancia' THEN -h.rango END,
                CASE p_orden WHEN 'precio_asc' THEN h.prd_precio_final WHEN 'precio_desc' THEN -h.prd_precio_final END,
                CASE WHEN p_orden = 'recientes' THEN h.prd_codigo END DESC,
                h.busqueda, h.prd_codigo
        ) AS lugar
        FROM hallado AS h
        WHERE nullif(btrim(p_cat), '') IS NULL OR h.cat_codigo IN (SELECT privado.categoria_rama(btrim(p_cat)))
    ),
    pagina AS (
        SELECT e.prd_codigo, e.lugar
        FROM elegido AS e
        ORDER BY e.lugar
        LIMIT privado.limite(coalesce(p_page, 1), p_limit) OFFSET privado.salto(coalesce(p_page, 1), p_limit)
    )
    SELECT privado.json_unir(
        privado.sobre(
            (
                SELECT json_agg(privado.producto_json(p) ORDER BY g.lugar)
                FROM pagina AS g
                JOIN datos.producto AS p USING (prd_codigo)
            ),
            coalesce(p_page, 1), p_limit, (SELECT count(*) FROM elegido)
        ),
        json_build_object('facetas', json_build_object(
            'categorias', coalesce((
                SELECT json_agg(
                    json_build_object('cat_codigo', f.cat_codigo, 'cat_nombre', c.cat_nombre, 'cantidad', f.cantidad)
                    ORDER BY c.cat_nombre
                )
                FROM (SELECT h.cat_codigo, count(*) AS cantidad FROM hallado AS h GROUP BY h.cat_codigo) AS f
                JOIN datos.categoria AS c USING (cat_codigo)
            ), '[]'),
            'precio_min', (SELECT min(h.prd_precio_final)::text FROM hallado AS h),
            'precio_max', (SELECT max(h.prd_precio_final)::text FROM hallado AS h)
        ))
    )
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
