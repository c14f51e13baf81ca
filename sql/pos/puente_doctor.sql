-- Puente, doctor: what the POS tells the bridge so that both databases can be compared.
--
-- The two are read one after the other while the shop sells, so a comparison holds only if it follows causes: what one
-- side can only know from the other must be there when the other is asked later. These answers are made for that; the
-- comparison itself is the bridge's.

-- What WEB holds of each product, with the sequence that changes with every movement; the movements of units under way;
-- and which of p_pedidos are invoiced. One snapshot.
CREATE FUNCTION api.puente_existencias(p_pedidos text[] DEFAULT '{}') RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'web', (
            SELECT coalesce(json_object_agg(w.itm_codigo, json_build_array(w.exi_cantidad::text, w.exi_secuencia)), '{}')
            FROM privado.puente_web() AS w
        ),
        'en_curso', (
            SELECT coalesce(json_object_agg(
                privado.cupo_web_codigo(c.cup_id), json_build_array(c.prd_codigo, c.cup_estado, c.cup_movido::text)
            ), '{}')
            FROM datos.cupo_web AS c
            WHERE c.cup_estado IN ('SUBIENDO', 'BAJANDO')
        ),
        'facturados', (
            SELECT coalesce(json_agg(v.ped_codigo), '[]') FROM datos.venta_web AS v WHERE v.ped_codigo = ANY (p_pedidos)
        )
    )
$$;

GRANT EXECUTE ON FUNCTION api.puente_existencias(text[]) TO puente;

-- The balance rows of WEB.
CREATE FUNCTION privado.puente_web() RETURNS SETOF datos.existencia
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT e.* FROM datos.existencia AS e WHERE e.bod_codigo = 'WEB'
$$;

-- Movements of units that were decided: {code: [what it moved, its state]}.
CREATE FUNCTION api.puente_movimientos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        json_object_agg(privado.cupo_web_codigo(c.cup_id), json_build_array(c.cup_movido::text, c.cup_estado)), '{}'
    )
    FROM datos.cupo_web AS c
    WHERE c.cup_estado IN ('SUBIENDO', 'BAJANDO') OR (c.cup_estado = 'APLICADO' AND c.cup_mover <> 0)
$$;

GRANT EXECUTE ON FUNCTION api.puente_movimientos() TO puente;

-- Orders invoiced: {order: "invoice number total"}.
CREATE FUNCTION api.puente_pedidos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_object_agg(v.ped_codigo, concat_ws(' ', f.fac_codigo, f.fac_numero, v.vwe_total)), '{}')
    FROM datos.venta_web AS v
    JOIN datos.factura AS f USING (fac_codigo)
$$;

GRANT EXECUTE ON FUNCTION api.puente_pedidos() TO puente;

-- What came back of orders: {key: ["order document amount how", whether the shop is still to be told]}.
CREATE FUNCTION api.puente_reembolsos() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_object_agg(
        r.rwe_id,
        json_build_array(concat_ws(' ', r.ped_codigo, r.doc_codigo, r.rwe_monto, r.rwe_medio), r.rwe_entregado IS NULL)
    ), '{}')
    FROM datos.reembolso_web AS r
$$;

GRANT EXECUTE ON FUNCTION api.puente_reembolsos() TO puente;

-- Products: {code: [version, whether the shop is still to be told something of it]}.
CREATE FUNCTION api.puente_versiones() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(json_object_agg(p.prd_codigo, json_build_array(p.prd_version, c.clave IS NOT NULL)), '{}')
    FROM datos.producto AS p
    LEFT JOIN (
        SELECT DISTINCT c.cam_clave AS clave FROM datos.puente_cambio AS c WHERE c.cam_tabla = 'producto'
    ) AS c ON c.clave = p.prd_codigo
$$;

GRANT EXECUTE ON FUNCTION api.puente_versiones() TO puente;
