-- Retorno: what comes back of an issued invoice, by line and quantity: a nota de crédito, or for a sale to CONSUMIDOR
-- FINAL, which is neither annulled nor credited (law), an internal devolución with a series of its own.
--
-- Never more than was sold and has not come back. A line gives round(net x q / quantity, 2) at its original percent,
-- and the return that completes it what is left of net, IVA and cost; so what comes back in parts sums to the invoice
-- exactly. Goods return at the cost of their line to the bodega of the emission point, never to WEB; what is not fit
-- to be sold (`a_stock` false) enters and is written off. How the money goes back: retorno_dinero.sql.
--
-- The invoice is locked first, then goods in item order, then accounts, then the counter.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A return with its lines. Cost is in the kardex, for who may see it.
CREATE FUNCTION privado.retorno_documento(r datos.retorno) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'ret_codigo', r.ret_codigo,
        'ret_tipo', r.ret_tipo,
        'ret_numero', r.ret_numero,
        'fac_codigo', r.fac_codigo,
        'fac_numero', f.fac_numero,
        'cli_codigo', r.cli_codigo,
        'cli_nombre', f.cli_nombre,
        'ret_fecha', r.ret_fecha,
        'ret_motivo', r.ret_motivo,
        'ret_reembolso', r.ret_reembolso,
        'ret_subtotal', r.ret_subtotal::text,
        'ret_iva', r.ret_iva::text,
        'ret_total', r.ret_total::text,
        'usr_id', r.usr_id,
        'detalle', (
            SELECT json_agg(json_build_object(
                'pxfa_codigo', d.pxfa_codigo,
                'prd_codigo', l.prd_codigo,
                'prd_nombre', l.prd_nombre,
                'cantidad', trim_scale(d.cantidad),
                'a_stock', d.a_stock,
                'iva_porcentaje', trim_scale(l.iva_porcentaje),
                'subtotal', d.subtotal::text,
                'iva', d.iva::text
            ) ORDER BY d.pxfa_codigo)
            FROM datos.retorno_detalle AS d
            JOIN datos.factura_detalle AS l USING (pxfa_codigo)
            WHERE d.ret_codigo = r.ret_codigo
        )
    )
    FROM datos.factura AS f
    WHERE f.fac_codigo = r.fac_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.retorno_documento(datos.retorno)
TO ventas, adm_ventas, adm_fact, contador, auditor, admin;

-- Returns of one kind, the newest first; those of one invoice if it is named.
CREATE FUNCTION privado.retorno_pagina(p_tipo text, p_page int, p_limit int, p_fac_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.retorno_documento(g.r)) INTO v_filas
    FROM (
        SELECT r FROM datos.retorno AS r
        WHERE r.ret_tipo = p_tipo AND (nullif(p_fac_codigo, '') IS NULL OR r.fac_codigo = p_fac_codigo)
        ORDER BY r.ret_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.retorno AS r
        WHERE r.ret_tipo = p_tipo AND (nullif(p_fac_codigo, '') IS NULL OR r.fac_codigo = p_fac_codigo)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION privado.retorno_pagina(text, int, int, text)
TO adm_ventas, adm_fact, contador, auditor, admin;

-- Notas de crédito of one's branches.
CREATE FUNCTION api.nota_credito_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_fac_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.retorno_pagina('NCR', p_page, p_limit, p_fac_codigo)
$$;

GRANT EXECUTE ON FUNCTION api.nota_credito_listar(int, int, text) TO adm_ventas, adm_fact, contador, auditor, admin;

-- Devoluciones of one's branches.
CREATE FUNCTION api.devolucion_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_fac_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.retorno_pagina('DEV', p_page, p_limit, p_fac_codigo)
$$;

GRANT EXECUTE ON FUNCTION api.devolucion_listar(int, int, text) TO adm_ventas, adm_fact, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Judges a return of an invoice that is locked: its state, its client, its lines.
CREATE FUNCTION privado.retorno_juzgar(
    p_fac datos.factura, p_tipo text, p_pxfa bigint[], p_cantidad numeric[], p_motivo text
) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_final boolean := p_fac.cli_ruc_ced = '9999999999999';
    v record;
BEGIN
    SELECT
        count(*) AS lineas,
        count(DISTINCT l.pxfa) AS distintas,
        count(*) FILTER (WHERE d.pxfa_codigo IS NULL) AS ajenas,
        count(*) FILTER (WHERE NOT coalesce(l.cantidad > 0 AND l.cantidad = round(l.cantidad, 3), false)) AS malas,
        count(*) FILTER (WHERE l.cantidad > d.pxfa_cantidad - coalesce(r.cantidad, 0)) AS de_mas
    INTO v
    FROM unnest(p_pxfa, p_cantidad) AS l (pxfa, cantidad)
    LEFT JOIN datos.factura_detalle AS d ON d.pxfa_codigo = l.pxfa AND d.fac_codigo = p_fac.fac_codigo
    LEFT JOIN LATERAL (
        SELECT sum(t.cantidad) AS cantidad FROM datos.retorno_detalle AS t WHERE t.pxfa_codigo = l.pxfa
    ) AS r ON true;
    IF p_fac.fac_estado <> 'APR' THEN
        PERFORM privado.rechazar(409, 'factura_emitida', 'Solo lo vendido en una factura emitida se devuelve.');
    ELSIF p_tipo = 'NCR' AND v_final THEN
        PERFORM privado.rechazar(
            409, 'consumidor_final_sin_nota_credito', 'Una factura a consumidor final no se acredita: registre una devolución.'
        );
    ELSIF p_tipo = 'DEV' AND NOT v_final THEN
        PERFORM privado.rechazar(
            409, 'devolucion_de_consumidor_final', 'La factura es de un cliente con nombre: registre una nota de crédito.'
        );
    ELSIF coalesce(btrim(p_motivo), '') = '' THEN
        PERFORM privado.rechazar(422, 'motivo_requerido', 'La devolución necesita un motivo.');
    ELSIF v.lineas = 0 THEN
        PERFORM privado.rechazar(422, 'retorno_con_lineas', 'La devolución no tiene líneas.');
    ELSIF v.distintas < v.lineas THEN
        PERFORM privado.rechazar(422, 'retorno_detalle_unico', 'Cada línea va una vez por retorno.');
    ELSIF v.ajenas > 0 THEN
        PERFORM privado.rechazar(422, 'linea_de_la_factura', 'La línea no es de esa factura.');
    ELSIF v.malas > 0 THEN
        PERFORM privado.rechazar(422, 'cantidad_positiva', 'La cantidad debe ser mayor que cero y tener hasta tres decimales.');
    ELSIF v.de_mas > 0 THEN
        PERFORM privado.rechazar(409, 'retorno_dentro_de_lo_vendido', 'No se devuelve más de lo vendido.');
    END IF;
END
$$;

-- What each line of a judged return gives back: its part, or what is left of the line when it completes it.
CREATE FUNCTION privado.retorno_lineas(p_pxfa bigint[], p_cantidad numeric[], p_a_stock boolean[])
RETURNS TABLE (
    pxfa_codigo bigint, prd_codigo text, cantidad numeric, a_stock boolean,
    subtotal numeric, iva numeric, costo numeric, sri_codigo text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        d.pxfa_codigo, d.prd_codigo, l.cantidad, coalesce(l.a_stock, true),
        CASE WHEN v.completa THEN v.neto ELSE least(s.subtotal, v.neto) END,
        CASE WHEN v.completa THEN v.iva ELSE least(round(s.subtotal * d.iva_porcentaje * 0.01, 2), v.iva) END,
        CASE WHEN v.completa THEN v.costo
            ELSE least(privado.kardex_proporcion(d.pxfa_costo, l.cantidad, d.pxfa_cantidad), v.costo) END,
        d.sri_codigo
    FROM unnest(p_pxfa, p_cantidad, p_a_stock) AS l (pxfa, cantidad, a_stock)
    JOIN datos.factura_detalle AS d ON d.pxfa_codigo = l.pxfa
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(r.cantidad), 0) + l.cantidad = d.pxfa_cantidad AS completa,
            d.pxfa_subtotal - coalesce(sum(r.subtotal), 0) AS neto,
            d.pxfa_iva - coalesce(sum(r.iva), 0) AS iva,
            d.pxfa_costo - coalesce(sum(r.costo), 0) AS costo
        FROM datos.retorno_detalle AS r
        WHERE r.pxfa_codigo = d.pxfa_codigo
    ) AS v
    CROSS JOIN LATERAL (
        SELECT round(round(d.pxfa_subtotal * l.cantidad, 30) / d.pxfa_cantidad, 2) AS subtotal
    ) AS s
    ORDER BY d.prd_codigo
$$;

-- Brings the goods of a return in at their cost, in item order, and writes off what is not fit to be sold; goods are
-- what left the kardex for that line, whatever the product is by now. Answers what the inventory account gained coming
-- in, and what was written off.
CREATE FUNCTION privado.retorno_reingresar(p_ret datos.retorno, OUT entrada numeric, OUT merma numeric)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_linea record;
    v_krd record;
BEGIN
    entrada := 0;
    merma := 0;
    FOR v_linea IN
        SELECT d.pxfa_codigo, l.prd_codigo, d.cantidad, d.costo, d.a_stock
        FROM datos.retorno_detalle AS d
        JOIN datos.factura_detalle AS l USING (pxfa_codigo)
        WHERE
            d.ret_codigo = p_ret.ret_codigo
            AND EXISTS (
                SELECT FROM datos.kardex AS k
                WHERE
                    k.doc_tipo = 'FAC' AND k.doc_codigo = p_ret.fac_codigo
                    AND k.doc_linea = d.pxfa_codigo AND k.trn_cod = 'VEN'
            )
        ORDER BY l.prd_codigo
    LOOP
        SELECT * INTO v_krd FROM privado.kardex_registrar(
            v_linea.prd_codigo, p_ret.bod_codigo, 'DEV', v_linea.cantidad, v_linea.costo,
            p_ret.ret_tipo, p_ret.ret_codigo, v_linea.pxfa_codigo
        );
        entrada := entrada + v_krd.inventario_delta;
        IF NOT v_linea.a_stock THEN
            SELECT * INTO v_krd FROM privado.kardex_registrar(
                v_linea.prd_codigo, p_ret.bod_codigo, 'BAJ', v_linea.cantidad, v_linea.costo,
                p_ret.ret_tipo, p_ret.ret_codigo, v_linea.pxfa_codigo, p_ret.ret_motivo
            );
            merma := merma - v_krd.inventario_delta;
        END IF;
    END LOOP;
END
$$;
