-- Venta web: an order of the shop, paid there, becomes an invoice here.
--
-- The order is its own snapshot: prices, promotion, tax class, SRI code, percent, shipping (the line of the service
-- ENVIO), buyer and payment come with it. The POS prices nothing again and judges neither the state of client or
-- product nor credit nor a cash session; what it does hold is that the lines sum to the order's total and that this is
-- the amount the provider captured, to the cent. The goods leave bodega WEB, the money goes to the provider's account,
-- and the legal number is that of the shop's emission point (setting `punto_emision_web`, else the first one).
--
-- The buyer is matched by identification: unknown, a client is created; known, the record is used as it is. The order's
-- code is the key: an order is invoiced once, whoever asks and however often, and is answered alike.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The invoice of an order.
CREATE FUNCTION privado.venta_web_json(p_ped_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'ped_codigo', v.ped_codigo,
        'fac_codigo', f.fac_codigo,
        'fac_numero', f.fac_numero,
        'cli_codigo', f.cli_codigo,
        'total', f.fac_total::text
    )
    FROM datos.venta_web AS v
    JOIN datos.factura AS f USING (fac_codigo)
    WHERE v.ped_codigo = p_ped_codigo
$$;

-- The invoice of an order; null if it has none.
CREATE FUNCTION api.venta_web_obtener(p_ped_codigo text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.venta_web_json(p_ped_codigo)
$$;

GRANT EXECUTE ON FUNCTION api.venta_web_obtener(text) TO puente;

-- The emission point that issues for the shop.
CREATE FUNCTION privado.punto_emision_web() RETURNS datos.punto_emision
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ajuste text := nullif(privado.ajuste('punto_emision_web'), '');
    v_punto datos.punto_emision;
BEGIN
    SELECT p.* INTO v_punto
    FROM datos.punto_emision AS p
    JOIN datos.establecimiento AS e USING (eta_codigo)
    WHERE e.eta_estado = 'ACT' AND p.pto_estado = 'ACT' AND (v_ajuste IS NULL OR p.eta_codigo || '-' || p.pto_codigo = v_ajuste)
    ORDER BY p.eta_codigo, p.pto_codigo
    LIMIT 1;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(422, 'punto_emision_web', 'No hay un punto de emisión para los pedidos en línea.');
    END IF;
    RETURN v_punto;
END
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- The client behind an order's identification; a new one if nobody has it. An account that claimed a record has no name
-- of its own, and the record may have another identification since: what was paid is invoiced all the same.
CREATE FUNCTION privado.venta_web_cliente(p_cliente json) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ruc text := upper(btrim(p_cliente ->> 'cli_ruc_ced'));
    v_codigo text := (SELECT c.cli_codigo FROM datos.cliente AS c WHERE c.cli_ruc_ced = v_ruc);
BEGIN
    IF v_codigo IS NOT NULL THEN
        RETURN v_codigo;
    END IF;
    RETURN privado.cliente_registrar(
        v_ruc, coalesce(nullif(btrim(p_cliente ->> 'cli_nombre'), ''), v_ruc), p_cliente ->> 'cli_tipo_id',
        p_cliente ->> 'cli_telefono', p_cliente ->> 'cli_celular', p_cliente ->> 'cli_mail', p_cliente ->> 'cli_direccion',
        (SELECT c.ct_codigo FROM datos.ciudad AS c WHERE c.ct_codigo = p_cliente ->> 'ct_codigo' AND c.ct_estado = 'ACT')
    );
END
$$;

-- Writes the order's lines on its invoice, as they are, and their sums on the header.
CREATE FUNCTION privado.venta_web_lineas(p_fac_codigo text, p_lineas json) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH linea AS (
        INSERT INTO datos.factura_detalle (
            fac_codigo, prd_codigo, prd_nombre, pxfa_cantidad, prd_precio_venta, prd_promocion,
            pxfa_descuento, pxfa_subtotal, pxfa_iva, iva_codigo, sri_codigo, iva_porcentaje
        )
        SELECT
            p_fac_codigo, l.prd_codigo, l.prd_nombre, l.cantidad, l.precio, l.promocion,
            l.descuento, l.subtotal, l.iva, l.iva_codigo, l.sri_codigo, l.porcentaje
        FROM json_to_recordset(p_lineas) AS l (
            linea int, prd_codigo text, prd_nombre text, cantidad numeric, precio numeric, promocion numeric,
            descuento numeric, subtotal numeric, iva numeric, iva_codigo text, sri_codigo text, porcentaje numeric
        )
        ORDER BY l.linea
        RETURNING pxfa_subtotal, pxfa_iva
    )
    UPDATE datos.factura AS f
    SET fac_subtotal = s.subtotal, fac_iva = s.iva, fac_total = s.subtotal + s.iva
    FROM (SELECT coalesce(sum(pxfa_subtotal), 0) AS subtotal, coalesce(sum(pxfa_iva), 0) AS iva FROM linea) AS s
    WHERE f.fac_codigo = p_fac_codigo
$$;

-- Refuses an order whose lines, total and captured amount are not one and the same figure.
CREATE FUNCTION privado.venta_web_juzgar(p_fac_codigo text, p_pedido json) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura;
BEGIN
    SELECT f.* INTO STRICT v_fac FROM datos.factura AS f WHERE f.fac_codigo = p_fac_codigo;
    IF (v_fac.fac_subtotal, v_fac.fac_iva, v_fac.fac_total, v_fac.fac_total) IS DISTINCT FROM (
        (p_pedido ->> 'subtotal')::numeric, (p_pedido ->> 'iva')::numeric,
        (p_pedido ->> 'total')::numeric, (p_pedido #>> '{pago,monto}')::numeric
    ) THEN
        PERFORM privado.rechazar(
            422, 'venta_web_total', 'Las líneas del pedido, su total y lo cobrado no son la misma cifra.'
        );
    END IF;
END
$$;

-- Issues the invoice of an order that was not invoiced yet.
CREATE FUNCTION privado.venta_web_emitir(p_fac_codigo text, p_pedido json) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_punto datos.punto_emision := privado.punto_emision_web();
BEGIN
    INSERT INTO datos.factura (fac_codigo, eta_codigo, pto_codigo, bod_codigo, cli_codigo, fac_descripcion)
    VALUES (
        p_fac_codigo, v_punto.eta_codigo, v_punto.pto_codigo, 'WEB',
        privado.venta_web_cliente(p_pedido -> 'cliente'), 'Pedido en línea ' || (p_pedido ->> 'ped_codigo')
    );
    PERFORM privado.venta_web_lineas(p_fac_codigo, p_pedido -> 'lineas');
    PERFORM privado.venta_web_juzgar(p_fac_codigo, p_pedido);
    PERFORM privado.factura_emitir(
        p_fac_codigo,
        ARRAY['PASARELA'],
        ARRAY[p_pedido #>> '{pago,proveedor}'],
        ARRAY[(p_pedido ->> 'total')::numeric]
    );
END
$$;

-- Invoices a paid order, given its snapshot; asked again, answers the same invoice. Two askers at once: the second
-- waits on the order's row and finds it done.
CREATE FUNCTION api.venta_web(p_pedido json) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ped_codigo text := p_pedido ->> 'ped_codigo';
    v_fac_codigo text;
    v_total numeric;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.venta_web WHERE ped_codigo = v_ped_codigo) THEN
        v_fac_codigo := privado.codigo('FAC', 7, nextval('datos.factura_codigo'));
        INSERT INTO datos.venta_web (ped_codigo, fac_codigo, vwe_total, vwe_proveedor, vwe_pago)
        VALUES (
            v_ped_codigo, v_fac_codigo, (p_pedido ->> 'total')::numeric,
            p_pedido #>> '{pago,proveedor}', p_pedido #>> '{pago,pag_id}'
        )
        ON CONFLICT ON CONSTRAINT venta_web_unica DO NOTHING;
        IF FOUND THEN
            PERFORM privado.venta_web_emitir(v_fac_codigo, p_pedido);
        END IF;
    END IF;
    SELECT v.vwe_total INTO v_total FROM datos.venta_web AS v WHERE v.ped_codigo = v_ped_codigo;
    IF v_total IS DISTINCT FROM (p_pedido ->> 'total')::numeric THEN
        PERFORM privado.rechazar(409, 'venta_web_distinta', 'El pedido ya se facturó por otro total.');
    END IF;
    RETURN privado.venta_web_json(v_ped_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.venta_web(json) TO puente;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_venta_web_completa() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT v.ped_codigo
    FROM datos.venta_web AS v
    JOIN datos.factura AS f USING (fac_codigo)
    WHERE f.fac_estado = 'PEN' OR f.fac_total <> v.vwe_total OR f.bod_codigo <> 'WEB'
$$;

COMMENT ON FUNCTION privado.doctor_venta_web_completa()
IS 'Cada pedido facturado tiene su factura emitida, por su total y desde WEB.';

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER venta_web_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.venta_web
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT ON datos.venta_web TO pos_api;
GRANT SELECT ON datos.venta_web TO adm_ventas, adm_fact, contador, auditor, admin;

CREATE POLICY venta_web_todas ON datos.venta_web
USING ((SELECT privado.ve_todo()));
