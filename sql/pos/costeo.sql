-- Costeo: what the stock is worth, now or at the end of a day, by moving average as the books have it and by first in,
-- first out as they would. For who may see cost, in their own branches.
--
-- Nothing is kept for it: both are read off the kardex. First in, first out takes the oldest units first, so in the order
-- of the ledger the units that went out are the first ones that came in, and what is left are the last. A movement taken
-- back and its reversal are as if they had not been, once both have happened; what comes back of a sale is a layer of
-- its own, worth what it left with.

-- Steps --------------------------------------------------------------------------------------------------------------

-- The moment until which movements count: the end of a local day, or of time.
CREATE FUNCTION privado.costeo_limite(p_fecha date) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce((p_fecha + 1)::timestamp AT TIME ZONE privado.ajuste('zona_horaria'), 'infinity')
$$;

GRANT EXECUTE ON FUNCTION privado.costeo_limite(date) TO compras, adm_bodega, adm_compras, contador, auditor, admin;

-- The movements of an item in a bodega that count, each with the place of its units among all that went its way.
CREATE FUNCTION privado.costeo_movimientos(p_itm text, p_bod text, p_antes timestamptz)
RETURNS TABLE (
    krd_codigo bigint, trn_cod text, fecha timestamptz, entra boolean, cantidad numeric, valor numeric, fin numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        k.krd_codigo, k.trn_cod, k.krd_fechahora, k.krd_signo > 0, k.krd_cantidad, k.krd_valor,
        sum(k.krd_cantidad) OVER (PARTITION BY k.krd_signo ORDER BY k.krd_secuencia)
    FROM datos.kardex AS k
    WHERE
        k.itm_codigo = p_itm AND k.bod_codigo = p_bod AND k.krd_fechahora < p_antes
        AND NOT EXISTS (
            SELECT FROM datos.kardex AS r WHERE r.krd_revierte = k.krd_codigo AND r.krd_fechahora < p_antes
        )
        AND NOT EXISTS (
            SELECT FROM datos.kardex AS o WHERE o.krd_codigo = k.krd_revierte AND o.krd_fechahora < p_antes
        )
$$;

-- What is left of each entry when the oldest go first.
CREATE FUNCTION privado.costeo_capas(p_itm text, p_bod text, p_antes timestamptz)
RETURNS TABLE (krd_codigo bigint, trn_cod text, fecha timestamptz, cantidad numeric, valor numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH movido AS (
        SELECT m.krd_codigo, m.trn_cod, m.fecha, m.entra, m.cantidad, m.valor, m.fin
        FROM privado.costeo_movimientos(p_itm, p_bod, p_antes) AS m
    ),
    resto AS (
        SELECT m.krd_codigo, m.trn_cod, m.fecha, m.cantidad, m.valor, least(m.cantidad, m.fin - s.salido) AS queda
        FROM movido AS m
        CROSS JOIN (SELECT coalesce(max(o.fin), 0) AS salido FROM movido AS o WHERE NOT o.entra) AS s
        WHERE m.entra AND m.fin > s.salido
    )
    SELECT r.krd_codigo, r.trn_cod, r.fecha, r.queda, privado.kardex_proporcion(r.valor, r.queda, r.cantidad)
    FROM resto AS r
$$;

-- What went out since a moment: its cost in the books, and what it would be with the oldest units first. That is what
-- all units up to its last one cost, less what those up to its first one did; where a unit stands among the entries is
-- found in one pass over both, from the last to the first.
CREATE FUNCTION privado.costeo_salidas(p_itm text, p_bod text, p_desde timestamptz, p_antes timestamptz)
RETURNS TABLE (
    krd_codigo bigint, trn_cod text, fecha timestamptz, cantidad numeric, promedio numeric, fifo numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH movido AS (
        SELECT m.krd_codigo, m.trn_cod, m.fecha, m.entra, m.cantidad, m.valor, m.fin
        FROM privado.costeo_movimientos(p_itm, p_bod, p_antes) AS m
    ),
    entrada AS (
        SELECT e.fin, e.cantidad, e.valor, sum(e.valor) OVER (ORDER BY e.fin) AS acumulado FROM movido AS e WHERE e.entra
    ),
    salida AS (
        SELECT o.krd_codigo, o.trn_cod, o.fecha, o.cantidad, o.valor, o.fin - o.cantidad AS inicio, o.fin
        FROM movido AS o WHERE NOT o.entra AND o.fecha >= p_desde
    ),
    marca AS (
        SELECT u.unidad, u.fin, min(u.fin) OVER (ORDER BY u.unidad DESC, u.fin NULLS LAST) AS de
        FROM (
            SELECT s.inicio, NULL::numeric FROM salida AS s
            UNION
            SELECT s.fin, NULL::numeric FROM salida AS s
            UNION ALL
            SELECT e.fin, e.fin FROM entrada AS e
        ) AS u (unidad, fin)
    ),
    hasta AS (
        SELECT m.unidad, e.acumulado - privado.kardex_proporcion(e.valor, e.fin - m.unidad, e.cantidad) AS costo
        FROM marca AS m
        JOIN entrada AS e ON e.fin = m.de
        WHERE m.fin IS NULL
    )
    SELECT s.krd_codigo, s.trn_cod, s.fecha, s.cantidad, s.valor, b.costo - a.costo
    FROM salida AS s
    JOIN hasta AS a ON a.unidad = s.inicio
    JOIN hasta AS b ON b.unidad = s.fin
$$;

-- An item in a bodega: units, and their worth both ways. Nothing for who may not see cost, or not that bodega.
CREATE FUNCTION privado.costeo_fila(p_itm text, p_bod text, p_antes timestamptz) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'prd_codigo', CASE WHEN p_itm NOT LIKE 'MP%' THEN p_itm END,
        'mp_codigo', CASE WHEN p_itm LIKE 'MP%' THEN p_itm END,
        'nombre', privado.articulo_nombre(p_itm),
        'bodega', p_bod,
        'cantidad', trim_scale(s.cantidad),
        'valor', round(s.valor, 2)::text,
        'costo_promedio', CASE WHEN s.cantidad > 0 THEN round(s.valor / s.cantidad, 6)::text END,
        'valor_fifo', (
            SELECT coalesce(round(sum(c.valor), 2), 0.00)::text FROM privado.costeo_capas(p_itm, p_bod, p_antes) AS c
        )
    )
    FROM (
        SELECT
            coalesce(sum(k.krd_signo * k.krd_cantidad), 0) AS cantidad,
            coalesce(sum(k.krd_signo * k.krd_valor), 0) AS valor
        FROM datos.kardex AS k
        WHERE k.itm_codigo = p_itm AND k.bod_codigo = p_bod AND k.krd_fechahora < p_antes
    ) AS s
    WHERE
        has_column_privilege(session_user, 'datos.existencia', 'exi_valor', 'SELECT')
        AND p_bod = ANY (privado.mis_bodegas())
$$;

GRANT EXECUTE ON FUNCTION privado.costeo_fila(text, text, timestamptz)
TO compras, adm_bodega, adm_compras, contador, auditor, admin;

-- The layers of an item in a bodega, and what went out since a day. Nothing for who may not see cost, or not that bodega.
CREATE FUNCTION privado.costeo_partes(p_itm text, p_bod text, p_desde timestamptz, p_antes timestamptz) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'capas', (
            SELECT coalesce(json_agg(json_build_object(
                'krd_codigo', c.krd_codigo, 'trn_cod', c.trn_cod, 'fecha', c.fecha,
                'cantidad', trim_scale(c.cantidad), 'costo_unitario', round(c.valor / c.cantidad, 6)::text,
                'valor', round(c.valor, 2)::text
            ) ORDER BY c.krd_codigo), '[]')
            FROM privado.costeo_capas(p_itm, p_bod, p_antes) AS c
        ),
        'salidas', (
            SELECT coalesce(json_agg(json_build_object(
                'krd_codigo', s.krd_codigo, 'trn_cod', s.trn_cod, 'fecha', s.fecha,
                'cantidad', trim_scale(s.cantidad), 'valor', round(s.promedio, 2)::text,
                'valor_fifo', round(s.fifo, 2)::text
            ) ORDER BY s.krd_codigo), '[]')
            FROM privado.costeo_salidas(p_itm, p_bod, p_desde, p_antes) AS s
        )
    )
    WHERE
        has_column_privilege(session_user, 'datos.existencia', 'exi_valor', 'SELECT')
        AND p_bod = ANY (privado.mis_bodegas())
$$;

GRANT EXECUTE ON FUNCTION privado.costeo_partes(text, text, timestamptz, timestamptz)
TO compras, adm_bodega, adm_compras, contador, auditor, admin;

-- Reading ------------------------------------------------------------------------------------------------------------

-- Every item of every bodega the caller sees, by code, at the end of a day or now; of one bodega if it is named.
CREATE FUNCTION api.costeo_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_fecha date DEFAULT NULL, p_bodega text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_antes timestamptz := privado.costeo_limite(p_fecha);
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.costeo_fila(g.itm_codigo, g.bod_codigo, v_antes) ORDER BY g.itm_codigo, g.bod_codigo)
    INTO v_filas
    FROM (
        SELECT e.itm_codigo, e.bod_codigo FROM datos.existencia AS e
        WHERE nullif(p_bodega, '') IS NULL OR e.bod_codigo = p_bodega
        ORDER BY e.itm_codigo, e.bod_codigo
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.existencia AS e
        WHERE nullif(p_bodega, '') IS NULL OR e.bod_codigo = p_bodega
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.costeo_listar(int, int, date, text)
TO compras, adm_bodega, adm_compras, contador, auditor, admin;

-- One item in each bodega the caller sees: its layers, and what went out since `desde` (the first of that month).
CREATE FUNCTION api.costeo_obtener(
    p_itm_codigo text, p_fecha date DEFAULT NULL, p_desde date DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_antes timestamptz := privado.costeo_limite(p_fecha);
    v_dia date := coalesce(p_desde, date_trunc('month', coalesce(p_fecha, privado.hoy()))::date);
    v_bodegas json := (
        SELECT json_agg(privado.json_unir(
            privado.costeo_fila(e.itm_codigo, e.bod_codigo, v_antes),
            privado.costeo_partes(e.itm_codigo, e.bod_codigo, privado.costeo_limite(v_dia - 1), v_antes)
        ) ORDER BY e.bod_codigo)
        FROM datos.existencia AS e
        WHERE e.itm_codigo = p_itm_codigo
    );
BEGIN
    IF v_bodegas IS NULL THEN
        PERFORM privado.rechazar(404, 'costeo_existe', 'Ese artículo no se ha movido en sus bodegas.');
    END IF;
    RETURN json_build_object('desde', v_dia, 'fecha', coalesce(p_fecha, privado.hoy()), 'data', v_bodegas);
END
$$;

GRANT EXECUTE ON FUNCTION api.costeo_obtener(text, date, date)
TO compras, adm_bodega, adm_compras, contador, auditor, admin;
