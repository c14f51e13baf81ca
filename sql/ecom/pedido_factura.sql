-- Pedido, its invoice: what the bridge takes to the POS and what it brings back.
--
-- A PAGADO order without `fac_codigo` is the pending intent itself. The bridge tries at once after the checkout, then
-- sweeps; each failure waits longer, up to ten minutes, and none gives up.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Everything the POS needs to invoice an order without asking or pricing anything again.
CREATE FUNCTION privado.pedido_instantanea(p_pedido datos.pedido) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'ped_codigo', p_pedido.ped_codigo,
        'ped_fecha', p_pedido.ped_fecha,
        'ped_pagado', p_pedido.ped_pagado,
        'descuento', p_pedido.ped_descuento::text,
        'envio', p_pedido.ped_envio::text,
        'subtotal', p_pedido.ped_subtotal::text,
        'iva', p_pedido.ped_iva::text,
        'total', p_pedido.ped_total::text,
        'cliente', json_build_object(
            'cli_tipo_id', p_pedido.cli_tipo_id, 'cli_ruc_ced', p_pedido.cli_ruc_ced, 'cli_nombre', p_pedido.cli_nombre,
            'cli_telefono', p_pedido.cli_telefono, 'cli_celular', p_pedido.cli_celular, 'cli_mail', p_pedido.cli_mail,
            'cli_direccion', p_pedido.cli_direccion, 'ct_codigo', coalesce(p_pedido.ct_codigo, '')
        ),
        'pago', (
            SELECT json_build_object(
                'pag_id', g.pag_id, 'proveedor', g.pag_proveedor, 'referencia', g.pag_referencia,
                'marca', g.pag_marca, 'ultimos4', g.pag_ultimos4, 'monto', g.pag_monto::text
            )
            FROM datos.pago AS g
            WHERE g.ped_codigo = p_pedido.ped_codigo AND g.pag_estado = 'CAPTURADO'
        ),
        'lineas', (
            SELECT json_agg(json_build_object(
                'linea', d.pxpe_linea, 'prd_codigo', d.prd_codigo, 'prd_nombre', d.prd_nombre,
                'cantidad', trim_scale(d.pxpe_cantidad), 'precio', d.pxpe_precio::text,
                'promocion', trim_scale(d.pxpe_promocion), 'descuento', d.pxpe_descuento::text,
                'subtotal', d.pxpe_subtotal::text, 'iva', d.pxpe_iva::text, 'iva_codigo', d.iva_codigo,
                'sri_codigo', d.sri_codigo, 'porcentaje', trim_scale(d.iva_porcentaje)
            ) ORDER BY d.pxpe_linea)
            FROM datos.pedido_detalle AS d
            WHERE d.ped_codigo = p_pedido.ped_codigo
        )
    )
$$;

-- Paid orders that wait for their invoice and whose turn it is; or the one named, whenever its turn is.
CREATE FUNCTION api.pedido_por_facturar(p_limite int DEFAULT 20, p_ped_codigo text DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(privado.pedido_instantanea(g.pedido)), '[]')
    FROM (
        SELECT p AS pedido
        FROM datos.pedido AS p
        WHERE
            p.ped_estado = 'PAGADO'
            AND (CASE WHEN p_ped_codigo IS NULL THEN p.fac_reintentar <= now() ELSE p.ped_codigo = p_ped_codigo END)
        ORDER BY p.fac_reintentar, p.ped_codigo
        LIMIT p_limite
    ) AS g
$$;

GRANT EXECUTE ON FUNCTION api.pedido_por_facturar(int, text) TO puente;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Notes the client's code in the POS on the account that ordered.
CREATE FUNCTION privado.cuenta_vincular(p_usr_id bigint, p_cli_codigo text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.usuario_app SET cli_codigo = p_cli_codigo
    WHERE usr_id = p_usr_id AND usr_estado = 'ACT' AND cli_codigo <> p_cli_codigo
$$;

-- Writes the invoice on an order that waits for it; refuses any other than the one it has.
CREATE FUNCTION privado.pedido_facturar(p_ped_codigo text, p_fac_codigo text, p_fac_numero text) RETURNS datos.pedido
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_pedido datos.pedido;
BEGIN
    UPDATE datos.pedido
    SET ped_estado = 'FACTURADO', fac_codigo = p_fac_codigo, fac_numero = p_fac_numero, fac_error = NULL
    WHERE ped_codigo = p_ped_codigo AND ped_estado = 'PAGADO';
    SELECT p.* INTO v_pedido FROM datos.pedido AS p WHERE p.ped_codigo = p_ped_codigo;
    IF v_pedido.fac_codigo IS DISTINCT FROM p_fac_codigo THEN
        PERFORM privado.rechazar(409, 'pedido_facturado_una_vez', 'El pedido no espera esa factura.');
    END IF;
    RETURN v_pedido;
END
$$;

-- Notes the invoice of an order; told again it answers the same.
CREATE FUNCTION api.pedido_facturado(
    p_ped_codigo text, p_fac_codigo text, p_fac_numero text, p_cli_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_pedido datos.pedido := privado.pedido_facturar(p_ped_codigo, p_fac_codigo, p_fac_numero);
BEGIN
    IF p_cli_codigo IS NOT NULL THEN
        PERFORM privado.cuenta_vincular(v_pedido.usr_id, p_cli_codigo);
    END IF;
    RETURN privado.pedido_json(v_pedido);
END
$$;

GRANT EXECUTE ON FUNCTION api.pedido_facturado(text, text, text, text) TO puente;

-- Notes why an invoice could not be issued, and when to try again.
CREATE FUNCTION api.pedido_factura_fallar(p_ped_codigo text, p_error text) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE datos.pedido
    SET
        fac_intentos = fac_intentos + 1,
        fac_error = left(p_error, 500),
        fac_reintentar = now() + least(power(2, least(fac_intentos, 10)), 600) * interval '1 second'
    WHERE ped_codigo = p_ped_codigo AND ped_estado = 'PAGADO'
    RETURNING json_build_object(
        'ped_codigo', ped_codigo, 'fac_intentos', fac_intentos, 'fac_reintentar', fac_reintentar
    )
$$;

GRANT EXECUTE ON FUNCTION api.pedido_factura_fallar(text, text) TO puente;
