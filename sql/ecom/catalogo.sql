-- Catalogo: what the bridge brings from the POS, in any order and any number of times. Products carry a version and the
-- last one wins; categories, cities and rates are what the POS says now.

-- Writing ------------------------------------------------------------------------------------------------------------

-- Takes every category there is: [{cat_codigo, cat_nombre, cat_descripcion, cat_padre}]; what is not named is gone.
CREATE FUNCTION privado.catalogo_categorias(p_categorias json) RETURNS bigint
LANGUAGE sql AS $$
    WITH retirada AS (
        DELETE FROM datos.categoria AS c
        WHERE c.cat_codigo NOT IN (SELECT r.cat_codigo FROM json_to_recordset(p_categorias) AS r (cat_codigo text))
    ),
    escrita AS (
        INSERT INTO datos.categoria (cat_codigo, cat_nombre, cat_descripcion, cat_padre)
        SELECT r.cat_codigo, r.cat_nombre, coalesce(r.cat_descripcion, ''), nullif(r.cat_padre, '')
        FROM json_to_recordset(p_categorias)
            AS r (cat_codigo text, cat_nombre text, cat_descripcion text, cat_padre text)
        ON CONFLICT ON CONSTRAINT categoria_unica DO UPDATE SET
            cat_nombre = excluded.cat_nombre,
            cat_descripcion = excluded.cat_descripcion,
            cat_padre = excluded.cat_padre
        RETURNING 1
    )
    SELECT count(*) FROM escrita
$$;

-- Takes cities: [{ct_codigo, ct_descripcion, ct_estado}]. The price of shipping stays: it is the shop's own.
CREATE FUNCTION privado.catalogo_ciudades(p_ciudades json) RETURNS bigint
LANGUAGE sql AS $$
    WITH escrita AS (
        INSERT INTO datos.ciudad (ct_codigo, ct_descripcion, ct_estado)
        SELECT r.ct_codigo, r.ct_descripcion, coalesce(r.ct_estado, 'ACT')
        FROM json_to_recordset(p_ciudades) AS r (ct_codigo text, ct_descripcion text, ct_estado text)
        ON CONFLICT ON CONSTRAINT ciudad_unica DO UPDATE SET
            ct_descripcion = excluded.ct_descripcion,
            ct_estado = excluded.ct_estado
        WHERE (ciudad.ct_descripcion, ciudad.ct_estado) <> (excluded.ct_descripcion, excluded.ct_estado)
        RETURNING 1
    )
    SELECT count(*) FROM escrita
$$;

-- Takes every rate there is: [{iva_codigo, sri_codigo, porcentaje, desde, hasta}]; what is not named is gone.
CREATE FUNCTION privado.catalogo_tarifas(p_tarifas json) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_escritas bigint;
BEGIN
    LOCK TABLE datos.tarifa_iva IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM datos.tarifa_iva;
    INSERT INTO datos.tarifa_iva (iva_codigo, sri_codigo, porcentaje, desde, hasta)
    SELECT r.iva_codigo, r.sri_codigo, r.porcentaje, r.desde, r.hasta
    FROM json_to_recordset(p_tarifas)
        AS r (iva_codigo text, sri_codigo text, porcentaje numeric, desde date, hasta date);
    GET DIAGNOSTICS v_escritas = ROW_COUNT;
    RETURN v_escritas;
END
$$;

-- Takes products: [{prd_codigo, prd_nombre, prd_desc_corta, prd_desc_larga, prd_precio_venta, prd_promocion, prd_tipo,
-- prd_estado, prd_img, um_descripcion, cat_codigo, iva_codigo, prd_codigo_barras, prd_version}]. An older version than
-- ours is ignored; the same one may bring new words, of its unit or its category.
CREATE FUNCTION privado.catalogo_productos(p_productos json) RETURNS bigint
LANGUAGE sql AS $$
    WITH escrito AS (
        INSERT INTO datos.producto AS p (
            prd_codigo, prd_nombre, prd_desc_corta, prd_desc_larga, prd_precio_venta, prd_promocion, prd_precio_final,
            prd_tipo, prd_estado, prd_img, um_descripcion, cat_codigo, iva_codigo, prd_version, busqueda
        )
        SELECT DISTINCT ON (r.prd_codigo)
            r.prd_codigo, r.prd_nombre, coalesce(r.prd_desc_corta, ''), coalesce(r.prd_desc_larga, ''),
            r.prd_precio_venta, coalesce(r.prd_promocion, 0),
            privado.precio_final(r.prd_precio_venta, coalesce(r.prd_promocion, 0), r.iva_codigo),
            r.prd_tipo, r.prd_estado, nullif(r.prd_img, ''), coalesce(r.um_descripcion, ''),
            nullif(r.cat_codigo, ''), r.iva_codigo, r.prd_version,
            privado.normalizar(concat_ws(
                ' ', r.prd_nombre, r.prd_desc_corta, r.prd_codigo, r.prd_codigo_barras, (
                    SELECT c.cat_nombre FROM datos.categoria AS c WHERE c.cat_codigo = r.cat_codigo
                )
            ))
        FROM json_to_recordset(p_productos) AS r (
            prd_codigo text, prd_nombre text, prd_desc_corta text, prd_desc_larga text, prd_precio_venta numeric,
            prd_promocion numeric, prd_tipo text, prd_estado text, prd_img text, um_descripcion text,
            cat_codigo text, iva_codigo text, prd_codigo_barras text, prd_version bigint
        )
        ORDER BY r.prd_codigo, r.prd_version DESC
        ON CONFLICT ON CONSTRAINT producto_unico DO UPDATE SET
            prd_nombre = excluded.prd_nombre,
            prd_desc_corta = excluded.prd_desc_corta,
            prd_desc_larga = excluded.prd_desc_larga,
            prd_precio_venta = excluded.prd_precio_venta,
            prd_promocion = excluded.prd_promocion,
            prd_precio_final = excluded.prd_precio_final,
            prd_tipo = excluded.prd_tipo,
            prd_estado = excluded.prd_estado,
            prd_img = excluded.prd_img,
            um_descripcion = excluded.um_descripcion,
            cat_codigo = excluded.cat_codigo,
            iva_codigo = excluded.iva_codigo,
            prd_version = excluded.prd_version,
            busqueda = excluded.busqueda
        WHERE
            p.prd_version < excluded.prd_version
            OR (
                p.prd_version = excluded.prd_version
                AND (p.um_descripcion, p.busqueda) <> (excluded.um_descripcion, excluded.busqueda)
            )
        RETURNING 1
    )
    SELECT count(*) FROM escrito
$$;

-- Receives any part of the catalogue, each a JSON list; answers how many rows of each changed.
CREATE FUNCTION api.catalogo_recibir(
    p_productos text DEFAULT NULL, p_categorias text DEFAULT NULL,
    p_ciudades text DEFAULT NULL, p_tarifas text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tarifas bigint := CASE WHEN p_tarifas IS NULL THEN 0 ELSE privado.catalogo_tarifas(p_tarifas::json) END;
    v_categorias bigint := CASE WHEN p_categorias IS NULL THEN 0 ELSE privado.catalogo_categorias(p_categorias::json) END;
    v_ciudades bigint := CASE WHEN p_ciudades IS NULL THEN 0 ELSE privado.catalogo_ciudades(p_ciudades::json) END;
    v_productos bigint := CASE WHEN p_productos IS NULL THEN 0 ELSE privado.catalogo_productos(p_productos::json) END;
BEGIN
    RETURN json_build_object(
        'productos', v_productos,
        'categorias', v_categorias,
        'ciudades', v_ciudades,
        'tarifas', v_tarifas,
        'precios', CASE WHEN p_tarifas IS NULL THEN 0 ELSE privado.precio_final_refrescar() END
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.catalogo_recibir(text, text, text, text) TO puente;

-- Computes again the final prices that a new rate, a new day or a changed setting made stale.
CREATE FUNCTION privado.precio_final_refrescar() RETURNS bigint
LANGUAGE sql AS $$
    WITH fresco AS (
        UPDATE datos.producto AS p
        SET prd_precio_final = f.precio_final
        FROM (
            SELECT q.prd_codigo, privado.precio_final(q.prd_precio_venta, q.prd_promocion, q.iva_codigo) AS precio_final
            FROM datos.producto AS q
        ) AS f
        WHERE f.prd_codigo = p.prd_codigo AND p.prd_precio_final <> f.precio_final
        RETURNING 1
    )
    SELECT count(*) FROM fresco
$$;

-- What the bridge does once a day, after midnight: a rate may begin or end.
CREATE FUNCTION api.catalogo_refrescar() RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('precios', privado.precio_final_refrescar())
$$;

GRANT EXECUTE ON FUNCTION api.catalogo_refrescar() TO puente;
