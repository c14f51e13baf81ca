-- Reembolso, doctor: no more came back than was bought and paid, and the provider gave back exactly that.

CREATE FUNCTION privado.doctor_reembolso_es_suma_de_lineas() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.ree_id::text
    FROM datos.reembolso AS r
    LEFT JOIN datos.reembolso_detalle AS d USING (ree_id)
    WHERE r.ree_estado IN ('ACREDITADO', 'HECHO')
    GROUP BY r.ree_id, r.ree_monto
    HAVING r.ree_monto IS DISTINCT FROM sum(d.subtotal + d.iva) OR count(d.subtotal) < count(*)
$$;

COMMENT ON FUNCTION privado.doctor_reembolso_es_suma_de_lineas()
IS 'El monto de cada reembolso acreditado es la suma de sus líneas.';

CREATE FUNCTION privado.doctor_reembolso_dentro_de_lo_comprado() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.ped_codigo || ' ' || d.prd_codigo
    FROM datos.reembolso AS r
    JOIN datos.reembolso_detalle AS d USING (ree_id)
    LEFT JOIN datos.pedido_detalle AS l USING (ped_codigo, prd_codigo)
    WHERE r.ree_estado IN ('ACREDITADO', 'HECHO')
    GROUP BY r.ped_codigo, d.prd_codigo, l.pxpe_cantidad, l.pxpe_subtotal, l.pxpe_iva
    HAVING
        l.pxpe_cantidad IS NULL OR sum(d.cantidad) > l.pxpe_cantidad
        OR sum(d.subtotal) > l.pxpe_subtotal OR sum(d.iva) > l.pxpe_iva
        OR (sum(d.cantidad) = l.pxpe_cantidad AND sum(d.subtotal + d.iva) <> l.pxpe_subtotal + l.pxpe_iva)
$$;

COMMENT ON FUNCTION privado.doctor_reembolso_dentro_de_lo_comprado()
IS 'De cada línea no vuelve más de lo comprado, y devuelta entera da exactamente lo que costó.';

CREATE FUNCTION privado.doctor_reembolso_dentro_de_lo_cobrado() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.ped_codigo
    FROM datos.reembolso AS r
    LEFT JOIN datos.pago AS g ON g.ped_codigo = r.ped_codigo AND g.pag_estado = 'CAPTURADO'
    WHERE r.ree_medio = 'PASARELA' AND r.ree_estado IN ('ACREDITADO', 'HECHO')
    GROUP BY r.ped_codigo, g.pag_monto
    HAVING coalesce(g.pag_monto, 0) < sum(r.ree_monto)
$$;

COMMENT ON FUNCTION privado.doctor_reembolso_dentro_de_lo_cobrado()
IS 'El proveedor no devuelve de un pedido más de lo que cobró.';

CREATE FUNCTION privado.doctor_pedido_reembolsado_entero() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p.ped_codigo
    FROM datos.pedido AS p
    WHERE
        (
            p.ped_estado = 'REEMBOLSADO'
            OR (
                p.ped_estado IN ('FACTURADO', 'ENVIADO', 'ENTREGADO')
                AND EXISTS (SELECT FROM datos.reembolso AS r WHERE r.ped_codigo = p.ped_codigo)
            )
        )
        AND (p.ped_estado = 'REEMBOLSADO') = EXISTS (SELECT FROM privado.pedido_por_devolver(p.ped_codigo))
$$;

COMMENT ON FUNCTION privado.doctor_pedido_reembolsado_entero()
IS 'Un pedido está REEMBOLSADO cuando, y solo cuando, volvió todo lo suyo.';

CREATE FUNCTION privado.doctor_reembolso_es_del_proveedor() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(r.ree_id, s.rem_clave)::text
    FROM (
        SELECT r.ree_id, r.ree_estado, r.ree_monto, g.pag_id
        FROM datos.reembolso AS r
        JOIN datos.pago AS g ON g.ped_codigo = r.ped_codigo AND g.pag_estado = 'CAPTURADO'
        WHERE
            g.pag_proveedor = 'simulada' AND r.ree_medio = 'PASARELA' AND r.ree_monto > 0
            AND r.ree_estado IN ('ACREDITADO', 'HECHO')
    ) AS r
    FULL JOIN (
        SELECT m.rem_clave, m.rem_monto, m.car_clave FROM datos.simulada_reembolso AS m WHERE m.rem_monto > 0
    ) AS s ON s.rem_clave = r.ree_id
    WHERE
        r.ree_id IS NULL
        OR (s.rem_clave IS NULL AND r.ree_estado = 'HECHO')
        OR (s.rem_clave IS NOT NULL AND (s.rem_monto, s.car_clave) IS DISTINCT FROM (r.ree_monto, r.pag_id))
$$;

COMMENT ON FUNCTION privado.doctor_reembolso_es_del_proveedor()
IS 'Lo que el proveedor devolvió es lo que se acreditó, una vez y por el mismo monto.';

CREATE FUNCTION privado.aviso_reembolso_sin_terminar() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ped_codigo || ' ' || ree_estado || ': ' || CASE
        WHEN ree_soltado IS NOT NULL THEN 'por saldar en el punto de venta'
        ELSE coalesce(ree_error, 'sin intentos')
    END
    FROM datos.reembolso
    WHERE ree_estado IN ('PENDIENTE', 'ACREDITADO') AND ree_fecha < now() - interval '30 minutes'
$$;

COMMENT ON FUNCTION privado.aviso_reembolso_sin_terminar()
IS 'Hay reembolsos de hace más de treinta minutos que todavía no devuelven su dinero.';
