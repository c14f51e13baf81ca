-- Compra, annulling: the goods leave again at the value they brought, while they are there, and the money goes back the
-- way it came; cash comes into the caller's own open session, whoever's drawer paid. Where goods that stay behind could
-- not live without that value, the average leaves and the difference is a line of its own. A debt must be untouched.

-- Closes the debt of an annulled purchase. What was paid on it must come back first.
CREATE FUNCTION privado.cuenta_por_pagar_anular(p_doc_tipo text, p_doc_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cxp datos.cuenta_por_pagar;
BEGIN
    SELECT c.* INTO v_cxp FROM datos.cuenta_por_pagar AS c
    WHERE c.doc_tipo = p_doc_tipo AND c.doc_codigo = p_doc_codigo FOR UPDATE;
    IF v_cxp.cxp_saldo < v_cxp.cxp_monto THEN
        PERFORM privado.rechazar(409, 'documento_pagado', 'El documento ya tiene pagos.');
    END IF;
    UPDATE datos.cuenta_por_pagar AS c SET cxp_saldo = 0, cxp_estado = 'ANU' WHERE c.cxp_id = v_cxp.cxp_id;
END
$$;

-- Takes the goods of a purchase out again, in item order, and posts its money the other way round.
CREATE FUNCTION privado.compra_deshacer(p_compra datos.compra) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fila datos.kardex;
    v_delta numeric := 0;
    v record;
BEGIN
    FOR v_fila IN
        SELECT k.* FROM datos.kardex AS k
        WHERE k.doc_tipo = 'CMP' AND k.doc_codigo = p_compra.cmp_codigo AND k.krd_revierte IS NULL
        ORDER BY k.itm_codigo, k.krd_codigo
    LOOP
        v_delta := v_delta + (
            SELECT m.inventario_delta
            FROM privado.kardex_registrar(
                v_fila.itm_codigo, v_fila.bod_codigo, v_fila.trn_cod, v_fila.krd_cantidad, v_fila.krd_valor,
                v_fila.doc_tipo, v_fila.doc_codigo, v_fila.doc_linea, NULL, NULL, v_fila.krd_codigo
            ) AS m
        );
    END LOOP;
    SELECT
        array_agg(c.clase) AS clases,
        array_agg(CASE c.clase WHEN 'CAJA' THEN (privado.sesion_caja_exigir()).id::text ELSE c.ref END) AS refs,
        array_agg(-l.monto) AS montos
    INTO v
    FROM datos.asiento AS a
    JOIN datos.asiento_linea AS l USING (asi_id)
    JOIN datos.cuenta AS c USING (cta_id)
    WHERE
        a.doc_tipo = 'CMP' AND a.doc_codigo = p_compra.cmp_codigo
        AND c.clase NOT IN ('INVENTARIO', 'DIFERENCIA_COSTO');
    PERFORM privado.asentar(
        p_compra.eta_codigo, 'CMP', p_compra.cmp_codigo, 'Anulación de compra',
        v.clases || ARRAY['INVENTARIO', 'DIFERENCIA_COSTO'],
        v.refs || ARRAY['', ''],
        v.montos || ARRAY[v_delta, -v_delta - (SELECT coalesce(sum(m), 0) FROM unnest(v.montos) AS m)]
    );
END
$$;

-- Annuls a purchase.
CREATE FUNCTION api.compra_anular(p_cmp_codigo text, p_motivo text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_compra datos.compra;
BEGIN
    SELECT c.* INTO v_compra FROM datos.compra AS c WHERE c.cmp_codigo = p_cmp_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'compra_existe', 'No existe esa compra.');
    ELSIF v_compra.cmp_estado = 'ANU' THEN
        PERFORM privado.rechazar(409, 'compra_anulada', 'La compra ya está anulada.');
    END IF;
    PERFORM privado.cuenta_por_pagar_anular('CMP', p_cmp_codigo);  -- before any account, as who pays it does
    PERFORM privado.compra_deshacer(v_compra);
    UPDATE datos.compra
    SET
        cmp_estado = 'ANU',
        cmp_fecha_anulacion = now(),
        cmp_motivo = coalesce(nullif(btrim(p_motivo), ''), 'SIN MOTIVO')
    WHERE cmp_codigo = p_cmp_codigo
    RETURNING * INTO v_compra;
    RETURN privado.compra_documento(v_compra);
END
$$;

GRANT EXECUTE ON FUNCTION api.compra_anular(text, text) TO adm_compras, admin;
