-- Reembolso web: what comes back of an order of the shop, and the money that the shop gives back for it.
--
-- Whoever credits or annuls the invoice of an order, here or there, writes one row with it, under a key. Asked by the
-- shop (nota_credito_web) the key is the shop's, so asking twice credits once; made at the counter the key is born here
-- and the bridge takes it to the shop. Either way the shop refunds at the provider under that key what this side posted
-- to the provider's account, and only that: what the counter gave in cash, by transfer or as a credit is told as such.
-- What the provider will not give back is told twice: once more when it was settled otherwise (reembolso_web_saldo.sql).
--
-- A return at the counter goes back to the provider if nothing else is said, and so does TARJETA: the card that paid.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A row as the shop hears of it: what was returned, in which document, and how much goes back which way.
CREATE FUNCTION privado.reembolso_web_json(p_rwe datos.reembolso_web) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'reembolso', p_rwe.rwe_id,
        'ped_codigo', p_rwe.ped_codigo,
        'fac_codigo', f.fac_codigo,
        'fac_numero', f.fac_numero,
        'cli_codigo', f.cli_codigo,
        'documento', p_rwe.doc_codigo,
        'numero', r.ret_numero,
        'motivo', coalesce(r.ret_motivo, f.fac_motivo_anulacion),
        'medio', p_rwe.rwe_medio,
        'monto', p_rwe.rwe_monto::text,
        'usuario', coalesce(p_rwe.rwe_solicita, p_rwe.usr_id),
        'lineas', (
            SELECT json_agg(json_build_object(
                'prd_codigo', l.prd_codigo,
                'cantidad', coalesce(d.cantidad, l.pxfa_cantidad)::text,
                'a_stock', coalesce(d.a_stock, true),
                'subtotal', coalesce(d.subtotal, l.pxfa_subtotal)::text,
                'iva', coalesce(d.iva, l.pxfa_iva)::text
            ) ORDER BY l.pxfa_codigo)
            FROM datos.factura_detalle AS l
            LEFT JOIN datos.retorno_detalle AS d ON d.pxfa_codigo = l.pxfa_codigo AND d.ret_codigo = r.ret_codigo
            WHERE l.fac_codigo = f.fac_codigo AND (p_rwe.doc_tipo = 'FAC' OR d.ret_codigo IS NOT NULL)
        )
    )
    FROM datos.venta_web AS v
    JOIN datos.factura AS f USING (fac_codigo)
    LEFT JOIN datos.retorno AS r ON r.ret_codigo = p_rwe.doc_codigo AND p_rwe.doc_tipo <> 'FAC'
    WHERE v.ped_codigo = p_rwe.ped_codigo
$$;

-- What the shop is still to be told, whose turn it is.
CREATE FUNCTION api.reembolso_web_por_entregar(p_limite int DEFAULT 20) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(privado.reembolso_web_json(g.r)), '[]')
    FROM (
        SELECT r FROM datos.reembolso_web AS r
        WHERE r.rwe_entregado IS NULL AND r.rwe_reintentar <= now()
        ORDER BY r.rwe_reintentar, r.rwe_id
        LIMIT p_limite
    ) AS g
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_web_por_entregar(int) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Notes what a document just gave back of an invoice; of any invoice but an order's, nothing.
CREATE FUNCTION privado.reembolso_web_anotar(
    p_fac datos.factura, p_doc_tipo text, p_doc_codigo text, p_monto numeric, p_reembolso text,
    p_rwe_id uuid DEFAULT NULL, p_solicita text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ped_codigo text := (SELECT v.ped_codigo FROM datos.venta_web AS v WHERE v.fac_codigo = p_fac.fac_codigo);
BEGIN
    IF v_ped_codigo IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO datos.reembolso_web (rwe_id, ped_codigo, doc_tipo, doc_codigo, rwe_medio, rwe_monto, rwe_solicita)
    VALUES (
        coalesce(p_rwe_id, gen_random_uuid()), v_ped_codigo, p_doc_tipo, p_doc_codigo,
        CASE (privado.reembolso_cuenta(p_fac, p_reembolso)).clase
            WHEN 'PASARELA' THEN 'PASARELA' ELSE coalesce(nullif(p_reembolso, ''), 'SALDO')
        END,
        p_monto, p_solicita
    );
    PERFORM pg_notify('daf_puente', 'reembolso');
END
$$;

-- The lines of an order's invoice that a refund asks for; all that is left of it if it asks for none. A product that the
-- invoice does not have comes as a line of no invoice, for the return to refuse.
CREATE FUNCTION privado.nota_credito_web_lineas(
    p_fac datos.factura, p_prd_codigo text[], p_cantidad numeric[], p_a_stock boolean[],
    OUT pxfa bigint[], OUT cantidades numeric[], OUT a_stock boolean[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_prd_codigo IS NOT NULL THEN
        SELECT
            array_agg(coalesce(d.pxfa_codigo, -l.orden) ORDER BY l.orden), array_agg(l.cantidad ORDER BY l.orden),
            array_agg(l.a_stock ORDER BY l.orden)
        INTO pxfa, cantidades, a_stock
        FROM unnest(p_prd_codigo, p_cantidad, p_a_stock) WITH ORDINALITY AS l (prd_codigo, cantidad, a_stock, orden)
        LEFT JOIN datos.factura_detalle AS d ON d.fac_codigo = p_fac.fac_codigo AND d.prd_codigo = l.prd_codigo;
        RETURN;
    END IF;
    SELECT array_agg(s.pxfa_codigo), array_agg(s.queda) INTO pxfa, cantidades
    FROM (
        SELECT d.pxfa_codigo, d.pxfa_cantidad - coalesce(sum(r.cantidad), 0) AS queda
        FROM datos.factura_detalle AS d
        LEFT JOIN datos.retorno_detalle AS r USING (pxfa_codigo)
        WHERE d.fac_codigo = p_fac.fac_codigo
        GROUP BY d.pxfa_codigo
    ) AS s
    WHERE s.queda > 0;
    IF pxfa IS NULL AND p_fac.fac_estado = 'APR' THEN
        PERFORM privado.rechazar(409, 'retorno_dentro_de_lo_vendido', 'Del pedido ya se devolvió todo.');
    END IF;
END
$$;

-- Credits lines of an order, asked by the shop under the key of its refund; asked again, answers what it did. Whoever
-- asks, the act is that of the counter: caps, goods to the branch's bodega, money from the provider's account, number.
CREATE FUNCTION api.nota_credito_web(
    p_reembolso uuid, p_ped_codigo text, p_motivo text, p_solicita text,
    p_prd_codigo text[] DEFAULT NULL, p_cantidad numeric[] DEFAULT NULL, p_a_stock boolean[] DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura := privado.factura_bloquear(
        (SELECT v.fac_codigo FROM datos.venta_web AS v WHERE v.ped_codigo = p_ped_codigo)
    );
    v_rwe datos.reembolso_web;
    v record;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.reembolso_web AS r WHERE r.rwe_id = p_reembolso) THEN
        v := privado.nota_credito_web_lineas(v_fac, p_prd_codigo, p_cantidad, p_a_stock);
        PERFORM privado.retorno_crear(
            'NCR', v_fac.fac_codigo, v.pxfa, v.cantidades, v.a_stock, p_motivo, NULL, p_reembolso, p_solicita
        );
    END IF;
    SELECT r.* INTO v_rwe FROM datos.reembolso_web AS r WHERE r.rwe_id = p_reembolso;
    IF v_rwe.ped_codigo <> p_ped_codigo THEN
        PERFORM privado.rechazar(409, 'reembolso_web_distinto', 'Ese reembolso es de otro pedido.');
    END IF;
    RETURN privado.reembolso_web_json(v_rwe);
END
$$;

GRANT EXECUTE ON FUNCTION api.nota_credito_web(uuid, text, text, text, text[], numeric[], boolean[]) TO puente;

-- Notes that the shop knows how a refund goes back; told again, nothing changes. What it was told may be old by now: then
-- it is still to be told.
CREATE FUNCTION api.reembolso_web_entregado(p_reembolso uuid, p_medio text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.reembolso_web SET rwe_entregado = coalesce(rwe_entregado, now()), rwe_error = NULL
    WHERE rwe_id = p_reembolso AND rwe_medio = p_medio
    RETURNING json_build_object('reembolso', rwe_id, 'entregado', rwe_entregado)
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_web_entregado(uuid, text) TO puente;

-- Notes why the shop could not be told, and when to try again: later each time, up to ten minutes.
CREATE FUNCTION api.reembolso_web_fallar(p_reembolso uuid, p_error text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.reembolso_web
    SET
        rwe_intentos = rwe_intentos + 1,
        rwe_error = left(p_error, 500),
        rwe_reintentar = now() + least(power(2, least(rwe_intentos, 10)), 600) * interval '1 second'
    WHERE rwe_id = p_reembolso AND rwe_entregado IS NULL
    RETURNING json_build_object('reembolso', rwe_id, 'intentos', rwe_intentos, 'reintentar', rwe_reintentar)
$$;

GRANT EXECUTE ON FUNCTION api.reembolso_web_fallar(uuid, text) TO puente;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_reembolso_web_de_cada_retorno() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(d.doc_tipo || ' ' || d.doc_codigo, w.doc_tipo || ' ' || w.doc_codigo)
    FROM (
        SELECT v.ped_codigo, r.ret_tipo AS doc_tipo, r.ret_codigo AS doc_codigo, r.ret_total AS monto
        FROM datos.venta_web AS v JOIN datos.retorno AS r USING (fac_codigo)
        UNION ALL
        SELECT v.ped_codigo, 'FAC', f.fac_codigo, f.fac_total
        FROM datos.venta_web AS v JOIN datos.factura AS f USING (fac_codigo)
        WHERE f.fac_estado = 'ANU'
    ) AS d
    FULL JOIN datos.reembolso_web AS w USING (doc_tipo, doc_codigo)
    WHERE (d.ped_codigo, d.monto) IS DISTINCT FROM (w.ped_codigo, w.rwe_monto)
$$;

COMMENT ON FUNCTION privado.doctor_reembolso_web_de_cada_retorno()
IS 'Cada retorno o anulación de un pedido de la tienda se le cuenta a la tienda, por su total.';

CREATE FUNCTION privado.doctor_reembolso_web_en_pasarela() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.doc_tipo || ' ' || w.doc_codigo
    FROM datos.reembolso_web AS w
    JOIN datos.venta_web AS v USING (ped_codigo)
    CROSS JOIN LATERAL (
        SELECT
            coalesce(-sum(l.monto) FILTER (WHERE l.monto < 0), 0) AS sale,
            coalesce(sum(l.monto) FILTER (WHERE l.monto > 0), 0) AS entra
        FROM datos.asiento AS a
        JOIN datos.asiento_linea AS l USING (asi_id)
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE a.doc_tipo = w.doc_tipo AND a.doc_codigo = w.doc_codigo AND c.clase = 'PASARELA'
    ) AS p
    WHERE (p.sale, p.entra) <> (
        CASE WHEN w.rwe_medio IN ('PASARELA', 'MANUAL') OR w.rwe_saldado IS NOT NULL THEN w.rwe_monto ELSE 0 END,
        CASE WHEN w.rwe_saldado IS NOT NULL THEN w.rwe_monto ELSE 0 END
        + CASE WHEN w.doc_tipo = 'FAC' THEN v.vwe_total ELSE 0 END
    )
$$;

COMMENT ON FUNCTION privado.doctor_reembolso_web_en_pasarela()
IS 'Lo que devuelve el proveedor de pagos es lo que el libro le descontó a su cuenta, y lo que no devuelve vuelve a ella.';

CREATE FUNCTION privado.aviso_reembolso_web_sin_entregar() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.ped_codigo || ' ' || w.doc_codigo || ': ' || coalesce(w.rwe_error, 'sin intentos')
    FROM datos.reembolso_web AS w
    WHERE w.rwe_entregado IS NULL AND w.rwe_fecha < now() - interval '10 minutes'
$$;

COMMENT ON FUNCTION privado.aviso_reembolso_web_sin_entregar()
IS 'Hay devoluciones de pedidos hechas hace más de diez minutos que la tienda todavía no sabe.';

-- Triggers -----------------------------------------------------------------------------------------------------------

-- What came back, that the shop knows, and what was settled here; the tries in between are not audited.
CREATE TRIGGER reembolso_web_auditoria
AFTER INSERT OR DELETE OR UPDATE OF rwe_entregado, rwe_soltado, rwe_saldado ON datos.reembolso_web
FOR EACH ROW EXECUTE FUNCTION privado.auditar('rwe_id');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, UPDATE ON datos.reembolso_web TO pos_api;
GRANT SELECT ON datos.reembolso_web TO adm_ventas, adm_fact, contador, auditor, admin;

CREATE POLICY reembolso_web_todos ON datos.reembolso_web
USING ((SELECT privado.ve_todo()));
