-- Kardex of products: the ledger as people read it, and the movements a person enters by hand.
--
-- By hand come INI (only as the first movement of the product in that bodega), AJU and BAJ and the shop's own kinds
-- (with a reason; a negative AJU is a BAJ), DVP, and ESI, which names an approved recipe and consumes its materials.
-- Rows that a document wrote are corrected through the document. Erasing a movement posts its reversal, once; changing
-- it posts the reversal and the new one, the entry of the two first, so that goods already sold from a mistyped opening
-- do not stand in the way. Each movement posts its contra entry to the libro.
--
-- An entry is worth what `costo_unitario` says (from who may see cost), else the average there, else the last cost of
-- the product, else nothing, and the answer says so (`sin_costo`).

-- Reading ------------------------------------------------------------------------------------------------------------

-- The cost keys of movements the caller sees; no rows for who may not see cost.
CREATE FUNCTION privado.kardex_costos(p_krd bigint[]) RETURNS TABLE (krd_codigo bigint, costo json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        k.krd_codigo,
        json_build_object(
            'costo_unitario', round(k.krd_valor / k.krd_cantidad, 6)::text,
            'valor', round(k.krd_valor, 2)::text,
            'valor_saldo', round(k.krd_valor_saldo, 2)::text
        )
    FROM datos.kardex AS k
    WHERE
        has_column_privilege(session_user, 'datos.kardex', 'krd_valor', 'SELECT')
        AND k.krd_codigo = ANY (p_krd)
        AND k.bod_codigo = ANY (privado.mis_bodegas())
$$;

GRANT EXECUTE ON FUNCTION privado.kardex_costos(bigint[]) TO bodega, adm_bodega, contador, auditor, admin;

-- Movements as the API shows them, newest first. Runs as the caller: rows by policy, cost keys by grant.
CREATE FUNCTION privado.kardex_producto_filas(p_krd bigint[]) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(privado.json_unir(
        json_build_object(
            'krd_codigo', k.krd_codigo,
            'prd_codigo', k.itm_codigo,
            'prd_nombre', p.prd_nombre,
            'prd_descripcion', p.prd_nombre,
            'trn_cod', k.trn_cod,
            'trn_descripcion', t.trn_descripcion,
            'krd_signo', k.krd_signo,
            'fac_codigo', CASE WHEN k.doc_tipo = 'FAC' THEN k.doc_codigo END,
            'est_cod', k.est_cod,
            'bodega', k.bod_codigo,
            'krd_prd_cantidad', trim_scale(k.krd_cantidad),
            'krd_cantidad', trim_scale(k.krd_cantidad),
            'krd_razon', coalesce(k.krd_razon, ''),
            'krd_revierte', k.krd_revierte,
            'usr_id', k.usr_id,
            'krd_fechahora', k.krd_fechahora,
            'saldo', trim_scale(k.krd_saldo)
        ),
        c.costo
    ) ORDER BY k.krd_codigo DESC), '[]'::json)
    FROM datos.kardex AS k
    JOIN datos.producto AS p ON k.itm_codigo = p.prd_codigo
    JOIN datos.transaccion AS t USING (trn_cod)
    LEFT JOIN privado.kardex_costos(p_krd) AS c USING (krd_codigo)
    WHERE k.krd_codigo = ANY (p_krd)
$$;

GRANT EXECUTE ON FUNCTION privado.kardex_producto_filas(bigint[]) TO bodega, adm_bodega, contador, auditor, admin;

-- The products a search names, by code or words.
CREATE FUNCTION privado.kardex_producto_items(p_search text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_patrones text[] := privado.patrones(p_search);
BEGIN
    RETURN ARRAY(
        SELECT p.prd_codigo
        FROM datos.producto AS p
        WHERE p.busqueda LIKE v_patrones[1] AND p.busqueda LIKE v_patrones[2] AND p.busqueda LIKE ALL (v_patrones)
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.kardex_producto_items(text) TO bodega, adm_bodega, contador, auditor, admin;

-- The movements of products, newest first: see kardex_lista.sql.
CREATE FUNCTION api.kardex_producto_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL,
    p_prd_codigo text DEFAULT NULL, p_cursor bigint DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_items text[] := CASE
        WHEN nullif(p_prd_codigo, '') IS NOT NULL THEN ARRAY[p_prd_codigo]
        WHEN btrim(p_search) <> '' THEN privado.kardex_producto_items(p_search)
    END;
    v_pagina record;
BEGIN
    SELECT * INTO v_pagina FROM privado.kardex_pagina(false, v_items, p_page, p_limit, p_cursor);
    RETURN privado.kardex_sobre(
        privado.kardex_producto_filas(v_pagina.krd), v_pagina.krd, v_pagina.total, p_page, p_limit, p_cursor
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.kardex_producto_listar(int, int, text, text, bigint)
TO bodega, adm_bodega, contador, auditor, admin;

-- One movement.
CREATE FUNCTION api.kardex_producto_obtener(p_krd_codigo bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_fila json := privado.kardex_producto_filas(ARRAY[p_krd_codigo]) -> 0;
BEGIN
    IF v_fila IS NULL THEN
        PERFORM privado.rechazar(404, 'movimiento_existe', 'No existe ese movimiento.');
    END IF;
    RETURN v_fila;
END
$$;

GRANT EXECUTE ON FUNCTION api.kardex_producto_obtener(bigint) TO bodega, adm_bodega, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses a movement on what cannot have it, or by a code that is not entered by hand here.
CREATE FUNCTION privado.kardex_producto_juzgar(p_prd_codigo text, p_trn_cod text, p_est_cod text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_tipo text := (SELECT p.prd_tipo FROM datos.producto AS p WHERE p.prd_codigo = p_prd_codigo);
BEGIN
    IF v_tipo IS NULL THEN
        PERFORM privado.rechazar(422, 'producto_existe', 'El producto no existe.');
    ELSIF v_tipo = 'SERVICIO' THEN
        PERFORM privado.rechazar(422, 'servicio_sin_existencia', 'Un servicio no tiene existencia.');
    ELSIF p_trn_cod = 'CON' THEN
        PERFORM privado.rechazar(422, 'consumo_de_materiales', 'El consumo es de materias primas, no de productos.');
    ELSIF p_trn_cod = 'ESI' THEN
        PERFORM privado.produccion_juzgar(p_prd_codigo, p_est_cod);
    END IF;
END
$$;

-- Enters a movement by hand, in `bodega` or in the caller's own.
CREATE FUNCTION api.kardex_producto_crear(
    p_prd_codigo text, p_trn_cod text, p_krd_prd_cantidad numeric, p_krd_razon text DEFAULT NULL,
    p_costo_unitario numeric DEFAULT NULL, p_est_cod text DEFAULT NULL, p_bodega text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_trn text := privado.kardex_codigo_manual(p_trn_cod, p_krd_prd_cantidad);
    v_krd record;
BEGIN
    PERFORM privado.kardex_producto_juzgar(p_prd_codigo, v_trn, p_est_cod);
    SELECT * INTO v_krd
    FROM privado.kardex_manual_crear(
        p_prd_codigo, v_trn, p_krd_prd_cantidad, p_krd_razon, p_costo_unitario, p_est_cod, p_bodega
    );
    RETURN privado.json_unir(
        privado.kardex_producto_filas(ARRAY[v_krd.krd_codigo]) -> 0,
        CASE WHEN v_krd.sin_costo THEN json_build_object('sin_costo', true) END
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.kardex_producto_crear(text, text, numeric, text, numeric, text, text)
TO bodega, adm_bodega, admin;

-- A movement of a product that the caller sees.
CREATE FUNCTION privado.kardex_producto_visible(p_krd_codigo bigint) RETURNS datos.kardex
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_krd datos.kardex := privado.kardex_visible(p_krd_codigo);
BEGIN
    IF v_krd.itm_codigo LIKE 'MP%' THEN
        PERFORM privado.rechazar(404, 'movimiento_existe', 'No existe ese movimiento.');
    END IF;
    RETURN v_krd;
END
$$;

-- Corrects a movement where it happened; what is not named stays.
CREATE FUNCTION api.kardex_producto_actualizar(
    p_krd_codigo bigint, p_prd_codigo text DEFAULT NULL, p_trn_cod text DEFAULT NULL,
    p_krd_prd_cantidad numeric DEFAULT NULL, p_krd_razon text DEFAULT NULL, p_costo_unitario numeric DEFAULT NULL,
    p_est_cod text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_krd datos.kardex := privado.kardex_producto_visible(p_krd_codigo);
    v_itm text := coalesce(p_prd_codigo, v_krd.itm_codigo);
    v_cantidad numeric := coalesce(p_krd_prd_cantidad, v_krd.krd_cantidad);
    v_trn text := privado.kardex_codigo_manual(coalesce(p_trn_cod, v_krd.trn_cod), v_cantidad);
    v_est text := coalesce(p_est_cod, v_krd.est_cod);
    v_nuevo record;
BEGIN
    PERFORM privado.kardex_producto_juzgar(v_itm, v_trn, v_est);
    SELECT * INTO v_nuevo
    FROM privado.kardex_manual_corregir(v_krd, v_itm, v_trn, v_cantidad, p_krd_razon, p_costo_unitario, v_est);
    RETURN privado.json_unir(
        privado.kardex_producto_filas(ARRAY[v_nuevo.krd_codigo]) -> 0,
        json_build_object('krd_reemplaza', p_krd_codigo, 'krd_reverso', v_nuevo.reverso)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.kardex_producto_actualizar(bigint, text, text, numeric, text, numeric, text)
TO bodega, adm_bodega, admin;

-- Takes a movement back: the answer is the opposite one that was posted.
CREATE FUNCTION api.kardex_producto_eliminar(p_krd_codigo bigint) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_krd datos.kardex := privado.kardex_producto_visible(p_krd_codigo);
    v_reverso bigint;
BEGIN
    PERFORM privado.kardex_juzgar_reverso(v_krd);
    v_reverso := privado.kardex_revertir(v_krd);
    RETURN privado.kardex_producto_filas(ARRAY[v_reverso]) -> 0;
END
$$;

GRANT EXECUTE ON FUNCTION api.kardex_producto_eliminar(bigint) TO bodega, adm_bodega, admin;
