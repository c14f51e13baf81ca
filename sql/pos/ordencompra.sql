-- Orden de compra: what is asked of a supplier.
--
-- A draft (PEN) takes lines, one per material, at the price of the moment; approved (APR) it may be received, and with
-- the setting `oc_aprobar_recibe` approving receives everything at once; annulled (ANU) only while nothing came. What
-- the rest of it will not bring is given up by closing it. Progress is `pxoc_recibido` and `oc_recepcion`. How goods
-- come in is in ordencompra_recepcion.sql.
--
-- The stockroom receives without seeing a price: the amounts are columns it has no grant on, and its answers leave
-- those keys out.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The amounts of an order; nothing for who may not see them.
CREATE FUNCTION privado.ordencompra_montos(p_oc_codigo text) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object(
        'oc_subtotal', o.oc_subtotal::text, 'oc_iva', o.oc_iva::text, 'oc_total', o.oc_total::text
    )
    FROM datos.orden_compra AS o
    WHERE
        o.oc_codigo = p_oc_codigo
        AND o.eta_codigo = ANY (privado.mis_establecimientos())
        AND has_column_privilege(session_user, 'datos.orden_compra', 'oc_total', 'SELECT')
$$;

GRANT EXECUTE ON FUNCTION privado.ordencompra_montos(text) TO personal;

-- What the lines of an order cost; no rows for who may not see it.
CREATE FUNCTION privado.ordencompra_precios(p_oc_codigo text) RETURNS TABLE (mp_codigo text, precio json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.mp_codigo, json_build_object(
        'pxoc_precio', privado.costo_texto(d.pxoc_precio), 'pxoc_subtotal', d.pxoc_subtotal::text
    )
    FROM datos.orden_compra_detalle AS d
    JOIN datos.orden_compra AS o USING (oc_codigo)
    WHERE
        d.oc_codigo = p_oc_codigo
        AND o.eta_codigo = ANY (privado.mis_establecimientos())
        AND has_column_privilege(session_user, 'datos.orden_compra', 'oc_total', 'SELECT')
$$;

GRANT EXECUTE ON FUNCTION privado.ordencompra_precios(text) TO personal;

-- The header of an order.
CREATE FUNCTION privado.ordencompra_cabecera(p_oc_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT privado.json_unir(
        json_build_object(
            'oc_codigo', o.oc_codigo,
            'prv_codigo', o.prv_codigo,
            'prv_razonsocial', (SELECT p.prv_razonsocial FROM datos.proveedor AS p WHERE p.prv_codigo = o.prv_codigo),
            'bodega', o.bod_codigo,
            'oc_fecha', o.oc_fecha,
            'oc_fecha_aprobacion', o.oc_fecha_aprobacion,
            'oc_estado', o.oc_estado,
            'oc_recepcion', o.oc_recepcion,
            'oc_motivo', o.oc_motivo
        ),
        privado.ordencompra_montos(o.oc_codigo)
    )
    FROM datos.orden_compra AS o
    WHERE o.oc_codigo = p_oc_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.ordencompra_cabecera(text) TO personal;

-- An order with its lines, as each of its acts answers it.
CREATE FUNCTION privado.ordencompra_documento(p_oc_codigo text) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'oc_codigo', o.oc_codigo,
        'cabecera', privado.ordencompra_cabecera(o.oc_codigo),
        'detalles', (
            SELECT coalesce(json_agg(privado.json_unir(
                json_build_object(
                    'mp_codigo', d.mp_codigo,
                    'mp_descripcion', m.mp_descripcion,
                    'um_compra', m.um_compra,
                    'pxoc_cantidad', trim_scale(d.pxoc_cantidad),
                    'pxoc_recibido', trim_scale(d.pxoc_recibido),
                    'pxoc_estado', o.oc_estado
                ),
                p.precio
            ) ORDER BY d.mp_codigo), '[]'::json)
            FROM datos.orden_compra_detalle AS d
            JOIN datos.materia_prima AS m USING (mp_codigo)
            LEFT JOIN privado.ordencompra_precios(o.oc_codigo) AS p USING (mp_codigo)
            WHERE d.oc_codigo = o.oc_codigo
        )
    )
    FROM datos.orden_compra AS o
    WHERE o.oc_codigo = p_oc_codigo
$$;

GRANT EXECUTE ON FUNCTION privado.ordencompra_documento(text) TO personal;

-- Orders of one's branches, the newest first: of one state, or of the suppliers that words name.
CREATE FUNCTION api.ordencompra_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_estado text DEFAULT NULL, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_codigo text := upper(btrim(p_search));
    v_proveedores text[] := CASE WHEN btrim(p_search) <> '' THEN ARRAY(
        SELECT p.prv_codigo FROM datos.proveedor AS p WHERE p.busqueda LIKE ALL (privado.patrones(p_search))
    ) END;
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.ordencompra_cabecera(g.oc_codigo)) INTO v_filas
    FROM (
        SELECT o.oc_codigo FROM datos.orden_compra AS o
        WHERE
            (nullif(p_estado, '') IS NULL OR o.oc_estado = p_estado)
            AND (v_proveedores IS NULL OR o.prv_codigo = ANY (v_proveedores) OR o.oc_codigo = v_codigo)
        ORDER BY o.oc_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.orden_compra AS o
        WHERE
            (nullif(p_estado, '') IS NULL OR o.oc_estado = p_estado)
            AND (v_proveedores IS NULL OR o.prv_codigo = ANY (v_proveedores) OR o.oc_codigo = v_codigo)
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_listar(int, int, text, text)
TO compras, adm_compras, contador, auditor, admin;

-- One order with its lines.
CREATE FUNCTION api.ordencompra_obtener(p_oc_codigo text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_orden json := privado.ordencompra_documento(p_oc_codigo);
BEGIN
    IF v_orden IS NULL THEN
        PERFORM privado.rechazar(404, 'orden_compra_existe', 'No existe esa orden de compra.');
    END IF;
    RETURN v_orden;
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_obtener(text) TO compras, adm_compras, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Locks an order of the caller's branches and answers it.
CREATE FUNCTION privado.ordencompra_bloquear(p_oc_codigo text) RETURNS datos.orden_compra
LANGUAGE plpgsql AS $$
DECLARE
    v_orden datos.orden_compra;
BEGIN
    SELECT o.* INTO v_orden FROM datos.orden_compra AS o WHERE o.oc_codigo = p_oc_codigo FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'orden_compra_existe', 'No existe esa orden de compra.');
    END IF;
    RETURN v_orden;
END
$$;

-- Locks a draft; refuses an order that was approved or annulled.
CREATE FUNCTION privado.ordencompra_borrador(p_oc_codigo text) RETURNS datos.orden_compra
LANGUAGE plpgsql AS $$
DECLARE
    v_orden datos.orden_compra := privado.ordencompra_bloquear(p_oc_codigo);
BEGIN
    IF v_orden.oc_estado <> 'PEN' THEN
        PERFORM privado.rechazar(409, 'orden_compra_pendiente', 'La orden ya no está en borrador.');
    END IF;
    RETURN v_orden;
END
$$;

-- Works out the amounts of an order at today's rates.
CREATE FUNCTION privado.ordencompra_valorar(p_oc_codigo text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_lineas record;
BEGIN
    SELECT
        array_agg(d.mp_codigo ORDER BY d.mp_codigo) AS mp,
        array_agg(d.pxoc_cantidad ORDER BY d.mp_codigo) AS cantidad,
        array_agg(d.pxoc_precio ORDER BY d.mp_codigo) AS precio,
        array_agg(0::numeric) AS promocion,
        array_agg(coalesce(i.porcentaje, 0) ORDER BY d.mp_codigo) AS porcentaje
    INTO v_lineas
    FROM datos.orden_compra_detalle AS d
    JOIN datos.materia_prima AS m USING (mp_codigo)
    LEFT JOIN LATERAL privado.iva_en(m.iva_codigo, privado.hoy()) AS i ON true
    WHERE d.oc_codigo = p_oc_codigo;
    WITH linea AS (
        SELECT v_lineas.mp[t.linea] AS mp_codigo, t.subtotal, t.iva
        FROM privado.lineas_totalizar(
            v_lineas.cantidad, v_lineas.precio, v_lineas.promocion, v_lineas.porcentaje, false
        ) AS t
    ), escrita AS (
        UPDATE datos.orden_compra_detalle AS d SET pxoc_subtotal = l.subtotal
        FROM linea AS l WHERE d.oc_codigo = p_oc_codigo AND d.mp_codigo = l.mp_codigo
    )
    UPDATE datos.orden_compra
    SET
        oc_subtotal = coalesce((SELECT sum(l.subtotal) FROM linea AS l), 0),
        oc_iva = coalesce((SELECT sum(l.iva) FROM linea AS l), 0)
    WHERE oc_codigo = p_oc_codigo;
END
$$;

-- Opens a draft for a supplier, to be received in `bodega` or in the caller's own.
CREATE FUNCTION api.ordencompra_crear(p_prv_codigo text, p_bodega text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('ODC', 7, nextval('datos.orden_compra_numero'));
    v_bodega text := privado.bodega_propia(p_bodega);
BEGIN
    PERFORM privado.proveedor_activo_exigir(p_prv_codigo);
    INSERT INTO datos.orden_compra (oc_codigo, prv_codigo, eta_codigo, bod_codigo)
    SELECT v_codigo, p_prv_codigo, b.eta_codigo, b.bod_codigo FROM datos.bodega AS b WHERE b.bod_codigo = v_bodega;
    RETURN privado.ordencompra_documento(v_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_crear(text, text) TO compras, adm_compras, admin;

-- Adds a material to a draft, or gives it another quantity; at `pxoc_precio`, else at what the material is bought at.
CREATE FUNCTION api.ordencompra_detalle_crear(
    p_oc_codigo text, p_mp_codigo text, p_pxoc_cantidad numeric, p_pxoc_precio numeric DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_material datos.materia_prima;
BEGIN
    PERFORM privado.ordencompra_borrador(p_oc_codigo);
    SELECT m.* INTO v_material FROM datos.materia_prima AS m WHERE m.mp_codigo = p_mp_codigo;
    IF NOT FOUND OR v_material.mp_estado = 'INA' THEN
        PERFORM privado.rechazar(422, 'materia_prima_existe', 'La materia prima no existe o está desactivada.');
    END IF;
    INSERT INTO datos.orden_compra_detalle AS d (oc_codigo, mp_codigo, pxoc_cantidad, pxoc_precio)
    VALUES (p_oc_codigo, p_mp_codigo, p_pxoc_cantidad, coalesce(p_pxoc_precio, v_material.mp_precio_compra))
    ON CONFLICT ON CONSTRAINT orden_compra_detalle_unico DO UPDATE SET
        pxoc_cantidad = excluded.pxoc_cantidad,
        pxoc_precio = coalesce(p_pxoc_precio, d.pxoc_precio);
    PERFORM privado.ordencompra_valorar(p_oc_codigo);
    RETURN privado.ordencompra_documento(p_oc_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_detalle_crear(text, text, numeric, numeric) TO compras, adm_compras, admin;

-- Takes a material out of a draft.
CREATE FUNCTION api.ordencompra_detalle_eliminar(p_oc_codigo text, p_mp_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.ordencompra_borrador(p_oc_codigo);
    DELETE FROM datos.orden_compra_detalle WHERE oc_codigo = p_oc_codigo AND mp_codigo = p_mp_codigo;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'orden_compra_detalle_existe', 'La orden no lleva ese material.');
    END IF;
    PERFORM privado.ordencompra_valorar(p_oc_codigo);
    RETURN privado.ordencompra_documento(p_oc_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_detalle_eliminar(text, text) TO compras, adm_compras, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

CREATE TRIGGER orden_compra_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.orden_compra
FOR EACH ROW EXECUTE FUNCTION privado.auditar('oc_codigo');

CREATE TRIGGER orden_compra_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.orden_compra_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('oc_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

GRANT SELECT (prv_codigo, prv_razonsocial, busqueda) ON datos.proveedor TO bodega, adm_bodega;
GRANT SELECT (
    oc_codigo, prv_codigo, eta_codigo, bod_codigo, oc_fecha, oc_fecha_aprobacion, oc_estado, oc_recepcion, oc_motivo
) ON datos.orden_compra TO bodega;
GRANT SELECT (oc_codigo, mp_codigo, pxoc_cantidad, pxoc_recibido) ON datos.orden_compra_detalle TO bodega;
GRANT SELECT ON datos.orden_compra, datos.orden_compra_detalle
TO adm_bodega, compras, adm_compras, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.orden_compra TO pos_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.orden_compra_detalle TO pos_api;

CREATE POLICY orden_compra_sucursal ON datos.orden_compra
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
CREATE POLICY orden_compra_detalle_de_orden ON datos.orden_compra_detalle
USING (EXISTS (SELECT FROM datos.orden_compra AS o WHERE o.oc_codigo = orden_compra_detalle.oc_codigo));
