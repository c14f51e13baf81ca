-- Faceta: how many products the shop shows in each category, and between which prices. Kept at every change of the
-- catalogue, which the bridge brings a thousand at a time, because visitors ask a thousand times as often.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The facets of the whole window, by the name of the category.
CREATE FUNCTION privado.facetas_todas() RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
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
        FROM datos.faceta AS f
        LEFT JOIN datos.categoria AS c USING (cat_codigo)
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.facetas_todas() TO ecom_publico, ecom_cliente, personal;

-- How many products stand in some categories; NULL for all.
CREATE FUNCTION privado.faceta_total(p_categorias text[]) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(f.cantidad), 0)::bigint
    FROM datos.faceta AS f
    WHERE p_categorias IS NULL OR f.cat_codigo = ANY (p_categorias)
$$;

GRANT EXECUTE ON FUNCTION privado.faceta_total(text[]) TO ecom_publico, ecom_cliente, personal;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Counts some categories again ('' is none). One at a time, each seeing what the one before it committed.
CREATE FUNCTION privado.faceta_contar(p_categorias text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('daf faceta'));
    DELETE FROM datos.faceta WHERE cat_codigo = ANY (p_categorias);
    INSERT INTO datos.faceta (cat_codigo, cantidad, precio_min, precio_max)
    SELECT coalesce(p.cat_codigo, ''), count(*), min(p.prd_precio_final), max(p.prd_precio_final)
    FROM datos.producto AS p
    WHERE
        p.prd_estado <> 'INA' AND p.prd_tipo = 'BIEN'
        AND (p.cat_codigo = ANY (p_categorias) OR ('' = ANY (p_categorias) AND p.cat_codigo IS NULL))
    GROUP BY 1;
END
$$;

-- For the doctor.
CREATE FUNCTION privado.doctor_faceta_al_dia() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(f.cat_codigo, p.cat_codigo)
    FROM datos.faceta AS f
    FULL JOIN (
        SELECT
            coalesce(cat_codigo, '') AS cat_codigo, count(*) AS cantidad,
            min(prd_precio_final) AS precio_min, max(prd_precio_final) AS precio_max
        FROM datos.producto
        WHERE prd_estado <> 'INA' AND prd_tipo = 'BIEN'
        GROUP BY 1
    ) AS p USING (cat_codigo)
    WHERE (f.cantidad, f.precio_min, f.precio_max) IS DISTINCT FROM (p.cantidad, p.precio_min, p.precio_max)
$$;

COMMENT ON FUNCTION privado.doctor_faceta_al_dia() IS 'Lo contado por categoría es lo que la vitrina muestra.';

-- Triggers -----------------------------------------------------------------------------------------------------------

-- Counts the categories a statement brought products to, took them from, or changed them in.
CREATE FUNCTION privado.faceta_alta() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.faceta_contar(array_agg(DISTINCT coalesce(n.cat_codigo, ''))) FROM nuevas AS n HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION privado.faceta_cambio() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.faceta_contar(array_agg(DISTINCT coalesce(v.cat_codigo, '')))
    FROM (SELECT cat_codigo FROM viejas UNION SELECT cat_codigo FROM nuevas) AS v
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION privado.faceta_baja() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.faceta_contar(array_agg(DISTINCT coalesce(v.cat_codigo, ''))) FROM viejas AS v HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER producto_faceta_alta AFTER INSERT ON datos.producto
REFERENCING NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.faceta_alta();
CREATE TRIGGER producto_faceta_cambio AFTER UPDATE ON datos.producto
REFERENCING OLD TABLE AS viejas NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.faceta_cambio();
CREATE TRIGGER producto_faceta_baja AFTER DELETE ON datos.producto
REFERENCING OLD TABLE AS viejas FOR EACH STATEMENT EXECUTE FUNCTION privado.faceta_baja();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT ON datos.faceta TO ecom_publico, ecom_cliente, personal;

CREATE POLICY faceta_todas ON datos.faceta USING (true);
