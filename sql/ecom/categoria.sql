-- Categoria: the shelves of the shop, a tree. Choosing one shows what stands on it and on every shelf below it.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Every category with something to see, by name.
CREATE FUNCTION api.categoria_listar(p_page int DEFAULT 1, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH visible AS (
        SELECT c.cat_codigo, c.cat_nombre, c.cat_descripcion, c.cat_padre, privado.normalizar(c.cat_nombre) AS orden
        FROM datos.categoria AS c
    ),
    pagina AS (
        SELECT v.cat_codigo, v.cat_nombre, v.cat_descripcion, v.cat_padre, v.orden
        FROM visible AS v
        ORDER BY v.orden, v.cat_codigo
        LIMIT privado.limite(coalesce(p_page, 1), coalesce(p_limit, 100))
        OFFSET privado.salto(coalesce(p_page, 1), coalesce(p_limit, 100))
    )
    SELECT privado.sobre(
        json_agg(
            json_build_object(
                'cat_codigo', g.cat_codigo,
                'cat_nombre', g.cat_nombre,
                'cat_descripcion', g.cat_descripcion,
                'cat_padre', g.cat_padre
            )
            ORDER BY g.orden, g.cat_codigo
        ),
        coalesce(p_page, 1), coalesce(p_limit, 100), (SELECT count(*) FROM visible)
    )
    FROM pagina AS g
$$;

GRANT EXECUTE ON FUNCTION api.categoria_listar(int, int) TO ecom_publico, ecom_cliente, personal;

-- The codes of a category (named by code or by name) and of all below it.
CREATE FUNCTION privado.categoria_rama(p_cat text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE rama AS (
        SELECT c.cat_codigo
        FROM datos.categoria AS c
        WHERE c.cat_codigo = p_cat OR privado.normalizar(c.cat_nombre) = privado.normalizar(p_cat)
        UNION
        SELECT h.cat_codigo
        FROM datos.categoria AS h
        JOIN rama AS r ON h.cat_padre = r.cat_codigo
    )
    SELECT cat_codigo FROM rama
$$;

GRANT EXECUTE ON FUNCTION privado.categoria_rama(text) TO ecom_publico, ecom_cliente, personal;

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.categoria TO ecom_publico, ecom_cliente, personal;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.categoria TO ecom_api;

CREATE POLICY categoria_todas ON datos.categoria USING (true);
