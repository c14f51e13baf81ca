-- Venta: the till's single act. Invoice, lines, payments and issue in one statement, inside the caller's own open
-- session, from the bodega of its register's emission point. Who names no client sells to CONSUMIDOR FINAL; a product
-- named twice is one line of the sum. Prices are the server's, as on any invoice (factura_detalle.sql). Its payments
-- stand beside the invoice they settle; who sees the invoice sees them.
--
-- Order of its locks: the session; the goods, in item order; the guarded accounts, a client's debt and credit among
-- them; the legal number. What is judged on an account (limit, credit, drawer) is judged after its row is locked.

-- A sale as a till says it.
CREATE TYPE privado.venta_dicha AS (
    cli_codigo text, prd_codigo text[], cantidad numeric[], precio numeric[], motivo_precio text[],
    metodo text[], monto numeric[], referencia text[]
);

-- Reading ------------------------------------------------------------------------------------------------------------

-- A sale as lists show it.
CREATE FUNCTION privado.venta_fila(f datos.factura, c datos.cliente) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.json_unir(privado.factura_fila(f, c), json_build_object(
        'sesion', f.ses_id,
        'usr_id', f.usr_id,
        'vendida_en', f.fac_vendida_en
    ))
$$;

GRANT EXECUTE ON FUNCTION privado.venta_fila(datos.factura, datos.cliente)
TO cajero, adm_ventas, contador, auditor, admin;

-- A sale: its invoice with lines, and how it was paid. NULL if the caller sees no such sale.
CREATE FUNCTION privado.venta_documento(p_fac_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_pagos json;
    v_cambio numeric;
    v_venta record;
BEGIN
    SELECT f.ses_id, f.fac_vendida_en INTO v_venta
    FROM datos.factura AS f WHERE f.fac_codigo = p_fac_codigo AND f.ses_id IS NOT NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT json_agg(json_build_object(
        'metodo', p.metodo, 'monto', p.monto::text, 'recibido', p.recibido::text, 'referencia', p.referencia
    ) ORDER BY p.linea), sum(p.recibido - p.monto)
    INTO v_pagos, v_cambio
    FROM datos.factura_pago AS p WHERE p.fac_codigo = p_fac_codigo;
    RETURN privado.json_unir(privado.factura_documento(p_fac_codigo), json_build_object(
        'pagos', v_pagos,
        'cambio', v_cambio::text,
        'sesion', v_venta.ses_id,
        'vendida_en', v_venta.fac_vendida_en
    ));
END
$$;

GRANT EXECUTE ON FUNCTION privado.venta_documento(text) TO cajero, adm_ventas, contador, auditor, admin;

-- Sales, the newest first: one's own, or everybody's for who oversees sales; of one session, one state, some days.
CREATE FUNCTION api.venta_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_sesion bigint DEFAULT NULL,
    p_desde date DEFAULT NULL, p_hasta date DEFAULT NULL, p_estado text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_mias text := CASE WHEN NOT privado.ve_todo() THEN session_user::text END;
    v_zona text := privado.ajuste('zona_horaria');
    v_desde timestamptz := coalesce(p_desde::timestamp AT TIME ZONE v_zona, '-infinity');
    v_hasta timestamptz := coalesce((p_hasta + 1)::timestamp AT TIME ZONE v_zona, 'infinity');
    v_total bigint;
    v_filas json;
BEGIN
    SELECT count(*) INTO v_total FROM (
        SELECT FROM datos.factura AS f
        WHERE
            f.ses_id IS NOT NULL AND (v_mias IS NULL OR f.usr_id = v_mias) AND (p_sesion IS NULL OR f.ses_id = p_sesion)
            AND f.fac_fecha >= v_desde AND f.fac_fecha < v_hasta
            AND (nullif(p_estado, '') IS NULL OR f.fac_estado = p_estado)
        LIMIT 10001
    ) AS t;
    SELECT json_agg(privado.venta_fila(g.f, g.c) ORDER BY (g.f).fac_fecha DESC, (g.f).fac_codigo DESC) INTO v_filas
    FROM (
        SELECT f, c FROM datos.factura AS f
        JOIN datos.cliente AS c USING (cli_codigo)
        WHERE
            f.ses_id IS NOT NULL AND (v_mias IS NULL OR f.usr_id = v_mias) AND (p_sesion IS NULL OR f.ses_id = p_sesion)
            AND f.fac_fecha >= v_desde AND f.fac_fecha < v_hasta
            AND (nullif(p_estado, '') IS NULL OR f.fac_estado = p_estado)
        ORDER BY f.fac_fecha DESC, f.fac_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.venta_listar(int, int, bigint, date, date, text)
TO cajero, adm_ventas, contador, auditor, admin;

-- One sale with its lines and payments.
CREATE FUNCTION api.venta_obtener(p_fac_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_venta json := privado.venta_documento(p_fac_codigo);
BEGIN
    IF v_venta IS NULL THEN
        PERFORM privado.rechazar(404, 'venta_existe', 'No existe esa venta.');
    END IF;
    RETURN v_venta;
END
$$;

GRANT EXECUTE ON FUNCTION api.venta_obtener(text) TO cajero, adm_ventas, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- The bodega a session sells from: that of its register's emission point. Refuses a register that does not sell.
CREATE FUNCTION privado.venta_bodega(p_ses datos.sesion_caja) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
BEGIN
    SELECT c.tipo, p.bod_codigo, p.pto_estado INTO STRICT v
    FROM datos.caja AS c
    JOIN datos.punto_emision AS p ON p.eta_codigo = p_ses.eta_codigo AND p.pto_codigo = p_ses.pto_codigo
    WHERE c.id = p_ses.caja;
    IF v.tipo = 'SOLO_AGENTES' THEN
        PERFORM privado.rechazar(409, 'caja_sin_ventas', 'Esta caja es solo de agentes: no vende.');
    ELSIF v.pto_estado <> 'ACT' THEN
        PERFORM privado.rechazar(409, 'punto_emision_activo', 'El punto de emisión de la caja está desactivado.');
    END IF;
    RETURN v.bod_codigo;
END
$$;

-- The client a sale names, or CONSUMIDOR FINAL.
CREATE FUNCTION privado.venta_cliente_dicho(p_cli_codigo text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(
        nullif(p_cli_codigo, ''),
        (SELECT c.cli_codigo FROM datos.cliente AS c WHERE c.cli_ruc_ced = '9999999999999')
    );
END
$$;

-- The client of a sale, who is active.
CREATE FUNCTION privado.venta_cliente(p_cli_codigo text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_cli text := privado.venta_cliente_dicho(p_cli_codigo);
BEGIN
    IF NOT EXISTS (SELECT FROM datos.cliente AS c WHERE c.cli_codigo = v_cli AND c.cli_estado = 'ACT') THEN
        PERFORM privado.rechazar(422, 'cliente_activo', 'El cliente no existe o no está activo.');
    END IF;
    RETURN v_cli;
END
$$;

-- Refuses lines that are none, that are not of one length, or that name one product at two prices.
CREATE FUNCTION privado.venta_juzgar_lineas(p_venta privado.venta_dicha) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF coalesce(cardinality(p_venta.prd_codigo), 0) = 0 THEN
        PERFORM privado.rechazar(422, 'venta_con_lineas', 'La venta no tiene líneas.');
    ELSIF EXISTS (
        SELECT FROM unnest(p_venta.prd_codigo, p_venta.precio) AS l (prd, precio)
        GROUP BY l.prd HAVING count(DISTINCT coalesce(l.precio, -1)) > 1
    ) THEN
        PERFORM privado.rechazar(422, 'producto_un_precio', 'Un producto va a un solo precio en la venta.');
    END IF;
    PERFORM privado.factura_juzgar_cantidad(l.cantidad)
    FROM unnest(p_venta.prd_codigo, p_venta.cantidad) AS l (prd, cantidad);
END
$$;

-- Writes the lines of a sale, each product once, at the price and promotion of a moment (NULL: those of today). A
-- special price is judged by who may give one.
CREATE FUNCTION privado.venta_lineas(p_fac_codigo text, p_venta privado.venta_dicha, p_momento timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_lineas bigint;
BEGIN
    IF array_remove(p_venta.precio, NULL) <> '{}' THEN
        PERFORM privado.factura_juzgar_precio(l.precio, l.motivo)
        FROM unnest(p_venta.precio, p_venta.motivo_precio) AS l (precio, motivo);
    END IF;
    INSERT INTO datos.factura_detalle (
        fac_codigo, prd_codigo, prd_nombre, pxfa_cantidad, prd_precio_venta, prd_promocion, pxfa_motivo_precio,
        iva_codigo, sri_codigo, iva_porcentaje
    )
    SELECT
        p_fac_codigo, p.prd_codigo, p.prd_nombre, l.cantidad,
        coalesce(l.precio, h.precio, p.prd_precio_venta),
        CASE WHEN l.precio IS NULL THEN coalesce(h.promocion, p.prd_promocion) ELSE 0 END,
        l.motivo, p.iva_codigo, '', 0
    FROM (
        SELECT
            u.prd, sum(u.cantidad) AS cantidad, min(u.precio) AS precio,
            min(btrim(u.motivo)) FILTER (WHERE u.precio IS NOT NULL) AS motivo, min(u.n) AS n
        FROM unnest(p_venta.prd_codigo, p_venta.cantidad, p_venta.precio, p_venta.motivo_precio)
            WITH ORDINALITY AS u (prd, cantidad, precio, motivo, n)
        GROUP BY u.prd
    ) AS l
    JOIN datos.producto AS p ON p.prd_codigo = l.prd AND p.prd_estado = 'ACT'
    LEFT JOIN LATERAL (
        SELECT e.precio, e.promocion FROM privado.producto_precio_en(p.prd_codigo, p_momento) AS e
        WHERE p_momento IS NOT NULL  -- for a sale of today, not asked at all
    ) AS h ON true
    ORDER BY l.n;
    GET DIAGNOSTICS v_lineas = ROW_COUNT;
    IF v_lineas <> (SELECT count(*) FROM (SELECT DISTINCT u.prd FROM unnest(p_venta.prd_codigo) AS u (prd)) AS d) THEN
        PERFORM privado.rechazar(422, 'producto_activo', 'El producto no existe o no está a la venta.');
    END IF;
END
$$;

-- Sells: the invoice with that code, issued and paid. p_momento is when a late sale was made and p_total what its
-- terminal printed. Runs with the rights of the act that calls it, so the policies bind the place.
CREATE FUNCTION privado.venta_registrar(
    p_fac_codigo text, p_ses datos.sesion_caja, p_bod text, p_venta privado.venta_dicha,
    p_momento timestamptz DEFAULT NULL, p_total numeric DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_cli text := privado.venta_cliente(p_venta.cli_codigo);
    v_total numeric;
BEGIN
    PERFORM privado.venta_juzgar_lineas(p_venta);
    INSERT INTO datos.factura (fac_codigo, eta_codigo, pto_codigo, bod_codigo, cli_codigo, ses_id, fac_vendida_en)
    VALUES (p_fac_codigo, p_ses.eta_codigo, p_ses.pto_codigo, p_bod, v_cli, p_ses.id, p_momento);
    PERFORM privado.venta_lineas(p_fac_codigo, p_venta, p_momento);
    v_total := privado.factura_valorar(p_fac_codigo, privado.hoy());
    IF v_total <> p_total THEN
        PERFORM privado.rechazar(409, 'total_impreso', format('El total que corresponde es %s.', v_total));
    END IF;
    PERFORM privado.factura_juzgar_emision(p_fac_codigo);
    PERFORM privado.venta_cobrar(p_fac_codigo, p_ses.id, v_cli, v_total, p_venta);
END
$$;

-- Sells at the caller's open session: lines and payments as parallel arrays. Without payments, exactly in cash.
CREATE FUNCTION api.venta_crear(
    p_prd_codigo text[], p_cantidad numeric[], p_precio numeric[] DEFAULT NULL, p_motivo_precio text[] DEFAULT NULL,
    p_metodo text[] DEFAULT NULL, p_monto numeric[] DEFAULT NULL, p_referencia text[] DEFAULT NULL,
    p_cli_codigo text DEFAULT NULL, p_sesion bigint DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja := privado.sesion_caja_exigir();
    v_fac text := privado.codigo('FAC', 7, nextval('datos.factura_codigo'));
BEGIN
    IF p_sesion <> v_ses.id THEN
        PERFORM privado.rechazar(409, 'sesion_caja_propia', 'Esa no es su sesión de caja abierta.');
    END IF;
    PERFORM privado.venta_registrar(v_fac, v_ses, privado.venta_bodega(v_ses), ROW (
        p_cli_codigo, p_prd_codigo, p_cantidad, p_precio, p_motivo_precio, p_metodo, p_monto, p_referencia
    )::privado.venta_dicha);
    RETURN privado.venta_documento(v_fac);
END
$$;

GRANT EXECUTE ON FUNCTION api.venta_crear(text[], numeric[], numeric[], text[], text[], numeric[], text[], text, bigint)
TO cajero, admin;
