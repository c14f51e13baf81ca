-- Kardex, lists: pages of movements, newest first, for products and for materials alike.
--
-- The code of an item says which it is: materials begin with MP. With a cursor (the last krd_codigo seen; 0 for the
-- first call) the answer is the rows after it and the next cursor, and never repeats or skips one, whatever is written
-- meanwhile; it has no total. All of this runs as the caller, so the policies choose the rows.

-- The movements of a page, and how many there are up to 10,001 (not with a cursor). p_items narrows; NULL does not.
CREATE FUNCTION privado.kardex_pagina(
    p_materiales boolean, p_items text[], p_page int, p_limit int, p_cursor bigint, OUT krd bigint[], OUT total bigint
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_page int := CASE WHEN p_cursor IS NULL THEN p_page ELSE 1 END;
    v_antes bigint := CASE WHEN p_cursor > 0 THEN p_cursor ELSE 9223372036854775807 END;
    v_limite int := privado.limite(v_page, p_limit);
    v_salto int := privado.salto(v_page, p_limit);
BEGIN
    IF p_items IS NOT NULL THEN
        krd := ARRAY(
            SELECT k.krd_codigo FROM datos.kardex AS k
            WHERE k.itm_codigo = ANY (p_items) AND k.krd_codigo < v_antes
            ORDER BY k.krd_codigo DESC LIMIT v_limite OFFSET v_salto
        );
    ELSIF p_materiales THEN
        krd := ARRAY(
            SELECT k.krd_codigo FROM datos.kardex AS k
            WHERE k.itm_codigo LIKE 'MP%' AND k.krd_codigo < v_antes
            ORDER BY k.krd_codigo DESC LIMIT v_limite OFFSET v_salto
        );
    ELSE
        krd := ARRAY(
            SELECT k.krd_codigo FROM datos.kardex AS k
            WHERE k.itm_codigo NOT LIKE 'MP%' AND k.krd_codigo < v_antes
            ORDER BY k.krd_codigo DESC LIMIT v_limite OFFSET v_salto
        );
    END IF;
    IF p_cursor IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT count(*) INTO total
    FROM (
        SELECT FROM datos.kardex AS k
        WHERE
            (p_items IS NULL OR k.itm_codigo = ANY (p_items))
            AND (k.itm_codigo LIKE 'MP%') = p_materiales
        LIMIT 10001
    ) AS visible;
END
$$;

GRANT EXECUTE ON FUNCTION privado.kardex_pagina(boolean, text[], int, int, bigint)
TO bodega, adm_bodega, contador, auditor, admin;

-- The list envelope around rows of the kardex, or with a cursor the rows and the next cursor.
CREATE FUNCTION privado.kardex_sobre(
    p_filas json, p_krd bigint[], p_total bigint, p_page int, p_limit int, p_cursor bigint
) RETURNS json
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_cursor IS NULL THEN privado.sobre(p_filas, p_page, p_limit, p_total)
        ELSE json_build_object(
            'data', p_filas,
            'limit', privado.limite(1, p_limit),
            'cursor', CASE WHEN cardinality(p_krd) = privado.limite(1, p_limit) THEN p_krd[cardinality(p_krd)] END
        )
    END
$$;

GRANT EXECUTE ON FUNCTION privado.kardex_sobre(json, bigint[], bigint, int, int, bigint)
TO bodega, adm_bodega, contador, auditor, admin;
