-- Búsqueda: how a typed text finds rows. A searched table keeps a plain `busqueda` column, filled by its write
-- functions with normalized text and covered by a trigram index.

-- The LIKE patterns a row's `busqueda` must all match: one per word typed, in any order, the longest first because
-- those are worth an index, and '%' last, so that there are always two. NULL when nothing was typed.
CREATE FUNCTION privado.patrones(p_search text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT
        array_agg('%' || regexp_replace(p.palabra, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(p.palabra) DESC)
        || '%'::text
    FROM regexp_split_to_table(privado.normalizar(p_search), ' ') AS p (palabra)
    WHERE p.palabra <> ''
    HAVING count(*) > 0
$$;

GRANT EXECUTE ON FUNCTION privado.patrones(text) TO personal, ecom_publico, ecom_cliente;
