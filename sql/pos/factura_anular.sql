-- Factura, annulling.
--
-- A draft is discarded: no number, no posting. An issued invoice is annulled until a day of the month after it was
-- issued (setting `anulacion_hasta_dia`, counted in the company's time zone) and while nothing of it was credited: the
-- goods come back at the value each line took, income and IVA are posted the other way round, the money goes back, and
-- the number stays. One to CONSUMIDOR FINAL is never annulled (law): its return is a devolución.
--
-- What was sold online from WEB comes back to the bodega of the emission point: WEB holds what the shop may sell.

-- The last local day on which an invoice issued on a day may be annulled.
CREATE FUNCTION privado.anulacion_limite(p_emitida date) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        (date_trunc('month', p_emitida::timestamp) + interval '1 month')::date
        + privado.ajuste('anulacion_hasta_dia')::int - 1
$$;

-- Judges an issued invoice somebody wants annulled.
CREATE FUNCTION privado.factura_juzgar_anulacion(p_fac datos.factura) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_fac.fac_estado = 'ANU' THEN
        PERFORM privado.rechazar(409, 'factura_anulada', 'La factura ya está anulada.');
    ELSIF p_fac.cli_ruc_ced = '9999999999999' THEN
        PERFORM privado.rechazar(
            409, 'consumidor_final_sin_anulacion',
            'Una factura a consumidor final no se anula: registre una devolución.'
        );
    ELSIF EXISTS (SELECT FROM datos.retorno AS r WHERE r.fac_codigo = p_fac.fac_codigo) THEN
        PERFORM privado.rechazar(409, 'factura_sin_retornos', 'La factura ya tiene una nota de crédito.');
    ELSIF privado.hoy() > privado.anulacion_limite(privado.fecha_local(p_fac.fac_fecha_aprobacion)) THEN
        PERFORM privado.rechazar(
            409, 'anulacion_a_tiempo', 'El plazo para anular la factura ya venció: registre una nota de crédito.'
        );
    END IF;
END
$$;

-- Brings the goods of an invoice back, in item order, at the value they left with. Answers the change of the
-- inventory account.
CREATE FUNCTION privado.factura_reingresar(p_fac datos.factura) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_bodega text := (
        SELECT CASE WHEN b.eta_codigo IS NULL THEN p.bod_codigo ELSE b.bod_codigo END
        FROM datos.bodega AS b
        JOIN datos.punto_emision AS p ON p.eta_codigo = p_fac.eta_codigo AND p.pto_codigo = p_fac.pto_codigo
        WHERE b.bod_codigo = p_fac.bod_codigo
    );
    v_linea record;
    v_delta numeric := 0;
BEGIN
    FOR v_linea IN
        SELECT k.itm_codigo, k.krd_cantidad, k.krd_valor, k.doc_linea
        FROM datos.kardex AS k
        WHERE k.doc_tipo = 'FAC' AND k.doc_codigo = p_fac.fac_codigo AND k.trn_cod = 'VEN'
        ORDER BY k.itm_codigo
    LOOP
        v_delta := v_delta + (
            SELECT m.inventario_delta
            FROM privado.kardex_registrar(
                v_linea.itm_codigo, v_bodega, 'ANV', v_linea.krd_cantidad, v_linea.krd_valor,
                'FAC', p_fac.fac_codigo, v_linea.doc_linea
            ) AS m
        );
    END LOOP;
    RETURN v_delta;
END
$$;

-- Posts the money of a sale the other way round: what is still owed on it is closed, the rest goes back as p_reembolso
-- says (retorno_dinero.sql). Cost follows what the goods added to the inventory coming back.
CREATE FUNCTION privado.factura_desasentar(p_fac datos.factura, p_inventario numeric, p_reembolso text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_paga record := privado.reembolso_repartir(p_fac, p_fac.fac_total, p_reembolso);
    v record;
BEGIN
    SELECT array_agg(c.clase) AS clases, array_agg(c.ref) AS refs, array_agg(-l.monto) AS montos INTO v
    FROM datos.asiento AS a
    JOIN datos.asiento_linea AS l USING (asi_id)
    JOIN datos.cuenta AS c USING (cta_id)
    WHERE
        a.doc_tipo = 'FAC' AND a.doc_codigo = p_fac.fac_codigo
        AND c.clase IN ('VENTAS', 'IVA_VENTAS');
    PERFORM privado.asentar(
        p_fac.eta_codigo, 'FAC', p_fac.fac_codigo, 'Anulación de venta',
        v_paga.clases || v.clases || ARRAY['INVENTARIO', 'COSTO_VENTAS'],
        v_paga.refs || v.refs || ARRAY['', ''],
        v_paga.montos || v.montos || ARRAY[p_inventario, -p_inventario]
    );
END
$$;

-- Annuls an issued invoice, or discards a draft. p_reembolso says how the client gets the money back.
CREATE FUNCTION api.factura_anular(p_fac_codigo text, p_motivo text DEFAULT NULL, p_reembolso text DEFAULT NULL)
RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura := privado.factura_bloquear(p_fac_codigo);
BEGIN
    IF v_fac.fac_estado <> 'PEN' THEN
        PERFORM privado.factura_juzgar_anulacion(v_fac);
        PERFORM privado.reembolso_cuenta(v_fac, p_reembolso);
        PERFORM privado.factura_desasentar(v_fac, privado.factura_reingresar(v_fac), p_reembolso);
        PERFORM privado.reembolso_web_anotar(v_fac, 'FAC', p_fac_codigo, v_fac.fac_total, p_reembolso);
        PERFORM privado.comision_devolver(p_fac_codigo, 'ANU', p_fac_codigo, v_fac.fac_subtotal, true);
    END IF;
    UPDATE datos.factura AS f
    SET
        fac_estado = 'ANU',
        fac_fecha_anulacion = now(),
        fac_motivo_anulacion = coalesce(nullif(btrim(p_motivo), ''), 'SIN MOTIVO')
    WHERE f.fac_codigo = p_fac_codigo;
    RETURN privado.factura_documento(p_fac_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_anular(text, text, text) TO adm_ventas, adm_fact, admin;
