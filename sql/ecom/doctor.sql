-- Doctor: what must always be true of the shop, asked as SQL that must return no row.
--
-- Each finding is {regla, nivel, clave, detalle}: VIOLACION is a fault, AVISO is something late. Read by auditor and
-- admin; the daf command runs it after every concurrency and crash test.

-- Units: every counter is the sum of the rows behind it.
CREATE FUNCTION privado.doctor_cupo() RETURNS TABLE (regla text, nivel text, clave text, detalle text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'cupo_reservado_es_suma', 'VIOLACION', c.prd_codigo, format('reservado %s, reservas vivas %s', c.reservado, s.suma)
    FROM datos.cupo AS c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(r.res_cantidad), 0) AS suma
        FROM datos.reserva AS r WHERE r.prd_codigo = c.prd_codigo AND r.res_estado = 'VIVA'
    ) AS s
    WHERE c.reservado <> s.suma
    UNION ALL
    SELECT 'cupo_vendido_es_suma', 'VIOLACION', c.prd_codigo, format('vendido %s, líneas pagadas %s', c.vendido, s.suma)
    FROM datos.cupo AS c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(d.pxpe_cantidad), 0) AS suma
        FROM datos.pedido_detalle AS d JOIN datos.pedido AS p USING (ped_codigo)
        WHERE d.prd_codigo = c.prd_codigo AND p.ped_pagado IS NOT NULL
    ) AS s
    WHERE c.vendido <> s.suma
    UNION ALL
    SELECT 'cupo_es_suma_de_movimientos', 'VIOLACION', c.prd_codigo, format('cupo %s, movimientos %s', c.cupo, s.suma)
    FROM datos.cupo AS c
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(m.mov_cantidad), 0) AS suma
        FROM datos.cupo_movimiento AS m WHERE m.prd_codigo = c.prd_codigo
    ) AS s
    WHERE c.cupo <> s.suma
    UNION ALL
    SELECT 'disponible_no_negativo', 'VIOLACION', c.prd_codigo, format('disponible %s', c.disponible)
    FROM datos.cupo AS c
    WHERE c.disponible < 0
    UNION ALL
    SELECT 'reserva_viva_espera_pago', 'VIOLACION', p.ped_codigo, format('reserva viva de un pedido %s', p.ped_estado)
    FROM datos.reserva AS r JOIN datos.pedido AS p USING (ped_codigo)
    WHERE r.res_estado = 'VIVA' AND p.ped_estado <> 'PENDIENTE_PAGO'
$$;

-- Money: an order is the sum of its lines and is captured once, for exactly its total.
CREATE FUNCTION privado.doctor_pedido() RETURNS TABLE (regla text, nivel text, clave text, detalle text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'pedido_es_suma_de_lineas', 'VIOLACION', p.ped_codigo, format('subtotal %s, IVA %s', p.ped_subtotal, p.ped_iva)
    FROM datos.pedido AS p
    CROSS JOIN LATERAL (
        SELECT sum(d.pxpe_subtotal) AS subtotal, sum(d.pxpe_iva) AS iva, sum(d.pxpe_descuento) AS descuento
        FROM datos.pedido_detalle AS d WHERE d.ped_codigo = p.ped_codigo
    ) AS s
    WHERE (p.ped_subtotal, p.ped_iva, p.ped_descuento) IS DISTINCT FROM (s.subtotal, s.iva, s.descuento)
    UNION ALL
    SELECT 'pedido_pagado_una_captura', 'VIOLACION', p.ped_codigo, format('%s capturas por %s de %s', s.n, s.monto, p.ped_total)
    FROM datos.pedido AS p
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, coalesce(sum(g.pag_monto), 0) AS monto
        FROM datos.pago AS g WHERE g.ped_codigo = p.ped_codigo AND g.pag_estado = 'CAPTURADO'
    ) AS s
    WHERE
        (p.ped_pagado IS NOT NULL AND p.ped_estado <> 'REEMBOLSADO' AND (s.n <> 1 OR s.monto <> p.ped_total))
        OR (p.ped_pagado IS NULL AND s.n > 0)
    UNION ALL
    SELECT 'pago_capturado_es_del_proveedor', 'VIOLACION', g.pag_id::text, format('%s de %s', g.pag_monto, g.ped_codigo)
    FROM datos.pago AS g
    LEFT JOIN datos.simulada_cargo AS c ON c.car_clave = g.pag_id AND c.car_resultado = 'APROBADO'
    WHERE g.pag_estado = 'CAPTURADO' AND g.pag_proveedor = 'simulada' AND c.car_monto IS DISTINCT FROM g.pag_monto
    UNION ALL
    SELECT 'producto_precio_final_al_dia', 'VIOLACION', p.prd_codigo, format('precio final %s', p.prd_precio_final)
    FROM datos.producto AS p
    WHERE p.prd_precio_final <> privado.precio_final(p.prd_precio_venta, p.prd_promocion, p.iva_codigo)
$$;

-- What should have happened by now.
CREATE FUNCTION privado.doctor_demora() RETURNS TABLE (regla text, nivel text, clave text, detalle text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        'pedido_pagado_se_factura', 'AVISO', p.ped_codigo,
        format('pagado %s, %s intentos: %s', p.ped_pagado, p.fac_intentos, coalesce(p.fac_error, ''))
    FROM datos.pedido AS p
    WHERE p.ped_estado = 'PAGADO' AND p.ped_pagado < now() - interval '10 minutes'
    UNION ALL
    SELECT 'pedido_pendiente_se_resuelve', 'AVISO', p.ped_codigo, format('venció %s', p.ped_vence)
    FROM datos.pedido AS p
    WHERE p.ped_estado = 'PENDIENTE_PAGO' AND p.ped_vence < now() - interval '10 minutes'
    UNION ALL
    SELECT 'pago_se_resuelve', 'AVISO', g.pag_id::text, format('%s desde %s', g.pag_estado, g.pag_creado)
    FROM datos.pago AS g
    WHERE g.pag_estado IN ('INICIADO', 'POR_REEMBOLSAR') AND g.pag_creado < now() - interval '30 minutes'
$$;

-- Every finding of this side; an empty list is health.
CREATE FUNCTION api.doctor_revisar() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_agg(json_build_object(
        'regla', f.regla, 'nivel', f.nivel, 'clave', f.clave, 'detalle', f.detalle
    )), '[]')
    FROM (
        SELECT * FROM privado.doctor_cupo()
        UNION ALL
        SELECT * FROM privado.doctor_pedido()
        UNION ALL
        SELECT * FROM privado.doctor_demora()
    ) AS f
$$;

GRANT EXECUTE ON FUNCTION api.doctor_revisar() TO auditor, admin;
