-- Doctor: what must be true of the shop at any time, as queries that return no row.
--
-- An invariant is a function `privado.doctor_<name>()` that answers the keys it is broken for, and its comment says it
-- in Spanish; `privado.aviso_<name>()` alike is worth a look but no fault. Any capability file may hold some: the doctor
-- finds them in the catalog. All run in one snapshot, so it can be asked while the shop sells.

-- Units --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_cupo_reservado_es_suma() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.prd_codigo
    FROM datos.cupo AS c
    LEFT JOIN datos.reserva AS r ON r.prd_codigo = c.prd_codigo AND r.res_estado = 'VIVA'
    GROUP BY c.prd_codigo, c.reservado
    HAVING c.reservado <> coalesce(sum(r.res_cantidad), 0)
$$;

COMMENT ON FUNCTION privado.doctor_cupo_reservado_es_suma()
IS 'Lo reservado de cada producto es la suma de sus reservas vivas.';

CREATE FUNCTION privado.doctor_cupo_vendido_es_suma() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.prd_codigo
    FROM datos.cupo AS c
    LEFT JOIN datos.pedido_detalle AS d
        ON d.prd_codigo = c.prd_codigo
        AND d.ped_codigo IN (SELECT p.ped_codigo FROM datos.pedido AS p WHERE p.ped_pagado IS NOT NULL)
    GROUP BY c.prd_codigo, c.vendido
    HAVING c.vendido <> coalesce(sum(d.pxpe_cantidad), 0)
$$;

COMMENT ON FUNCTION privado.doctor_cupo_vendido_es_suma()
IS 'Lo vendido de cada producto es la suma de las líneas de los pedidos pagados.';

CREATE FUNCTION privado.doctor_cupo_es_suma_de_movimientos() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.prd_codigo
    FROM datos.cupo AS c
    LEFT JOIN datos.cupo_movimiento AS m USING (prd_codigo)
    GROUP BY c.prd_codigo, c.cupo
    HAVING c.cupo <> coalesce(sum(m.mov_cantidad), 0)
$$;

COMMENT ON FUNCTION privado.doctor_cupo_es_suma_de_movimientos()
IS 'El cupo de cada producto es la suma de los movimientos que trajo el puente.';

CREATE FUNCTION privado.doctor_cupo_disponible_no_negativo() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT prd_codigo FROM datos.cupo WHERE cupo - vendido - reservado < 0 OR disponible <> cupo - vendido - reservado
$$;

COMMENT ON FUNCTION privado.doctor_cupo_disponible_no_negativo()
IS 'De ningún producto se prometió más de lo que hay.';

CREATE FUNCTION privado.doctor_reserva_viva_espera_pago() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.ped_codigo
    FROM datos.pedido AS p
    JOIN datos.pedido_detalle AS d ON d.ped_codigo = p.ped_codigo AND d.prd_codigo <> 'ENVIO'
    LEFT JOIN datos.reserva AS r ON r.ped_codigo = d.ped_codigo AND r.prd_codigo = d.prd_codigo
    WHERE
        r.res_cantidad IS DISTINCT FROM d.pxpe_cantidad
        OR (r.res_estado = 'VIVA') <> (p.ped_estado = 'PENDIENTE_PAGO')
        OR (r.res_estado = 'CONSUMIDA') <> (p.ped_pagado IS NOT NULL)
$$;

COMMENT ON FUNCTION privado.doctor_reserva_viva_espera_pago()
IS 'Solo un pedido que espera su pago tiene unidades reservadas, y todas las suyas.';

-- Money --------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_pedido_es_suma_de_lineas() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.ped_codigo
    FROM datos.pedido AS p
    LEFT JOIN datos.pedido_detalle AS d USING (ped_codigo)
    GROUP BY p.ped_codigo
    HAVING
        (p.ped_subtotal, p.ped_iva, p.ped_descuento)
        IS DISTINCT FROM (sum(d.pxpe_subtotal), sum(d.pxpe_iva), sum(d.pxpe_descuento))
$$;

COMMENT ON FUNCTION privado.doctor_pedido_es_suma_de_lineas()
IS 'El subtotal, el IVA y el descuento de cada pedido son la suma de sus líneas.';

CREATE FUNCTION privado.doctor_pedido_pagado_se_cobro_una_vez() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.ped_codigo
    FROM datos.pedido AS p
    LEFT JOIN datos.pago AS g ON g.ped_codigo = p.ped_codigo AND g.pag_estado = 'CAPTURADO'
    GROUP BY p.ped_codigo
    HAVING
        count(g.pag_id) <> (p.ped_pagado IS NOT NULL)::int
        OR coalesce(sum(g.pag_monto), p.ped_total) <> p.ped_total
$$;

COMMENT ON FUNCTION privado.doctor_pedido_pagado_se_cobro_una_vez()
IS 'Cada pedido pagado tiene una sola captura, por su total; los demás, ninguna.';

CREATE FUNCTION privado.doctor_pago_es_del_proveedor() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT g.pag_id::text
    FROM datos.pago AS g
    LEFT JOIN datos.simulada_cargo AS c ON c.car_clave = g.pag_id
    WHERE
        g.pag_proveedor = 'simulada' AND g.pag_estado <> 'INICIADO'
        AND (c.car_resultado, c.car_monto) IS DISTINCT FROM (
            CASE
                WHEN g.pag_estado IN ('CAPTURADO', 'POR_REEMBOLSAR') THEN 'APROBADO'
                ELSE g.pag_estado
            END, g.pag_monto)
$$;

COMMENT ON FUNCTION privado.doctor_pago_es_del_proveedor()
IS 'Lo que cada pago dice es lo que su proveedor hizo, por el mismo monto.';

CREATE FUNCTION privado.doctor_producto_precio_final_al_dia() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.prd_codigo
    FROM datos.producto AS p
    WHERE p.prd_precio_final <> privado.precio_final(p.prd_precio_venta, p.prd_promocion, p.iva_codigo)
$$;

COMMENT ON FUNCTION privado.doctor_producto_precio_final_al_dia()
IS 'El precio final de cada producto es el de hoy.';

-- What should have happened by now -----------------------------------------------------------------------------------

CREATE FUNCTION privado.aviso_pedido_pagado_sin_factura() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ped_codigo || ': ' || coalesce(fac_error, 'sin intentos')
    FROM datos.pedido
    WHERE ped_estado = 'PAGADO' AND ped_pagado < now() - interval '10 minutes'
$$;

COMMENT ON FUNCTION privado.aviso_pedido_pagado_sin_factura()
IS 'Hay pedidos pagados hace más de diez minutos que todavía no tienen factura.';

CREATE FUNCTION privado.aviso_pago_sin_resolver() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pag_id::text || ' ' || pag_estado
    FROM datos.pago
    WHERE pag_estado IN ('INICIADO', 'POR_REEMBOLSAR') AND pag_creado < now() - interval '30 minutes'
$$;

COMMENT ON FUNCTION privado.aviso_pago_sin_resolver()
IS 'Hay pagos de hace más de treinta minutos que nadie resolvió.';

CREATE FUNCTION privado.aviso_pedido_vencido_sin_soltar() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ped_codigo
    FROM datos.pedido
    WHERE ped_estado = 'PENDIENTE_PAGO' AND ped_vence < now() - interval '10 minutes'
$$;

COMMENT ON FUNCTION privado.aviso_pedido_vencido_sin_soltar()
IS 'Hay pedidos vencidos hace más de diez minutos que todavía reservan unidades.';
