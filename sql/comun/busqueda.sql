-- Búsqueda: how a typed text finds rows. A searched table keeps a plain `busqueda` column, filled by its write
-- functions with normalized text and covered by a trigram index.
--
-- Search forgives typing errors: a list that finds nothing reads each word that no row has as the nearest one that some
-- row does. `datos.palabra` holds the words of each searched table, each with the forms it takes when any one letter is
-- left out: two words that share a form are one letter apart (more, less, another, or two changed about). Figures are
-- never corrected: a code or a barcode with another digit is another product.

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

-- A word as it is, and without each of its letters.
CREATE FUNCTION privado.palabra_formas(p_palabra text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(DISTINCT left(p_palabra, n.i - 1) || substr(p_palabra, n.i + 1))
    FROM generate_series(1, length(p_palabra) + 1) AS n (i)
$$;

-- The letters of a word in order: two words with the same ones have letters changed about.
CREATE FUNCTION privado.palabra_letras(p_palabra text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(l.letra ORDER BY l.letra) FROM string_to_table(p_palabra, NULL) AS l (letra)
$$;

-- The nearest word of a table to one that none of its words contains, one letter apart or else at least so similar; NULL
-- for one that is contained, or short, or like nothing there is.
CREATE FUNCTION privado.palabra_parecida(p_tabla text, p_palabra text, p_similitud real) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_parecida text;
BEGIN
    IF p_palabra !~ '^[a-z]{3,}$' OR EXISTS (
        SELECT FROM datos.palabra AS p WHERE p.tabla = p_tabla AND p.palabra LIKE '%' || p_palabra || '%'
    ) THEN
        RETURN NULL;
    END IF;
    SELECT p.palabra INTO v_parecida
    FROM datos.palabra AS p
    WHERE p.tabla = p_tabla AND p.formas && privado.palabra_formas(p_palabra)
    ORDER BY
        privado.palabra_letras(p.palabra) = privado.palabra_letras(p_palabra) DESC,
        ext.similarity(p.palabra, p_palabra) DESC, p.palabra
    LIMIT 1;
    IF NOT FOUND AND p_similitud < 1 THEN
        SELECT n.palabra INTO v_parecida
        FROM (
            SELECT p.palabra FROM datos.palabra AS p
            WHERE p.tabla = p_tabla
            ORDER BY p.palabra OPERATOR(ext.<->) p_palabra LIMIT 1
        ) AS n
        WHERE ext.similarity(n.palabra, p_palabra) >= p_similitud;
    END IF;
    RETURN v_parecida;
END
$$;

-- A typed text with each word that no row of a table has replaced by the nearest that one does: one letter apart, or
-- more where a similarity below 1 is enough. DEFINER: nobody reads the words, and only who reads the table may ask about
-- its own.
CREATE FUNCTION privado.texto_corregir(p_tabla text, p_texto text, p_similitud real DEFAULT 1) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(string_agg(
        coalesce(privado.palabra_parecida(p_tabla, t.trozo[1], p_similitud), t.trozo[1]), '' ORDER BY t.orden
    ), p_texto)
    FROM regexp_matches(privado.normalizar(p_texto), '[a-z]+|[^a-z]+', 'g') WITH ORDINALITY AS t (trozo, orden)
    WHERE has_any_column_privilege(session_user, format('datos.%I', p_tabla), 'SELECT')
$$;

GRANT EXECUTE ON FUNCTION privado.texto_corregir(text, text, real) TO personal, ecom_publico, ecom_cliente;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- Learns the words of rows that are new or found by another text now. In order of word, so that two who learn the same
-- ones wait for each other and not in a circle.
CREATE FUNCTION privado.palabra_aprender() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_textos text[];
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        v_textos := ARRAY[NEW.busqueda];
    ELSE
        v_textos := ARRAY(SELECT n.busqueda FROM nuevas AS n);
    END IF;
    INSERT INTO datos.palabra (tabla, palabra, formas)
    SELECT w.tabla, w.palabra, privado.palabra_formas(w.palabra)
    FROM (
        SELECT DISTINCT TG_TABLE_NAME AS tabla, r.palabra
        FROM unnest(v_textos) AS t (texto)
        CROSS JOIN regexp_split_to_table(t.texto, '[^a-z]+') AS r (palabra)
        WHERE length(r.palabra) >= 3
    ) AS w
    WHERE NOT EXISTS (SELECT FROM datos.palabra AS p WHERE p.tabla = w.tabla AND p.palabra = w.palabra)
    ORDER BY w.palabra
    ON CONFLICT ON CONSTRAINT palabra_unica DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER producto_palabra_alta AFTER INSERT ON datos.producto
REFERENCING NEW TABLE AS nuevas FOR EACH STATEMENT EXECUTE FUNCTION privado.palabra_aprender();
CREATE TRIGGER producto_palabra_cambio AFTER UPDATE ON datos.producto
FOR EACH ROW WHEN (old.busqueda <> new.busqueda) EXECUTE FUNCTION privado.palabra_aprender();

-- Grants and policies ------------------------------------------------------------------------------------------------

CREATE POLICY palabra_todas ON datos.palabra USING (true);
