-- Factura, issuing: the draft becomes a legal document, in one act.
--
-- Order of the act, which is also the order of its locks: the invoice; the rate of the local date on every line; the
-- judgements; the goods, in item order (VEN at moving average); the money; the client's data frozen; and last of all
-- the legal number. Without payments it is settled by the setting `factura_directa`: CONTADO debits CAJA_GENERAL of
-- the branch, CREDITO the client's account within its limit.
--
-- `factura_emitir` is the part every way of selling shares. It takes an invoice that has its prices, rates and totals
-- (an online order brings its own) and the accounts that settle it, posts and numbers it, and judges nothing else.

-- Judges a draft that is about to be issued at the counter.
CREATE FUNCTION privado.factura_juzgar_emision(p_fac_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
BEGIN
    SELECT c.cli_estado, c.cli_tipo_id, f.fac_total, d.lineas, d.inactivos INTO STRICT v
    FROM datos.factura AS f
    JOIN datos.cliente AS c USING (cli_codigo)
    CROSS JOIN LATERAL (
        SELECT count(*) AS lineas, count(*) FILTER (WHERE p.prd_estado <> 'ACT') AS inactivos
        FROM datos.factura_detalle AS d
        JOIN datos.producto AS p USING (prd_codigo)
        WHERE d.fac_codigo = p_fac_codigo
    ) AS d
    WHERE f.fac_codigo = p_fac_codigo;
    IF v.lineas = 0 THEN
        PERFORM privado.rechazar(409, 'factura_con_lineas', 'La factura no tiene líneas.');
    ELSIF v.cli_estado <> 'ACT' THEN
        PERFORM privado.rechazar(409, 'cliente_activo', 'El cliente no está activo.');
    ELSIF v.inactivos > 0 THEN
        PERFORM privado.rechazar(409, 'producto_activo', 'Un producto de la factura ya no está a la venta.');
    ELSIF v.cli_tipo_id = 'FINAL' AND v.fac_total > privado.ajuste('consumidor_final_maximo')::numeric THEN
        PERFORM privado.rechazar(
            409, 'consumidor_final_maximo',
            'La factura supera el máximo para consumidor final: identifique al cliente.'
        );
    END IF;
END
$$;

-- Takes the goods of an invoice out of its bodega, in item order, and writes on each line what it took. Services
-- take nothing. Answers the change of the inventory account.
CREATE FUNCTION privado.factura_despachar(p_fac datos.factura) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_linea record;
    v_salida record;
    v_lineas bigint[] := '{}';
    v_costos numeric[] := '{}';
    v_delta numeric := 0;
BEGIN
    FOR v_linea IN
        SELECT d.pxfa_codigo, d.prd_codigo, d.pxfa_cantidad, p.prd_tipo
        FROM datos.factura_detalle AS d
        JOIN datos.producto AS p USING (prd_codigo)
        WHERE d.fac_codigo = p_fac.fac_codigo
        ORDER BY d.prd_codigo
    LOOP
        v_lineas := v_lineas || v_linea.pxfa_codigo;
        IF v_linea.prd_tipo = 'SERVICIO' THEN
            v_costos := v_costos || 0.0;
            CONTINUE;
        END IF;
        SELECT * INTO v_salida
        FROM privado.kardex_registrar(
            v_linea.prd_codigo, p_fac.bod_codigo, 'VEN', v_linea.pxfa_cantidad, NULL,
            'FAC', p_fac.fac_codigo, v_linea.pxfa_codigo
        );
        v_costos := v_costos || v_salida.valor;
        v_delta := v_delta + v_salida.inventario_delta;
    END LOOP;
    UPDATE datos.factura_detalle AS d SET pxfa_costo = c.costo
    FROM unnest(v_lineas, v_costos) AS c (pxfa_codigo, costo)
    WHERE d.pxfa_codigo = c.pxfa_codigo;
    RETURN v_delta;
END
$$;

-- Posts the money of an invoice: what settles it against income, IVA by rate, and the cost of the goods.
CREATE FUNCTION privado.factura_asentar(
    p_fac datos.factura, p_inventario numeric, p_clases text[], p_refs text[], p_montos numeric[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sri text[];
    v_iva numeric[];
BEGIN
    SELECT array_agg(t.sri_codigo), array_agg(-t.iva) INTO v_sri, v_iva
    FROM (
        SELECT d.sri_codigo, sum(d.pxfa_iva) AS iva
        FROM datos.factura_detalle AS d
        WHERE d.fac_codigo = p_fac.fac_codigo
        GROUP BY d.sri_codigo
        ORDER BY d.sri_codigo
    ) AS t;
    PERFORM privado.asentar(
        p_fac.eta_codigo, 'FAC', p_fac.fac_codigo, 'Venta',
        p_clases || ARRAY['VENTAS', 'COSTO_VENTAS', 'INVENTARIO']
        || array_fill('IVA_VENTAS'::text, ARRAY[cardinality(v_sri)]),
        p_refs || ARRAY['', '', ''] || v_sri,
        p_montos || ARRAY[-p_fac.fac_subtotal, -p_inventario, p_inventario] || v_iva
    );
    FOR i IN 1 .. cardinality(p_clases) LOOP
        IF p_clases[i] = 'CLIENTE' THEN
            PERFORM privado.cuenta_por_cobrar_abrir(
                p_fac.eta_codigo, p_fac.cli_codigo, 'FAC', p_fac.fac_codigo, p_montos[i]
            );
        END IF;
    END LOOP;
END
$$;

-- Issues a priced draft: goods, money, client's data, number. p_clases, p_refs and p_montos are the accounts that
-- settle its total, to the cent.
CREATE FUNCTION privado.factura_emitir(p_fac_codigo text, p_clases text[], p_refs text[], p_montos numeric[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura;
BEGIN
    SELECT f.* INTO STRICT v_fac FROM datos.factura AS f WHERE f.fac_codigo = p_fac_codigo FOR UPDATE;
    IF v_fac.fac_estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'factura_abierta', 'La factura ya no está en borrador.');
    END IF;
    PERFORM privado.factura_asentar(v_fac, privado.factura_despachar(v_fac), p_clases, p_refs, p_montos);
    PERFORM privado.comision_ganar(v_fac);
    UPDATE datos.factura AS f
    SET
        fac_estado = 'APR',
        fac_fecha = now(),
        fac_fecha_aprobacion = now(),
        cli_ruc_ced = c.cli_ruc_ced,
        cli_nombre = c.cli_nombre,
        cli_direccion = c.cli_direccion,
        cli_mail = c.cli_mail,
        fac_secuencial = privado.numeracion_tomar(v_fac.eta_codigo, v_fac.pto_codigo, 'FAC')
    FROM datos.cliente AS c
    WHERE f.fac_codigo = p_fac_codigo AND c.cli_codigo = f.cli_codigo;
END
$$;

-- Issues a draft at today's rates, settled by the setting `factura_directa`.
CREATE FUNCTION api.factura_aprobar(p_fac_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac datos.factura := privado.factura_borrador(p_fac_codigo);
    v_total numeric := privado.factura_valorar(p_fac_codigo, privado.hoy());
BEGIN
    PERFORM privado.factura_juzgar_emision(p_fac_codigo);
    IF privado.ajuste('factura_directa') = 'CREDITO' THEN
        PERFORM privado.factura_emitir(p_fac_codigo, ARRAY['CLIENTE'], ARRAY[v_fac.cli_codigo], ARRAY[v_total]);
    ELSE
        PERFORM privado.factura_emitir(p_fac_codigo, ARRAY['CAJA_GENERAL'], ARRAY[v_fac.eta_codigo], ARRAY[v_total]);
    END IF;
    RETURN privado.factura_documento(p_fac_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_aprobar(text) TO ventas, adm_ventas, adm_fact, admin;
