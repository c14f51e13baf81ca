-- Búsqueda: how a typed text finds rows. A searched table keeps a plain `busqueda` column, filled by its write
-- functions with normalized text and covered by a trigram index.

-- The LIKE patterns a row's `busqueda` must all match: one per word typed, in any order, the longest first because it
-- is the one worth an index. Nothing typed is one pattern that matches everything.
CREATE FUNCTION privado.patrones(p_search text) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        array_agg('%' || regexp_replace(p.palabra, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(p.palabra) DESC),
        '{%}'
    )
    FROM regexp_split_to_table(privado.normalizar(p_search), ' ') AS p (palabra)
    WHERE p.palabra <> ''
$$;

GRANT EXECUTE ON FUNCTION privado.patrones(text) TO personal;
