-- Venta, the doctor: every sale at a till is paid to the cent, its cash is in its drawer, and every late sale is somewhere.

CREATE FUNCTION privado.doctor_venta_pagada() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.fac_codigo
    FROM datos.factura AS f
    LEFT JOIN datos.factura_pago AS p USING (fac_codigo)
    WHERE f.ses_id IS NOT NULL OR p.fac_codigo IS NOT NULL
    GROUP BY f.fac_codigo
    HAVING f.ses_id IS NULL OR f.fac_estado = 'PEN' OR sum(p.monto) IS DISTINCT FROM f.fac_total
$$;

COMMENT ON FUNCTION privado.doctor_venta_pagada()
IS 'Cada venta de caja está emitida y sus pagos suman su total.';

CREATE FUNCTION privado.doctor_venta_en_su_caja() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(v.fac_codigo, l.fac_codigo)
    FROM (
        SELECT f.fac_codigo, f.ses_id::text AS ses, coalesce(sum(p.monto) FILTER (WHERE p.metodo = 'EFECTIVO'), 0) AS monto
        FROM datos.factura AS f
        LEFT JOIN datos.factura_pago AS p USING (fac_codigo)
        WHERE f.ses_id IS NOT NULL
        GROUP BY f.fac_codigo
    ) AS v
    FULL JOIN (
        SELECT a.doc_codigo AS fac_codigo, c.ref AS ses, sum(l.monto) AS monto
        FROM datos.asiento AS a
        JOIN datos.asiento_linea AS l USING (asi_id)
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE a.doc_tipo = 'FAC' AND a.glosa = 'Venta' AND c.clase = 'CAJA'
        GROUP BY a.doc_codigo, c.ref
    ) AS l USING (fac_codigo)
    WHERE coalesce(v.monto, 0) <> coalesce(l.monto, 0) OR v.ses <> l.ses
$$;

COMMENT ON FUNCTION privado.doctor_venta_en_su_caja()
IS 'El efectivo de cada venta entró a la caja de su sesión, y ninguno más.';

CREATE FUNCTION privado.doctor_venta_en_sesion_abierta() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.fac_codigo
    FROM datos.factura AS f
    JOIN datos.sesion_caja AS s ON s.id = f.ses_id
    WHERE
        f.fac_fecha < s.fecha_apertura OR f.fac_fecha > s.fecha_cierre
        OR (f.usr_id, f.eta_codigo, f.pto_codigo) <> (s.usr_id, s.eta_codigo, s.pto_codigo)
$$;

COMMENT ON FUNCTION privado.doctor_venta_en_sesion_abierta()
IS 'Cada venta de caja se hizo mientras su sesión estaba abierta, por su persona y en su punto de emisión.';

CREATE FUNCTION privado.doctor_venta_diferida_completa() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.id::text
    FROM datos.venta_diferida AS d
    LEFT JOIN datos.venta_observada AS o USING (id)
    LEFT JOIN datos.factura AS f USING (fac_codigo)
    WHERE
        (coalesce(o.estado, 'FACTURADA') = 'FACTURADA') <> (f.fac_secuencial IS NOT NULL)
        OR (o.id IS NULL AND f.fac_total <> d.total_impreso)
        OR f.fac_vendida_en <> d.vendida_en OR f.usr_id <> d.usr_id
$$;

COMMENT ON FUNCTION privado.doctor_venta_diferida_completa()
IS 'Cada venta diferida tiene su factura por el total impreso, o está observada.';

CREATE FUNCTION privado.doctor_por_regularizar_pendiente() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'observado ' || o.monto || ', libro ' || l.monto
    FROM (
        SELECT coalesce(sum(p.monto), 0) AS monto
        FROM datos.venta_observada AS o
        JOIN datos.venta_observada_pago AS p USING (id)
        WHERE o.estado = 'PENDIENTE' AND p.metodo NOT IN ('CREDITO', 'SALDO')
    ) AS o
    CROSS JOIN (
        SELECT coalesce(-sum(l.monto), 0) AS monto
        FROM datos.asiento_linea AS l
        JOIN datos.cuenta AS c USING (cta_id)
        WHERE c.clase = 'POR_REGULARIZAR'
    ) AS l
    WHERE o.monto <> l.monto
$$;

COMMENT ON FUNCTION privado.doctor_por_regularizar_pendiente()
IS 'Lo que está por regularizar es lo que cobraron las ventas observadas pendientes.';

CREATE FUNCTION privado.aviso_venta_observada_olvidada() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT o.id::text FROM datos.venta_observada AS o
    WHERE o.estado = 'PENDIENTE' AND o.fecha < now() - interval '2 days'
$$;

COMMENT ON FUNCTION privado.aviso_venta_observada_olvidada()
IS 'Hay ventas observadas que nadie resuelve desde hace más de dos días.';
