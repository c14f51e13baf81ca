-- Compra: buying without an order, and the step by which any purchase enters goods and money.
--
-- One act: goods in at their price without recoverable IVA (COM), the IVA as credit, and the payment: from a drawer
-- (the buyer's own open session), from the bank, or left as a debt to a supplier. It is annulled while its goods are
-- still there and nothing was paid on its debt. A cashier buys from the drawer only, up to `compra_caja_maximo`.

-- Reading ------------------------------------------------------------------------------------------------------------

-- A purchase with its lines.
CREATE FUNCTION privado.compra_documento(c datos.compra) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'cmp_codigo', c.cmp_codigo,
        'prv_codigo', c.prv_codigo,
        'nro_documento', c.nro_documento,
        'cmp_fecha', c.cmp_fecha,
        'bodega', c.bod_codigo,
        'pago', c.cmp_pago,
        'cmp_subtotal', c.cmp_subtotal::text,
        'cmp_iva', c.cmp_iva::text,
        'cmp_total', c.cmp_total::text,
        'cmp_estado', c.cmp_estado,
        'motivo', c.cmp_motivo,
        'usr_id', c.usr_id,
        'lineas', (
            SELECT json_agg(json_build_object(
                'prd_codigo', CASE WHEN d.itm_codigo NOT LIKE 'MP%' THEN d.itm_codigo END,
                'mp_codigo', CASE WHEN d.itm_codigo LIKE 'MP%' THEN d.itm_codigo END,
                'cantidad', trim_scale(d.cantidad),
                'costo_unitario', privado.costo_texto(d.costo_unitario),
                'iva_codigo', d.iva_codigo
            ) ORDER BY d.linea)
            FROM datos.compra_detalle AS d WHERE d.cmp_codigo = c.cmp_codigo
        )
    )
$$;

GRANT EXECUTE ON FUNCTION privado.compra_documento(datos.compra) TO personal;

-- Purchases, the newest first.
CREATE FUNCTION api.compra_listar(
    p_page int DEFAULT NULL, p_limit int DEFAULT NULL, p_prv_codigo text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_filas json;
    v_total bigint;
BEGIN
    SELECT json_agg(privado.compra_documento(g.c)) INTO v_filas
    FROM (
        SELECT c FROM datos.compra AS c
        WHERE nullif(p_prv_codigo, '') IS NULL OR c.prv_codigo = p_prv_codigo
        ORDER BY c.cmp_codigo DESC
        LIMIT privado.limite(p_page, p_limit) OFFSET privado.salto(p_page, p_limit)
    ) AS g;
    SELECT count(*) INTO v_total
    FROM (
        SELECT FROM datos.compra AS c
        WHERE nullif(p_prv_codigo, '') IS NULL OR c.prv_codigo = p_prv_codigo
        LIMIT 10001
    ) AS t;
    RETURN privado.sobre(v_filas, p_page, p_limit, v_total);
END
$$;

GRANT EXECUTE ON FUNCTION api.compra_listar(int, int, text) TO adm_compras, contador, auditor, admin;

-- Writing ------------------------------------------------------------------------------------------------------------

-- Enters bought goods, in item order, at their price without IVA, and posts them against the account that pays. IVA
-- is that of today, per rate. What whole cents disagree about is a line of its own. A material's price is the last one
-- paid. Answers the sums of the document.
CREATE FUNCTION privado.abastecer(
    p_eta text, p_bod text, p_doc_tipo text, p_doc_codigo text, p_clase text, p_ref text,
    p_itm text[], p_cantidad numeric[], p_costo numeric[], p_iva_codigo text[], p_razon text DEFAULT NULL,
    OUT subtotal numeric, OUT iva numeric
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_sri text[] := ARRAY(SELECT i.sri_codigo FROM unnest(p_iva_codigo) WITH ORDINALITY AS c (codigo, n)
        LEFT JOIN LATERAL privado.iva_en(c.codigo, privado.hoy()) AS i ON true ORDER BY c.n);
    v_porcentaje numeric[] := ARRAY(SELECT coalesce(i.porcentaje, 0) FROM unnest(p_iva_codigo) WITH ORDINALITY AS c (codigo, n)
        LEFT JOIN LATERAL privado.iva_en(c.codigo, privado.hoy()) AS i ON true ORDER BY c.n);
    v_iva numeric[];
    v_linea record;
    v_delta numeric := 0;
BEGIN
    SELECT sum(t.subtotal), sum(t.iva), array_agg(t.iva ORDER BY t.linea) INTO subtotal, iva, v_iva
    FROM privado.lineas_totalizar(
        p_cantidad, p_costo, array_fill(0::numeric, ARRAY[cardinality(p_itm)]), v_porcentaje, false
    ) AS t;
    FOR v_linea IN
        SELECT l.itm, l.cantidad, l.costo, l.n
        FROM unnest(p_itm, p_cantidad, p_costo) WITH ORDINALITY AS l (itm, cantidad, costo, n)
        ORDER BY l.itm, l.n
    LOOP
        v_delta := v_delta + (
            SELECT m.inventario_delta
            FROM privado.kardex_registrar(
                v_linea.itm, p_bod, 'COM', v_linea.cantidad, v_linea.cantidad * v_linea.costo,
                p_doc_tipo, p_doc_codigo, v_linea.n, p_razon
            ) AS m
        );
        UPDATE datos.materia_prima SET mp_precio_compra = v_linea.costo
        WHERE mp_codigo = v_linea.itm AND mp_precio_compra <> v_linea.costo;
    END LOOP;
    PERFORM privado.asentar(
        p_eta, p_doc_tipo, p_doc_codigo, 'Compra',
        ARRAY['INVENTARIO', 'DIFERENCIA_COSTO', p_clase] || array_fill('IVA_COMPRAS'::text, ARRAY[cardinality(v_iva)]),
        ARRAY['', '', p_ref] || v_sri,
        ARRAY[v_delta, subtotal - v_delta, -subtotal - iva] || v_iva
    );
END
$$;

-- The IVA class of each item, which must exist and be sold or used: a service is not bought into a stockroom.
CREATE FUNCTION privado.compra_clases(p_itm text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_clases text[];
    v_malos bigint;
BEGIN
    SELECT array_agg(coalesce(p.iva_codigo, m.iva_codigo) ORDER BY l.n),
        count(*) FILTER (WHERE coalesce(p.prd_tipo, m.mp_codigo, 'SERVICIO') = 'SERVICIO'
            OR coalesce(p.prd_estado, m.mp_estado) = 'INA')
    INTO v_clases, v_malos
    FROM unnest(p_itm) WITH ORDINALITY AS l (itm, n)
    LEFT JOIN datos.producto AS p ON p.prd_codigo = l.itm
    LEFT JOIN datos.materia_prima AS m ON m.mp_codigo = l.itm;
    IF coalesce(cardinality(p_itm), 0) = 0 THEN
        PERFORM privado.rechazar(422, 'compra_con_lineas', 'La compra no tiene líneas.');
    ELSIF v_malos > 0 THEN
        PERFORM privado.rechazar(422, 'articulo_comprable', 'Una línea nombra algo que no existe, no está activo o es un servicio.');
    END IF;
    RETURN v_clases;
END
$$;

-- Buys: parallel arrays of item, quantity and unit cost without IVA.
CREATE FUNCTION api.compra_crear(
    p_itm_codigo text[], p_cantidad numeric[], p_costo_unitario numeric[], p_pago text,
    p_prv_codigo text DEFAULT NULL, p_nro_documento text DEFAULT NULL, p_bodega text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_codigo text := privado.codigo('CMP', 7, nextval('datos.compra_numero'));
    v_bodega text := privado.bodega_propia(p_bodega);
    v_eta text := (SELECT b.eta_codigo FROM datos.bodega AS b WHERE b.bod_codigo = v_bodega);
    v_clases text[] := privado.compra_clases(p_itm_codigo);
    v_prv text := nullif(p_prv_codigo, '');
    v_compra datos.compra;
    v_cuenta record;
    v_suma record;
BEGIN
    IF p_pago <> 'CAJA' THEN
        PERFORM privado.reservar('{adm_compras,admin}', 'compra_de_caja', 'Solo se compra con dinero de la propia caja.');
    END IF;
    IF EXISTS (SELECT FROM unnest(p_cantidad, p_costo_unitario) AS l (q, c)
        WHERE NOT coalesce(l.q > 0 AND l.q < 'NaN' AND l.c >= 0 AND l.c < 'NaN', false))
    THEN
        PERFORM privado.rechazar(422, 'compra_linea_valida', 'Cada línea lleva cantidad mayor que cero y costo no negativo.');
    ELSIF p_pago = 'CREDITO' AND v_prv IS NULL THEN
        PERFORM privado.rechazar(422, 'compra_credito_con_proveedor', 'Una compra a crédito nombra a su proveedor.');
    ELSIF v_prv IS NOT NULL AND NOT EXISTS (SELECT FROM datos.proveedor AS p WHERE p.prv_codigo = v_prv AND p.prv_estado <> 'INA') THEN
        PERFORM privado.rechazar(422, 'proveedor_activo', 'El proveedor no existe o está desactivado.');
    END IF;
    IF p_pago = 'CREDITO' THEN
        SELECT 'PROVEEDOR' AS clase, v_prv AS ref INTO v_cuenta;
    ELSE
        v_cuenta := privado.cuenta_de_pago(p_pago);
    END IF;
    SELECT * INTO v_suma FROM privado.abastecer(
        v_eta, v_bodega, 'CMP', v_codigo, v_cuenta.clase, v_cuenta.ref,
        p_itm_codigo, p_cantidad, p_costo_unitario, v_clases
    );
    IF p_pago = 'CAJA' AND v_suma.subtotal + v_suma.iva > privado.ajuste('compra_caja_maximo')::numeric THEN
        PERFORM privado.reservar('{adm_compras,admin}', 'compra_caja_maximo', 'La compra excede lo que se paga de la caja.');
    END IF;
    INSERT INTO datos.compra (
        cmp_codigo, prv_codigo, eta_codigo, bod_codigo, nro_documento, cmp_pago, cmp_subtotal, cmp_iva
    ) VALUES (
        v_codigo, v_prv, v_eta, v_bodega, btrim(coalesce(p_nro_documento, '')), p_pago, v_suma.subtotal, v_suma.iva
    ) RETURNING * INTO v_compra;
    INSERT INTO datos.compra_detalle (cmp_codigo, linea, itm_codigo, cantidad, costo_unitario, iva_codigo)
    SELECT v_codigo, l.n, l.itm, l.cantidad, l.costo, l.clase
    FROM unnest(p_itm_codigo, p_cantidad, p_costo_unitario, v_clases) WITH ORDINALITY AS l (itm, cantidad, costo, clase, n);
    IF p_pago = 'CREDITO' THEN
        PERFORM privado.cuenta_por_pagar_abrir(v_eta, v_prv, 'CMP', v_codigo, v_compra.nro_documento, v_compra.cmp_total);
    END IF;
    RETURN privado.compra_documento(v_compra);
END
$$;

GRANT EXECUTE ON FUNCTION api.compra_crear(text[], numeric[], numeric[], text, text, text, text)
TO cajero, adm_compras, admin;

-- Grants and policies ------------------------------------------------------------------------------------------------

CREATE TRIGGER compra_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.compra
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cmp_codigo');

CREATE TRIGGER compra_detalle_auditoria AFTER INSERT OR UPDATE OR DELETE ON datos.compra_detalle
FOR EACH ROW EXECUTE FUNCTION privado.auditar('cmp_codigo');

GRANT SELECT ON datos.compra, datos.compra_detalle TO adm_compras, contador, auditor, admin;
GRANT SELECT, INSERT, UPDATE ON datos.compra, datos.compra_detalle TO pos_api;

CREATE POLICY compra_sucursal ON datos.compra
USING (eta_codigo = ANY ((SELECT privado.mis_establecimientos())::text[]));
CREATE POLICY compra_detalle_de_compra ON datos.compra_detalle
USING (EXISTS (SELECT FROM datos.compra AS c WHERE c.cmp_codigo = compra_detalle.cmp_codigo));
