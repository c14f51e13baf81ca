-- Orden de compra, approving and receiving.
--
-- A reception says what came of an approved order, in one or many parts: never more of a line than is left of it. Goods
-- enter at the price of the line, or at the one the supplier charged (from who may see cost), and are owed: inventory
-- and IVA credit against the supplier's account. The order's row is locked first, so two people receiving at once take
-- turns.

-- Reading ------------------------------------------------------------------------------------------------------------

-- Orders of one's branches that still bring something, the oldest first, with what is left of each line; no prices.
CREATE FUNCTION api.recepcion_pendiente_listar(p_page int DEFAULT NULL, p_limit int DEFAULT NULL) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(json_build_object(
        'oc_codigo', g.oc_codigo,
        'prv_codigo', g.prv_codigo,
        'prv_razonsocial', (SELECT p.prv_razonsocial FROM datos.proveedor AS p WHERE p.prv_codigo = g.prv_codigo),
        'bodega', g.bod_codigo,
        'oc_fecha', g.oc_fecha,
        'oc_recepcion', g.oc_recepcion,
        'detalles', (
            SELECT json_agg(json_build_object(
                'mp_codigo', d.mp_codigo,
                'mp_descripcion', m.mp_descripcion,
                'um_compra', m.um_compra,
                'pxoc_cantidad', trim_scale(d.pxoc_cantidad),
                'pxoc_recibido', trim_scale(d.pxoc_recibido),
                'pendiente', trim_scale(d.pxoc_cantidad - d.pxoc_recibido)
            ) ORDER BY d.mp_codigo)
            FROM datos.orden_compra_detalle AS d
            JOIN datos.materia_prima AS m USING (mp_codigo)
            WHERE d.oc_codigo = g.oc_codigo
        )
    ) ORDER BY g.oc_codigo) INTO v_filas
    FROM (
        SELECT o.oc_codigo, o.prv_codigo, o.bod_codigo, o.oc_fecha, o.oc_recepcion
        FROM datos.orden_compra AS o
        WHERE o.oc_estado = 'APR' AND o.oc_recepcion IN ('PENDIENTE', 'PARCIAL')
        ORDER BY o.oc_codigo
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.orden_compra AS o
        WHERE o.oc_estado = 'APR' AND o.oc_recepcion IN ('PENDIENTE', 'PARCIAL')
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.recepcion_pendiente_listar(int, int) TO bodega, adm_bodega, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Judges what somebody says came: lines of the order, each once, never more than is left.
CREATE FUNCTION privado.recepcion_juzgar(
    p_orden datos.orden_compra, p_mp_codigo text[], p_cantidad numeric[], p_costo numeric[]
) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
BEGIN
    IF p_orden.oc_estado <> 'APR' OR p_orden.oc_recepcion NOT IN ('PENDIENTE', 'PARCIAL') THEN
        PERFORM privado.rechazar(409, 'orden_compra_por_recibir', 'La orden no está por recibir.');
    END IF;
    SELECT
        count(*) AS lineas,
        count(DISTINCT l.mp) AS distintas,
        count(*) FILTER (WHERE d.mp_codigo IS NULL) AS ajenas,
        count(*) FILTER (WHERE NOT coalesce(l.cantidad > 0 AND l.cantidad < 'NaN', false)) AS vacias,
        count(*) FILTER (WHERE l.cantidad > d.pxoc_cantidad - d.pxoc_recibido) AS de_mas,
        count(l.costo) AS costos,
        count(*) FILTER (WHERE NOT (l.costo >= 0 AND l.costo < 'NaN')) AS costos_malos
    INTO v
    FROM unnest(p_mp_codigo, p_cantidad, p_costo) AS l (mp, cantidad, costo)
    LEFT JOIN datos.orden_compra_detalle AS d ON d.oc_codigo = p_orden.oc_codigo AND d.mp_codigo = l.mp;
    IF v.lineas = 0 THEN
        PERFORM privado.rechazar(422, 'recepcion_con_lineas', 'La recepción no tiene líneas.');
    ELSIF v.distintas < v.lineas THEN
        PERFORM privado.rechazar(422, 'recepcion_detalle_unico', 'Cada material se recibe una vez por recepción.');
    ELSIF v.ajenas > 0 THEN
        PERFORM privado.rechazar(422, 'orden_compra_detalle_existe', 'La orden no lleva ese material.');
    ELSIF v.vacias > 0 THEN
        PERFORM privado.rechazar(422, 'recepcion_cantidad_positiva', 'La cantidad debe ser mayor que cero.');
    ELSIF v.de_mas > 0 THEN
        PERFORM privado.rechazar(409, 'recepcion_dentro_de_lo_pedido', 'No se recibe más de lo pedido.');
    ELSIF v.costos > 0 AND NOT has_column_privilege(session_user, 'datos.orden_compra', 'oc_total', 'SELECT') THEN
        PERFORM privado.rechazar(403, 'costo_restringido', 'El costo lo indica quien puede verlo.');
    ELSIF v.costos_malos > 0 THEN
        PERFORM privado.rechazar(422, 'costo_valido', 'El costo no puede ser negativo.');
    END IF;
END
$$;

-- Writes a judged reception: goods, debt, progress. Quantities beyond three decimals are rounded by no one: the table
-- of the ledger refuses them.
CREATE FUNCTION privado.recepcion_registrar(
    p_orden datos.orden_compra, p_mp_codigo text[], p_cantidad numeric[], p_costo numeric[], p_nro text,
    p_razon text DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('REC', 7, nextval('datos.recepcion_numero'));
    v_nro text := btrim(coalesce(p_nro, ''));
    v_costos numeric[];
    v_clases text[];
    v_suma record;
BEGIN
    SELECT array_agg(coalesce(l.costo, d.pxoc_precio) ORDER BY l.n), array_agg(m.iva_codigo ORDER BY l.n)
    INTO v_costos, v_clases
    FROM unnest(p_mp_codigo, p_costo) WITH ORDINALITY AS l (mp, costo, n)
    JOIN datos.orden_compra_detalle AS d ON d.oc_codigo = p_orden.oc_codigo AND d.mp_codigo = l.mp
    JOIN datos.materia_prima AS m ON m.mp_codigo = l.mp;
    SELECT * INTO v_suma FROM privado.abastecer(
        p_orden.eta_codigo, p_orden.bod_codigo, 'ODC', p_orden.oc_codigo, 'PROVEEDOR', p_orden.prv_codigo,
        p_mp_codigo, p_cantidad, v_costos, v_clases, p_razon
    );
    INSERT INTO datos.recepcion (rec_codigo, oc_codigo, bod_codigo, nro_documento, rec_subtotal, rec_iva)
    VALUES (v_codigo, p_orden.oc_codigo, p_orden.bod_codigo, v_nro, v_suma.subtotal, v_suma.iva);
    INSERT INTO datos.recepcion_detalle (rec_codigo, mp_codigo, cantidad, costo_unitario)
    SELECT v_codigo, l.mp, l.cantidad, l.costo
    FROM unnest(p_mp_codigo, p_cantidad, v_costos) AS l (mp, cantidad, costo);
    PERFORM privado.cuenta_por_pagar_abrir(
        p_orden.eta_codigo, p_orden.prv_codigo, 'REC', v_codigo, v_nro, v_suma.subtotal + v_suma.iva
    );
    UPDATE datos.orden_compra_detalle AS d SET pxoc_recibido = d.pxoc_recibido + l.cantidad
    FROM unnest(p_mp_codigo, p_cantidad) AS l (mp, cantidad)
    WHERE d.oc_codigo = p_orden.oc_codigo AND d.mp_codigo = l.mp;
    UPDATE datos.orden_compra AS o
    SET oc_recepcion = CASE
        WHEN EXISTS (
            SELECT FROM datos.orden_compra_detalle AS d
            WHERE d.oc_codigo = o.oc_codigo AND d.pxoc_recibido < d.pxoc_cantidad
        ) THEN 'PARCIAL' ELSE 'COMPLETA'
    END
    WHERE o.oc_codigo = p_orden.oc_codigo;
END
$$;

-- Receives part or all of an order: parallel arrays of material, quantity and, from who may see it, unit cost.
CREATE FUNCTION api.ordencompra_recibir(
    p_oc_codigo text, p_mp_codigo text[], p_cantidad numeric[], p_costo_unitario numeric[] DEFAULT '{}',
    p_nro_documento text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_orden datos.orden_compra := privado.ordencompra_bloquear(p_oc_codigo);
BEGIN
    PERFORM privado.recepcion_juzgar(v_orden, p_mp_codigo, p_cantidad, p_costo_unitario);
    PERFORM privado.recepcion_registrar(v_orden, p_mp_codigo, p_cantidad, p_costo_unitario, p_nro_documento);
    RETURN privado.ordencompra_documento(p_oc_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_recibir(text, text[], numeric[], numeric[], text)
TO bodega, adm_bodega, adm_compras, admin;

-- Approves a draft, of a supplier and materials still in use; by the setting `oc_aprobar_recibe` everything it names
-- comes in at once.
CREATE FUNCTION api.ordencompra_aprobar(p_oc_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_orden datos.orden_compra := privado.ordencompra_borrador(p_oc_codigo);
    v_lineas record;
BEGIN
    SELECT array_agg(d.mp_codigo ORDER BY d.mp_codigo) AS mp, array_agg(d.pxoc_cantidad ORDER BY d.mp_codigo) AS cantidad
    INTO v_lineas
    FROM datos.orden_compra_detalle AS d
    WHERE d.oc_codigo = p_oc_codigo;
    IF v_lineas.mp IS NULL THEN
        PERFORM privado.rechazar(422, 'orden_compra_con_lineas', 'La orden no tiene líneas.');
    END IF;
    PERFORM privado.proveedor_activo_exigir(v_orden.prv_codigo);
    PERFORM privado.materias_primas_activas_exigir(v_lineas.mp);
    PERFORM privado.ordencompra_valorar(p_oc_codigo);
    UPDATE datos.orden_compra SET oc_estado = 'APR', oc_fecha_aprobacion = now() WHERE oc_codigo = p_oc_codigo
    RETURNING * INTO v_orden;
    IF coalesce(privado.ajuste('oc_aprobar_recibe')::boolean, true) THEN
        PERFORM privado.recepcion_registrar(v_orden, v_lineas.mp, v_lineas.cantidad, '{}', NULL);
    END IF;
    RETURN privado.ordencompra_documento(p_oc_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_aprobar(text) TO adm_compras, admin;

-- Annuls an order, while nothing of it came.
CREATE FUNCTION api.ordencompra_anular(p_oc_codigo text, p_motivo text DEFAULT NULL) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_orden datos.orden_compra := privado.ordencompra_bloquear(p_oc_codigo);
BEGIN
    IF v_orden.oc_estado = 'ANU' THEN
        PERFORM privado.rechazar(409, 'orden_compra_anulada', 'La orden ya está anulada.');
    ELSIF v_orden.oc_recepcion <> 'PENDIENTE' THEN
        PERFORM privado.rechazar(
            409, 'orden_compra_sin_recepcion', 'La orden ya recibió materiales: ciérrela en vez de anularla.'
        );
    END IF;
    UPDATE datos.orden_compra
    SET oc_estado = 'ANU', oc_motivo = coalesce(nullif(btrim(p_motivo), ''), 'SIN MOTIVO')
    WHERE oc_codigo = p_oc_codigo;
    RETURN privado.ordencompra_documento(p_oc_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_anular(text, text) TO adm_compras, admin;

-- Gives up what an approved order has not brought.
CREATE FUNCTION api.ordencompra_cerrar(p_oc_codigo text, p_motivo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_orden datos.orden_compra := privado.ordencompra_bloquear(p_oc_codigo);
BEGIN
    IF v_orden.oc_estado <> 'APR' OR v_orden.oc_recepcion NOT IN ('PENDIENTE', 'PARCIAL') THEN
        PERFORM privado.rechazar(409, 'orden_compra_por_recibir', 'La orden no está por recibir.');
    ELSIF coalesce(btrim(p_motivo), '') = '' THEN
        PERFORM privado.rechazar(422, 'motivo_requerido', 'Cerrar una orden necesita un motivo.');
    END IF;
    UPDATE datos.orden_compra SET oc_recepcion = 'CERRADA', oc_motivo = btrim(p_motivo) WHERE oc_codigo = p_oc_codigo;
    RETURN privado.ordencompra_documento(p_oc_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.ordencompra_cerrar(text, text) TO adm_compras, admin;

-- Doctor -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION privado.doctor_recibido_igual_kardex() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT d.oc_codigo || ' ' || d.mp_codigo
    FROM datos.orden_compra_detalle AS d
    LEFT JOIN (
        SELECT k.doc_codigo, k.itm_codigo, sum(k.krd_cantidad) AS cantidad
        FROM datos.kardex AS k WHERE k.doc_tipo = 'ODC' GROUP BY k.doc_codigo, k.itm_codigo
    ) AS k ON k.doc_codigo = d.oc_codigo AND k.itm_codigo = d.mp_codigo
    WHERE d.pxoc_recibido <> coalesce(k.cantidad, 0)
$$;

COMMENT ON FUNCTION privado.doctor_recibido_igual_kardex()
IS 'Lo recibido de cada orden es lo que entró al kardex por ella.';

-- Triggers, grants and policies --------------------------------------------------------------------------------------

CREATE TRIGGER recepcion_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.recepcion
FOR EACH ROW EXECUTE FUNCTION privado.auditar('rec_codigo');

CREATE TRIGGER recepcion_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.recepcion_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('rec_codigo');

GRANT SELECT ON datos.recepcion, datos.recepcion_detalle TO adm_compras, contador, auditor, admin;

CREATE POLICY recepcion_de_orden ON datos.recepcion FOR SELECT
USING (EXISTS (SELECT FROM datos.orden_compra AS o WHERE o.oc_codigo = recepcion.oc_codigo));
CREATE POLICY recepcion_detalle_de_recepcion ON datos.recepcion_detalle FOR SELECT
USING (EXISTS (SELECT FROM datos.recepcion AS r WHERE r.rec_codigo = recepcion_detalle.rec_codigo));
