-- Carrito: what somebody means to buy.
--
-- A shopper has one cart, for ever; a guest has one behind a token the API hands out and stores hashed, for thirty days
-- after its last use, and it joins the shopper's at login. A cart holds quantities: every answer prices it anew, at
-- today's price, promotion and rate, and `crr_total` remembers that total, because nobody is charged another. Nothing is
-- set aside before checkout, but a quantity above what is left is refused at once.

-- Reading ------------------------------------------------------------------------------------------------------------

-- The lines of a cart priced now, shipping last as one of the service ENVIO. Only under the caller's own policies.
CREATE FUNCTION privado.carrito_lineas(p_crr_codigo bigint) RETURNS TABLE (
    linea int, prd_codigo text, prd_nombre text, prd_desc_corta text, prd_img text, es_envio boolean,
    cantidad numeric, precio numeric, promocion numeric, descuento numeric, subtotal numeric, iva numeric,
    iva_codigo text, sri_codigo text, porcentaje numeric, disponible numeric
)
LANGUAGE sql STABLE AS $$
    WITH cruda AS (
        SELECT
            p.prd_codigo, p.prd_nombre, p.prd_desc_corta, p.prd_img, false AS es_envio, d.pxca_cantidad AS cantidad,
            p.prd_precio_venta AS precio, p.prd_promocion AS promocion, p.iva_codigo, d.pxca_fecha AS puesta,
            CASE WHEN p.prd_estado = 'ACT' AND p.prd_tipo = 'BIEN' THEN coalesce(c.disponible, 0) ELSE 0 END AS disponible
        FROM datos.carrito_detalle AS d
        JOIN datos.producto AS p USING (prd_codigo)
        LEFT JOIN datos.cupo AS c USING (prd_codigo)
        WHERE d.crr_codigo = p_crr_codigo
        UNION ALL
        SELECT
            'ENVIO', 'Envío a ' || ct.ct_descripcion, '', NULL, true, 1,
            privado.envio_precio(ct.ct_envio), 0, coalesce(e.iva_codigo, privado.ajuste('iva_defecto')), 'infinity', 1
        FROM datos.carrito AS k
        JOIN datos.direccion AS a ON a.dir_codigo = k.dir_codigo AND a.dir_estado = 'ACT'
        JOIN datos.ciudad AS ct ON ct.ct_codigo = a.ct_codigo
        LEFT JOIN datos.producto AS e ON e.prd_codigo = 'ENVIO'
        WHERE
            k.crr_codigo = p_crr_codigo
            AND EXISTS (SELECT FROM datos.carrito_detalle AS d WHERE d.crr_codigo = p_crr_codigo)
    ),
    puesta AS MATERIALIZED (
        SELECT c.*, t.sri_codigo, t.porcentaje, row_number() OVER (ORDER BY c.puesta, c.prd_codigo)::int AS linea
        FROM cruda AS c
        LEFT JOIN LATERAL privado.iva_en(c.iva_codigo, privado.hoy()) AS t ON true
    ),
    junta AS (
        SELECT
            array_agg(p.cantidad ORDER BY p.linea) AS cantidades,
            array_agg(p.precio ORDER BY p.linea) AS precios,
            array_agg(p.promocion ORDER BY p.linea) AS promociones,
            array_agg(coalesce(p.porcentaje, 0) ORDER BY p.linea) AS porcentajes
        FROM puesta AS p
    )
    SELECT
        p.linea, p.prd_codigo, p.prd_nombre, p.prd_desc_corta, p.prd_img, p.es_envio,
        p.cantidad, p.precio, p.promocion, t.descuento, t.subtotal, t.iva,
        p.iva_codigo, p.sri_codigo, p.porcentaje, p.disponible
    FROM junta AS j
    CROSS JOIN LATERAL privado.lineas_totalizar(
        j.cantidades, j.precios, j.promociones, j.porcentajes, privado.ajuste('precios_incluyen_iva')::boolean
    ) AS t
    JOIN puesta AS p USING (linea)
$$;

-- The figures of a cart. Shipping is inside the subtotal, so total less subtotal is the IVA, exactly.
CREATE FUNCTION privado.carrito_totales(
    p_crr_codigo bigint, OUT descuento numeric, OUT envio numeric, OUT subtotal numeric, OUT iva numeric, OUT total numeric
)
LANGUAGE sql STABLE AS $$
    SELECT
        coalesce(sum(l.descuento), 0)::numeric(12,2),
        coalesce(sum(l.subtotal) FILTER (WHERE l.es_envio), 0)::numeric(12,2),
        coalesce(sum(l.subtotal), 0)::numeric(12,2),
        coalesce(sum(l.iva), 0)::numeric(12,2),
        coalesce(sum(l.subtotal + l.iva), 0)::numeric(12,2)
    FROM privado.carrito_lineas(p_crr_codigo) AS l
$$;

-- A page of a cart's lines, found by name if one is given, each under both names that clients know.
CREATE FUNCTION privado.carrito_detalles(p_crr_codigo bigint, p_page int, p_search text, OUT filas json, OUT cuantas bigint)
LANGUAGE sql STABLE AS $$
    WITH hallada AS MATERIALIZED (
        SELECT l.*
        FROM privado.carrito_lineas(p_crr_codigo) AS l
        WHERE
            NOT l.es_envio
            AND (
                nullif(btrim(p_search), '') IS NULL
                OR strpos(privado.normalizar(l.prd_nombre), privado.normalizar(p_search)) > 0
            )
    )
    SELECT
        coalesce(json_agg(
            json_build_object(
                'prd_codigo', g.prd_codigo,
                'prd_nombre', g.prd_nombre,
                'prd_desc_corta', g.prd_desc_corta,
                'prd_img', privado.imagen_url(g.prd_img),
                'prd_precio_venta', g.precio::text,
                'cantidad', trim_scale(g.cantidad),
                'pxca_cantidad', trim_scale(g.cantidad),
                'subtotal', g.subtotal::text,
                'pxca_subtotal', g.subtotal::text,
                'disponible', trim_scale(g.disponible)
            )
            ORDER BY g.linea
        ), '[]'),
        (SELECT count(*) FROM hallada)
    FROM (
        SELECT h.* FROM hallada AS h ORDER BY h.linea LIMIT 100 OFFSET privado.salto(coalesce(p_page, 1), 100)
    ) AS g
$$;

-- The answer of every act on a cart: its lines, its figures, and the total remembered (a read-only caller only looks).
CREATE FUNCTION privado.carrito_responder(
    p_crr_codigo bigint, p_page int DEFAULT 1, p_search text DEFAULT NULL
) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    v_t record;
    v_d record;
BEGIN
    SELECT * INTO v_t FROM privado.carrito_totales(p_crr_codigo);
    SELECT * INTO v_d FROM privado.carrito_detalles(p_crr_codigo, p_page, p_search);
    IF current_setting('transaction_read_only') = 'off' THEN
        UPDATE datos.carrito
        SET crr_total = v_t.total
        WHERE crr_codigo = p_crr_codigo AND crr_total IS DISTINCT FROM v_t.total;
    END IF;
    RETURN privado.json_unir(
        privado.sobre(v_d.filas, coalesce(p_page, 1), 100, v_d.cuantas),
        json_build_object(
            'carrito', json_build_object(
                'crr_codigo', p_crr_codigo,
                'subtotal', v_t.subtotal::text,
                'crr_subtotal', v_t.subtotal::text,
                'descuento', v_t.descuento::text,
                'iva', v_t.iva::text,
                'envio', v_t.envio::text,
                'total', v_t.total::text,
                'crr_total', v_t.total::text
            ),
            'detalles', v_d.filas
        )
    );
END
$$;

-- The caller's cart; NULL when they have none yet.
CREATE FUNCTION privado.mi_carrito() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT c.crr_codigo
    FROM datos.carrito AS c
    WHERE c.usr_id = privado.comprador() OR (c.crr_codigo = privado.carrito_invitado() AND c.usr_id IS NULL)
$$;

GRANT EXECUTE ON FUNCTION privado.mi_carrito() TO ecom_cliente, ecom_publico, personal, puente;

-- Shows the caller's cart. Not a plain read: it remembers the total it answers.
CREATE FUNCTION api.carrito_mostrar(p_page int DEFAULT 1, p_search text DEFAULT NULL) RETURNS json
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT privado.carrito_responder(privado.mi_carrito(), p_page, p_search)
$$;

GRANT EXECUTE ON FUNCTION api.carrito_mostrar(int, text) TO ecom_cliente, ecom_publico;

-- Writing ------------------------------------------------------------------------------------------------------------

-- The caller's cart, made now if a shopper has none and kept another thirty days if it is a guest's. Its row is locked:
-- every act on a cart begins here, so two of them never meet half way.
CREATE FUNCTION privado.carrito_abrir() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_invitado bigint := privado.carrito_invitado();
    v_usr_id bigint := CASE WHEN v_invitado IS NULL THEN privado.comprador_exigir() END;
BEGIN
    IF v_invitado IS NOT NULL THEN
        UPDATE datos.carrito SET crr_vence = now() + interval '30 days' WHERE crr_codigo = v_invitado;
        IF NOT FOUND THEN
            PERFORM privado.rechazar(404, 'carrito_existe', 'Ese carrito ya no existe.');
        END IF;
        RETURN v_invitado;
    END IF;
    INSERT INTO datos.carrito (usr_id) VALUES (v_usr_id) ON CONFLICT ON CONSTRAINT carrito_uno_por_usuario DO NOTHING;
    RETURN (SELECT c.crr_codigo FROM datos.carrito AS c WHERE c.usr_id = v_usr_id FOR NO KEY UPDATE);
END
$$;

-- Refuses a quantity of a product that the shop could not sell now.
CREATE FUNCTION privado.carrito_exigir(p_prd_codigo text, p_cantidad numeric) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_producto record;
BEGIN
    SELECT p.prd_estado, coalesce(c.disponible, 0) AS disponible INTO v_producto
    FROM datos.producto AS p
    LEFT JOIN datos.cupo AS c USING (prd_codigo)
    WHERE p.prd_codigo = p_prd_codigo AND p.prd_tipo = 'BIEN' AND p.prd_estado <> 'INA';
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'producto_existe', 'No existe ese producto.');
    ELSIF v_producto.prd_estado <> 'ACT' THEN
        PERFORM privado.rechazar(409, 'producto_en_venta', 'Ese producto no está a la venta por ahora.');
    ELSIF p_cantidad > v_producto.disponible THEN
        PERFORM privado.rechazar(409, 'disponible_no_negativo', 'No hay unidades suficientes de ese producto.');
    END IF;
END
$$;

-- Puts more of a product in the cart.
CREATE FUNCTION api.carrito_agregar(p_prd_codigo text, p_cantidad numeric DEFAULT 1) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_crr_codigo bigint := privado.carrito_abrir();
    v_cantidad numeric;
BEGIN
    PERFORM privado.carrito_exigir(p_prd_codigo, p_cantidad);
    INSERT INTO datos.carrito_detalle AS d (crr_codigo, prd_codigo, pxca_cantidad)
    VALUES (v_crr_codigo, p_prd_codigo, p_cantidad)
    ON CONFLICT ON CONSTRAINT carrito_detalle_unico DO UPDATE SET pxca_cantidad = d.pxca_cantidad + excluded.pxca_cantidad
    RETURNING d.pxca_cantidad INTO v_cantidad;
    PERFORM privado.carrito_exigir(p_prd_codigo, v_cantidad);
    IF 100 < (SELECT count(*) FROM datos.carrito_detalle AS d WHERE d.crr_codigo = v_crr_codigo) THEN
        PERFORM privado.rechazar(422, 'carrito_lineas_maximas', 'Un carrito lleva hasta 100 productos distintos.');
    END IF;
    RETURN privado.carrito_responder(v_crr_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.carrito_agregar(text, numeric) TO ecom_cliente;

-- Sets how many of a product the cart holds.
CREATE FUNCTION api.carrito_cambiar(p_prd_codigo text, p_cantidad numeric) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_crr_codigo bigint := privado.carrito_abrir();
BEGIN
    PERFORM privado.carrito_exigir(p_prd_codigo, p_cantidad);
    UPDATE datos.carrito_detalle SET pxca_cantidad = p_cantidad
    WHERE crr_codigo = v_crr_codigo AND prd_codigo = p_prd_codigo;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'carrito_detalle_existe', 'Ese producto no está en el carrito.');
    END IF;
    RETURN privado.carrito_responder(v_crr_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.carrito_cambiar(text, numeric) TO ecom_cliente;

-- Takes a product out of the cart.
CREATE FUNCTION api.carrito_quitar(p_prd_codigo text) RETURNS json
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_crr_codigo bigint := privado.carrito_abrir();
BEGIN
    DELETE FROM datos.carrito_detalle WHERE crr_codigo = v_crr_codigo AND prd_codigo = p_prd_codigo;
    IF NOT FOUND THEN
        PERFORM privado.rechazar(404, 'carrito_detalle_existe', 'Ese producto no está en el carrito.');
    END IF;
    RETURN privado.carrito_responder(v_crr_codigo);
END
$$;

GRANT EXECUTE ON FUNCTION api.carrito_quitar(text) TO ecom_cliente;
