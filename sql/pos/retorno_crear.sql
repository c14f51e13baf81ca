-- Retorno, making one: the two acts, which differ in who the client is and in the series that numbers them.

-- Makes a return of either kind: goods, money, commission, number. One that the shop asked for has the key of its refund
-- and who asked there.
CREATE FUNCTION privado.retorno_crear(
    p_tipo text, p_fac_codigo text, p_pxfa bigint[], p_cantidad numeric[], p_a_stock boolean[],
    p_motivo text, p_reembolso text, p_reembolso_web uuid DEFAULT NULL, p_solicita text DEFAULT NULL
) RETURNS datos.retorno
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura;
    v_ret datos.retorno;
    v_bienes record;
BEGIN
    SELECT f.* INTO STRICT v_fac FROM datos.factura AS f WHERE f.fac_codigo = p_fac_codigo FOR UPDATE;
    PERFORM privado.retorno_juzgar(v_fac, p_tipo, p_pxfa, p_cantidad, p_motivo);
    PERFORM privado.reembolso_cuenta(v_fac, p_reembolso);
    v_ret.ret_codigo := privado.codigo(p_tipo, 7, nextval('datos.retorno_numero'));
    INSERT INTO datos.retorno AS r (
        ret_codigo, ret_tipo, fac_codigo, eta_codigo, pto_codigo, bod_codigo, cli_codigo, ret_motivo, ret_reembolso,
        ret_subtotal, ret_iva
    )
    SELECT
        v_ret.ret_codigo, p_tipo, p_fac_codigo, v_fac.eta_codigo, v_fac.pto_codigo, p.bod_codigo, v_fac.cli_codigo,
        btrim(p_motivo), nullif(p_reembolso, ''), sum(l.subtotal), sum(l.iva)
    FROM privado.retorno_lineas(p_pxfa, p_cantidad, p_a_stock) AS l
    JOIN datos.punto_emision AS p ON p.eta_codigo = v_fac.eta_codigo AND p.pto_codigo = v_fac.pto_codigo
    GROUP BY p.bod_codigo
    RETURNING r.* INTO v_ret;
    INSERT INTO datos.retorno_detalle (ret_codigo, pxfa_codigo, cantidad, a_stock, subtotal, iva, costo)
    SELECT v_ret.ret_codigo, l.pxfa_codigo, l.cantidad, l.a_stock, l.subtotal, l.iva, l.costo
    FROM privado.retorno_lineas(p_pxfa, p_cantidad, p_a_stock) AS l;
    SELECT * INTO v_bienes FROM privado.retorno_reingresar(v_ret);
    PERFORM privado.retorno_asentar(v_ret, v_fac, v_bienes.entrada, v_bienes.merma);
    PERFORM privado.reembolso_web_anotar(
        v_fac, p_tipo, v_ret.ret_codigo, v_ret.ret_total, p_reembolso, p_reembolso_web, p_solicita
    );
    PERFORM privado.comision_devolver(
        p_fac_codigo, p_tipo, v_ret.ret_codigo, v_ret.ret_subtotal,
        (SELECT sum(r.ret_subtotal) FROM datos.retorno AS r WHERE r.fac_codigo = p_fac_codigo) = v_fac.fac_subtotal
    );
    UPDATE datos.retorno AS r
    SET ret_secuencial = privado.numeracion_tomar(v_fac.eta_codigo, v_fac.pto_codigo, p_tipo)
    WHERE r.ret_codigo = v_ret.ret_codigo
    RETURNING r.* INTO v_ret;
    RETURN v_ret;
END
$$;

-- Credits lines of an invoice to a named client, in the legal series of its point.
CREATE FUNCTION api.nota_credito_crear(
    p_fac_codigo text, p_pxfa_codigo bigint[], p_cantidad numeric[], p_motivo text,
    p_a_stock boolean[] DEFAULT '{}', p_reembolso text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura := privado.factura_bloquear(p_fac_codigo);
    v_ret datos.retorno;
BEGIN
    v_ret := privado.retorno_crear('NCR', v_fac.fac_codigo, p_pxfa_codigo, p_cantidad, p_a_stock, p_motivo, p_reembolso);
    RETURN privado.retorno_documento(v_ret);
END
$$;

GRANT EXECUTE ON FUNCTION api.nota_credito_crear(text, bigint[], numeric[], text, boolean[], text)
TO adm_ventas, adm_fact, admin;

-- Takes back lines of a sale to CONSUMIDOR FINAL, in an internal series.
CREATE FUNCTION api.devolucion_crear(
    p_fac_codigo text, p_pxfa_codigo bigint[], p_cantidad numeric[], p_motivo text,
    p_a_stock boolean[] DEFAULT '{}', p_reembolso text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura := privado.factura_bloquear(p_fac_codigo);
    v_ret datos.retorno;
BEGIN
    v_ret := privado.retorno_crear('DEV', v_fac.fac_codigo, p_pxfa_codigo, p_cantidad, p_a_stock, p_motivo, p_reembolso);
    RETURN privado.retorno_documento(v_ret);
END
$$;

GRANT EXECUTE ON FUNCTION api.devolucion_crear(text, bigint[], numeric[], text, boolean[], text)
TO adm_ventas, adm_fact, admin;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_retorno_dentro_de_lo_vendido() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT l.fac_codigo || ' línea ' || l.pxfa_codigo
    FROM datos.retorno_detalle AS d
    JOIN datos.factura_detalle AS l USING (pxfa_codigo)
    GROUP BY l.fac_codigo, l.pxfa_codigo
    HAVING
        sum(d.cantidad) > l.pxfa_cantidad OR sum(d.subtotal) > l.pxfa_subtotal OR sum(d.iva) > l.pxfa_iva
        OR sum(d.costo) > l.pxfa_costo
        OR (sum(d.cantidad) = l.pxfa_cantidad AND (sum(d.subtotal), sum(d.iva), sum(d.costo))
            IS DISTINCT FROM (l.pxfa_subtotal, l.pxfa_iva, l.pxfa_costo))
$$;

COMMENT ON FUNCTION privado.doctor_retorno_dentro_de_lo_vendido()
IS 'Lo devuelto de cada línea no pasa de lo vendido, y devuelta entera da exactamente su neto, su IVA y su costo.';

CREATE FUNCTION privado.doctor_retorno_numerado() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(n.doc_tipo, r.ret_tipo) || ' ' || coalesce(n.eta_codigo, r.eta_codigo) || '-'
        || coalesce(n.pto_codigo, r.pto_codigo)
    FROM (SELECT * FROM datos.numeracion WHERE doc_tipo IN ('NCR', 'DEV')) AS n
    FULL JOIN (
        SELECT ret_tipo, eta_codigo, pto_codigo, count(*) AS cuantos, max(ret_secuencial) AS mayor
        FROM datos.retorno GROUP BY ret_tipo, eta_codigo, pto_codigo
    ) AS r ON (r.ret_tipo, r.eta_codigo, r.pto_codigo) = (n.doc_tipo, n.eta_codigo, n.pto_codigo)
    WHERE n.ultimo IS DISTINCT FROM r.cuantos OR n.ultimo IS DISTINCT FROM r.mayor
$$;

COMMENT ON FUNCTION privado.doctor_retorno_numerado()
IS 'En cada serie de retornos, los numerados = número mayor = contador.';

-- Triggers, grants and policies --------------------------------------------------------------------------------------

CREATE TRIGGER retorno_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.retorno
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ret_codigo');

CREATE TRIGGER retorno_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.retorno_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('ret_codigo');

GRANT SELECT ON datos.retorno TO adm_ventas, adm_fact, contador, auditor, admin, pos_api;
GRANT SELECT (ret_codigo, pxfa_codigo, cantidad, a_stock, subtotal, iva) ON datos.retorno_detalle
TO adm_ventas, adm_fact, pos_api;
GRANT SELECT ON datos.retorno_detalle TO contador, auditor, admin;

CREATE POLICY retorno_sucursal ON datos.retorno FOR SELECT
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
CREATE POLICY retorno_detalle_de_retorno ON datos.retorno_detalle FOR SELECT
USING (EXISTS (SELECT FROM datos.retorno AS r WHERE r.ret_codigo = retorno_detalle.ret_codigo));
