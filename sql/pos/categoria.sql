-- Categoría: the tree products are shelved in. A parent exists before its child and never changes, so no loop can
-- form. Any staff reads it; administrators grow it.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The tree read depth first: a category comes right after its parent, siblings by name, `nivel` says how deep.
CREATE FUNCTION api.categoria_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE arbol AS (
        SELECT
            c.cat_codigo, c.cat_nombre, c.cat_descripcion, c.cat_padre, 0 AS nivel,
            ARRAY[privado.normalizar(c.cat_nombre), c.cat_codigo] AS camino
        FROM datos.categoria AS c
        WHERE c.cat_padre IS NULL
        UNION ALL
        SELECT
            c.cat_codigo, c.cat_nombre, c.cat_descripcion, c.cat_padre, a.nivel + 1,
            a.camino || privado.normalizar(c.cat_nombre) || c.cat_codigo
        FROM arbol AS a
        JOIN datos.categoria AS c ON c.cat_padre = a.cat_codigo
    ),
    encontradas AS (
        SELECT * FROM arbol
        WHERE coalesce(privado.normalizar(cat_nombre) LIKE ALL (privado.patrones(p_search)), true)
    ),
    pagina AS (
        SELECT * FROM encontradas
        ORDER BY camino
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    )
    SELECT privado.sobre(
        json_agg(
            json_build_object(
                'cat_codigo', g.cat_codigo,
                'cat_nombre', g.cat_nombre,
                'cat_descripcion', g.cat_descripcion,
                'cat_padre', g.cat_padre,
                'nivel', g.nivel
            )
            ORDER BY g.camino
        ),
        p_page, p_limit, (SELECT count(*) FROM encontradas)
    )
    FROM pagina AS g
$$;

GRANT EXECUTE ON FUNCTION api.categoria_listar(int, int, text) TO personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Adds a category, under a parent if one is named.
CREATE FUNCTION api.categoria_crear(
    p_cat_codigo text, p_cat_nombre text, p_cat_descripcion text DEFAULT NULL, p_cat_padre text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO datos.categoria (cat_codigo, cat_nombre, cat_descripcion, cat_padre)
    VALUES (
        upper(btrim(p_cat_codigo)), btrim(p_cat_nombre), btrim(coalesce(p_cat_descripcion, '')), nullif(p_cat_padre, '')
    );
    RETURN json_build_object('cat_codigo', upper(btrim(p_cat_codigo)));
END
$$;

GRANT EXECUTE ON FUNCTION api.categoria_crear(text, text, text, text) TO admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER categoria_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.categoria
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cat_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.categoria TO personal;
GRANT SELECT, INSERT ON datos.categoria TO pos_api;

CREATE POLICY categoria_todas ON datos.categoria USING (true);
