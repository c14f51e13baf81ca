-- Producto, its price: set by adm_ventas and admin, and every one it ever had is kept with its moment and who set it. The
-- history is its own proof: rows are only added. Who reads a product reads its history.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The prices of a product, newest first, each with the one before it; the first has none.
CREATE FUNCTION api.producto_precio_listar(
    p_prd_codigo text, p_page int DEFAULT NULL, p_limit int DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_total bigint;
    v_filas json;
BEGIN
    IF NOT EXISTS (SELECT FROM datos.producto AS p WHERE p.prd_codigo = p_prd_codigo) THEN
        PERFORM privado.rechazar(404, 'producto_existe', 'No existe ese producto.');
    END IF;
    SELECT count(*) INTO v_total
    FROM (SELECT FROM datos.producto_precio AS h WHERE h.prd_codigo = p_prd_codigo LIMIT 10001) AS t;
    SELECT json_agg(json_build_object(
        'prd_codigo', p_prd_codigo,
        'prd_precio_venta', g.prd_precio_venta::text,
        'prd_promocion', trim_scale(g.prd_promocion),
        'prd_precio_anterior', a.prd_precio_venta::text,
        'prd_promocion_anterior', trim_scale(a.prd_promocion),
        'prp_desde', g.prp_desde,
        'usr_id', g.usr_id
    ) ORDER BY g.prp_desde DESC, g.prp_id DESC) INTO v_filas
    FROM (
        SELECT h.prp_id, h.prp_desde, h.prd_precio_venta, h.prd_promocion, h.usr_id
        FROM datos.producto_precio AS h
        WHERE h.prd_codigo = p_prd_codigo
        ORDER BY h.prp_desde DESC, h.prp_id DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g
    LEFT JOIN LATERAL (
        SELECT h.prd_precio_venta, h.prd_promocion
        FROM datos.producto_precio AS h
        WHERE h.prd_codigo = p_prd_codigo AND (h.prp_desde, h.prp_id) < (g.prp_desde, g.prp_id)
        ORDER BY h.prp_desde DESC, h.prp_id DESC
        LIMIT 1
    ) AS a ON true;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_precio_listar(text, int, int)
TO ventas, adm_ventas, adm_fact, cajero, bodega, adm_bodega, contador, auditor, admin;

-- The price and promotion of a product at a moment: the ones before it, else the first there were. No row for a NULL
-- moment or a product without history.
CREATE FUNCTION privado.producto_precio_en(p_prd_codigo text, p_momento timestamptz)
RETURNS TABLE (precio numeric, promocion numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 1 AS $$
    SELECT h.prd_precio_venta, h.prd_promocion
    FROM datos.producto_precio AS h
    WHERE h.prd_codigo = p_prd_codigo AND p_momento IS NOT NULL
    ORDER BY
        h.prp_desde <= p_momento DESC,
        CASE WHEN h.prp_desde <= p_momento THEN h.prp_desde END DESC,
        h.prp_desde, h.prp_id DESC
    LIMIT 1
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Sets price and promotion, and keeps them with the moment they began; says whether anything was new. The moment is
-- read under the row lock: a transaction that began earlier and waited must not seem the older price.
CREATE FUNCTION privado.producto_preciar(p_prd_codigo text, p_precio numeric, p_promocion numeric) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE datos.producto
    SET
        prd_precio_venta = coalesce(p_precio, prd_precio_venta),
        prd_promocion = coalesce(p_promocion, prd_promocion),
        prd_version = prd_version + 1
    WHERE prd_codigo = p_prd_codigo AND (prd_precio_venta <> p_precio OR prd_promocion <> p_promocion);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO datos.producto_precio (prd_codigo, prd_precio_venta, prd_promocion, prp_desde)
    SELECT p.prd_codigo, p.prd_precio_venta, p.prd_promocion, clock_timestamp()
    FROM datos.producto AS p WHERE p.prd_codigo = p_prd_codigo;
    RETURN true;
END
$$;

-- Sets the price, the promotion or both.
CREATE FUNCTION api.producto_precio_actualizar(
    p_prd_codigo text, p_prd_precio_venta numeric DEFAULT NULL, p_prd_promocion numeric DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.producto_activo_exigir(privado.producto_bloquear(p_prd_codigo));
    PERFORM privado.producto_preciar(p_prd_codigo, p_prd_precio_venta, p_prd_promocion);
    RETURN privado.producto_json(p_prd_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.producto_precio_actualizar(text, numeric, numeric) TO adm_ventas, admin;

-- Triggers, grants and policies --------------------------------------------------------------------------------------

CREATE TRIGGER producto_precio_solo_agregar BEFORE UPDATE OR DELETE OR TRUNCATE ON datos.producto_precio
FOR EACH STATEMENT EXECUTE FUNCTION privado.solo_agregar();

GRANT SELECT ON datos.producto_precio
TO ventas, adm_ventas, adm_fact, cajero, bodega, adm_bodega, contador, auditor, admin;
GRANT SELECT, INSERT ON datos.producto_precio TO pos_api;

CREATE POLICY producto_precio_todos ON datos.producto_precio USING (true);
