-- Sesión de caja, what it did: the X report of an open session, at any time, and the Z report of a closed one. Both have
-- the same keys. Sales and payments are those of the session's invoices, annulled ones apart; cash in and out is read
-- from the lines of its account, by kind of act.
--
-- Blind count: while a session is open and the setting `arqueo_ciego` says so, its cashier is not told what the drawer
-- should hold nor what it could be worked out from (cash totals, totals of sales, IVA): those keys are null and `ciego`
-- is true. Who oversees drawers sees them. What the cashier did one by one (movements, each sale) is theirs to see, so
-- who adds it all up knows; that nobody tells them is what makes an honest count.
--
-- A Z never changes. What it says was stored at the close, because a sale of the session may be annulled later: that
-- annulment is an act of its own day, whose money leaves another drawer, the bank or a client's account, and shows in the
-- report of that session. Here it shows beside the closed session as `anuladas_despues`, never inside its Z.
--
-- None of the inner steps is granted: the one that is finds the session itself, and decides who is blind.

-- Steps --------------------------------------------------------------------------------------------------------------

-- Invoices of a session in one state: how many, for how much, and the first and last number.
CREATE FUNCTION privado.sesion_caja_ventas(p_id bigint, p_estado text, p_ciego boolean) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'cantidad', count(*),
        'total', CASE WHEN NOT p_ciego THEN coalesce(sum(f.fac_total), 0.00)::text END,
        'primera', min(f.fac_numero),
        'ultima', max(f.fac_numero)
    )
    FROM datos.factura AS f
    WHERE f.ses_id = p_id AND f.fac_estado = p_estado
$$;

-- What the standing invoices of a session were paid with.
CREATE FUNCTION privado.sesion_caja_pagos(p_id bigint, p_ciego boolean) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'metodo', p.metodo,
        'cantidad', p.cantidad,
        'monto', CASE WHEN NOT (p_ciego AND p.metodo = 'EFECTIVO') THEN p.monto::text END
    ) ORDER BY p.metodo), '[]')
    FROM (
        SELECT g.metodo, count(*) AS cantidad, sum(g.monto) AS monto
        FROM datos.factura AS f
        JOIN datos.factura_pago AS g USING (fac_codigo)
        WHERE f.ses_id = p_id AND f.fac_estado = 'APR'
        GROUP BY g.metodo
    ) AS p
$$;

-- Bases and IVA of the standing invoices of a session, per rate.
CREATE FUNCTION privado.sesion_caja_iva(p_id bigint, p_ciego boolean) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'sri_codigo', i.sri_codigo,
        'porcentaje', trim_scale(i.iva_porcentaje),
        'base', CASE WHEN NOT p_ciego THEN i.base::text END,
        'iva', CASE WHEN NOT p_ciego THEN i.iva::text END
    ) ORDER BY i.sri_codigo, i.iva_porcentaje), '[]')
    FROM (
        SELECT d.sri_codigo, d.iva_porcentaje, sum(d.pxfa_subtotal) AS base, sum(d.pxfa_iva) AS iva
        FROM datos.factura AS f
        JOIN datos.factura_detalle AS d USING (fac_codigo)
        WHERE f.ses_id = p_id AND f.fac_estado = 'APR'
        GROUP BY d.sri_codigo, d.iva_porcentaje
    ) AS i
$$;

-- What a kind of act is called where it brings cash in, and where it takes it out.
CREATE FUNCTION privado.caja_concepto(p_doc_tipo text, p_entra boolean, p_glosa text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        (
            SELECT CASE WHEN p_entra THEN c.entra ELSE c.sale END
            FROM (VALUES
                ('FAC', 'Ventas', 'Ventas anuladas'),
                ('NCR', NULL, 'Notas de crédito'),
                ('DEV', NULL, 'Devoluciones'),
                ('OBS', 'Ventas observadas', 'Ventas observadas devueltas'),
                ('CXC', 'Cobros a clientes', NULL),
                ('SAL', NULL, 'Retiros de saldo a favor'),
                ('CMP', 'Compras anuladas', 'Compras'),
                ('CXP', NULL, 'Pagos a proveedores'),
                ('MOV', 'Ingresos', 'Egresos'),
                ('PRE', 'Préstamos pagados', 'Préstamos')
            ) AS c (tipo, entra, sale)
            WHERE c.tipo = p_doc_tipo
        ),
        p_glosa
    )
$$;

-- Cash in and out of a session by kind of act, between its opening and its close; what went back to clients is also
-- summed on its own.
CREATE FUNCTION privado.sesion_caja_efectivo(p_id bigint, p_ciego boolean) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'entradas', CASE WHEN NOT p_ciego THEN coalesce(sum(t.monto) FILTER (WHERE t.entra), 0.00)::text END,
        'salidas', CASE WHEN NOT p_ciego THEN coalesce(sum(t.monto) FILTER (WHERE NOT t.entra), 0.00)::text END,
        'reembolsos', CASE WHEN NOT p_ciego THEN coalesce(
            sum(t.monto) FILTER (WHERE NOT t.entra AND t.doc_tipo IN ('FAC', 'NCR', 'DEV', 'OBS')), 0.00
        )::text END,
        'actos', coalesce(json_agg(json_build_object(
            'documento', t.doc_tipo,
            'tipo', CASE WHEN t.entra THEN 'ENTRADA' ELSE 'SALIDA' END,
            'concepto', privado.caja_concepto(t.doc_tipo, t.entra, t.glosa),
            'cantidad', t.cantidad,
            'monto', CASE WHEN NOT p_ciego THEN t.monto::text END
        ) ORDER BY t.entra DESC, t.doc_tipo), '[]')
    )
    FROM (
        SELECT a.doc_tipo, l.monto > 0 AS entra, min(a.glosa) AS glosa, count(*) AS cantidad, sum(abs(l.monto)) AS monto
        FROM datos.cuenta AS c
        JOIN datos.asiento_linea AS l USING (cta_id)
        JOIN datos.asiento AS a USING (asi_id)
        WHERE c.clase = 'CAJA' AND c.ref = p_id::text AND a.doc_tipo <> 'SES'
        GROUP BY a.doc_tipo, l.monto > 0
    ) AS t
$$;

-- All that a session did so far.
CREATE FUNCTION privado.sesion_caja_hecho(p_id bigint, p_ciego boolean) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'ventas', privado.sesion_caja_ventas(p_id, 'APR', p_ciego),
        'anuladas', privado.sesion_caja_ventas(p_id, 'ANU', p_ciego),
        'pagos', privado.sesion_caja_pagos(p_id, p_ciego),
        'iva', privado.sesion_caja_iva(p_id, p_ciego),
        'efectivo', privado.sesion_caja_efectivo(p_id, p_ciego),
        'movimientos', (
            SELECT coalesce(json_agg(privado.caja_movimiento_fila(m) ORDER BY m.id), '[]')
            FROM datos.caja_movimiento AS m WHERE m.ses_id = p_id
        )
    )
$$;

-- The report of a session that the caller may see: X while it is open, Z once it is closed. None named is their own open
-- one.
CREATE FUNCTION privado.sesion_caja_reporte(p_id bigint) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ses datos.sesion_caja;
    v_ciego boolean;
    v_esperado numeric;
BEGIN
    SELECT s.* INTO v_ses FROM datos.sesion_caja AS s
    WHERE
        (s.id = p_id AND (s.usr_id = session_user OR privado.ve_cajas()))
        OR (p_id IS NULL AND s.usr_id = session_user AND s.estado = 'ABIERTA');
    IF NOT FOUND AND p_id IS NULL THEN
        PERFORM privado.rechazar(404, 'sin_sesion_caja', 'No tiene una sesión de caja abierta.');
    ELSIF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'sesion_caja_existe', 'No existe esa sesión de caja.');
    END IF;
    v_ciego := v_ses.estado = 'ABIERTA' AND privado.ajuste('arqueo_ciego')::boolean AND NOT privado.ve_cajas();
    v_esperado := coalesce(v_ses.monto_esperado, privado.saldo_de('CAJA', v_ses.id::text));
    RETURN privado.json_unir(
        json_build_object(
            'tipo', CASE v_ses.estado WHEN 'CERRADA' THEN 'Z' ELSE 'X' END,
            'ciego', v_ciego,
            'sesion', privado.sesion_caja_fila(v_ses),
            'monto_esperado', CASE WHEN NOT v_ciego THEN v_esperado::text END
        ),
        coalesce(
            (SELECT z.contenido FROM datos.sesion_caja_z AS z WHERE z.ses_id = v_ses.id),
            privado.sesion_caja_hecho(v_ses.id, v_ciego)
        )
    );
END
$$;

GRANT EXECUTE ON FUNCTION privado.sesion_caja_reporte(bigint) TO cajero, adm_ventas, contador, auditor, admin;

-- Sales of a session the caller may see that were annulled after its close: those annulled by now, without those that
-- its Z knows of.
CREATE FUNCTION privado.sesion_caja_anuladas_despues(p_id bigint) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'cantidad', (ahora.a ->> 'cantidad')::bigint - (z.contenido #>> '{anuladas,cantidad}')::bigint,
        'total', ((ahora.a ->> 'total')::numeric - (z.contenido #>> '{anuladas,total}')::numeric)::text
    )
    FROM datos.sesion_caja_z AS z
    JOIN datos.sesion_caja AS s ON s.id = z.ses_id
    CROSS JOIN LATERAL privado.sesion_caja_ventas(p_id, 'ANU', false) AS ahora (a)
    WHERE z.ses_id = p_id AND (s.usr_id = session_user OR privado.ve_cajas())
$$;

GRANT EXECUTE ON FUNCTION privado.sesion_caja_anuladas_despues(bigint)
TO cajero, adm_ventas, contador, auditor, admin;

-- Reading ------------------------------------------------------------------------------------------------------------

-- The X or Z report of a session; none named means the caller's own open one.
CREATE FUNCTION api.sesion_caja_reporte(p_id bigint DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.sesion_caja_reporte(p_id)
$$;

GRANT EXECUTE ON FUNCTION api.sesion_caja_reporte(bigint) TO cajero, adm_ventas, contador, auditor, admin;

-- What a session holds and how it came to it; none named means the caller's own open one.
CREATE FUNCTION api.sesion_caja_balance(p_id bigint DEFAULT NULL) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'id', r #> '{sesion,id}',
        'estado', r #> '{sesion,estado}',
        'ciego', r -> 'ciego',
        'monto_inicial', r #> '{sesion,monto_inicial}',
        'entradas', r #> '{efectivo,entradas}',
        'salidas', r #> '{efectivo,salidas}',
        'monto_esperado', r -> 'monto_esperado',
        'pagos', r -> 'pagos'
    )
    FROM privado.sesion_caja_reporte(p_id) AS r
$$;

GRANT EXECUTE ON FUNCTION api.sesion_caja_balance(bigint) TO cajero, adm_ventas, contador, auditor, admin;

-- One session, and what was annulled of it after its close.
CREATE FUNCTION api.sesion_caja_obtener(p_id bigint) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_sesion json := (SELECT privado.sesion_caja_fila(s) FROM datos.sesion_caja AS s WHERE s.id = p_id);
BEGIN
    IF v_sesion IS NULL THEN
        PERFORM privado.rechazar(404, 'sesion_caja_existe', 'No existe esa sesión de caja.');
    END IF;
    RETURN privado.json_unir(
        v_sesion, json_build_object('anuladas_despues', privado.sesion_caja_anuladas_despues(p_id))
    );
END
$$;

GRANT EXECUTE ON FUNCTION api.sesion_caja_obtener(bigint) TO cajero, adm_ventas, contador, auditor, admin;
