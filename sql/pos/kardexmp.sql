-- Kardex of materials: the same ledger, read for materials, and the movements a person enters by hand.
--
-- By hand come INI (only as the first movement of the material in that bodega), AJU and BAJ and the shop's own kinds
-- (with a reason; a negative AJU is a BAJ), CON and DVP. What production consumes is entered by its recipe, and what an
-- order brings in by its reception: those rows are corrected there. An entry is worth what `costo_unitario` says (from
-- who may see cost), else the average there, else the last cost, else what the material is bought at.
--
-- A COM that names an order is a reception of that one line, the same act as the order's own: never more than is left,
-- at the order's price, owed to the supplier, in the order's bodega. COM alone is not entered by hand, and no other
-- kind names an order.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Movements as the API shows them, newest first. Runs as the caller: rows by policy, cost keys by grant.
CREATE FUNCTION privado.kardexmp_filas(p_krd bigint[]) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(privado.json_unir(
        json_build_object(
            'krd_codigo', k.krd_codigo,
            'mp_codigo', k.itm_codigo,
            'mp_descripcion', m.mp_descripcion,
            'trn_cod', k.trn_cod,
            'trn_descripcion', t.trn_descripcion,
            'krd_signo', k.krd_signo,
            'oc_codigo', CASE WHEN k.doc_tipo = 'ODC' THEN k.doc_codigo END,
            'est_cod', k.est_cod,
            'bodega', k.bod_codigo,
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
    JOIN datos.materia_prima AS m ON k.itm_codigo = m.mp_codigo
    JOIN datos.transaccion AS t USING (trn_cod)
    LEFT JOIN privado.kardex_costos(p_krd) AS c USING (krd_codigo)
    WHERE k.krd_codigo = ANY (p_krd)
$$;

GRANT EXECUTE ON FUNCTION privado.kardexmp_filas(bigint[]) TO bodega, adm_bodega, contador, auditor, admin;

-- The materials a search names, by code or words.
CREATE FUNCTION privado.kardexmp_items(p_search text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(m.mp_codigo), '{}')
    FROM datos.materia_prima AS m
    WHERE m.busqueda LIKE ALL (privado.patrones(p_search))
$$;

GRANT EXECUTE ON FUNCTION privado.kardexmp_items(text) TO bodega, adm_bodega, contador, auditor, admin;

-- The movements of materials, newest first: see kardex_lista.sql.
CREATE FUNCTION api.kardexmp_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_search text DEFAULT NULL,
    p_mp_codigo text DEFAULT NULL, p_cursor bigint DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_items text[] := CASE
        WHEN nullif(p_mp_codigo, '') IS NOT NULL THEN ARRAY[p_mp_codigo]
        WHEN btrim(p_search) <> '' THEN privado.kardexmp_items(p_search)
    END;
    v_pagina record;
BEGIN
    SELECT * INTO v_pagina FROM privado.kardex_pagina(true, v_items, p_page, p_limit, p_cursor);
    RETURN privado.kardex_sobre(
        privado.kardexmp_filas(v_pagina.krd), v_pagina.krd, v_pagina.total, p_page, p_limit, p_cursor
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.kardexmp_listar(int, int, text, text, bigint)
TO bodega, adm_bodega, contador, auditor, admin;

-- One movement.
CREATE FUNCTION api.kardexmp_obtener(p_krd_codigo bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_fila json := privado.kardexmp_filas(ARRAY[p_krd_codigo]) -> 0;
BEGIN
    IF v_fila IS NULL THEN
        PERFORM privado.rechazar(404, 'movimiento_existe', 'No existe ese movimiento.');
    END IF;
    RETURN v_fila;
END
$$;

GRANT EXECUTE ON FUNCTION api.kardexmp_obtener(bigint) TO bodega, adm_bodega, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses a movement on what is not a material, by a code that is not entered by hand here, or in the name of an order.
CREATE FUNCTION privado.kardexmp_juzgar(p_mp_codigo text, p_trn_cod text, p_oc_codigo text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM datos.materia_prima AS m WHERE m.mp_codigo = p_mp_codigo) THEN
        PERFORM privado.rechazar(422, 'materia_prima_existe', 'La materia prima no existe.');
    ELSIF p_trn_cod = 'ESI' THEN
        PERFORM privado.rechazar(422, 'produccion_de_productos', 'La producción es de productos, no de materiales.');
    ELSIF nullif(p_oc_codigo, '') IS NOT NULL THEN
        PERFORM privado.rechazar(
            422, 'recepcion_en_su_orden', 'De una orden de compra solo entra una COMPRA nueva.'
        );
    END IF;
END
$$;

-- Receives one line of an order as a movement by hand, and answers its row. The order is locked, so the last row of the
-- material that it wrote is this one.
CREATE FUNCTION privado.kardexmp_recibir(
    p_oc_codigo text, p_mp_codigo text, p_cantidad numeric, p_costo numeric, p_razon text, p_bodega text
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_orden datos.orden_compra := privado.ordencompra_bloquear(p_oc_codigo);
BEGIN
    IF nullif(p_bodega, '') <> v_orden.bod_codigo THEN
        PERFORM privado.rechazar(422, 'recepcion_en_su_bodega', 'Una orden se recibe en la bodega que la pidió.');
    END IF;
    PERFORM privado.recepcion_juzgar(v_orden, ARRAY[p_mp_codigo], ARRAY[p_cantidad], ARRAY[p_costo]);
    PERFORM privado.recepcion_registrar(
        v_orden, ARRAY[p_mp_codigo], ARRAY[p_cantidad], ARRAY[p_costo], NULL, nullif(btrim(p_razon), '')
    );
    RETURN (
        SELECT max(k.krd_codigo) FROM datos.kardex AS k
        WHERE k.doc_tipo = 'ODC' AND k.doc_codigo = p_oc_codigo AND k.itm_codigo = p_mp_codigo
    );
END
$$;

-- Enters a movement by hand, in `bodega` or in the caller's own; or what came of an order.
CREATE FUNCTION api.kardexmp_crear(
    p_mp_codigo text, p_trn_cod text, p_krd_cantidad numeric, p_krd_razon text DEFAULT NULL,
    p_costo_unitario numeric DEFAULT NULL, p_oc_codigo text DEFAULT NULL, p_bodega text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_trn text := privado.kardex_codigo_manual(p_trn_cod, p_krd_cantidad);
    v_krd record;
    v_recibido bigint;
BEGIN
    IF v_trn = 'COM' AND nullif(p_oc_codigo, '') IS NOT NULL THEN
        v_recibido := privado.kardexmp_recibir(
            p_oc_codigo, p_mp_codigo, p_krd_cantidad, p_costo_unitario, p_krd_razon, p_bodega
        );
        RETURN privado.kardexmp_filas(ARRAY[v_recibido]) -> 0;
    END IF;
    PERFORM privado.kardexmp_juzgar(p_mp_codigo, v_trn, p_oc_codigo);
    SELECT * INTO v_krd
    FROM privado.kardex_manual_crear(
        p_mp_codigo, v_trn, p_krd_cantidad, p_krd_razon, p_costo_unitario, NULL, p_bodega
    );
    RETURN privado.json_unir(
        privado.kardexmp_filas(ARRAY[v_krd.krd_codigo]) -> 0,
        CASE WHEN v_krd.sin_costo THEN json_build_object('sin_costo', true) END
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.kardexmp_crear(text, text, numeric, text, numeric, text, text)
TO bodega, adm_bodega, admin;

-- A movement of a material that the caller sees.
CREATE FUNCTION privado.kardexmp_visible(p_krd_codigo bigint) RETURNS datos.kardex
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_krd datos.kardex := privado.kardex_visible(p_krd_codigo);
BEGIN
    IF v_krd.itm_codigo NOT LIKE 'MP%' THEN
        PERFORM privado.rechazar(404, 'movimiento_existe', 'No existe ese movimiento.');
    END IF;
    RETURN v_krd;
END
$$;

-- Corrects a movement where it happened; what is not named stays.
CREATE FUNCTION api.kardexmp_actualizar(
    p_krd_codigo bigint, p_mp_codigo text DEFAULT NULL, p_trn_cod text DEFAULT NULL,
    p_krd_cantidad numeric DEFAULT NULL, p_krd_razon text DEFAULT NULL, p_costo_unitario numeric DEFAULT NULL,
    p_oc_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_krd datos.kardex := privado.kardexmp_visible(p_krd_codigo);
    v_itm text := coalesce(p_mp_codigo, v_krd.itm_codigo);
    v_cantidad numeric := coalesce(p_krd_cantidad, v_krd.krd_cantidad);
    v_trn text := privado.kardex_codigo_manual(coalesce(p_trn_cod, v_krd.trn_cod), v_cantidad);
    v_nuevo record;
BEGIN
    PERFORM privado.kardexmp_juzgar(v_itm, v_trn, p_oc_codigo);
    SELECT * INTO v_nuevo
    FROM privado.kardex_manual_corregir(v_krd, v_itm, v_trn, v_cantidad, p_krd_razon, p_costo_unitario, NULL);
    RETURN privado.json_unir(
        privado.kardexmp_filas(ARRAY[v_nuevo.krd_codigo]) -> 0,
        json_build_object('krd_reemplaza', p_krd_codigo, 'krd_reverso', v_nuevo.reverso)
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.kardexmp_actualizar(bigint, text, text, numeric, text, numeric, text)
TO bodega, adm_bodega, admin;

-- Takes a movement back: the answer is the opposite one that was posted.
CREATE FUNCTION api.kardexmp_eliminar(p_krd_codigo bigint) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_krd datos.kardex := privado.kardexmp_visible(p_krd_codigo);
    v_reverso bigint;
BEGIN
    PERFORM privado.kardex_juzgar_reverso(v_krd);
    v_reverso := privado.kardex_revertir(v_krd);
    RETURN privado.kardexmp_filas(ARRAY[v_reverso]) -> 0;
END
$$;

GRANT EXECUTE ON FUNCTION api.kardexmp_eliminar(bigint) TO bodega, adm_bodega, admin;
