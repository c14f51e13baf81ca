-- Factura, lines: only of a draft, a product once per invoice, only what is on sale (ACT).
--
-- Price and promotion are the product's at the moment the line is written, and stay. Who oversees sales may name
-- another price with a reason; the promotion then does not apply, and the line is audited. The rate of IVA shown on a
-- draft is today's; the one that counts is written when the invoice is issued. Every answer is the whole invoice.

-- Pricing ------------------------------------------------------------------------------------------------------------

-- Puts tax and totals of a day on a draft: the class each product has, its rate on that date, the amounts of
-- `lineas_totalizar`. Writes only what changes; answers the total.
CREATE FUNCTION privado.factura_valorar(p_fac_codigo text, p_fecha date) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v record;
    v_linea record;
    v_subtotal numeric := 0;
    v_iva numeric := 0;
BEGIN
    SELECT
        array_agg(l.pxfa_codigo) AS pxfa, array_agg(l.pxfa_cantidad) AS cantidad,
        array_agg(l.prd_precio_venta) AS precio, array_agg(l.prd_promocion) AS promocion,
        array_agg(l.iva_codigo) AS clase, array_agg(l.sri_codigo) AS sri, array_agg(l.porcentaje) AS porcentaje,
        array_agg(l.pxfa_descuento) AS descuento, array_agg(l.pxfa_subtotal) AS subtotal, array_agg(l.pxfa_iva) AS iva,
        array_agg(l.misma_tarifa) AS misma_tarifa
    INTO v
    FROM (
        SELECT d.pxfa_codigo, d.pxfa_cantidad, d.prd_precio_venta, d.prd_promocion,
            d.pxfa_descuento, d.pxfa_subtotal, d.pxfa_iva, p.iva_codigo, t.sri_codigo, t.porcentaje,
            (d.iva_codigo, d.sri_codigo, d.iva_porcentaje) = (p.iva_codigo, t.sri_codigo, t.porcentaje) AS misma_tarifa
        FROM datos.factura_detalle AS d
        JOIN datos.producto AS p USING (prd_codigo)
        LEFT JOIN LATERAL privado.iva_en(p.iva_codigo, p_fecha) AS t ON true
        WHERE d.fac_codigo = p_fac_codigo
        ORDER BY d.pxfa_codigo
    ) AS l;
    IF array_position(v.porcentaje, NULL) IS NOT NULL THEN
        PERFORM privado.rechazar(422, 'iva_sin_tarifa', 'Un producto tiene una clase de IVA sin tarifa en esa fecha.');
    END IF;

    FOR v_linea IN
        SELECT t.linea AS n, t.descuento, t.subtotal, t.iva
        FROM privado.lineas_totalizar(
            v.cantidad, v.precio, v.promocion, v.porcentaje, privado.ajuste('precios_incluyen_iva')::boolean
        ) AS t
    LOOP
        v_subtotal := v_subtotal + v_linea.subtotal;
        v_iva := v_iva + v_linea.iva;
        CONTINUE WHEN v.misma_tarifa[v_linea.n]
            AND v.descuento[v_linea.n] = v_linea.descuento
            AND v.subtotal[v_linea.n] = v_linea.subtotal
            AND v.iva[v_linea.n] = v_linea.iva;
        UPDATE datos.factura_detalle AS d
        SET
            iva_codigo = v.clase[v_linea.n], sri_codigo = v.sri[v_linea.n], iva_porcentaje = v.porcentaje[v_linea.n],
            pxfa_descuento = v_linea.descuento, pxfa_subtotal = v_linea.subtotal, pxfa_iva = v_linea.iva
        WHERE d.pxfa_codigo = v.pxfa[v_linea.n];
    END LOOP;
    UPDATE datos.factura AS f
    SET fac_subtotal = v_subtotal, fac_iva = v_iva, fac_total = v_subtotal + v_iva
    WHERE f.fac_codigo = p_fac_codigo AND (f.fac_subtotal, f.fac_iva) IS DISTINCT FROM (v_subtotal, v_iva);
    RETURN v_subtotal + v_iva;
END
$$;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Refuses a special price from who may not give one, or without its reason.
CREATE FUNCTION privado.factura_juzgar_precio(p_precio numeric, p_motivo text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_precio IS NULL THEN
        RETURN;
    END IF;
    PERFORM privado.reservar(
        ARRAY['adm_ventas', 'admin'], 'precio_especial', 'Solo un administrador de ventas cambia el precio.'
    );
    IF p_precio < 0 OR p_precio = 'NaN' OR p_precio <> round(p_precio, 2) THEN
        PERFORM privado.rechazar(422, 'precio_valido', 'El precio no puede ser negativo y lleva hasta dos decimales.');
    ELSIF coalesce(btrim(p_motivo), '') = '' THEN
        PERFORM privado.rechazar(422, 'motivo_precio_requerido', 'El precio especial necesita un motivo.');
    END IF;
END
$$;

-- Refuses a quantity that is not one.
CREATE FUNCTION privado.factura_juzgar_cantidad(p_cantidad numeric) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_cantidad IS NULL OR p_cantidad <= 0 OR p_cantidad = 'NaN' OR p_cantidad <> round(p_cantidad, 3) THEN
        PERFORM privado.rechazar(
            422, 'cantidad_positiva', 'La cantidad debe ser mayor que cero y tener hasta tres decimales.'
        );
    END IF;
END
$$;

-- Adds a product to a draft.
CREATE FUNCTION api.factura_detalle_crear(
    p_fac_codigo text, p_prd_codigo text, p_pxfa_cantidad numeric,
    p_precio numeric DEFAULT NULL, p_motivo_precio text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM privado.factura_borrador(p_fac_codigo);
    PERFORM privado.factura_juzgar_cantidad(p_pxfa_cantidad);
    PERFORM privado.factura_juzgar_precio(p_precio, p_motivo_precio);
    INSERT INTO datos.factura_detalle (
        fac_codigo, prd_codigo, prd_nombre, pxfa_cantidad, prd_precio_venta, prd_promocion, pxfa_motivo_precio,
        iva_codigo, sri_codigo, iva_porcentaje
    )
    SELECT
        p_fac_codigo, p.prd_codigo, p.prd_nombre, p_pxfa_cantidad,
        coalesce(p_precio, p.prd_precio_venta),
        CASE WHEN p_precio IS NULL THEN p.prd_promocion ELSE 0 END,
        CASE WHEN p_precio IS NOT NULL THEN btrim(p_motivo_precio) END,
        p.iva_codigo, '', 0
    FROM datos.producto AS p
    WHERE p.prd_codigo = p_prd_codigo AND p.prd_estado = 'ACT';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(422, 'producto_activo', 'El producto no existe o no está a la venta.');
    END IF;
    PERFORM privado.factura_valorar(p_fac_codigo, privado.hoy());
    RETURN privado.factura_documento(p_fac_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_detalle_crear(text, text, numeric, numeric, text) TO ventas, adm_ventas, admin;

-- Locks the draft a line belongs to and answers its code.
CREATE FUNCTION privado.factura_de_linea(p_pxfa_codigo bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_fac text := (SELECT d.fac_codigo FROM datos.factura_detalle AS d WHERE d.pxfa_codigo = p_pxfa_codigo);
BEGIN
    IF v_fac IS NOT NULL THEN
        PERFORM privado.factura_borrador(v_fac);
    END IF;
    -- Read again under the lock: the line may have gone while we waited.
    IF NOT EXISTS (SELECT FROM datos.factura_detalle AS d WHERE d.pxfa_codigo = p_pxfa_codigo) THEN
        PERFORM privado.rechazar(404, 'linea_existe', 'No existe esa línea.');
    END IF;
    RETURN v_fac;
END
$$;

-- Changes quantity or price of a line; what is not named stays.
CREATE FUNCTION api.factura_detalle_actualizar(
    p_pxfa_codigo bigint, p_pxfa_cantidad numeric DEFAULT NULL,
    p_precio numeric DEFAULT NULL, p_motivo_precio text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac text := privado.factura_de_linea(p_pxfa_codigo);
BEGIN
    IF p_pxfa_cantidad IS NOT NULL THEN
        PERFORM privado.factura_juzgar_cantidad(p_pxfa_cantidad);
    END IF;
    PERFORM privado.factura_juzgar_precio(p_precio, p_motivo_precio);
    UPDATE datos.factura_detalle AS d
    SET
        pxfa_cantidad = coalesce(p_pxfa_cantidad, d.pxfa_cantidad),
        prd_precio_venta = coalesce(p_precio, d.prd_precio_venta),
        prd_promocion = CASE WHEN p_precio IS NULL THEN d.prd_promocion ELSE 0 END,
        pxfa_motivo_precio = CASE WHEN p_precio IS NULL THEN d.pxfa_motivo_precio ELSE btrim(p_motivo_precio) END
    WHERE d.pxfa_codigo = p_pxfa_codigo;
    PERFORM privado.factura_valorar(v_fac, privado.hoy());
    RETURN privado.factura_documento(v_fac);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_detalle_actualizar(bigint, numeric, numeric, text) TO ventas, adm_ventas, admin;

-- Takes a line out of a draft.
CREATE FUNCTION api.factura_detalle_eliminar(p_pxfa_codigo bigint) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_fac text := privado.factura_de_linea(p_pxfa_codigo);
BEGIN
    DELETE FROM datos.factura_detalle AS d WHERE d.pxfa_codigo = p_pxfa_codigo;
    PERFORM privado.factura_valorar(v_fac, privado.hoy());
    RETURN privado.factura_documento(v_fac);
END
$$;

GRANT EXECUTE ON FUNCTION api.factura_detalle_eliminar(bigint) TO ventas, adm_ventas, admin;

-- Triggers -----------------------------------------------------------------------------------------------------------

-- Last line of defence: an issued line (it has its cost) never changes, and no line joins an issued invoice.
CREATE FUNCTION privado.factura_detalle_inmutable() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT'
        OR (SELECT f.fac_estado FROM datos.factura AS f WHERE f.fac_codigo = NEW.fac_codigo) <> 'PEN'
    THEN
        PERFORM privado.rechazar(409, 'factura_inmutable', 'La factura emitida no se modifica.');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER factura_detalle_inmutable AFTER UPDATE OR DELETE ON datos.factura_detalle
FOR EACH ROW WHEN (OLD.pxfa_costo IS NOT NULL) EXECUTE FUNCTION privado.factura_detalle_inmutable();

CREATE TRIGGER factura_detalle_de_borrador AFTER INSERT ON datos.factura_detalle
FOR EACH ROW EXECUTE FUNCTION privado.factura_detalle_inmutable();

-- Lines are not audited: a draft is nobody's business, and an issued line is frozen. A special price is.
CREATE TRIGGER factura_detalle_precio_especial AFTER INSERT OR UPDATE OF prd_precio_venta ON datos.factura_detalle
FOR EACH ROW WHEN (NEW.pxfa_motivo_precio IS NOT NULL) EXECUTE FUNCTION privado.auditar('pxfa_codigo');

CREATE TRIGGER factura_detalle_precio_retirado AFTER DELETE ON datos.factura_detalle
FOR EACH ROW WHEN (OLD.pxfa_motivo_precio IS NOT NULL) EXECUTE FUNCTION privado.auditar('pxfa_codigo');

-- Grants and policies ------------------------------------------------------------------------------------------------

-- Everything but the cost of the line.
GRANT SELECT (
    pxfa_codigo, fac_codigo, prd_codigo, prd_nombre, pxfa_cantidad, prd_precio_venta, prd_promocion,
    pxfa_motivo_precio, pxfa_descuento, pxfa_subtotal, pxfa_iva, iva_codigo, sri_codigo, iva_porcentaje
) ON datos.factura_detalle TO ventas, adm_ventas, adm_fact, cajero;
GRANT SELECT ON datos.factura_detalle TO contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON datos.factura_detalle TO pos_api;

CREATE POLICY factura_detalle_de_factura ON datos.factura_detalle
USING (EXISTS (SELECT FROM datos.factura AS f WHERE f.fac_codigo = factura_detalle.fac_codigo));
