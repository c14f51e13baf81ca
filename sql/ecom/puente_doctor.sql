-- Puente, doctor: what the shop tells the bridge so that both databases can be compared; the counterpart of the POS's
-- functions of the same names.

-- What the shop has unsold of each product, which of p_movimientos it counted, and the goods of paid orders whose
-- invoice it does not know. One snapshot.
CREATE FUNCTION api.puente_existencias(p_movimientos text[] DEFAULT '{}') RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'sin_vender', (
            SELECT coalesce(json_object_agg(c.prd_codigo, (c.cupo - c.vendido)::text), '{}') FROM datos.cupo AS c
        ),
        'movimientos', (
            SELECT coalesce(json_object_agg(m.mov_id, m.mov_cantidad::text), '{}')
            FROM datos.cupo_movimiento AS m
            WHERE m.mov_id = ANY (p_movimientos)
        ),
        'por_facturar', (
            SELECT coalesce(json_agg(json_build_array(d.ped_codigo, d.prd_codigo, d.pxpe_cantidad::text)), '[]')
            FROM datos.pedido AS p
            JOIN datos.pedido_detalle AS d USING (ped_codigo)
            JOIN datos.cupo AS c USING (prd_codigo)
            WHERE p.ped_estado = 'PAGADO'
        )
    )
$$;

GRANT EXECUTE ON FUNCTION api.puente_existencias(text[]) TO puente;

-- Movements of units: {code: what it moved here}.
CREATE FUNCTION api.puente_movimientos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_object_agg(m.mov_id, m.mov_cantidad::text), '{}') FROM datos.cupo_movimiento AS m
$$;

GRANT EXECUTE ON FUNCTION api.puente_movimientos() TO puente;

-- Paid orders: {order: "invoice number total"}, '' while the invoice is awaited.
CREATE FUNCTION api.puente_pedidos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_object_agg(
        p.ped_codigo,
        CASE WHEN p.fac_codigo IS NULL THEN '' ELSE concat_ws(' ', p.fac_codigo, p.fac_numero, p.ped_total) END
    ), '{}')
    FROM datos.pedido AS p
    WHERE p.ped_pagado IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION api.puente_pedidos() TO puente;

-- Refunds the POS credited: {key: "order amount how"}.
CREATE FUNCTION api.puente_reembolsos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_object_agg(r.ree_id, concat_ws(' ', r.ped_codigo, r.ree_documento, r.ree_monto, r.ree_medio)), '{}')
    FROM datos.reembolso AS r
    WHERE r.ree_estado IN ('ACREDITADO', 'HECHO')
$$;

GRANT EXECUTE ON FUNCTION api.puente_reembolsos() TO puente;

-- Products: {code: the version they were copied at}.
CREATE FUNCTION api.puente_versiones() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_object_agg(p.prd_codigo, p.prd_version), '{}') FROM datos.producto AS p
$$;

GRANT EXECUTE ON FUNCTION api.puente_versiones() TO puente;
