-- Retorno, the money: what a return or an annulment gives back never touches a closed session. First it reduces what the
-- client still owes for that invoice; the rest goes back as `reembolso` says: EFECTIVO (from the caller's own open
-- drawer session), TRANSFERENCIA or TARJETA (from the bank), or SALDO, an account payable to the client that later pays
-- for something. Nothing said: an invoice settled directly (CONTADO) goes back where it was settled, the rest to SALDO.
-- What an online payment settled goes back through its provider, TARJETA too: the shop asks for it (reembolso_web.sql).

-- The account that refunds an invoice, besides what is still owed on it.
CREATE FUNCTION privado.reembolso_cuenta(p_fac datos.factura, p_reembolso text, OUT clase text, OUT ref text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_origen text := (
        SELECT c.clase FROM datos.asiento AS a
        JOIN datos.asiento_linea AS l USING (asi_id)
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE
            a.doc_tipo = 'FAC' AND a.doc_codigo = p_fac.fac_codigo
            AND c.clase IN ('CAJA_GENERAL', 'PASARELA')
        ORDER BY a.asi_id LIMIT 1
    );
BEGIN
    IF nullif(p_reembolso, '') NOT IN ('EFECTIVO', 'TRANSFERENCIA', 'TARJETA', 'SALDO') THEN
        PERFORM privado.rechazar(422, 'reembolso_conocido', 'El reembolso es EFECTIVO, TRANSFERENCIA, TARJETA o SALDO.');
    END IF;
    clase := CASE
        WHEN p_reembolso = 'TARJETA' AND v_origen = 'PASARELA' THEN 'PASARELA'
        ELSE coalesce(privado.metodo_clase(p_reembolso), v_origen, 'SALDO_CLIENTE')
    END;
    IF clase = 'SALDO_CLIENTE' AND p_fac.cli_ruc_ced = '9999999999999' THEN
        PERFORM privado.rechazar(
            409, 'consumidor_final_sin_saldo', 'Consumidor final no tiene saldo a favor: diga cómo se le reembolsa.'
        );
    END IF;
    ref := CASE clase
        WHEN 'CAJA' THEN (privado.sesion_caja_exigir()).id::text
        WHEN 'CAJA_GENERAL' THEN p_fac.eta_codigo
        WHEN 'SALDO_CLIENTE' THEN p_fac.cli_codigo
        WHEN 'PASARELA' THEN (
            SELECT c.ref FROM datos.asiento AS a
            JOIN datos.asiento_linea AS l USING (asi_id)
            JOIN datos.cuenta AS c USING (cta_id)
            WHERE a.doc_tipo = 'FAC' AND a.doc_codigo = p_fac.fac_codigo AND c.clase = 'PASARELA'
            ORDER BY a.asi_id LIMIT 1
        )
        ELSE ''
    END;
END
$$;

-- Gives p_total of an invoice back: reduces its open debt, and answers the accounts that pay, as arrays for one
-- asiento. Locks the debt.
CREATE FUNCTION privado.reembolso_repartir(
    p_fac datos.factura, p_total numeric, p_reembolso text, OUT clases text[], OUT refs text[], OUT montos numeric[]
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cuenta record := privado.reembolso_cuenta(p_fac, p_reembolso);
    v_cxc datos.cuenta_por_cobrar;
    v_deuda numeric;
BEGIN
    SELECT c.* INTO v_cxc FROM datos.cuenta_por_cobrar AS c
    WHERE c.doc_tipo = 'FAC' AND c.doc_codigo = p_fac.fac_codigo FOR UPDATE;
    v_deuda := least(coalesce(v_cxc.cxc_saldo, 0), p_total);
    UPDATE datos.cuenta_por_cobrar AS c
    SET cxc_saldo = c.cxc_saldo - v_deuda, cxc_estado = CASE WHEN c.cxc_saldo = v_deuda THEN 'ANU' ELSE c.cxc_estado END
    WHERE c.cxc_codigo = v_cxc.cxc_codigo AND v_deuda > 0;
    clases := ARRAY['CLIENTE', v_cuenta.clase];
    refs := ARRAY[p_fac.cli_codigo, v_cuenta.ref];
    montos := ARRAY[-v_deuda, v_deuda - p_total];
END
$$;

-- Posts a return: income and IVA the other way round, what pays it, and the cost of what came in.
CREATE FUNCTION privado.retorno_asentar(p_ret datos.retorno, p_fac datos.factura, p_entrada numeric, p_merma numeric)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_paga record := privado.reembolso_repartir(p_fac, p_ret.ret_total, p_ret.ret_reembolso);
    v_sri text[];
    v_iva numeric[];
BEGIN
    SELECT array_agg(t.sri_codigo), array_agg(t.iva) INTO v_sri, v_iva
    FROM (
        SELECT l.sri_codigo, sum(d.iva) AS iva
        FROM datos.retorno_detalle AS d
        JOIN datos.factura_detalle AS l USING (pxfa_codigo)
        WHERE d.ret_codigo = p_ret.ret_codigo
        GROUP BY l.sri_codigo ORDER BY l.sri_codigo
    ) AS t;
    PERFORM privado.asentar(
        p_ret.eta_codigo, p_ret.ret_tipo, p_ret.ret_codigo,
        CASE p_ret.ret_tipo WHEN 'NCR' THEN 'Nota de crédito' ELSE 'Devolución' END,
        v_paga.clases || ARRAY['VENTAS', 'INVENTARIO', 'COSTO_VENTAS', 'MERMA']
        || array_fill('IVA_VENTAS'::text, ARRAY[cardinality(v_sri)]),
        v_paga.refs || ARRAY['', '', '', ''] || v_sri,
        v_paga.montos || ARRAY[p_ret.ret_subtotal, p_entrada - p_merma, -p_entrada, p_merma] || v_iva
    );
END
$$;
